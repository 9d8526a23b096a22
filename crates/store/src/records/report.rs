//! The rows of a report.

use async_trait::async_trait;
use campanile_rules::{
    agent::Results, attempt::EndReason, ids::BatchId, recipient::RecipientStatus,
};

use crate::{AttemptRecord, StoreError};

/// A row of the report.
#[derive(Debug, Clone, PartialEq)]
pub struct ReportRow {
    /// The row's number as a spreadsheet shows it.
    pub position: u64,
    /// The row's cells, in the file's column order.
    pub cells: Vec<String>,
    /// The recipient's status, final or not.
    pub status: RecipientStatus,
    /// Why the row was skipped.
    pub reason: Option<String>,
    /// Charged attempts that have ended.
    pub attempts_made: u32,
    /// The completed call, if any.
    pub call_id: Option<String>,
    /// The keys that the person pressed.
    pub digits: Option<String>,
    /// What the agent recorded.
    pub results: Results,
    /// The attempts, oldest first, if the caller asked for them.
    pub attempts: Vec<AttemptRecord>,
}

/// A row that was rejected before launch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RejectedRow {
    /// The row's number as a spreadsheet shows it.
    pub position: u64,
    /// The text of the row's number column.
    pub phone_cell: String,
    /// The machine code of the reason.
    pub reason: String,
    /// The machine code of the cause, for reasons that have several.
    pub cause: Option<String>,
    /// The row's cells, in the file's column order.
    pub cells: Vec<String>,
}

/// Selects the recipients of a batch to call again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Again {
    /// Recipients with one of these statuses.
    pub statuses: Vec<RecipientStatus>,
    /// Of the recipients that were called: those whose last call ended for one of these reasons.
    /// None: all except those whose number does not exist.
    pub end_reasons: Option<Vec<EndReason>>,
}

/// The rows of reports and of files to download.
#[async_trait]
pub trait Reports: Send + Sync {
    /// At most `limit` rows of the report after a position, in the order of the file; fewer only at
    /// the end. With `detail`, each row has its attempts.
    async fn report_rows(
        &self,
        batch: BatchId,
        after_position: u64,
        limit: u32,
        detail: bool,
    ) -> Result<Vec<ReportRow>, StoreError>;

    /// The longest cell of each column in UTF-16 units, among the rows with a cell longer than
    /// `units`; empty when there are none. A batch's cells never change.
    async fn longest_cells(&self, batch: BatchId, units: usize) -> Result<Vec<usize>, StoreError>;

    /// The cells of at most `limit` recipients to call again, after a position, in the order of the
    /// file, each with its position.
    async fn cells_of(
        &self,
        batch: BatchId,
        again_and_position: (Again, u64),
        limit: u32,
    ) -> Result<Vec<(u64, Vec<String>)>, StoreError>;

    /// At most `limit` rows that were rejected before launch, after a position, in the order of the
    /// file; fewer only at the end.
    async fn rejected_rows(
        &self,
        batch: BatchId,
        after_position: u64,
        limit: u32,
    ) -> Result<Vec<RejectedRow>, StoreError>;
}
