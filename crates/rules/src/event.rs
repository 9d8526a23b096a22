//! Events of batches, recipients and calls, as the event log records them.
//!
//! An event is stored in the same transaction as the change that it reports. The structures here
//! are the `data` of each kind as API clients receive it; docs/events.md describes the same data.

use serde::{Deserialize, Serialize};

use crate::{
    attempt::{AnsweredBy, EndReason, Outcome, Party},
    batch::BatchState,
    ids::RecipientId,
    recipient::RecipientStatus,
    time::Timestamp,
};

macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident = $name:literal),* $(,)?) => {
        /// What an event tells. Serialized as its dotted name.
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
        )]
        pub enum EventKind {$(
            $(#[$doc])*
            #[serde(rename = $name)]
            $kind
        ),*}

        impl EventKind {
            /// Every kind.
            pub const ALL: [EventKind; [$($name),*].len()] = [$(EventKind::$kind),*];

            /// Every kind's name.
            pub const NAMES: [&'static str; Self::ALL.len()] = [$($name),*];

            /// The dotted name in the API and the database.
            pub fn as_str(self) -> &'static str {
                match self {$(EventKind::$kind => $name),*}
            }
        }
    };
}

impl utoipa::PartialSchema for EventKind {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
        crate::described::one_of(&Self::NAMES)
    }
}
impl utoipa::ToSchema for EventKind {}

kinds! {
    /// A file became a batch.
    BatchCreated = "batch.created",
    /// It waits for its `starts_at`.
    BatchScheduled = "batch.scheduled",
    /// It dials, for the first time.
    BatchStarted = "batch.started",
    /// No new call until somebody resumes it.
    BatchPaused = "batch.paused",
    /// It goes on.
    BatchResumed = "batch.resumed",
    /// Everybody is final.
    BatchCompleted = "batch.completed",
    /// Somebody ended it for good, or its `ends_at` came.
    BatchStopped = "batch.stopped",
    /// Its name or settings were edited.
    BatchChanged = "batch.changed",
    /// A call to the recipient is being placed.
    RecipientInProgress = "recipient.in_progress",
    /// A call ended and another one will follow.
    RecipientRetryScheduled = "recipient.retry_scheduled",
    /// The recipient is final, and no stop of the batch made it so.
    RecipientFinished = "recipient.finished",
    /// Somebody, or a machine, picked up.
    CallAnswered = "call.answered",
    /// A call is over.
    CallEnded = "call.ended",
    /// A workspace reached a daily limit for some destination.
    DestinationLimitReached = "destination.limit_reached",
    /// A number is not to be called any more.
    SuppressionAdded = "suppression.added",
}

impl EventKind {
    /// The kind called `name`, if there is one.
    pub fn from_name(name: &str) -> Option<EventKind> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

/// Which call an event is about, and whom it is to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallRef {
    /// The call, as in `/v1/calls/{call_id}`.
    pub call_id: String,
    /// The recipient, as in `/v1/recipients/{id}`.
    pub recipient_id: RecipientId,
    /// Its row in the file as a spreadsheet numbers it.
    pub row: u64,
    /// The number that is dialed, E.164.
    pub phone_number: String,
    /// The number of the attempt, from 1.
    pub attempt: u32,
}

/// The data of `recipient.in_progress`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RecipientDialed {
    /// The call that is being placed.
    #[serde(flatten)]
    pub call: CallRef,
    /// `in_progress`.
    pub status: RecipientStatus,
}

/// The data of `recipient.retry_scheduled`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RetryScheduled {
    /// The call that ended.
    #[serde(flatten)]
    pub call: CallRef,
    /// `pending`.
    pub status: RecipientStatus,
    /// Attempts that count against `max_retries`.
    pub attempts_made: u32,
    /// When the next call is due.
    pub next_attempt_at: Timestamp,
}

/// The data of `recipient.finished`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RecipientFinished {
    /// The recipient, as in `/v1/recipients/{id}`.
    pub recipient_id: RecipientId,
    /// Its row in the file as a spreadsheet numbers it.
    pub row: u64,
    /// Its number, E.164.
    pub phone_number: String,
    /// What became of it.
    pub status: RecipientStatus,
    /// Attempts that count against `max_retries`.
    pub attempts_made: u32,
    /// Its last call; absent when none was placed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call_id: Option<String>,
    /// What the person pressed in the newest call in which something was; absent when nothing was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digits: Option<String>,
    /// Why it was skipped; absent with any other status.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// The data of `call.answered`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CallAnswered {
    /// The call.
    #[serde(flatten)]
    pub call: CallRef,
    /// When it was answered.
    pub answered_at: Timestamp,
}

/// The data of `call.ended`. What did not happen is absent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CallEnded {
    /// The call.
    #[serde(flatten)]
    pub call: CallRef,
    /// What happened.
    pub outcome: Outcome,
    /// Why.
    pub end_reason: EndReason,
    /// Whether it counts against `max_retries`.
    pub charged: bool,
    /// When its INVITE left.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dialed_at: Option<Timestamp>,
    /// When it rang.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ringing_at: Option<Timestamp>,
    /// When it was answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answered_at: Option<Timestamp>,
    /// When it was over on the wire.
    pub ended_at: Timestamp,
    /// From answer to end, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub talk_s: Option<f64>,
    /// Final SIP status code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sip_code: Option<u16>,
    /// Who hung up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hung_up_by: Option<Party>,
    /// What voicemail detection decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answered_by: Option<AnsweredBy>,
    /// What the person pressed, in order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digits: Option<String>,
}

/// The data of every `batch.…` event but `batch.stopped`. `P` are the counts of recipients by
/// status, as the batch itself shows them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BatchMoved<P> {
    /// The batch's name.
    pub name: String,
    /// The state it is in now.
    pub status: BatchState,
    /// Recipients by status.
    pub progress: P,
}

/// The data of `batch.stopped`: the only event that tells of the recipients that the stop ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BatchStopped {
    /// The batch's name.
    pub name: String,
    /// `cancelled`.
    pub status: BatchState,
    /// `ended` when its `ends_at` came; absent when somebody stopped it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Calls that go on until they end by themselves, each with events of its own.
    pub in_progress: u64,
    /// Recipients never dialed: they are `cancelled`.
    pub cancelled: u64,
    /// Recipients that waited for a retry: their last attempt's status is final.
    pub waiting_retries: u64,
}

/// The data of `destination.limit_reached`, told once a day.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DestinationLimitReached {
    /// Attempts of today to countries outside the operator's list.
    pub attempts: u64,
    /// Minutes talked there today.
    pub minutes: f64,
    /// When calls there go on: the beginning of the next day, UTC.
    pub clears_at: Timestamp,
}

/// The data of `suppression.added`. Numbers of an uploaded file are not told one by one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SuppressionAdded {
    /// The number, E.164.
    pub phone_number: String,
    /// `api`, or `agent` when the person told the agent.
    pub source: String,
    /// Why, as far as somebody said so.
    pub reason: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_found_by_its_name_and_serialized_as_it() {
        for kind in EventKind::ALL {
            assert_eq!(EventKind::from_name(kind.as_str()), Some(kind));
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
        }
        assert_eq!(EventKind::from_name("batch.exploded"), None);
    }
}
