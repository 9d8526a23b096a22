//! Ends calls that an earlier process left. Each call is ended on the wire before its slot is free.

use std::sync::Arc;

use campanile_rules::{attempt::Ending, ladder::Ladder};
use campanile_store::{CallLog, OpenAttempt};

use crate::{message::Message, world::World};

/// Ends a call that a dead process left, first on the wire, then in the store. The phone may have
/// rung, so the outcome is `interrupted`.
pub(crate) async fn end_inherited(world: Arc<World>, open: OpenAttempt) {
    let call_id = &open.attempt.call_id;
    let dialog = open.dialog.as_deref().and_then(|text| serde_json::from_str(text).ok());
    let recording = open.answered_at.and_then(|at| world.recordings.left(call_id, at));
    let ladder = match (dialog, world.trunk(open.attempt.trunk)) {
        (Some(dialog), Some(trunk)) => {
            tracing::info!(%call_id, "ending a call that an earlier process left");
            world.sip.clear(&trunk, dialog, open.answered_at.is_some()).await
        }
        (None, _) | (_, None) => {
            tracing::error!(%call_id, "a call that an earlier process left cannot be ended: its dialog or trunk is unknown");
            Ladder::default()
        }
    };
    let ending = Ending::interrupted(open.answered_at, world.now());
    let log = CallLog { ladder, recording, ..CallLog::default() };
    world.send(Message::CallOver { attempt: open.attempt.id, ending, log });
}
