//! The wire format of server-sent events (WHATWG HTML §9.2).

use campanile_store::EventRecord;
use serde::Serialize;

use crate::http::problem::Problem;

/// Appends a stored event.
pub fn event(to: &mut String, event: &EventRecord) {
    let (id, kind) = (event.id, event.kind.as_str());
    *to += &format!("id: {id}\nevent: {kind}\ndata: {}\n\n", event.envelope().streamed());
}

/// Appends an event that is not in the log. With an `id`, a client can resume after it.
pub fn synthetic(
    to: &mut String,
    (name, id): (&str, Option<i64>),
    data: &impl Serialize,
) -> Result<(), Problem> {
    let data = serde_json::to_string(data).map_err(Problem::internal)?;
    if let Some(id) = id {
        *to += &format!("id: {id}\n");
    }
    *to += &format!("event: {name}\ndata: {data}\n\n");
    Ok(())
}

/// The comment that keeps the connection alive.
pub const HEARTBEAT: &str = ": still here\n\n";
