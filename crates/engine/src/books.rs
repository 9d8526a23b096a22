//! What the dispatcher wants stored, and the answers that it waits for.

use std::{sync::Arc, time::Duration};

use campanile_rules::{
    dispatcher::{Advance, Claim, Input, Settlement},
    ids::{AttemptId, BatchId},
    time::Timestamp,
};
use campanile_store::{CallLog, StoreError};
use tokio::sync::Mutex;

use crate::{
    measure,
    message::{Message, Taken},
    recovery,
    world::{DialogNote, World},
};

/// How long to wait before the store is asked again to take what it could not.
const STORE_RETRY: Duration = Duration::from_millis(500);

/// Takes due recipients.
pub(crate) async fn claim(world: Arc<World>, claim: Claim) {
    let (batch, lane) = (claim.batch, claim.lane.clone());
    match world.store.claim_recipients(claim, world.now()).await {
        Ok(claimed) => {
            let mut attempts = Vec::with_capacity(claimed.recipients.len());
            let mut taken = Vec::with_capacity(claimed.recipients.len());
            for recipient in claimed.recipients {
                let retry_due_at = recipient.attempt.lane.retry.then_some(recipient.due_at);
                let needed = Taken { cells: recipient.cells, retry_due_at };
                taken.push((recipient.attempt.id, needed));
                attempts.push(recipient.attempt);
            }
            let next_due_at = claimed.next_due_at;
            let input = Input::Claimed { batch, lane, attempts, next_due_at };
            world.tell(Message::Claimed { input, taken });
        }
        Err(error) => {
            complain(&error, "could not claim recipients; trying again");
            world.report(Input::ClaimFailed { batch, lane });
        }
    }
}

/// Gives back an attempt whose INVITE never left, however long the store takes to agree.
pub(crate) async fn release(world: Arc<World>, attempt: AttemptId, not_before: Option<Timestamp>) {
    loop {
        match world.store.release_attempt(attempt, not_before).await {
            Ok(due_at) => return world.report(Input::Released { attempt, due_at }),
            // The store failed while it was marked as dialed, and the mark is there after all.
            Err(StoreError::Conflict(why)) => {
                tracing::error!(%attempt, %why, "an attempt that was not dialed cannot be given back");
                let ending = recovery::interrupted(None, world.now());
                return world.report(Input::Ended { attempt, ending });
            }
            Err(StoreError::NotFound(_)) => {
                tracing::error!(%attempt, "is not open any more; there is nothing to give back");
                return world.report(Input::Released { attempt, due_at: None });
            }
            Err(error) => {
                try_later(&world, &error, "could not give an attempt back; trying again").await;
            }
        }
    }
}

/// Stores an ending, however long the store takes to agree: until then the slot is taken, so that
/// no more endings wait than there may be calls.
pub(crate) async fn settle(world: Arc<World>, settlement: Settlement, log: CallLog) {
    let attempt = settlement.attempt;
    loop {
        let settled = match store_note(&world, attempt).await {
            Ok(()) => world.store.settle_attempt(settlement.clone(), log.clone()).await,
            Err(error) => Err(error),
        };
        match settled {
            Ok(ours) => {
                if ours {
                    measure::settled(&settlement.ending);
                } else {
                    tracing::warn!(%attempt, "was settled by somebody else; nothing was stored");
                }
                return world.report(Input::Settled { attempt });
            }
            Err(error) => {
                try_later(&world, &error, "could not store how a call ended; trying again").await;
            }
        }
    }
}

/// Moves everybody's due instant to a clock that was set, however long the store takes to agree.
pub(crate) async fn move_due(world: Arc<World>, by_us: i64) {
    while let Err(error) = world.store.move_due(by_us).await {
        try_later(&world, &error, "could not move retries to the new time; trying again").await;
    }
    world.report(Input::DueMoved);
}

/// Moves a batch on, however long the store takes to agree. `changes` is held meanwhile, so that
/// the dispatcher hears of changes in their order.
pub(crate) async fn advance(
    world: Arc<World>,
    changes: Arc<Mutex<()>>,
    batch: BatchId,
    advance: Advance,
) {
    loop {
        let in_order = changes.lock().await;
        match world.store.advance_batch(batch, advance, world.now()).await {
            Ok(facts) => {
                tracing::info!(%batch, ?advance, state = facts.state.as_str(), "batch moved on");
                return world.report(Input::BatchChanged(facts));
            }
            Err(error) => {
                // Whoever asks for a change meanwhile is told that the store fails.
                drop(in_order);
                try_later(&world, &error, "could not move a batch on; trying again").await;
            }
        }
    }
}

/// Stores what a call's dialog is now. While the store fails that waits: the call goes on.
pub(crate) async fn note(world: &World, attempt: AttemptId, note: DialogNote) {
    world.keep(attempt, note);
    if let Err(error) = store_note(world, attempt).await {
        complain(&error, "the dialog could not be stored");
    }
}

/// Stores what is to be stored of a call's dialog, if anything is. An error is of the whole store.
async fn store_note(world: &World, attempt: AttemptId) -> Result<(), StoreError> {
    let Some(note) = world.take_unstored(attempt) else { return Ok(()) };
    match world.store.note_dialog(attempt, note.dialog.clone(), note.answered_at).await {
        Err(error) if error.is_of_the_whole() => {
            world.keep_again(attempt, note);
            Err(error)
        }
        Err(error) => {
            tracing::error!(%error, "the dialog could not be stored");
            Ok(())
        }
        Ok(()) => Ok(()),
    }
}

/// Tells the rules whether anything can be stored, whenever that changes.
pub(crate) async fn watch_store(world: Arc<World>) {
    let mut health = world.store.health();
    loop {
        let works = health.borrow_and_update().is_none();
        world.report(Input::Store { works });
        if works {
            for attempt in world.unstored() {
                let _ = store_note(&world, attempt).await;
            }
        }
        if health.changed().await.is_err() {
            return;
        }
    }
}

/// Says why the store could not, unless it has said so itself, for everybody.
pub(crate) fn complain(error: &StoreError, what: &str) {
    match error.is_of_the_whole() {
        true => tracing::debug!(%error, "{what}"),
        false => tracing::error!(%error, "{what}"),
    }
}

/// Returns when it is worth asking the store once more.
pub(crate) async fn try_later(world: &World, error: &StoreError, what: &str) {
    complain(error, what);
    tokio::time::sleep(STORE_RETRY).await;
    world.store_works().await;
}
