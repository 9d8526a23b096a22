//! `GET /v1/calls/{call_id}/recording.wav`: the recording of a call.

use std::time::Duration;

use axum::{
    body::Body,
    extract::{Request, State},
    http::{HeaderValue, header},
    response::Response,
};
use tower_http::services::ServeFile;

use crate::{
    app::App,
    http::{
        auth::Read,
        extract::Word,
        openapi::Binary,
        problem::{Answer, Problem},
    },
};

/// How long to wait until the last second of a recording is on disk. A disk that needs longer has
/// other troubles.
const LAST_SECOND: Duration = Duration::from_secs(10);

/// The sound of a call, or the part of it that a Range header asks for: a WAV file, G.711 µ-law,
/// 8 kHz, the person left and the agent right.
#[utoipa::path(get, path = "/calls/{call_id}/recording.wav", operation_id = "call_recording",
    tag = "Calls",
    params(("call_id" = String, Path, description = "The call's identity.")),
    security(("key" = ["read"])),
    responses(
        (status = 200, description = "All of it.", content_type = "audio/wav", body = inline(Binary)),
        (status = 206, description = "The part that was asked for.", content_type = "audio/wav",
            body = inline(Binary)),
        (status = 304, description = "It is no newer than If-Modified-Since."),
        (status = 503, description = "Its last second is still being written; try again.")))]
pub async fn wav(
    State(app): State<App>,
    Read(caller): Read,
    Word(call_id): Word,
    request: Request,
) -> Answer<Response> {
    let call = app.store.call(caller.workspace, &call_id).await?;
    let attempt = &call.attempt;
    let none = |why: &str| Problem::not_found(format!("Call {call_id} has no recording: {why}."));
    let Some(recording) = call.log.recording else {
        return Err(none(match (attempt.ended_at, attempt.answered_at) {
            (None, _) => "it is still in progress; ask again when it is over",
            (Some(_), None) => "nobody answered",
            (Some(_), Some(_)) => {
                "it was not recorded (record_calls was off), or its time to be kept is over"
            }
        }));
    };
    let complete = app.engine.recordings().complete(&recording.file);
    let path = tokio::time::timeout(LAST_SECOND, complete)
        .await
        .map_err(|_| Problem::unavailable("The recording is still being written; try again."))?;
    if !tokio::fs::try_exists(&path).await.unwrap_or(false) {
        return Err(none("its file is gone from the server's disk"));
    }
    let served = ServeFile::new(&path).try_call(request).await.map_err(Problem::internal)?;
    let mut response = served.map(Body::new);
    if response.status().is_success() {
        let wav = HeaderValue::from_static("audio/wav");
        response.headers_mut().insert(header::CONTENT_TYPE, wav);
    }
    Ok(response)
}
