//! Recipients as they are stored.

use async_trait::async_trait;
use campanile_rules::{
    agent::{ResultValue, Results},
    attempt::{EndReason, Outcome},
    ids::{BatchId, RecipientId, WorkspaceId},
    phone::E164,
    recipient::{Due, RecipientStatus},
    time::Timestamp,
};

use crate::{AttemptRecord, StoreError};

/// A recipient, or a rejected row, as it is stored.
#[derive(Debug, Clone, PartialEq)]
pub struct RecipientRecord {
    /// The recipient's identity.
    pub id: RecipientId,
    /// The batch that the row belongs to.
    pub batch: BatchId,
    /// The row's number as a spreadsheet shows it.
    pub position: u64,
    /// The phone number; none when the row had none.
    pub number: Option<E164>,
    /// The text of the number column, for a row that was rejected before launch.
    pub phone_cell: Option<String>,
    /// The recipient's status.
    pub status: RecipientStatus,
    /// Why the recipient was skipped.
    pub reason: Option<String>,
    /// The exact fault of a row that was rejected before launch.
    pub cause: Option<String>,
    /// Charged attempts that have ended.
    pub attempts_made: u32,
    /// The keys that the person pressed in the newest call in which any were pressed; none when
    /// none were.
    pub digits: Option<String>,
    /// What the agent recorded in the newest call in which it recorded anything.
    pub results: Results,
    /// All attempts on record, uncharged and open ones included.
    pub attempts: u32,
    /// When the newest attempt began.
    pub last_attempt_at: Option<Timestamp>,
    /// The outcome of the newest attempt; none while that is open.
    pub last_outcome: Option<Outcome>,
    /// The end reason of the newest attempt.
    pub last_end_reason: Option<EndReason>,
    /// When the recipient is due again, while it waits for a retry.
    pub next_attempt_at: Option<Timestamp>,
    /// When the recipient is due, while it is pending.
    pub due: Option<Due>,
    /// The cells of the row, in the file's column order.
    pub cells: Vec<String>,
}

/// Selects the recipients of a batch to show.
#[derive(Debug, Clone, Default)]
pub struct RecipientFilter {
    /// Only recipients with this status.
    pub status: Option<RecipientStatus>,
    /// Only recipients whose newest attempt had this outcome.
    pub outcome: Option<Outcome>,
    /// Only recipients who pressed these keys.
    pub digits: Option<Pressed>,
    /// Only recipients with this result.
    pub result: Option<Recorded>,
    /// Only recipients whose number or any cell contains this text. In numbers, spaces, dots,
    /// dashes and brackets are ignored, and a leading `+` means that the number begins with the
    /// text. In cells, the case of letters is ignored.
    pub q: Option<String>,
    /// Only recipients after this position: the `next` of the previous page.
    pub after_position: u64,
    /// Instead of `after_position`: the number of recipients to skip. Works only with a status
    /// filter alone or with no filter; ignored otherwise.
    pub offset: Option<u64>,
    /// The maximum number of recipients.
    pub limit: u32,
}

/// Selects recipients by the keys that they pressed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pressed {
    /// Any keys.
    Any,
    /// No keys.
    None,
    /// Exactly these keys.
    Exactly(String),
}

impl Pressed {
    pub(crate) fn fits(&self, digits: Option<&str>) -> bool {
        match self {
            Pressed::Any => digits.is_some(),
            Pressed::None => digits.is_none(),
            Pressed::Exactly(wanted) => digits == Some(wanted),
        }
    }
}

/// Selects recipients by what the agent recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// The name of the result.
    pub name: String,
    /// Its value as text; none for any value.
    pub value: Option<String>,
}

impl Recorded {
    pub(crate) fn fits(&self, results: &Results) -> bool {
        match (results.get(&self.name), &self.value) {
            (Some(ResultValue::Number(number)), Some(wanted)) => {
                wanted.parse().is_ok_and(|wanted: f64| number.as_f64() == Some(wanted))
            }
            (Some(value), Some(wanted)) => value.to_string() == *wanted,
            (value, None) => value.is_some(),
            (None, Some(_)) => false,
        }
    }
}

/// A page of recipients in the order of the file.
#[derive(Debug, Clone, PartialEq)]
pub struct RecipientPage {
    /// The recipients. A page of a search may be short or empty although more follow.
    pub items: Vec<RecipientRecord>,
    /// Where the next page begins; none on the last page.
    pub next: Option<u64>,
}

/// Rows that were rejected before launch for the same reason and cause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RejectionGroup {
    /// The machine code of the reason.
    pub reason: String,
    /// The machine code of the cause, for reasons that have several.
    pub cause: Option<String>,
    /// The number of rows.
    pub count: u64,
    /// The first rows, each with its position and the beginning of its number column.
    pub rows: Vec<(u64, String)>,
}

/// The recipients of batches.
#[async_trait]
pub trait Recipients: Send + Sync {
    /// A page of a batch's recipients, rejected rows included. The cost is the same anywhere in a
    /// million rows.
    async fn recipients(
        &self,
        batch: BatchId,
        filter: RecipientFilter,
    ) -> Result<RecipientPage, StoreError>;

    /// A recipient of a workspace with its attempts, oldest first.
    async fn recipient(
        &self,
        workspace: WorkspaceId,
        id: RecipientId,
    ) -> Result<(RecipientRecord, Vec<AttemptRecord>), StoreError>;

    /// The rows of a batch that were rejected before launch, grouped by reason and cause, the most
    /// frequent first. Each group lists a limited number of rows.
    async fn rejections(
        &self,
        batch: BatchId,
        rows_of_each: u32,
    ) -> Result<Vec<RejectionGroup>, StoreError>;
}
