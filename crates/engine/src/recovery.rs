//! What an earlier process left behind: attempts that never rang go back to pending, calls that
//! may be alive are ended on the wire before their slots are free.

use std::sync::Arc;

use campanile_rules::{
    attempt::{EndReason, Ending, Evidence, Outcome, Party},
    ladder::Ladder,
    time::Timestamp,
};
use campanile_store::{CallLog, OpenAttempt, Snapshot, Store, StoreError};

use crate::{message::Message, world::World};

/// Gives back what was claimed and never dialed, then reads all there is to do.
pub(crate) async fn take_stock(store: &dyn Store) -> Result<Snapshot, StoreError> {
    let snapshot = store.load().await?;
    let undialed: Vec<_> = snapshot
        .batches
        .iter()
        .flat_map(|batch| &batch.open)
        .filter(|open| open.dialed_at.is_none())
        .map(|open| open.attempt.id)
        .collect();
    if undialed.is_empty() {
        return Ok(snapshot);
    }
    tracing::info!(count = undialed.len(), "giving back attempts that never rang");
    for attempt in undialed {
        store.release_attempt(attempt, None).await?;
    }
    store.load().await
}

/// Ends a call that a dead process left, on the wire first and then in the books. The phone may
/// have rung, so the outcome is `interrupted`.
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
    let ending = interrupted(open.answered_at, world.now());
    let log = CallLog { transcript: Vec::new(), ladder, recording };
    world.tell(Message::CallOver { attempt: open.attempt.id, ending, log });
}

/// The ending of a call that a dead process left, or that broke off inside of this one.
pub(crate) fn interrupted(answered_at: Option<Timestamp>, ended_at: Timestamp) -> Ending {
    Ending {
        outcome: Outcome::Interrupted,
        end_reason: EndReason::EngineInterrupted,
        permanent: false,
        retry_after: None,
        ended_at,
        evidence: Evidence {
            answered_at,
            talk_ms: answered_at.map(|at| ended_at.since(at).as_millis() as u64),
            hung_up_by: Some(Party::Engine),
            ..Evidence::default()
        },
    }
}
