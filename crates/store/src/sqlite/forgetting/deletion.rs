//! Deletes batches that are over. A batch is hidden at once; its rows are then deleted a few
//! hundred at a time, so that other writes wait for one piece at most. After a crash in between,
//! the next process finds the mark and goes on.

use async_trait::async_trait;
use campanile_rules::{
    ids::{AttemptId, BatchId, WorkspaceId, spellings},
    time::Timestamp,
};
use rusqlite::{Connection, params};
use serde_json::json;

use crate::sqlite::{
    SqliteStore,
    batches::{self, control, import::MAX_POSITION, progress},
    db::decode,
    log::audit::{Change, Log},
};
use crate::{BatchRecord, Deletion, StoreError};

/// Rows that are deleted in one transaction.
const AT_ONCE: i64 = 500;

const DAY_US: i64 = 86_400_000_000;

/// Hides a batch that is over, and notes its results in the audit log.
pub(crate) fn mark(
    connection: &Connection,
    log: &Log<'_>,
    (batch, now): (&BatchRecord, Timestamp),
) -> Result<(), StoreError> {
    let count = |status| control::count(connection, batch.id, status, None);
    let (calls, waiting) = (count("in_progress")?, count("pending")?);
    if calls + waiting > 0 {
        return Err(StoreError::Conflict(format!(
            "{} is {}, and {calls} of its calls still go on; delete it when they are over",
            batch.id,
            batch.state.as_str()
        )));
    }
    let mut noted = batches::noted(batch);
    noted["created_at"] = json!(batch.created_at);
    noted["started_at"] = json!(batch.started_at);
    noted["finished_at"] = json!(batch.finished_at);
    noted["progress"] = json!(progress::progress(connection, batch.id)?);
    log.note(Change::new("batch.deleted", batch.workspace, batch.id).before(noted))?;
    let sql = "UPDATE batches SET deleted_at = ?2 WHERE id = ?1";
    connection.prepare_cached(sql)?.execute([batch.id.0, now.0])?;
    Ok(())
}

#[async_trait]
impl Deletion for SqliteStore {
    async fn to_forget(&self) {
        self.shared.forgetting.notified().await;
    }

    async fn deleted_batches(&self) -> Result<Vec<BatchId>, StoreError> {
        self.read(|connection| {
            let sql = "SELECT id FROM batches WHERE deleted_at IS NOT NULL ORDER BY id";
            let mut statement = connection.prepare_cached(sql)?;
            Ok(statement.query_map([], |row| row.get(0).map(BatchId))?.collect::<Result<_, _>>()?)
        })
        .await
    }

    async fn expire_batches(&self, now: Timestamp) -> Result<(), StoreError> {
        let sql = "SELECT b.id FROM workspaces w JOIN batches b ON b.workspace = w.id
                    WHERE w.keep_batches_days IS NOT NULL AND b.deleted_at IS NULL
                      AND b.finished_at < ?1 - w.keep_batches_days * ?2 ORDER BY b.id";
        let old = self.read(move |connection| {
            let mut statement = connection.prepare_cached(sql)?;
            let ids = statement.query_map([now.0, DAY_US], |row| row.get(0).map(BatchId))?;
            Ok(ids.collect::<Result<Vec<_>, _>>()?)
        });
        for id in old.await? {
            let marked = self.change(move |connection, log| {
                mark(connection, log, (&batches::find(connection, id)?, now))
            });
            match marked.await {
                // The batch's last calls end soon, or another deletion was quicker.
                Ok(()) | Err(StoreError::Conflict(_) | StoreError::NotFound(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    async fn recordings_of_deleted(
        &self,
        batch: BatchId,
    ) -> Result<Vec<(AttemptId, String)>, StoreError> {
        self.read(move |connection| {
            let sql = "SELECT r.attempt, r.file
                         FROM batches b
                         JOIN attempts a ON a.workspace = b.workspace AND a.batch = b.id
                                        AND a.dialed_at IS NOT NULL
                         JOIN recordings r ON r.attempt = a.id
                        WHERE b.id = ?1 AND b.deleted_at IS NOT NULL LIMIT ?2";
            let mut statement = connection.prepare_cached(sql)?;
            let found = statement.query_map([batch.0, AT_ONCE], recording)?;
            Ok(found.collect::<Result<_, _>>()?)
        })
        .await
    }

    async fn forget_recordings_of(&self, attempts: Vec<AttemptId>) -> Result<(), StoreError> {
        self.write(move |connection| {
            let mut forget =
                connection.prepare_cached("DELETE FROM recordings WHERE attempt = ?1")?;
            for attempt in attempts {
                forget.execute([attempt.0])?;
            }
            Ok(())
        })
        .await
    }

    async fn finish_deletion(&self, batch: BatchId) -> Result<(), StoreError> {
        let Some(workspace) = self.read(move |connection| owner(connection, batch)).await? else {
            return Ok(());
        };
        while self.write(move |connection| delete_events(connection, workspace, batch)).await? {}
        let both = spellings(&batch.plain());
        let told = both.clone().map(|id| format!("\"batch_id\":\"{id}\""));
        let about = move |body: &str| told.iter().any(|id| body.contains(id));
        self.forget_deliveries(workspace, about).await?;
        let named = both.map(|id| format!("\"{id}\""));
        let about = move |body: &str| named.iter().any(|id| body.contains(id));
        self.forget_answers(workspace, about, Some(batch.to_string())).await?;
        while self.write(move |connection| delete_rows(connection, batch)).await? {}
        Ok(())
    }
}

pub(crate) fn recording(row: &rusqlite::Row<'_>) -> rusqlite::Result<(AttemptId, String)> {
    Ok((AttemptId(row.get(0)?), row.get(1)?))
}

fn owner(connection: &Connection, batch: BatchId) -> Result<Option<WorkspaceId>, StoreError> {
    let sql = "SELECT workspace FROM batches WHERE id = ?1 AND deleted_at IS NOT NULL";
    let mut statement = connection.prepare_cached(sql)?;
    let mut found = statement.query_map([batch.0], |row| row.get(0).map(WorkspaceId))?;
    Ok(found.next().transpose()?)
}

/// Deletes some events of a batch and their deliveries to webhooks; false when none is left.
fn delete_events(
    connection: &Connection,
    workspace: WorkspaceId,
    batch: BatchId,
) -> Result<bool, StoreError> {
    let sql = "SELECT id FROM events WHERE batch = ?1 ORDER BY id LIMIT ?2";
    let mut statement = connection.prepare_cached(sql)?;
    let ids = statement.query_map([batch.0, AT_ONCE], |row| row.get(0))?;
    let ids = ids.collect::<Result<Vec<i64>, _>>()?;
    forget_events(connection, workspace, &ids)?;
    Ok(!ids.is_empty())
}

/// Deletes events of a workspace and their deliveries to webhooks.
pub(crate) fn forget_events(
    connection: &Connection,
    workspace: WorkspaceId,
    ids: &[i64],
) -> Result<(), StoreError> {
    let ids = decode::to_json(&ids)?;
    let sql = "DELETE FROM webhook_deliveries
                WHERE webhook IN (SELECT id FROM webhooks WHERE workspace = ?1)
                  AND event IN (SELECT value FROM json_each(?2))";
    connection.prepare_cached(sql)?.execute(params![workspace.0, ids])?;
    let sql = "DELETE FROM events WHERE id IN (SELECT value FROM json_each(?1))";
    connection.prepare_cached(sql)?.execute([ids])?;
    Ok(())
}

/// Deletes some rows of a deleted batch with their calls; false when nothing is left.
fn delete_rows(connection: &Connection, batch: BatchId) -> Result<bool, StoreError> {
    if owner(connection, batch)?.is_none() {
        return Ok(false);
    }
    let first = batch.0 * MAX_POSITION;
    let sql = "SELECT max(id) FROM (SELECT id FROM recipients
                WHERE id > ?1 AND id < ?2 ORDER BY id LIMIT ?3)";
    let mut statement = connection.prepare_cached(sql)?;
    let last: Option<i64> =
        statement.query_one([first, first + MAX_POSITION, AT_ONCE], |row| row.get(0))?;
    match last {
        Some(last) => {
            // Records that refer to an attempt or a row are deleted with it.
            for sql in [
                "DELETE FROM attempts WHERE recipient > ?1 AND recipient <= ?2",
                "DELETE FROM recipients WHERE id > ?1 AND id <= ?2",
            ] {
                connection.prepare_cached(sql)?.execute([first, last])?;
            }
        }
        None => {
            connection.prepare_cached("DELETE FROM batches WHERE id = ?1")?.execute([batch.0])?;
        }
    }
    Ok(last.is_some())
}
