//! `…/events`: live events as Server-Sent Events.

mod frame;
mod reader;

use std::io;

use axum::{
    Extension,
    body::Body,
    extract::State,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use campanile_metrics::{METRICS, labels::Refusal};
use campanile_rules::ids::BatchId;
use campanile_store::EventFilter;
use futures::stream::try_unfold;
use serde::Deserialize;

use crate::{
    app::App,
    http::{
        auth::{Caller, Read},
        code::Code,
        extract::{Asked, Id, Query},
        problem::{Answer, Problem},
        standing::{HoldsItself, Standing},
        streams,
    },
};
use campanile_service::fields::{Field, Kind, Mistake, Rule};
use reader::{Begin, Reader};

const EVENT_STREAM: &str = "text/event-stream";

const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

/// Tells a proxy not to buffer the stream, so that events arrive at once.
const UNBUFFERED: HeaderName = HeaderName::from_static("x-accel-buffering");

const EVENT_ID: Kind =
    Kind::Parsed(&Rule { check: event_id, pattern: "^[0-9]{1,18}$", longest: 18, example: "0" });

/// The query parameters of an event stream.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct From {
    last_event_id: Option<String>,
}

impl Query for From {
    const FIELDS: &'static [Field] = &[Field::new("last_event_id", EVENT_ID).about(
        "The id of the last event that was read. The header Last-Event-ID says the same, as \
         browsers do by themselves, and counts more.",
    )];
}

/// Tells what happens to a batch, its recipients and its calls, and ends when the batch is over.
///
/// A stream of Server-Sent Events. Each event has an `id`, its kind as `event`, and JSON as
/// `data`: `{id, sequence, kind, at, batch_id, data}`; `sequence` grows in the order in which things
/// happened, also where `at` is the same. Without `Last-Event-ID` it begins with a `snapshot`
/// and what happens from now on; with it, it goes on behind that event, nothing left out and
/// nothing told twice. `progress` events without an id tell the counts in between, and a last
/// `end` that nothing more will happen. A comment comes when nothing else did for 15 seconds.
#[utoipa::path(get, path = "/batch-calls/{id}/events", operation_id = "follow_batch", tag = "Events",
    params(Id<BatchId>, Asked<From>),
    security(("key" = ["read"])),
    responses((status = 200, description = "What happens.", content_type = "text/event-stream", body = String,
            example = "id: 17\nevent: batch.paused\ndata: {\"id\":17,\"sequence\":17,\"kind\":\"batch.paused\",…}\n\n"),
        (status = 204, description = "The batch is over and the last event was read: nothing more will happen.")))]
pub async fn of_batch(
    State(app): State<App>,
    Read(caller): Read,
    Id(id): Id<BatchId>,
    Asked(from): Asked<From>,
    headers: HeaderMap,
) -> Answer<Response> {
    app.store.batch(caller.workspace, id).await?;
    follow(app, caller, Some(id), from.read(&headers)?).await
}

/// Tells what happens in the workspace.
///
/// As the events of a batch, for all of them and for what is about none. It never ends by itself.
#[utoipa::path(get, path = "/events", operation_id = "follow_workspace", tag = "Events",
    params(Asked<From>),
    security(("key" = ["read"])),
    responses((status = 200, description = "What happens.", content_type = "text/event-stream", body = String,
        example = "id: 17\nevent: batch.paused\ndata: {\"id\":17,\"sequence\":17,\"kind\":\"batch.paused\",…}\n\n")))]
pub async fn of_workspace(
    State(app): State<App>,
    Read(caller): Read,
    Asked(from): Asked<From>,
    headers: HeaderMap,
) -> Answer<Response> {
    follow(app, caller, None, from.read(&headers)?).await
}

async fn follow(
    app: App,
    caller: Caller,
    batch: Option<BatchId>,
    after: Option<i64>,
) -> Answer<Response> {
    let place = app.streams.take(caller.workspace).ok_or_else(too_many)?;
    let filter = EventFilter { workspace: caller.workspace, batch };
    let bounds = app.store.event_bounds().await?;
    let begin = match after {
        Some(after) if after > bounds.last => {
            let detail = format!(
                "there is no event {after} yet, the newest is {}; leave it out to begin now",
                bounds.last
            );
            return Err(Problem::invalid(vec![Mistake::new("/last_event_id", detail)]));
        }
        Some(after) if after >= bounds.pruned => Begin::After(after),
        Some(_) => Begin::Now { missed: true, at: bounds.last },
        None => Begin::Now { missed: false, at: bounds.last },
    };
    if let (Begin::After(after), Some(batch)) = (begin, batch)
        && reader::is_over(&app, batch).await?
        && app.store.events_after(filter, after, 1).await?.is_empty()
    {
        // 204 tells browsers not to reconnect.
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    let standing = Standing::of(&app, &caller);
    let reader = Reader::new(app, (standing, filter), begin, place);
    let stream = try_unfold(reader, |mut reader| async move {
        // The connection breaks, and the client resumes after its last event.
        let piece = reader.next().await.map_err(|_| io::Error::other("the database failed"))?;
        Ok::<_, io::Error>(piece.map(|piece| (piece, reader)))
    });
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(EVENT_STREAM)),
        (UNBUFFERED, HeaderValue::from_static("no")),
    ];
    Ok((Extension(HoldsItself), headers, Body::from_stream(stream)).into_response())
}

impl From {
    fn read(self, headers: &HeaderMap) -> Answer<Option<i64>> {
        let header = headers.get(LAST_EVENT_ID).map(HeaderValue::to_str);
        let text = match header {
            Some(Ok("")) | None => self.last_event_id,
            Some(Ok(text)) => Some(text.to_owned()),
            Some(Err(_)) => Some("?".to_owned()),
        };
        let Some(text) = text else { return Ok(None) };
        let mistake = |words| Problem::invalid(vec![Mistake::new("/last_event_id", words)]);
        event_id(&text).map_err(mistake)?;
        Ok(text.parse().ok())
    }
}

fn event_id(text: &str) -> Result<(), String> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    match digits && (1..=18).contains(&text.len()) {
        true => Ok(()),
        false => Err(format!(
            "{text:?} is not the id of an event; send the last id that was read, or none to begin \
             now"
        )),
    }
}

fn too_many() -> Problem {
    METRICS.refusals.of(Refusal::TooManyStreams).inc();
    let detail = format!(
        "The workspace reads {} streams of events already, or the server as many as it may; close \
         one, or try again later.",
        streams::MAX_OF_WORKSPACE
    );
    Problem::new(Code::TooManyStreams, detail)
}
