//! Tests whether a trunk responds to OPTIONS.

use axum::{Json, extract::State};
use campanile_rules::ids::TrunkId;
use campanile_telephony::{PingError, Pong};
use serde::Serialize;
use utoipa::ToSchema;

use super::{find, may_change};
use crate::{
    app::App,
    http::{auth::Operate, extract::Id, problem::Answer},
};

/// What a trunk answered.
#[derive(Debug, Serialize, ToSchema)]
pub struct TrunkTest {
    /// Whether it answered anything at all.
    reachable: bool,
    /// The status code of its answer.
    sip_code: Option<u16>,
    /// The reason phrase of its answer.
    sip_reason: Option<String>,
    /// From the question to the answer, in milliseconds.
    round_trip_ms: Option<f64>,
    /// For people: what that means, and what to do.
    detail: String,
}

/// Asks a trunk whether it is there: a SIP OPTIONS from the address that calls come from. Nobody
/// is called. Any answer means that it is reached; after four seconds without one it is not.
/// Managed trunks are tested by the operator.
#[utoipa::path(post, path = "/trunks/{id}/test", operation_id = "test_trunk", tag = "Trunks",
    params(Id<TrunkId>),
    security(("key" = ["operate"])),
    responses((status = 200, description = "What it answered, if anything.", body = TrunkTest)))]
pub async fn test(
    State(app): State<App>,
    Operate(caller): Operate,
    Id(id): Id<TrunkId>,
) -> Answer<Json<TrunkTest>> {
    let trunk = find(&app, &caller, id).await?.settings;
    may_change(trunk.kind, &caller)?;
    Ok(Json(app.engine.test_trunk(id, &trunk).await.into()))
}

impl From<Result<Pong, PingError>> for TrunkTest {
    fn from(asked: Result<Pong, PingError>) -> TrunkTest {
        match asked {
            Ok(Pong { code, reason, took }) => TrunkTest {
                reachable: true,
                detail: words(code, &reason),
                sip_code: Some(code),
                sip_reason: Some(reason),
                round_trip_ms: Some((took.as_secs_f64() * 1e5).round() / 1e2),
            },
            Err(error) => TrunkTest {
                reachable: false,
                sip_code: None,
                sip_reason: None,
                round_trip_ms: None,
                detail: unreached(&error),
            },
        }
    }
}

/// The message of a failed test: what was tried, what the network answered, what to check, and the
/// system's error.
fn unreached(error: &PingError) -> String {
    let raw = error.raw().map(|raw| format!(" ({raw})")).unwrap_or_default();
    format!(
        "It is not reached by a SIP OPTIONS: {error}. Check its host, its port, what carries SIP \
         to it, and the firewalls on the way.{raw}"
    )
}

fn words(code: u16, reason: &str) -> String {
    let meaning = match code {
        200..300 => "It is there.",
        401 | 407 => "It is there, and asks for a password even for this question.",
        403 => "It is there, and does not talk to this address; have it let in.",
        404 | 405 | 501 => "It is there, although it does not know this question.",
        503 => "It is there, and says that it is not in service now.",
        _ => "It is there.",
    };
    format!("{meaning} It answered {}.", format!("{code} {reason}").trim_end())
}
