//! Events of batches, recipients and calls, as the event log records them.
//!
//! An event is stored in the same transaction as the change that it reports. The structures here
//! are the `data` of each kind as API clients receive it; docs/events.md describes the same data.

mod envelope;

pub use envelope::Envelope;

use serde::{Deserialize, Serialize};

use crate::{
    agent::Results,
    attempt::{AnsweredBy, EndReason, Outcome, Party},
    batch::BatchState,
    ids::RecipientId,
    recipient::RecipientStatus,
    time::Timestamp,
};

macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident = $name:literal),* $(,)?) => {
        /// The kind of an event. Serialized as its dotted name.
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
    /// A batch was created from a file.
    BatchCreated = "batch.created",
    /// The batch waits for its `starts_at`.
    BatchScheduled = "batch.scheduled",
    /// The batch starts to dial for the first time.
    BatchStarted = "batch.started",
    /// The batch makes no new call until it is resumed.
    BatchPaused = "batch.paused",
    /// The batch was resumed.
    BatchResumed = "batch.resumed",
    /// Every recipient is final.
    BatchCompleted = "batch.completed",
    /// A user stopped the batch for good, or its `ends_at` came.
    BatchStopped = "batch.stopped",
    /// The name or the settings of the batch were edited.
    BatchChanged = "batch.changed",
    /// A call to the recipient is being placed.
    RecipientInProgress = "recipient.in_progress",
    /// A call ended, and a retry will follow.
    RecipientRetryScheduled = "recipient.retry_scheduled",
    /// The recipient is final, and not because the batch was stopped.
    RecipientFinished = "recipient.finished",
    /// A person or a machine answered.
    CallAnswered = "call.answered",
    /// A call ended.
    CallEnded = "call.ended",
    /// A workspace reached a daily limit for a destination.
    DestinationLimitReached = "destination.limit_reached",
    /// A number was suppressed.
    SuppressionAdded = "suppression.added",
}

impl EventKind {
    /// The kind with this name, if there is one.
    pub fn from_name(name: &str) -> Option<EventKind> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

/// The call that an event is about, and its recipient.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallRef {
    /// The call, as in `/v1/calls/{call_id}`.
    pub call_id: String,
    /// The recipient, as in `/v1/recipients/{id}`.
    pub recipient_id: RecipientId,
    /// The row in the file, as a spreadsheet numbers it.
    pub row: u64,
    /// The dialed number, E.164.
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
    /// The row in the file, as a spreadsheet numbers it.
    pub row: u64,
    /// The number, E.164.
    pub phone_number: String,
    /// The final status of the recipient.
    pub status: RecipientStatus,
    /// Attempts that count against `max_retries`.
    pub attempts_made: u32,
    /// The last call; absent if no call was placed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call_id: Option<String>,
    /// The keys that the recipient pressed in the newest call with any; absent if no key was
    /// pressed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digits: Option<String>,
    /// What the agent recorded in the newest call in which it recorded anything; absent if nothing
    /// was recorded.
    #[serde(default, skip_serializing_if = "Results::is_empty")]
    pub results: Results,
    /// Why the recipient was skipped; absent with any other status.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// The data of `call.answered`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CallAnswered {
    /// The call.
    #[serde(flatten)]
    pub call: CallRef,
    /// When the call was answered.
    pub answered_at: Timestamp,
}

/// The data of `call.ended`. Steps that did not happen are absent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CallEnded {
    /// The call.
    #[serde(flatten)]
    pub call: CallRef,
    /// The outcome.
    pub outcome: Outcome,
    /// The reason of the outcome.
    pub end_reason: EndReason,
    /// Whether the attempt counts against `max_retries`.
    pub charged: bool,
    /// When the INVITE left.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dialed_at: Option<Timestamp>,
    /// When the phone rang.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ringing_at: Option<Timestamp>,
    /// When the call was answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answered_at: Option<Timestamp>,
    /// When the call ended on the wire.
    pub ended_at: Timestamp,
    /// The time from answer to end, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub talk_s: Option<f64>,
    /// The final SIP status code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sip_code: Option<u16>,
    /// The side that hung up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hung_up_by: Option<Party>,
    /// What voicemail detection decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answered_by: Option<AnsweredBy>,
    /// The keys that the recipient pressed, in order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digits: Option<String>,
    /// What the agent recorded in the call, by name.
    #[serde(default, skip_serializing_if = "Results::is_empty")]
    pub results: Results,
}

/// The data of every `batch.…` event except `batch.stopped`. `P` is the type of the counts of
/// recipients by status, as the batch itself shows them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BatchMoved<P> {
    /// The name of the batch.
    pub name: String,
    /// The present state of the batch.
    pub status: BatchState,
    /// Recipients by status.
    pub progress: P,
}

/// The data of `batch.stopped`, the only event about the recipients that the stop ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BatchStopped {
    /// The name of the batch.
    pub name: String,
    /// `cancelled`.
    pub status: BatchState,
    /// `ended` if `ends_at` came; absent if a user stopped the batch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Calls that continue until they end by themselves, each with its own events.
    pub in_progress: u64,
    /// Recipients who were never dialed; they are now `cancelled`.
    pub cancelled: u64,
    /// Recipients who waited for a retry; the status of their last attempt is now final.
    pub waiting_retries: u64,
}

/// The data of `destination.limit_reached`, sent at most once a day.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DestinationLimitReached {
    /// Today's attempts to countries outside the operator's list.
    pub attempts: u64,
    /// Today's minutes of talk in those countries.
    pub minutes: f64,
    /// When calls to those countries continue: 00:00 UTC of the next day.
    pub clears_at: Timestamp,
}

/// The data of `suppression.added`. Numbers of an uploaded file are not reported one by one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SuppressionAdded {
    /// The number, E.164.
    pub phone_number: String,
    /// `api`, or `agent` if the recipient told the agent.
    pub source: String,
    /// The reason, if one was given.
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
