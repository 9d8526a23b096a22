//! The requests of the node to the store. Each verb gets exactly one answer.

use std::{sync::Arc, time::Duration};

use campanile_rules::{
    dispatcher::{Advance, Claim, Input, Settlement},
    ids::{AttemptId, BatchId},
    node::{self, Answer, Failure, Verb},
    time::Timestamp,
};
use campanile_store::{CallLog, LoadedBatch, OpenAttempt, StoreError};

use crate::{
    measure,
    message::{Message, RowOfCall},
    world::{DialogNote, World},
};

/// How long to wait after the store could not say whether something changed.
const AGAIN_WAIT: Duration = Duration::from_secs(1);

/// Carries out a verb. Whatever happens, the node gets one answer.
pub(crate) async fn carry_out(world: Arc<World>, verb: Verb) {
    let done = match verb.clone() {
        Verb::Lead => lead(&world).await,
        Verb::Renew => world.store.beat().await.map(|lives| match lives {
            // Nothing limits how long a process leads that holds the lock of its data directory.
            true => Answer::Renewed(Timestamp(i64::MAX)),
            false => Answer::LeadsNoMore,
        }),
        Verb::Load => match world.store.load().await {
            Ok(snapshot) => return world.send(Message::Loaded(snapshot)),
            Err(error) => Err(error),
        },
        Verb::LoadChanges { since } => match world.store.changes_since(since).await {
            Ok(changes) => return world.send(Message::Changes(changes)),
            Err(error) => Err(error),
        },
        Verb::Claim(claim) => match claim_recipients(&world, claim).await {
            Ok(claimed) => return world.send(claimed),
            Err(error) => Err(error),
        },
        Verb::Release { attempt, not_before } => release(&world, attempt, not_before).await,
        Verb::WakeLimited => {
            world.store.wake_limited(world.now()).await.map(|()| Answer::LimitedWoken)
        }
        Verb::MoveDue(by_us) => world.store.move_due(by_us).await.map(|()| Answer::DueMoved),
        Verb::Advance(batch, advance) => move_on(&world, batch, advance).await,
    };
    match done {
        Ok(answer) => world.answer(answer),
        Err(error) => world.send(Message::Failed { verb, error }),
    }
}

/// Asks the store whether the INVITE of a prepared call may leave.
pub(crate) async fn mark(world: Arc<World>, attempt: AttemptId, dialog: String) {
    match world.store.mark_dialed(attempt, dialog, world.now()).await {
        Ok(may) => world.answer(Answer::Marked(attempt, may)),
        Err(error) => {
            failure(&error, "to mark an attempt as dialed", None);
            world.send(Message::Input(node::Input::Unmarked(attempt)));
        }
    }
}

/// Stores an ending together with the log of the call.
pub(crate) async fn settle(world: Arc<World>, settlement: Settlement, log: CallLog) {
    let attempt = settlement.attempt;
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
            world.answer(Answer::Settled(attempt));
        }
        Err(error) => {
            let failure = failure(&error, "to settle an attempt", Some(attempt));
            world.send(Message::Unsettled { settlement, log, failure });
        }
    }
}

/// Whether a failed verb may succeed later, with a line in the log.
pub(crate) fn verb_failure(verb: &Verb, error: &StoreError) -> Failure {
    match verb {
        Verb::Release { attempt, .. } => failure(error, words(verb), Some(*attempt)),
        Verb::Lead
        | Verb::Renew
        | Verb::Load
        | Verb::LoadChanges { .. }
        | Verb::Claim(_)
        | Verb::WakeLimited
        | Verb::MoveDue(_)
        | Verb::Advance(..) => failure(error, words(verb), None),
    }
}

/// Whether a failed request may succeed later, with a line in the log. `closes` is the attempt that
/// the request would have closed. The store itself logs failures of the whole store.
fn failure(error: &StoreError, what: &'static str, closes: Option<AttemptId>) -> Failure {
    if error.is_of_the_whole() {
        tracing::debug!(%error, what, "the store fails; it is asked again");
        return Failure::Passing;
    }
    match closes {
        Some(attempt) => tracing::error!(%error, %attempt, what,
            "the store refuses for good; the attempt keeps its slot until the next start"),
        None => tracing::error!(%error, what, "the store refuses"),
    }
    Failure::Permanent
}

/// The name of a verb in the log.
fn words(verb: &Verb) -> &'static str {
    match verb {
        Verb::Lead => "to lead",
        Verb::Renew => "to lead on",
        Verb::Load => "to load what is stored",
        Verb::LoadChanges { .. } => "to load what changed",
        Verb::Claim(_) => "to claim recipients",
        Verb::Release { .. } => "to give an attempt back",
        Verb::WakeLimited => "to make recipients due after a change of limits",
        Verb::MoveDue(_) => "to move due instants",
        Verb::Advance(..) => "to move a batch on",
    }
}

async fn lead(world: &World) -> Result<Answer, StoreError> {
    if !world.store.lead().await? {
        return Ok(Answer::LedByAnother);
    }
    let undialed = world.store.take_over().await?;
    if !undialed.is_empty() {
        tracing::info!(count = undialed.len(), "giving back attempts that never rang");
    }
    Ok(Answer::Leads { until: None, undialed })
}

async fn claim_recipients(world: &World, claim: Claim) -> Result<Message, StoreError> {
    let (batch, lane) = (claim.batch, claim.lane.clone());
    let claimed = world.store.claim_recipients(claim, world.now()).await?;
    let mut attempts = Vec::with_capacity(claimed.recipients.len());
    let mut rows = Vec::with_capacity(claimed.recipients.len());
    for recipient in claimed.recipients {
        let retry_due_at = recipient.attempt.lane.retry.then_some(recipient.due_at);
        rows.push((recipient.attempt.id, RowOfCall { cells: recipient.cells, retry_due_at }));
        attempts.push(recipient.attempt);
    }
    let next_due = claimed.next_due;
    Ok(Message::Claimed { answer: Answer::Claimed { batch, lane, attempts, next_due }, rows })
}

/// Releases an attempt whose INVITE never left.
async fn release(
    world: &World,
    attempt: AttemptId,
    not_before: Option<Timestamp>,
) -> Result<Answer, StoreError> {
    match world.store.release_attempt(attempt, not_before).await {
        Ok(due_at) => Ok(Answer::Released(attempt, due_at)),
        // The store failed while the attempt was marked as dialed, yet the mark was stored.
        Err(StoreError::Conflict(why)) => {
            tracing::error!(%attempt, %why, "an attempt that was not dialed cannot be given back");
            Ok(Answer::WasDialed(attempt))
        }
        Err(StoreError::NotFound(_)) => {
            tracing::error!(%attempt, "is not open any more; there is nothing to give back");
            Ok(Answer::Released(attempt, None))
        }
        Err(error) => Err(error),
    }
}

async fn move_on(world: &World, batch: BatchId, advance: Advance) -> Result<Answer, StoreError> {
    let facts = world.store.advance_batch(batch, advance, world.now()).await?;
    tracing::info!(%batch, ?advance, state = facts.state.as_str(), "batch moved on");
    Ok(Answer::Advanced(facts))
}

/// Stores the present state of a call's dialog. While the store fails, the note waits and the call
/// goes on.
pub(crate) async fn note(world: &World, attempt: AttemptId, note: DialogNote) {
    world.keep(attempt, note);
    if let Err(error) = store_note(world, attempt).await {
        tracing::debug!(%error, "the dialog could not be stored");
    }
}

/// Stores the pending note of a call's dialog, if there is one. An error concerns the whole store.
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

/// Tells the rules whenever the store begins or ceases to fail.
pub(crate) async fn watch_store(world: Arc<World>) {
    let mut health = world.store.health();
    loop {
        let works = health.borrow_and_update().is_none();
        world.news(Input::Store { works });
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

/// Tells the node of every new version of what is stored, whoever wrote it.
pub(crate) async fn watch_changes(world: Arc<World>) {
    let mut version = world.version();
    loop {
        match world.store.next_version(version).await {
            Ok(newest) => {
                version = newest;
                world.send(Message::Input(node::Input::Changed { version }));
            }
            Err(error) => {
                tracing::debug!(%error, "what changed cannot be read; it is read again");
                tokio::time::sleep(AGAIN_WAIT).await;
            }
        }
    }
}

/// Converts a batch to the node's form.
pub(crate) fn batch(loaded: LoadedBatch) -> node::LoadedBatch {
    let attempt = |open: OpenAttempt| open.attempt;
    node::LoadedBatch {
        facts: loaded.facts,
        lanes: loaded.lanes,
        open: loaded.open.into_iter().map(attempt).collect(),
    }
}
