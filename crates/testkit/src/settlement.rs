//! Endings of calls, and what is stored of them.

use campanile_rules::{
    attempt::{Attempt, EndReason, Ending, Evidence, Outcome},
    dispatcher::Settlement,
    retry::Next,
    time::Timestamp,
};

/// The ending of a call with this outcome, for its most common reason.
pub fn ending(outcome: Outcome, ended_at: Timestamp) -> Ending {
    let end_reason = match outcome {
        Outcome::Completed => EndReason::UserDisconnected,
        Outcome::NoAnswer => EndReason::UserDidNotPickUp,
        Outcome::Voicemail => EndReason::VoicemailDetected,
        Outcome::Busy => EndReason::UserBusy,
        Outcome::Failed => EndReason::NetworkFailure,
        Outcome::RejectedByRoute => EndReason::DestinationForbidden,
        Outcome::Interrupted => EndReason::EngineInterrupted,
    };
    let evidence = Evidence { sip_code: Some(200), ..Evidence::default() };
    Ending { outcome, end_reason, permanent: false, retry_after: None, ended_at, evidence }
}

/// The settlement of a charged attempt.
pub fn settlement(attempt: &Attempt, ending: Ending, next: Next) -> Settlement {
    let Attempt { id, recipient, batch, .. } = *attempt;
    Settlement { attempt: id, recipient, batch, ending, charged: true, excused: false, next }
}
