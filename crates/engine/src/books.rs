//! What the dispatcher wants stored, and the answers that it waits for.

use std::{sync::Arc, time::Duration};

use campanile_rules::{
    dispatcher::{Advance, Claim, Input, Settlement},
    ids::{AttemptId, BatchId},
};
use campanile_store::CallLog;
use tokio::sync::Mutex;

use crate::{
    measure,
    message::{Message, Taken},
    world::World,
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
            tracing::error!(%batch, %error, "could not claim recipients; trying again");
            world.report(Input::ClaimFailed { batch, lane });
        }
    }
}

/// Gives back an attempt whose INVITE never left, however long the store takes to agree.
pub(crate) async fn release(world: Arc<World>, attempt: AttemptId) {
    loop {
        match world.store.release_attempt(attempt).await {
            Ok(due_at) => return world.report(Input::Released { attempt, due_at }),
            Err(error) => {
                tracing::error!(%attempt, %error, "could not give an attempt back; trying again");
                tokio::time::sleep(STORE_RETRY).await;
            }
        }
    }
}

/// Stores an ending, however long the store takes to agree: until then the slot is taken.
pub(crate) async fn settle(world: Arc<World>, settlement: Settlement, log: CallLog) {
    let attempt = settlement.attempt;
    loop {
        match world.store.settle_attempt(settlement.clone(), log.clone()).await {
            Ok(ours) => {
                if ours {
                    measure::settled(&settlement.ending);
                } else {
                    tracing::warn!(%attempt, "was settled by somebody else; nothing was stored");
                }
                return world.report(Input::Settled { attempt });
            }
            Err(error) => {
                tracing::error!(%attempt, %error, "could not store how a call ended; trying again");
                tokio::time::sleep(STORE_RETRY).await;
            }
        }
    }
}

/// Moves everybody's due instant to a clock that was set, however long the store takes to agree.
pub(crate) async fn move_due(world: Arc<World>, by_us: i64) {
    while let Err(error) = world.store.move_due(by_us).await {
        tracing::error!(%error, "could not move retries to the new time; trying again");
        tokio::time::sleep(STORE_RETRY).await;
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
        let _in_order = changes.lock().await;
        match world.store.advance_batch(batch, advance, world.now()).await {
            Ok(facts) => {
                tracing::info!(%batch, ?advance, state = facts.state.as_str(), "batch moved on");
                return world.report(Input::BatchChanged(facts));
            }
            Err(error) => {
                tracing::error!(%batch, %error, "could not move a batch on; trying again");
                tokio::time::sleep(STORE_RETRY).await;
            }
        }
    }
}
