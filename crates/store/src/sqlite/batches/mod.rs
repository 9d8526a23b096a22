//! Batches as users see them.

pub(super) mod control;
pub(super) mod conversations;
pub(super) mod forecast;
pub(super) mod import;
pub(super) mod progress;
pub(super) mod recipients;
pub(super) mod report;
pub(super) mod results;

use async_trait::async_trait;
use campanile_rules::{
    batch::BatchState,
    dispatcher::Advance,
    event::EventKind,
    ids::{AgentId, BatchId, PhoneNumberId, TrunkId, WorkspaceId},
    phone::E164,
    time::Timestamp,
};
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::sqlite::{
    SqliteStore,
    db::decode,
    forgetting::deletion,
    log::{audit::Change, tell},
};
use crate::{
    BatchEdit, BatchFilter, BatchPage, BatchRecord, BatchSort, Batches, Imports, Restoration,
    StoreError,
};

impl BatchSort {
    fn sql(self) -> &'static str {
        match self {
            BatchSort::Newest => "batches.id DESC",
            BatchSort::Oldest => "batches.id",
            BatchSort::Name => "name COLLATE NOCASE, batches.id DESC",
            BatchSort::NameBackwards => "name COLLATE NOCASE DESC, batches.id DESC",
            BatchSort::StartsFirst => "settings ->> 'starts_at', batches.id DESC",
            BatchSort::StartsLast => "settings ->> 'starts_at' DESC, batches.id DESC",
        }
    }
}

const BATCHES: &str = "SELECT batches.*, phone_numbers.number AS from_number, phone_numbers.trunk
       , restores.restored_at, restores.backed_up_at
       , (SELECT v.settings ->> 'results' FROM agent_versions v
           WHERE v.agent = batches.agent AND v.number = batches.agent_version) AS results
    FROM batches JOIN phone_numbers ON phone_numbers.id = batches.phone_number
                 LEFT JOIN restores ON restores.id = batches.restored";

pub(crate) fn record(row: &Row<'_>) -> rusqlite::Result<BatchRecord> {
    let instants = (decode::instant(row, "restored_at")?, decode::instant(row, "backed_up_at")?);
    let restored = match instants {
        (Some(restored_at), Some(backed_up_at)) => Some(Restoration { restored_at, backed_up_at }),
        (None, _) | (_, None) => None,
    };
    Ok(BatchRecord {
        version: row.get::<_, i64>("version")? as u64,
        id: BatchId(row.get("id")?),
        workspace: WorkspaceId(row.get("workspace")?),
        name: row.get("name")?,
        from_number: E164::from_digits(row.get::<_, i64>("from_number")? as u64),
        phone_number: PhoneNumberId(row.get("phone_number")?),
        trunk: row.get::<_, Option<i64>>("trunk")?.map(TrunkId),
        agent: AgentId(row.get("agent")?),
        agent_version: row.get("agent_version")?,
        results: decode::optional_json(row, "results")?.unwrap_or_default(),
        columns: decode::json(row, "columns")?,
        mapping: decode::json(row, "mapping")?,
        settings: decode::json(row, "settings")?,
        file_name: row.get("file_name")?,
        default_country: row.get("default_country")?,
        reject_duplicates: row.get_ref("duplicates")?.as_str()? == "reject",
        test: row.get("test")?,
        state: decode::state(row, "state")?,
        reason: match restored {
            Some(_) => Some("restored".to_owned()),
            None => row.get("reason")?,
        },
        restored,
        created_at: decode::instant(row, "created_at")?.unwrap_or_default(),
        started_at: decode::instant(row, "started_at")?,
        finished_at: decode::instant(row, "finished_at")?,
    })
}

#[async_trait]
impl Batches for SqliteStore {
    async fn batch(&self, workspace: WorkspaceId, id: BatchId) -> Result<BatchRecord, StoreError> {
        self.read(move |connection| owned(connection, workspace, id)).await
    }

    async fn batch_by_id(&self, id: BatchId) -> Result<BatchRecord, StoreError> {
        self.read(move |connection| find(connection, id)).await
    }

    async fn list_batches(
        &self,
        workspace: WorkspaceId,
        filter: BatchFilter,
    ) -> Result<BatchPage, StoreError> {
        self.read(move |connection| {
            let BatchFilter { state, q, agent, test, sort, page, limit } = filter;
            let (state, agent) = (state.map(BatchState::as_str), agent.map(|agent| agent.0));
            let matching = "batches.workspace = ?1 AND visible
                            AND (?2 IS NULL OR state = ?2) AND (?3 IS NULL OR agent = ?3)
                            AND (?4 IS NULL OR instr(lower(name), lower(?4)) > 0)
                            AND (?5 IS NULL OR test = ?5)";
            let total: i64 = connection
                .prepare_cached(&format!("SELECT count(*) FROM batches WHERE {matching}"))?
                .query_row(params![workspace.0, state, agent, q, test], |row| row.get(0))?;
            let order = sort.sql();
            let sql = format!("{BATCHES} WHERE {matching} ORDER BY {order} LIMIT ?6 OFFSET ?7");
            let offset = i64::from(page.saturating_sub(1)) * i64::from(limit);
            let mut statement = connection.prepare_cached(&sql)?;
            let asked = params![workspace.0, state, agent, q, test, limit, offset];
            let items = statement.query_map(asked, record)?.collect::<Result<_, _>>()?;
            Ok(BatchPage { items, total: total as u64 })
        })
        .await
    }

    async fn update_batch(
        &self,
        workspace: WorkspaceId,
        id: BatchId,
        edit: BatchEdit,
        now: Timestamp,
    ) -> Result<Option<BatchRecord>, StoreError> {
        self.change(move |connection, log| {
            let mut batch = owned(connection, workspace, id)?;
            let before = noted(&batch);
            let Some(after) = edit(&batch) else { return Ok(None) };
            (batch.name, batch.settings) = after;
            connection.execute(
                "UPDATE batches SET name = ?2, settings = ?3 WHERE id = ?1",
                params![id.0, batch.name, decode::to_json(&batch.settings)?],
            )?;
            let change = Change::new("batch.updated", workspace, id);
            log.note(change.before(before).after(noted(&batch)))?;
            tell::batch(connection, id, (EventKind::BatchChanged, now))?;
            if batch.settings.starts_at.is_some_and(|at| at > now) {
                return Ok(Some(batch));
            }
            // A scheduled batch whose start is due after the edit begins now.
            control::advance(connection, id, Advance::Begin, now)?;
            Ok(Some(find(connection, id)?))
        })
        .await
    }

    async fn remove_batch(
        &self,
        workspace: WorkspaceId,
        id: BatchId,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let state = self.change(move |connection, log| {
            let batch = owned(connection, workspace, id)?;
            match batch.state {
                BatchState::Draft => {
                    // The batch now counts as an abandoned import, which is deleted.
                    let sql = "UPDATE batches SET imported_at = NULL WHERE id = ?1";
                    connection.execute(sql, [id.0])?;
                    let change = Change::new("batch.deleted", workspace, id);
                    log.note(change.before(noted(&batch)))?;
                }
                BatchState::Completed | BatchState::Cancelled => {
                    deletion::mark(connection, log, (&batch, now))?;
                }
                BatchState::Scheduled | BatchState::Running | BatchState::Paused => {
                    let state = batch.state.as_str();
                    return Err(StoreError::Conflict(format!(
                        "{id} is {state}; stop it first: a draft can be deleted, and a batch that \
                         is over"
                    )));
                }
            }
            Ok(batch.state)
        });
        if state.await? == BatchState::Draft {
            return self.abandon_import(id).await;
        }
        self.shared.forgetting.notify_one();
        Ok(())
    }
}

/// A batch in the form of the audit log.
pub(crate) fn noted(batch: &BatchRecord) -> serde_json::Value {
    serde_json::json!({
        "name": batch.name,
        "status": batch.state,
        "from_number": batch.from_number.to_string(),
        "agent_id": batch.agent,
        "agent_version": batch.agent_version,
        "file_name": batch.file_name,
        "mapping": batch.mapping,
        "settings": batch.settings,
    })
}

/// A batch that is visible to users.
pub(crate) fn find(connection: &Connection, id: BatchId) -> Result<BatchRecord, StoreError> {
    let sql = format!("{BATCHES} WHERE batches.id = ?1 AND visible");
    let found = connection.prepare_cached(&sql)?.query_row([id.0], record).optional()?;
    found.ok_or_else(|| StoreError::NotFound(id.to_string()))
}

pub(crate) fn owned(
    connection: &Connection,
    workspace: WorkspaceId,
    id: BatchId,
) -> Result<BatchRecord, StoreError> {
    let batch = find(connection, id)?;
    if batch.workspace == workspace { Ok(batch) } else { Err(StoreError::NotFound(id.to_string())) }
}
