//! What follows an attempt: a final status, or a retry at a later time.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    attempt::{Attempt, EndReason, Ending, Outcome},
    recipient::RecipientStatus,
    time::Timestamp,
};

/// How many attempts of one recipient may end without charge because the trunk was congested.
pub const MAX_UNCHARGED: u32 = 5;

/// The longest Retry-After of a trunk that is respected.
pub const MAX_RETRY_AFTER: Duration = Duration::from_secs(3600);

/// The wait after the first refusal by a congested trunk. Each further refusal doubles the wait.
const CONGESTED_WAIT: Duration = Duration::from_secs(1);

/// The wait after an attempt that an outage ended. The dispatcher itself holds calls back for
/// longer.
const OUTAGE_WAIT: Duration = Duration::from_secs(1);

/// The longest wait between attempts: a week.
const MAX_WAIT_MINUTES: f64 = 10_080.0;

/// What happens after a call that did not reach a live person (PRODUCT: retries).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RetryPolicy {
    /// Charged attempts after the first, 0 to 10.
    pub max_retries: u32,
    /// From the end of an attempt to the next, in minutes; fractions are allowed.
    pub wait_minutes: f64,
    /// Try again when nobody picked up.
    pub retry_on_no_answer: bool,
    /// Try again when voicemail answered.
    pub retry_on_voicemail: bool,
    /// Try again when the line was busy.
    pub retry_on_busy: bool,
    /// Try again when the person declined the call: they said no.
    pub retry_on_declined: bool,
    /// Try again when the call failed for a reason that may pass.
    pub retry_on_failed: bool,
    /// Try again when the engine died under the call: the phone may have rung.
    pub retry_on_interrupted: bool,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        RetryPolicy {
            max_retries: 0,
            wait_minutes: 0.0,
            retry_on_no_answer: true,
            retry_on_voicemail: false,
            retry_on_busy: true,
            retry_on_declined: false,
            retry_on_failed: true,
            retry_on_interrupted: false,
        }
    }
}

/// What follows for the recipient when an attempt has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// The recipient has this final status and is not dialed again.
    Final(RecipientStatus),
    /// The recipient is dialed again.
    Retry {
        /// The recipient is not due before this instant.
        at: Timestamp,
        /// The status that the recipient gets if the batch stops first: the one that the last
        /// attempt alone gives.
        otherwise: RecipientStatus,
    },
}

/// What an ended attempt means for its recipient.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decision {
    /// Whether the attempt counts in `attempts_made` and against `max_retries`.
    pub charged: bool,
    /// Whether the attempt does not count against [`MAX_UNCHARGED`] either. A charged attempt is
    /// never excused.
    pub excused: bool,
    /// What follows for the recipient.
    pub next: Next,
}

/// Decides what follows an ending. At most `max_retries + 1` attempts are charged, whatever their
/// outcomes. The wait before a retry starts at the end of the attempt.
///
/// A call that [reached nobody](reached_nobody) is retried without charge, whatever the policy.
/// During an `outage`, when calls to all numbers fail this way, the number of such retries is
/// unlimited; otherwise it is at most [`MAX_UNCHARGED`].
pub fn decide(policy: &RetryPolicy, attempt: &Attempt, ending: &Ending, outage: bool) -> Decision {
    let otherwise = RecipientStatus::after(ending.outcome);
    let asked = ending.retry_after.unwrap_or_default().min(MAX_RETRY_AFTER);
    if reached_nobody(ending) && !ending.permanent {
        if outage {
            let next = Next::Retry { at: ending.ended_at + OUTAGE_WAIT, otherwise };
            return Decision { charged: false, excused: true, next };
        }
        if attempt.uncharged_before < MAX_UNCHARGED {
            let backoff = CONGESTED_WAIT * 2u32.pow(attempt.uncharged_before);
            let next = Next::Retry { at: ending.ended_at + asked.max(backoff), otherwise };
            return Decision { charged: false, excused: false, next };
        }
    }
    let budget_left = attempt.charged_before < policy.max_retries;
    let next =
        if budget_left && !ending.permanent && policy.retries_on(ending.outcome, ending.end_reason)
        {
            Next::Retry { at: ending.ended_at + policy.wait().max(asked), otherwise }
        } else {
            Next::Final(otherwise)
        };
    Decision { charged: true, excused: false, next }
}

/// Whether no phone rang, for a reason that does not lie in the number: the trunk was full, the
/// trunk never answered, or the agent could not speak before the recipient picked up.
pub fn reached_nobody(ending: &Ending) -> bool {
    let reason = ending.end_reason;
    ending.outcome == Outcome::Failed
        && (matches!(reason, EndReason::TrunkCongested | EndReason::TrunkUnreachable)
            || is_speechless(ending))
}

/// Whether the agent could not speak and the recipient had not picked up.
pub fn is_speechless(ending: &Ending) -> bool {
    ending.end_reason == EndReason::AgentFailed && ending.evidence.answered_at.is_none()
}

/// Whether the trunk never answered.
pub fn is_unreachable(ending: &Ending) -> bool {
    ending.end_reason == EndReason::TrunkUnreachable && ending.outcome == Outcome::Failed
}

/// Whether the trunk was full, so that no phone rang.
pub fn is_congestion(ending: &Ending) -> bool {
    ending.end_reason == EndReason::TrunkCongested && ending.outcome == Outcome::Failed
}

impl RetryPolicy {
    /// Whether the policy permits a retry after this outcome. A declined call has its own rule: a
    /// recipient who rejects the call said no.
    pub fn retries_on(&self, outcome: Outcome, end_reason: EndReason) -> bool {
        match outcome {
            Outcome::Failed if end_reason == EndReason::UserDeclined => self.retry_on_declined,
            Outcome::NoAnswer => self.retry_on_no_answer,
            Outcome::Voicemail => self.retry_on_voicemail,
            Outcome::Busy => self.retry_on_busy,
            Outcome::Failed => self.retry_on_failed,
            Outcome::Interrupted => self.retry_on_interrupted,
            Outcome::Completed | Outcome::RejectedByRoute => false,
        }
    }

    /// The wait from the end of an attempt to the next one, rounded up to a microsecond.
    pub fn wait(&self) -> Duration {
        let minutes = self.wait_minutes.clamp(0.0, MAX_WAIT_MINUTES);
        Duration::from_micros((minutes * 60e6).ceil() as u64)
    }

    /// All mistakes in this policy, each as a sentence. Empty if the policy is valid.
    pub fn mistakes(&self) -> Vec<String> {
        let mut mistakes = Vec::new();
        if self.max_retries > 10 {
            mistakes.push(format!("retry.max_retries is {}; it can be 0 to 10", self.max_retries));
        }
        if !(0.0..=MAX_WAIT_MINUTES).contains(&self.wait_minutes) {
            mistakes.push(format!(
                "retry.wait_minutes is {}; it can be 0 to 10080 (a week)",
                self.wait_minutes
            ));
        }
        mistakes
    }
}

#[cfg(test)]
mod tests;
