//! One row of a batch's file and its status (PRODUCT: recipient status).

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::attempt::Outcome;

/// What became of a recipient. Once final it never moves.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum RecipientStatus {
    /// Not dialed yet in this run, or waiting for a retry.
    Pending,
    /// A call is active: ringing or talking.
    InProgress,
    /// A call ended with a live conversation.
    Completed,
    /// The last attempt was not picked up, no retry left.
    NoAnswer,
    /// Voicemail was reached, and retries are exhausted or off.
    Voicemail,
    /// Could not be connected, no retry left.
    Failed,
    /// Failed validation, suppressed, or the route rejected it.
    Skipped,
    /// The batch was stopped before it was dialed.
    Cancelled,
}

impl RecipientStatus {
    /// Every status, in the order in which they are shown.
    pub const ALL: [RecipientStatus; 8] = [
        RecipientStatus::Pending,
        RecipientStatus::InProgress,
        RecipientStatus::Completed,
        RecipientStatus::NoAnswer,
        RecipientStatus::Voicemail,
        RecipientStatus::Failed,
        RecipientStatus::Skipped,
        RecipientStatus::Cancelled,
    ];

    /// The name in the API, the database and the report.
    pub fn as_str(self) -> &'static str {
        match self {
            RecipientStatus::Pending => "pending",
            RecipientStatus::InProgress => "in_progress",
            RecipientStatus::Completed => "completed",
            RecipientStatus::NoAnswer => "no_answer",
            RecipientStatus::Voicemail => "voicemail",
            RecipientStatus::Failed => "failed",
            RecipientStatus::Skipped => "skipped",
            RecipientStatus::Cancelled => "cancelled",
        }
    }

    /// The status with this name, if there is one.
    pub fn from_name(name: &str) -> Option<RecipientStatus> {
        Self::ALL.into_iter().find(|status| status.as_str() == name)
    }

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
