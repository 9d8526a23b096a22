//! `/v1/agents/{id}/versions/{n}/test` and `…/talk`: an agent version without a telephone.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use axum::{
    Json,
    extract::{Request, State},
    http::header,
    response::Response,
};
use campanile_agent::{Action, Conversation, Failure, Note};
use campanile_engine::{FromVisitor, Sample, ToVisitor, Visitor};
use campanile_rules::{
    agent::{AgentVersion, EngineKind},
    ids::AgentId,
};
use futures::{SinkExt as _, StreamExt as _};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::{task::JoinError, time::timeout};
use tokio_tungstenite::tungstenite::{
    Message,
    protocol::{CloseFrame, frame::coding::CloseCode},
};
use tokio_util::task::AbortOnDropHandle;
use utoipa::ToSchema;

use crate::{
    app::App,
    http::{
        auth::{Caller, Operate},
        cookie::{self, Asker},
        extract::IdAndNumber,
        guard::Visit,
        problem::{Answer, Code, Problem},
        room::Seat,
        socket::{self, Socket},
        standing::Standing,
        streams::Place,
    },
};

/// How soon a browser says what it wants to talk with.
const BEGINS_WITHIN: Duration = Duration::from_secs(10);

/// How long a browser may leave a message unread.
const READS_WITHIN: Duration = Duration::from_secs(10);

/// Whether an agent version can talk.
#[derive(Debug, Serialize, ToSchema)]
pub struct AgentTest {
    /// Whether it can.
    ready: bool,
    /// For people: what was tried, or what is wrong.
    detail: String,
}

/// Tries whether an agent version can talk: its servers are connected to, with their keys, as before a
/// call, and its first words are made. Nobody is called. A draft is tried as it is saved.
#[utoipa::path(post, path = "/agents/{id}/versions/{n}/test", operation_id = "test_agent_version",
    tag = "Agents",
    params(IdAndNumber<AgentId>),
    security(("key" = ["operate"])),
    responses((status = 200, description = "Whether it can.", body = AgentTest)))]
pub async fn test(
    State(app): State<App>,
    Operate(caller): Operate,
    IdAndNumber(id, number): IdAndNumber<AgentId>,
) -> Answer<Json<AgentTest>> {
    let version = app.store.agent_version(caller.workspace, id, number).await?.settings;
    let _turn = app.guards.previews.turn(caller.workspace).await?;
    let detail = tried(&version);
    let (workspace, values) = (caller.workspace, BTreeMap::new());
    let test = match app.engine.try_agent(Sample { workspace, version, values }).await {
        Ok(()) => AgentTest { ready: true, detail },
        Err(Failure { cause, .. }) => AgentTest { ready: false, detail: format!("{cause}.") },
    };
    Ok(Json(test))
}

/// What a test that went well has shown.
fn tried(version: &AgentVersion) -> String {
    let engine = match &version.engine {
        EngineKind::Script(_) => "Its first words can be spoken.",
        EngineKind::MediaStream(_) => "The bot takes connections.",
        EngineKind::Realtime(_) => "The model took the session with its settings.",
        EngineKind::Pipeline(_) => "All three servers answer, and the first words are spoken.",
    };
    match version.tools.len() {
        0 => engine.to_owned(),
        1 => format!("{engine} The server of its function is there."),
        _ => format!("{engine} The servers of its functions are there."),
    }
}

/// Lets a browser talk with an agent version, over a WebSocket. It is no call and not in the document
/// of the API; docs/api.md describes it.
pub async fn talk(
    State(app): State<App>,
    Operate(caller): Operate,
    IdAndNumber(id, number): IdAndNumber<AgentId>,
    request: Request,
) -> Answer<Response> {
    let client = app.guards.client(&request);
    let by_cookie = !request.headers().contains_key(header::AUTHORIZATION);
    if by_cookie && cookie::asker(request.headers(), client) == Asker::AnotherSite {
        return Err(cookie::cross_site());
    }
    let version = app.store.agent_version(caller.workspace, id, number).await?.settings;
    let place = app.streams.take(caller.workspace).ok_or_else(|| {
        Problem::new(Code::TooManyRequests, "Too many streams of the workspace are open.")
    })?;
    let visit = app.guards.visits.begin(caller.workspace, &caller.key_id)?;
    // The connection stays counted while its socket is open.
    let seat = request.extensions().get::<Arc<Seat>>().cloned();
    socket::open(request, move |socket| async move {
        let _asking = seat.map(|seat| {
            let asking = seat.clone().asks();
            seat.is_known();
            asking
        });
        Talk { app, caller, place, _visit: visit }.run(socket, version).await;
    })
}

/// The first message of a browser.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Begin {
    /// Values of placeholders, by name.
    #[serde(default)]
    values: BTreeMap<String, String>,
}

/// A later message of a browser.
#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Said {
    Digit { digit: char },
}

/// A talk with a browser.
struct Talk {
    app: App,
    caller: Caller,
    place: Place,
    _visit: Visit,
}

impl Talk {
    async fn run(self, mut socket: Socket, version: AgentVersion) {
        let first = timeout(BEGINS_WITHIN, socket.next()).await;
        let Some(Begin { values }) = first.ok().flatten().and_then(|first| begin(first.ok()?))
        else {
            let words = "the first message must be {\"values\": {name: text}}, within 10 s";
            return close(socket, (CloseCode::Policy, words)).await;
        };
        let sample = Sample { workspace: self.caller.workspace, version, values };
        let (visitor, says, mut told) = Visitor::new();
        let mut says = Some(says);
        let engine = self.app.engine.clone();
        let talk = tokio::spawn(async move { engine.talk(sample, visitor).await });
        let mut talk = AbortOnDropHandle::new(talk);
        let standing = Standing::of(&self.app, &self.caller);
        let lost = standing.lost();
        tokio::pin!(lost);
        let over = loop {
            tokio::select! {
                over = &mut talk => break over,
                Some(news) = told.recv() => if !tell(&mut socket, message(news)).await {
                    says = None;
                },
                came = socket.next(), if says.is_some() => match came.and_then(Result::ok) {
                    Some(Message::Close(_)) | None => says = None,
                    Some(message) => if let (Some(news), Some(says)) = (heard(&message), &says) {
                        // What a flood brings too much is dropped.
                        let _ = says.try_send(news);
                    },
                },
                () = &mut lost => return close(socket, GONE).await,
                () = self.place.closed() => return close(socket, GONE).await,
            }
        };
        while let Ok(news) = told.try_recv() {
            if !tell(&mut socket, message(news)).await {
                return;
            }
        }
        let _ = tell(&mut socket, Message::text(ended(over).to_string())).await;
        close(socket, (CloseCode::Normal, "")).await;
    }
}

/// Why a talk is cut off.
const GONE: (CloseCode, &str) =
    (CloseCode::Away, "the server stops, or the key is no longer valid");

async fn close(mut socket: Socket, (code, reason): (CloseCode, &'static str)) {
    let frame = CloseFrame { code, reason: reason.into() };
    // A browser that has gone needs no goodbye.
    let _ = timeout(READS_WITHIN, socket.close(Some(frame))).await;
}

/// Sends a message. False: the browser has gone, or does not read.
async fn tell(socket: &mut Socket, message: Message) -> bool {
    matches!(timeout(READS_WITHIN, socket.send(message)).await, Ok(Ok(())))
}

fn begin(message: Message) -> Option<Begin> {
    serde_json::from_str(message.to_text().ok()?).ok()
}

/// Reads what comes from a browser: 160 bytes of µ-law, or a key. Nothing else means anything.
fn heard(message: &Message) -> Option<FromVisitor> {
    match message {
        Message::Binary(sound) => Some(FromVisitor::Sound(sound.as_ref().try_into().ok()?)),
        Message::Text(text) => {
            let Said::Digit { digit } = serde_json::from_str(text).ok()?;
            matches!(digit, '0'..='9' | '*' | '#').then_some(FromVisitor::Digit(digit))
        }
        _ => None,
    }
}

fn message(news: ToVisitor) -> Message {
    let told = match news {
        ToVisitor::Sound(sound) => return Message::binary(sound.to_vec()),
        ToVisitor::Ready => json!({"type": "ready"}),
        ToVisitor::Pressed(digit) => json!({"type": "pressed", "digit": digit}),
        ToVisitor::Note(Note::Piece(piece)) => json!({
            "type": "piece",
            "number": piece.number,
            "speaker": if piece.said.by_agent { "agent" } else { "user" },
            "text": piece.said.text,
            "start_ms": piece.said.start_ms,
            "end_ms": piece.said.end_ms,
            "is_final": piece.is_final,
        }),
        ToVisitor::Note(Note::Action(Action::Tool { name, arguments, at_ms })) => {
            json!({"type": "tool", "name": name, "arguments": arguments, "at_ms": at_ms})
        }
        ToVisitor::Note(Note::Action(Action::Result { name, value, at_ms })) => {
            json!({"type": "result", "name": name, "value": value, "at_ms": at_ms})
        }
        ToVisitor::Note(Note::Action(Action::Digit { digit, at_ms })) => {
            json!({"type": "digit", "digit": digit, "at_ms": at_ms})
        }
        ToVisitor::Note(Note::Latency(latency)) => with_type("latency", json!(latency)),
        ToVisitor::Note(Note::Usage(usage)) => with_type("usage", json!(usage)),
    };
    Message::text(told.to_string())
}

fn with_type(kind: &str, mut told: Value) -> Value {
    told["type"] = json!(kind);
    told
}

/// How a talk ended, and what a call would have done.
fn ended(over: Result<Result<Conversation, Failure>, JoinError>) -> Value {
    match over {
        Ok(Ok(conversation)) => json!({
            "type": "over",
            "end_reason": conversation.end_reason,
            "ended_by": conversation.ended_by,
            "cause": conversation.failure.map(|failure| failure.cause),
            "transfer_to": conversation.transfer,
            "asked_to_stop": conversation.asked_to_stop,
        }),
        Ok(Err(failure)) => json!({"type": "over", "cause": failure.cause}),
        Err(error) => {
            tracing::error!(%error, "a talk with an agent broke off");
            json!({"type": "over", "cause": "a fault of the server; its log says more"})
        }
    }
}
