//! The agent of a call before it talks: opened before the INVITE leaves, and cancelled with the
//! ringing call if it does not become ready.

use campanile_agent::{Agent, Blame, Care, Failure};
use campanile_rules::{
    attempt::{EndReason, Ending, Outcome, Party},
    dispatcher::Snag,
    ids::BatchId,
};
use campanile_sip::{EndKind, outcome};
use campanile_telephony::Call;

use crate::{call::last_word, world::World};

/// Opens the agent of a call, so that no phone rings when there is nobody to talk. The first call
/// of a batch gets its first words here; after a call whose agent was not ready, the next call
/// gets everything before it leaves.
pub(crate) async fn open(world: &World, batch: BatchId, agent: &mut dyn Agent) -> Result<(), Snag> {
    let care = match world.was_ready(batch) {
        Some(true) => Care::Usual,
        Some(false) => Care::Everything,
        None => Care::FirstWords,
    };
    let Err(Failure { cause, blame }) = agent.open(care).await else {
        world.note_ready(batch, true);
        return Ok(());
    };
    match blame {
        // Other calls of the batch are not affected: only this call fails.
        Blame::Call => return Ok(()),
        Blame::Agent | Blame::Machine => world.note_ready(batch, false),
    }
    Err(if blame == Blame::Machine {
        Snag::Machine(cause.into())
    } else {
        Snag::Agent(cause.into())
    })
}

/// Ends a ringing call whose agent has nothing to say. A response of the network that came
/// meanwhile still counts.
pub(crate) async fn withdraw(call: &mut Call, failure: Failure) -> Ending {
    tracing::warn!(cause = failure.cause, "the agent is not ready; the call is cancelled");
    call.hang_up(Party::Engine).await;
    let end = last_word(call).await;
    let mut ending = outcome::classify(&end);
    if matches!(end.kind, EndKind::Cancelled | EndKind::HungUp) {
        ending.outcome = Outcome::Failed;
        ending.end_reason = EndReason::AgentFailed;
        ending.permanent = failure.blame == Blame::Call;
        ending.evidence.cause = Some(failure.cause);
    }
    ending
}
