//! One row of a batch's file and its status (PRODUCT: recipient status).

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{attempt::Outcome, words};

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
