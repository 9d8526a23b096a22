//! A file that becomes a batch.

use async_trait::async_trait;
use campanile_rules::{
    batch::{BatchSettings, BatchState},
    ids::{AgentId, BatchId, PhoneNumberId, WorkspaceId},
    mapping::Mapping,
    phone::E164,
    time::Timestamp,
    zones::ZoneSet,
};

use crate::{BatchRecord, StoreError};

/// A batch to import.
#[derive(Debug, Clone)]
pub struct NewBatch {
    /// The workspace that owns the batch.
    pub workspace: WorkspaceId,
    /// A label for people.
    pub name: String,
    /// The caller ID.
    pub phone_number: PhoneNumberId,
    /// The agent and its version; the version is published unless this is a test call.
    pub agent: (AgentId, u32),
    /// The columns of the file in order, the number column included.
    pub columns: Vec<String>,
    /// Which column plays which role, where that differs from the default.
    pub mapping: Mapping,
    /// The settings that the rules read.
    pub settings: BatchSettings,
    /// The name of the uploaded file.
    pub file_name: String,
    /// Country of numbers without a country code, ISO 3166-1 alpha-2.
    pub default_country: Option<String>,
    /// Whether a second row with the same number is rejected.
    pub reject_duplicates: bool,
    /// Whether the batch is a test call, with which a user tries an agent.
    pub test: bool,
}

/// A row of the file, accepted or not.
#[derive(Debug, Clone)]
pub struct NewRow {
    /// The row's number as a spreadsheet shows it, from 2, rising.
    pub position: u64,
    /// The row's cells in the file's column order, unchanged.
    pub cells: Vec<String>,
    /// The result of validation.
    pub verdict: RowVerdict,
}

/// The result of a row's validation.
#[derive(Debug, Clone)]
pub enum RowVerdict {
    /// The row becomes a recipient.
    Accepted {
        /// The number to dial.
        number: E164,
        /// The time zones that the number may be in.
        zones: ZoneSet,
    },
    /// The row is stored as `skipped`.
    Rejected {
        /// The machine code of the reason.
        reason: String,
        /// The machine code of the cause, where the reason has several.
        cause: Option<String>,
        /// The text of the row's number column.
        phone_cell: String,
    },
}

/// Files that become batches. A batch is invisible until its import is finished.
#[async_trait]
pub trait Imports: Send + Sync {
    /// Begins a batch, which is invisible until [`Imports::finish_import`]. `NotFound` when the
    /// caller ID or the agent does not belong to the workspace, `Conflict` when the version is a
    /// draft.
    async fn begin_import(&self, batch: NewBatch, now: Timestamp) -> Result<BatchId, StoreError>;

    /// Adds rows, in the order of the file. Each chunk is one transaction.
    async fn add_rows(&self, batch: BatchId, rows: Vec<NewRow>) -> Result<(), StoreError>;

    /// Makes an imported batch visible, in `state`.
    async fn finish_import(
        &self,
        batch: BatchId,
        state: BatchState,
        now: Timestamp,
    ) -> Result<BatchRecord, StoreError>;

    /// Deletes a batch whose import failed, with all its rows.
    async fn abandon_import(&self, batch: BatchId) -> Result<(), StoreError>;
}
