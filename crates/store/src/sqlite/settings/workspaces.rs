//! Workspaces: the tenants of an installation.

use async_trait::async_trait;
use campanile_rules::{
    ids::{PhoneNumberId, WorkspaceId},
    phone::E164,
    time::Timestamp,
};
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::sqlite::{SqliteStore, db::decode, log::audit::Change, settings::network_groups};
use crate::{StoreError, WorkspaceRecord, Workspaces};

/// The limit of concurrent calls of a new workspace.
const DEFAULT_MAX_CONCURRENT_CALLS: u32 = 100;

fn record(row: &Row<'_>) -> rusqlite::Result<WorkspaceRecord> {
    Ok(WorkspaceRecord {
        id: WorkspaceId(row.get("id")?),
        name: row.get("name")?,
        max_concurrent_calls: row.get("max_concurrent_calls")?,
        default_phone_number: row.get::<_, Option<i64>>("default_phone_number")?.map(PhoneNumberId),
        keep_batches_days: row.get("keep_batches_days")?,
        created_at: decode::instant(row, "created_at")?.unwrap_or_default(),
    })
}

#[async_trait]
impl Workspaces for SqliteStore {
    async fn ensure_workspace(
        &self,
        name: &str,
        now: Timestamp,
    ) -> Result<WorkspaceRecord, StoreError> {
        let name = name.to_owned();
        self.change(move |connection, log| {
            let made = connection.execute(
                "INSERT INTO workspaces (name, max_concurrent_calls, created_at)
                 VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
                params![name, DEFAULT_MAX_CONCURRENT_CALLS, now.0],
            )?;
            let sql = "SELECT * FROM workspaces WHERE name = ?1";
            let found = connection.query_one(sql, [&name], record)?;
            if made > 0 {
                network_groups::enable_defaults(connection, found.id)?;
                log.note(Change::new("workspace.created", found.id, found.id).after(&found))?;
            }
            Ok(found)
        })
        .await
    }

    async fn create_workspace(
        &self,
        name: &str,
        max_concurrent_calls: Option<u32>,
        now: Timestamp,
    ) -> Result<WorkspaceRecord, StoreError> {
        let name = name.to_owned();
        let limit = max_concurrent_calls.unwrap_or(DEFAULT_MAX_CONCURRENT_CALLS);
        self.change(move |connection, log| {
            let sql = "INSERT INTO workspaces (name, max_concurrent_calls, created_at)
                       VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING RETURNING *";
            let made = connection.query_row(sql, params![name, limit, now.0], record).optional()?;
            let made = made.ok_or_else(|| {
                StoreError::Conflict(format!(
                    "there is a workspace called {name:?}; choose another name"
                ))
            })?;
            network_groups::enable_defaults(connection, made.id)?;
            log.made(made.id)?;
            log.note(Change::new("workspace.created", made.id, made.id).after(&made))?;
            Ok(made)
        })
        .await
    }

    async fn workspace(&self, id: WorkspaceId) -> Result<WorkspaceRecord, StoreError> {
        self.read(move |connection| find(connection, id)).await
    }

    async fn list_workspaces(&self) -> Result<Vec<WorkspaceRecord>, StoreError> {
        self.read(|connection| {
            let mut statement =
                connection.prepare_cached("SELECT * FROM workspaces ORDER BY id")?;
            Ok(statement.query_map([], record)?.collect::<Result<_, _>>()?)
        })
        .await
    }

    async fn set_workspace_limit(
        &self,
        id: WorkspaceId,
        max_concurrent_calls: u32,
    ) -> Result<WorkspaceRecord, StoreError> {
        let sql = "UPDATE workspaces SET max_concurrent_calls = ?2 WHERE id = ?1 RETURNING *";
        self.change(move |connection, log| {
            let before = find(connection, id)?;
            let after = connection.query_one(sql, params![id.0, max_concurrent_calls], record)?;
            log.note(Change::new("workspace.updated", id, id).before(&before).after(&after))?;
            Ok(after)
        })
        .await
    }

    async fn set_keep_batches_days(
        &self,
        id: WorkspaceId,
        days: Option<u32>,
    ) -> Result<WorkspaceRecord, StoreError> {
        let sql = "UPDATE workspaces SET keep_batches_days = ?2 WHERE id = ?1 RETURNING *";
        let set = self.change(move |connection, log| {
            let before = find(connection, id)?;
            let after = connection.query_one(sql, params![id.0, days], record)?;
            log.note(Change::new("workspace.updated", id, id).before(&before).after(&after))?;
            Ok(after)
        });
        let set = set.await?;
        self.shared.forgetting.notify_one();
        Ok(set)
    }

    async fn set_default_phone_number(
        &self,
        id: WorkspaceId,
        number: PhoneNumberId,
    ) -> Result<WorkspaceRecord, StoreError> {
        let sql = "UPDATE workspaces SET default_phone_number = ?2 WHERE id = ?1
                      AND EXISTS (SELECT 1 FROM phone_numbers WHERE id = ?2 AND workspace = ?1)
                   RETURNING *";
        self.change(move |connection, log| {
            let before = find(connection, id)?;
            let after = connection.query_row(sql, params![id.0, number.0], record).optional()?;
            let after = after.ok_or_else(|| StoreError::NotFound(number.to_string()))?;
            log.note(Change::new("workspace.updated", id, id).before(&before).after(&after))?;
            Ok(after)
        })
        .await
    }

    async fn default_phone_number(&self, id: WorkspaceId) -> Result<Option<E164>, StoreError> {
        self.read(move |connection| {
            let sql = "SELECT n.number FROM workspaces w JOIN phone_numbers n ON n.workspace = w.id
                        WHERE w.id = ?1 ORDER BY n.id = w.default_phone_number DESC, n.id LIMIT 1";
            let mut statement = connection.prepare_cached(sql)?;
            let found = statement.query_row([id.0], |row| decode::number(row, "number"));
            Ok(found.optional()?.flatten())
        })
        .await
    }
}

fn find(connection: &Connection, id: WorkspaceId) -> Result<WorkspaceRecord, StoreError> {
    let sql = "SELECT * FROM workspaces WHERE id = ?1";
    let found = connection.query_row(sql, [id.0], record).optional()?;
    found.ok_or_else(|| StoreError::NotFound(id.to_string()))
}
