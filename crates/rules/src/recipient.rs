//! One row of a batch's file, its status (PRODUCT: recipient status), and when it is due.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{attempt::Outcome, time::Timestamp, words};

words! {
    /// What became of a recipient. Once final it never moves.
    #[derive(
        Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
    )]
    pub enum RecipientStatus {
        /// Not dialed yet in this run, or waiting for a retry.
        Pending = "pending",
        /// A call is active: ringing or talking.
        InProgress = "in_progress",
        /// A call ended with a live conversation.
        Completed = "completed",
        /// The last attempt was not picked up, no retry left.
        NoAnswer = "no_answer",
        /// Voicemail was reached, and retries are exhausted or off.
        Voicemail = "voicemail",
        /// Could not be connected, no retry left.
        Failed = "failed",
        /// Failed validation, suppressed, or the route rejected it.
        Skipped = "skipped",
        /// The batch was stopped before it was dialed.
        Cancelled = "cancelled",
    }
}

words! {
    /// What a pending recipient waits for until it is due, when that is more than the passing of
    /// time.
    #[derive(
        Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
    )]
    pub enum WaitsFor {
        /// The next day: the daily limits of the workspace are used up.
        DailyLimit = "daily_limit",
    }
}

/// When a pending recipient is due. The earliest comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Due {
    /// The instant.
    pub at: Timestamp,
    /// What the recipient waits for until then. `None` means a retry's delay, or a moment because
    /// the number is in a call.
    pub waits_for: Option<WaitsFor>,
}

impl From<Timestamp> for Due {
    fn from(at: Timestamp) -> Due {
        Due { at, waits_for: None }
    }
}

impl RecipientStatus {
    /// Whether the status never changes again.
    pub fn is_final(self) -> bool {
        !matches!(self, RecipientStatus::Pending | RecipientStatus::InProgress)
    }

    /// The status of a recipient whose last attempt had this outcome and who gets no retry.
    pub fn after(outcome: Outcome) -> RecipientStatus {
        match outcome {
            Outcome::Completed => RecipientStatus::Completed,
            Outcome::NoAnswer => RecipientStatus::NoAnswer,
            Outcome::Voicemail => RecipientStatus::Voicemail,
            Outcome::Busy | Outcome::Failed | Outcome::Interrupted => RecipientStatus::Failed,
            Outcome::RejectedByRoute => RecipientStatus::Skipped,
        }
    }
}
