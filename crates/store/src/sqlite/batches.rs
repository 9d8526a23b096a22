//! Batches as people see them.

use campanile_rules::{
    batch::{BatchSettings, BatchState},
    event::EventKind,
    ids::{AgentId, BatchId, PhoneNumberId, TrunkId, WorkspaceId},
    phone::E164,
    time::Timestamp,
};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{SqliteStore, audit::Change, decode, tell};
use crate::StoreError;

/// A batch as it is stored.
#[derive(Debug, Clone, PartialEq)]
pub struct BatchRecord {
    /// Its identity.
    pub id: BatchId,
    /// Whose.
    pub workspace: WorkspaceId,
    /// A label for people; used in reporting only.
    pub name: String,
    /// The caller ID.
    pub from_number: E164,
    /// The caller ID's record.
    pub phone_number: PhoneNumberId,
    /// The trunk that serves the caller ID now; none means that it cannot dial.
    pub trunk: Option<TrunkId>,
    /// Who talks.
    pub agent: AgentId,
    /// Which version of it, for the whole life of the batch.
    pub agent_version: u32,
    /// The file's columns in their order, `phone_number` among them.
    pub columns: Vec<String>,
    /// What the rules read.
    pub settings: BatchSettings,
    /// The name of the uploaded file.
    pub file_name: String,
    /// Country of numbers without a country code, ISO 3166-1 alpha-2.
    pub default_country: Option<String>,
    /// Whether the second row with one number was rejected.
    pub reject_duplicates: bool,
    /// Where it is in its life.
    pub state: BatchState,
    /// Why it was cancelled when not by hand: `ended`.
    pub reason: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it first ran.
    pub started_at: Option<Timestamp>,
    /// When it became completed or cancelled.
    pub finished_at: Option<Timestamp>,
}

/// A page of a workspace's batches, newest first.
#[derive(Debug, Clone, PartialEq)]
pub struct BatchPage {
    /// The batches of this page.
    pub items: Vec<BatchRecord>,
    /// Batches on all pages.
    pub total: u64,
}

const BATCHES: &str = "SELECT batches.*, phone_numbers.number AS from_number, phone_numbers.trunk
    FROM batches JOIN phone_numbers ON phone_numbers.id = batches.phone_number";

pub(super) fn record(row: &Row<'_>) -> rusqlite::Result<BatchRecord> {
    Ok(BatchRecord {
        id: BatchId(row.get("id")?),
        workspace: WorkspaceId(row.get("workspace")?),
        name: row.get("name")?,
        from_number: E164::from_digits(row.get::<_, i64>("from_number")? as u64),
        phone_number: PhoneNumberId(row.get("phone_number")?),
        trunk: row.get::<_, Option<i64>>("trunk")?.map(TrunkId),
        agent: AgentId(row.get("agent")?),
        agent_version: row.get("agent_version")?,
        columns: decode::json(row, "columns")?,
        settings: decode::json(row, "settings")?,
        file_name: row.get("file_name")?,
        default_country: row.get("default_country")?,
        reject_duplicates: row.get_ref("duplicates")?.as_str()? == "reject",
        state: decode::state(row, "state")?,
        reason: row.get("reason")?,
        created_at: decode::instant(row, "created_at")?.unwrap_or_default(),
        started_at: decode::instant(row, "started_at")?,
        finished_at: decode::instant(row, "finished_at")?,
    })
}

impl SqliteStore {
    /// A batch of a workspace. One whose file is still being read is not there yet.
    pub async fn batch(
        &self,
        workspace: WorkspaceId,
        id: BatchId,
    ) -> Result<BatchRecord, StoreError> {
        self.read(move |connection| owned(connection, workspace, id)).await
    }

    /// A batch, whosever it is: for the engine.
    pub async fn batch_by_id(&self, id: BatchId) -> Result<BatchRecord, StoreError> {
        self.read(move |connection| find(connection, id)).await
    }

    /// A page of a workspace's batches, newest first; `page` counts from 1.
    pub async fn list_batches(
        &self,
        workspace: WorkspaceId,
        state: Option<BatchState>,
        (page, limit): (u32, u32),
    ) -> Result<BatchPage, StoreError> {
        self.read(move |connection| {
            let state = state.map(BatchState::as_str);
            let matching = "workspace = ?1 AND imported_at IS NOT NULL
                            AND (?2 IS NULL OR state = ?2)";
            let total: i64 = connection
                .prepare_cached(&format!("SELECT count(*) FROM batches WHERE {matching}"))?
                .query_row(params![workspace.0, state], |row| row.get(0))?;
            let matching = matching.replace("workspace =", "batches.workspace =");
            let sql = format!("{BATCHES} WHERE {matching} ORDER BY id DESC LIMIT ?3 OFFSET ?4");
            let offset = i64::from(page.saturating_sub(1)) * i64::from(limit);
            let mut statement = connection.prepare_cached(&sql)?;
            let rows = statement.query_map(params![workspace.0, state, limit, offset], record)?;
            Ok(BatchPage { items: rows.collect::<Result<_, _>>()?, total: total as u64 })
        })
        .await
    }

    /// Changes name and settings of a batch in one step: `edit` sees what is stored and leaves
    /// what is to be stored, or refuses. `Conflict` when the batch is final.
    pub async fn update_batch<F>(
        &self,
        workspace: WorkspaceId,
        id: BatchId,
        edit: F,
        now: Timestamp,
    ) -> Result<BatchRecord, StoreError>
    where
        F: FnOnce(&mut String, &mut BatchSettings) -> Result<(), StoreError> + Send + 'static,
    {
        self.change(move |connection, log| {
            let mut batch = owned(connection, workspace, id)?;
            if batch.state.is_final() {
                return Err(StoreError::Conflict(format!(
                    "{id} is {} and cannot be changed",
                    batch.state.as_str()
                )));
            }
            let before = noted(&batch);
            edit(&mut batch.name, &mut batch.settings)?;
            connection.execute(
                "UPDATE batches SET name = ?2, settings = ?3 WHERE id = ?1",
                params![id.0, batch.name, decode::to_json(&batch.settings)?],
            )?;
            let change = Change::new("batch.updated", workspace, id);
            log.note(change.before(before).after(noted(&batch)))?;
            tell::batch(connection, id, (EventKind::BatchChanged, now))?;
            Ok(batch)
        })
        .await
    }
}

/// What the audit log says of a batch.
pub(super) fn noted(batch: &BatchRecord) -> serde_json::Value {
    serde_json::json!({
        "name": batch.name,
        "status": batch.state,
        "from_number": batch.from_number.to_string(),
        "agent_id": batch.agent,
        "agent_version": batch.agent_version,
        "file_name": batch.file_name,
        "settings": batch.settings,
    })
}

/// A batch that people may see.
pub(super) fn find(connection: &Connection, id: BatchId) -> Result<BatchRecord, StoreError> {
    let sql = format!("{BATCHES} WHERE batches.id = ?1 AND imported_at IS NOT NULL");
    let found = connection.prepare_cached(&sql)?.query_row([id.0], record).optional()?;
    found.ok_or_else(|| StoreError::NotFound(id.to_string()))
}

fn owned(
    connection: &Connection,
    workspace: WorkspaceId,
    id: BatchId,
) -> Result<BatchRecord, StoreError> {
    let batch = find(connection, id)?;
    if batch.workspace == workspace { Ok(batch) } else { Err(StoreError::NotFound(id.to_string())) }
}
