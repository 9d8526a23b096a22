//! The words of a call's agent: the first of a batch's calls has them before it leaves, later ones
//! have them made while the phone rings. A call whose words fail is cancelled while it rings.

use std::{sync::Arc, time::Duration};

use campanile_agent::{Brief, Failure, SpeechError, Voice};
use campanile_rules::{
    attempt::{EndReason, Ending, Outcome, Party},
    dispatcher::Snag,
    ids::BatchId,
};
use campanile_telephony::{Call, EndKind, outcome};
use tokio::task::JoinHandle;
use tracing::Instrument as _;

use crate::{call::last_word, world::World};

/// How long the first words may take: a call that rings without them for longer is cancelled.
const FIRST_WITHIN: Duration = Duration::from_secs(5);

/// Sees to it that the agent can speak before a call leaves. The first call of a batch has its first
/// words by then: they cost some milliseconds, and nobody is rung by an agent whose voice is gone.
/// After words were not ready a call has all of them before it leaves.
pub(crate) async fn before_it_leaves(
    world: &World,
    batch: BatchId,
    (brief, voice): (&Brief, &dyn Voice),
) -> Result<(), Snag> {
    let had_words = world.had_words(batch);
    let first = async {
        campanile_agent::check(brief, voice).await?;
        match had_words {
            Some(true) => Ok(()),
            Some(false) | None => campanile_agent::prepare_first(brief, voice).await,
        }
    };
    let ready = async {
        in_time(first).await?;
        match had_words {
            Some(false) => campanile_agent::prepare(brief, voice).await,
            Some(true) | None => Ok(()),
        }
    };
    match ready.await {
        Ok(()) => {
            world.note_words(batch, true);
            Ok(())
        }
        // Others of the batch are not concerned: this call fails by itself.
        Err(error) if error.is_of_this_call() => Ok(()),
        Err(error) => {
            world.note_words(batch, false);
            let words = error.to_string().into();
            Err(if error.is_shortage() { Snag::Machine(words) } else { Snag::Agent(words) })
        }
    }
}

async fn in_time(making: impl Future<Output = Result<(), SpeechError>>) -> Result<(), SpeechError> {
    let late = SpeechError::Late { within_s: FIRST_WITHIN.as_secs() };
    tokio::time::timeout(FIRST_WITHIN, making).await.unwrap_or(Err(late))
}

/// The words of one call, in the making; the making ends with this value.
pub(crate) struct Words {
    making: JoinHandle<Result<(), SpeechError>>,
    told: bool,
}

impl Words {
    /// Begins to make them, the first ones first.
    pub fn make(voice: Arc<dyn Voice>, brief: Brief) -> Words {
        let making = async move {
            in_time(campanile_agent::prepare_first(&brief, voice.as_ref())).await?;
            campanile_agent::prepare(&brief, voice.as_ref()).await
        };
        Words { making: tokio::spawn(making.in_current_span()), told: false }
    }

    /// Returns once: when they are all there, or when some of them cannot be made. Cancel safe.
    pub async fn made(&mut self) -> Result<(), Failure> {
        if self.told {
            return std::future::pending().await;
        }
        let made = (&mut self.making).await;
        self.told = true;
        match made {
            Ok(made) => made.map_err(|error| Failure::from(&error)),
            Err(error) => Err(Failure { cause: error.to_string(), of_this_call: false }),
        }
    }
}

impl Drop for Words {
    fn drop(&mut self) {
        self.making.abort();
    }
}

/// Ends a call that rings and has nothing to say. What the network said of it meanwhile counts.
pub(crate) async fn withdraw(call: &mut Call, failure: Failure) -> Ending {
    tracing::warn!(cause = failure.cause, "the agent's words are not ready; the call is cancelled");
    call.hang_up(Party::Engine).await;
    let end = last_word(call).await;
    let mut ending = outcome::classify(&end);
    if matches!(end.kind, EndKind::Cancelled | EndKind::HungUp) {
        ending.outcome = Outcome::Failed;
        ending.end_reason = EndReason::AgentFailed;
        ending.permanent = failure.of_this_call;
        ending.evidence.cause = Some(failure.cause);
    }
    ending
}
