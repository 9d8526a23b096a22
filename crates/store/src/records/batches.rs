//! Batches as they are stored.

use async_trait::async_trait;
use campanile_rules::{
    agent::ResultField,
    batch::{BatchSettings, BatchState},
    ids::{AgentId, BatchId, PhoneNumberId, TrunkId, WorkspaceId},
    mapping::Mapping,
    phone::E164,
    time::Timestamp,
};

use crate::StoreError;

/// A batch as it is stored.
#[derive(Debug, Clone, PartialEq)]
pub struct BatchRecord {
    /// The batch's identity.
    pub id: BatchId,
    /// A version that rises with each change of the batch's state, settings or caller ID.
    pub version: u64,
    /// The workspace that owns the batch.
    pub workspace: WorkspaceId,
    /// A label for people; used in reporting only.
    pub name: String,
    /// The caller ID.
    pub from_number: E164,
    /// The caller ID's record.
    pub phone_number: PhoneNumberId,
    /// The trunk that serves the caller ID now; none means that it cannot dial.
    pub trunk: Option<TrunkId>,
    /// The agent that talks.
    pub agent: AgentId,
    /// The agent's version, fixed for the whole life of the batch.
    pub agent_version: u32,
    /// The results that this version of the agent records, in its order.
    pub results: Vec<ResultField>,
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
    /// Whether a second row with the same number was rejected.
    pub reject_duplicates: bool,
    /// Whether the batch is a test call, with which a user tries an agent.
    pub test: bool,
    /// The batch's state.
    pub state: BatchState,
    /// Why the batch is in this state, unless a user chose it: `ended` or `restored`.
    pub reason: Option<String>,
    /// The restoration of a backup that paused the batch.
    pub restored: Option<Restoration>,
    /// When the batch was created.
    pub created_at: Timestamp,
    /// When the batch first ran.
    pub started_at: Option<Timestamp>,
    /// When the batch became completed or cancelled.
    pub finished_at: Option<Timestamp>,
}

/// The restoration of a backup: the backup replaced the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Restoration {
    /// When the backup was restored.
    pub restored_at: Timestamp,
    /// When the backup was made; events between this instant and the restoration are lost.
    pub backed_up_at: Timestamp,
}

/// Selects the batches to list, and their order.
#[derive(Debug, Clone, PartialEq)]
pub struct BatchFilter {
    /// Only batches in this state.
    pub state: Option<BatchState>,
    /// Only batches whose name contains this text, in any case.
    pub q: Option<String>,
    /// Only batches of this agent.
    pub agent: Option<AgentId>,
    /// True: only test calls. False: no test calls.
    pub test: Option<bool>,
    /// The order of the batches.
    pub sort: BatchSort,
    /// The page, from 1.
    pub page: u32,
    /// Batches on a page.
    pub limit: u32,
}

impl Default for BatchFilter {
    fn default() -> Self {
        BatchFilter {
            state: None,
            q: None,
            agent: None,
            test: None,
            sort: BatchSort::Newest,
            page: 1,
            limit: 20,
        }
    }
}

/// Orders of batches; equal ones come newest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BatchSort {
    /// `-created_at`, the default.
    Newest,
    /// `created_at`.
    Oldest,
    /// `name`.
    Name,
    /// `-name`.
    NameBackwards,
    /// `starts_at`: batches that start at once come first.
    StartsFirst,
    /// `-starts_at`.
    StartsLast,
}

/// A page of a workspace's batches.
#[derive(Debug, Clone, PartialEq)]
pub struct BatchPage {
    /// The batches of this page.
    pub items: Vec<BatchRecord>,
    /// Batches on all pages.
    pub total: u64,
}

/// What an edit makes of a batch: its new name and settings. None refuses the edit.
pub type BatchEdit = Box<dyn FnOnce(&BatchRecord) -> Option<(String, BatchSettings)> + Send>;

/// Batches, their names and their settings.
#[async_trait]
pub trait Batches: Send + Sync {
    /// A batch of a workspace. A batch whose file is still being read does not exist yet.
    async fn batch(&self, workspace: WorkspaceId, id: BatchId) -> Result<BatchRecord, StoreError>;

    /// A batch of any workspace, for the engine.
    async fn batch_by_id(&self, id: BatchId) -> Result<BatchRecord, StoreError>;

    /// A page of a workspace's batches.
    async fn list_batches(
        &self,
        workspace: WorkspaceId,
        filter: BatchFilter,
    ) -> Result<BatchPage, StoreError>;

    /// Changes name and settings of a batch in one step. None when `edit` refused; then nothing has
    /// changed.
    async fn update_batch(
        &self,
        workspace: WorkspaceId,
        id: BatchId,
        edit: BatchEdit,
        now: Timestamp,
    ) -> Result<Option<BatchRecord>, StoreError>;

    /// Removes a draft, or a batch that is over, with all its data; its results stay as an entry of
    /// the audit log. The batch is invisible at once; its rows are deleted in the background.
    /// `Conflict` while the batch may still make calls.
    async fn remove_batch(
        &self,
        workspace: WorkspaceId,
        id: BatchId,
        now: Timestamp,
    ) -> Result<(), StoreError>;
}
