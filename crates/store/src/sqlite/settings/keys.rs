//! API keys. Only the hash of a secret is stored.

use std::{
    collections::HashSet,
    sync::{Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use campanile_rules::{ids::WorkspaceId, time::Timestamp};
use rusqlite::{OptionalExtension, Row, params};

use crate::sqlite::{SqliteStore, db::decode, log::audit::Change};
use crate::{ApiKeyRecord, KeyScope, Keys, NewKey, StoreError};

/// The precision of `last_used_at`, in microseconds: a busy client costs no write per request.
const LAST_USED_STEP_US: i64 = 60_000_000;

/// Whether `last_used_at` is old enough to be written again.
fn is_stale(key: &ApiKeyRecord, now: Timestamp) -> bool {
    key.last_used_at.is_none_or(|used| now.0 - used.0 >= LAST_USED_STEP_US)
}

/// The keys whose use is being noted. Each key waits for the writer once at most, however long that
/// takes.
#[derive(Default)]
pub(crate) struct Touching(Mutex<HashSet<String>>);

impl Touching {
    fn begin(&self, key_id: &str) -> bool {
        self.keys().insert(key_id.to_owned())
    }

    fn end(&self, key_id: &str) {
        self.keys().remove(key_id);
    }

    fn keys(&self) -> MutexGuard<'_, HashSet<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn record(row: &Row<'_>) -> rusqlite::Result<ApiKeyRecord> {
    Ok(ApiKeyRecord {
        key_id: row.get("id")?,
        secret_hash: row.get("secret_hash")?,
        name: row.get("name")?,
        scope: decode::word(row, "scope", KeyScope::from_name)?,
        workspace: WorkspaceId(row.get("workspace")?),
        created_at: decode::instant(row, "created_at")?.unwrap_or_default(),
        last_used_at: decode::instant(row, "last_used_at")?,
        revoked_at: decode::instant(row, "revoked_at")?,
        expires_at: decode::instant(row, "expires_at")?,
    })
}

#[async_trait]
impl Keys for SqliteStore {
    async fn add_key(&self, key: NewKey, now: Timestamp) -> Result<ApiKeyRecord, StoreError> {
        self.change(move |connection, log| {
            let added = connection
                .query_row(
                    "INSERT INTO api_keys
                        (id, workspace, secret_hash, scope, created_at, expires_at, name)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT DO NOTHING RETURNING *",
                    params![
                        key.key_id,
                        key.workspace.0,
                        key.secret_hash,
                        key.scope.as_str(),
                        now.0,
                        key.expires_at.map(|end| end.0),
                        key.name,
                    ],
                    record,
                )
                .optional()?;
            let taken = || StoreError::Conflict(format!("key {} exists", key.key_id));
            let added = added.ok_or_else(taken)?;
            log.made(&key.key_id)?;
            log.note(Change::new("api_key.created", key.workspace, &key.key_id).after(&added))?;
            Ok(added)
        })
        .await
    }

    async fn find_key(&self, key_id: &str) -> Result<Option<ApiKeyRecord>, StoreError> {
        let key_id = key_id.to_owned();
        self.read(move |connection| {
            let sql = "SELECT k.* FROM api_keys k JOIN workspaces w ON w.id = k.workspace
                        WHERE k.id = ?1";
            let mut statement = connection.prepare_cached(sql)?;
            Ok(statement.query_row([key_id], record).optional()?)
        })
        .await
    }

    async fn has_keys(&self) -> Result<bool, StoreError> {
        let sql = "SELECT EXISTS (SELECT 1 FROM api_keys)";
        self.read(move |connection| Ok(connection.query_row(sql, [], |row| row.get(0))?)).await
    }

    async fn list_keys(&self, workspace: WorkspaceId) -> Result<Vec<ApiKeyRecord>, StoreError> {
        let sql = "SELECT * FROM api_keys WHERE workspace = ?1 ORDER BY created_at, id";
        self.read(move |connection| {
            let mut statement = connection.prepare_cached(sql)?;
            Ok(statement.query_map([workspace.0], record)?.collect::<Result<_, _>>()?)
        })
        .await
    }

    async fn revoke_key(
        &self,
        workspace: WorkspaceId,
        key_id: &str,
        now: Timestamp,
    ) -> Result<ApiKeyRecord, StoreError> {
        let key_id = key_id.to_owned();
        self.change(move |connection, log| {
            let sql = "SELECT * FROM api_keys WHERE id = ?1 AND workspace = ?2";
            let before =
                connection.query_row(sql, params![key_id, workspace.0], record).optional()?;
            let before = before.ok_or_else(|| StoreError::NotFound(format!("key {key_id}")))?;
            let sql = "UPDATE api_keys SET revoked_at = coalesce(revoked_at, ?2)
                        WHERE id = ?1 RETURNING *";
            let after = connection.query_one(sql, params![key_id, now.0], record)?;
            let change = Change::new("api_key.revoked", workspace, &key_id);
            log.note(change.before(&before).after(&after))?;
            Ok(after)
        })
        .await
    }

    fn touch_key_meanwhile(&self, key: &ApiKeyRecord, now: Timestamp) {
        if !is_stale(key, now) || !self.shared.touching.begin(&key.key_id) {
            return;
        }
        let (store, key) = (self.clone(), key.clone());
        tokio::spawn(async move {
            if let Err(error) = store.touch_key(&key, now).await {
                tracing::debug!(%error, "the use of a key is not noted");
            }
            store.shared.touching.end(&key.key_id);
        });
    }

    async fn touch_key(&self, key: &ApiKeyRecord, now: Timestamp) -> Result<(), StoreError> {
        if !is_stale(key, now) {
            return Ok(());
        }
        let key_id = key.key_id.clone();
        self.write(move |connection| {
            let sql = "UPDATE api_keys SET last_used_at = ?2 WHERE id = ?1";
            connection.prepare_cached(sql)?.execute(params![key_id, now.0])?;
            Ok(())
        })
        .await
    }
}
