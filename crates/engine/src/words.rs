//! The speech of a call's agent. The first call of a batch has its speech before its INVITE leaves;
//! for later calls it is made while the phone rings. A call whose speech fails is cancelled while
//! it rings.

use std::{sync::Arc, time::Duration};

use campanile_agent::{Brief, Failure, SpeechError, Voice};
use campanile_rules::{
    attempt::{EndReason, Ending, Outcome, Party},
    dispatcher::Snag,
    ids::BatchId,
};
use campanile_sip::{EndKind, outcome};
use campanile_telephony::Call;
use tokio::task::JoinHandle;
use tracing::Instrument as _;

use crate::{call::last_word, world::World};

/// How long the first speech may take. A call that rings without it for longer is cancelled.
const FIRST_WITHIN: Duration = Duration::from_secs(5);

/// Makes sure that the agent can speak before an INVITE leaves. The first call of a batch gets its
/// first speech here: that takes some milliseconds and avoids ringing a phone when the voice is
/// unavailable. After a call whose speech was not ready, the next call gets all of its speech
/// before it leaves.
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
        // Other calls of the batch are not affected: only this call fails.
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

/// The speech of one call while it is being made. Dropping the value stops the work.
pub(crate) struct Words {
    making: JoinHandle<Result<(), SpeechError>>,
    told: bool,
}

impl Words {
    /// Starts to make the speech, the first texts first.
    pub fn make(voice: Arc<dyn Voice>, brief: Brief) -> Words {
        let making = async move {
            in_time(campanile_agent::prepare_first(&brief, voice.as_ref())).await?;
            campanile_agent::prepare(&brief, voice.as_ref()).await
        };
        Words { making: tokio::spawn(making.in_current_span()), told: false }
    }

    /// Returns once: when all speech is made, or when some of it cannot be made. Cancel safe.
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

/// Ends a ringing call that has nothing to say. A response of the network that came meanwhile still
/// counts.
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
