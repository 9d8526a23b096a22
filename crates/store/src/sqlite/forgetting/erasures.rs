//! Requests to erase a person. From the request on, the number is not called. When no call to the
//! number is open, all data about the person is deleted (see `erasing.rs`). What remains is a mark,
//! which only this installation's key can compute, so that the person is never called again.

use std::sync::atomic::Ordering;

use async_trait::async_trait;
use campanile_rules::{
    ids::{ErasureId, WorkspaceId},
    phone::E164,
    time::Timestamp,
};
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::sqlite::{
    SqliteStore,
    db::{decode, integrity, secrets},
    log::audit::{Change, Log},
    settings::suppressions,
};
use crate::{ErasureRecord, Erasures, OpenErasure, StoreError, Vault};

const ERASURES: &str = "SELECT e.*, EXISTS (SELECT 1 FROM slots s
        WHERE s.workspace = e.workspace AND s.number = e.number) AS in_call FROM erasures e";

fn record(row: &Row<'_>) -> rusqlite::Result<ErasureRecord> {
    let count = |column: &str| row.get::<_, i64>(column).map(|count| count as u64);
    Ok(ErasureRecord {
        id: ErasureId(row.get("id")?),
        requested_at: decode::instant(row, "requested_at")?.unwrap_or_default(),
        requested_by: row.get("requested_by")?,
        finished_at: decode::instant(row, "finished_at")?,
        in_call: row.get("in_call")?,
        people: count("people")?,
        calls: count("calls")?,
        recordings: count("recordings")?,
        copies: count("copies")?,
    })
}

fn open(row: &Row<'_>) -> rusqlite::Result<OpenErasure> {
    Ok(OpenErasure {
        id: ErasureId(row.get("id")?),
        workspace: WorkspaceId(row.get("workspace")?),
        number: decode::number(row, "number")?,
    })
}

/// The mark by which an erased number is recognised.
pub(crate) fn mark(vault: &Vault, workspace: WorkspaceId, number: E164) -> [u8; 32] {
    vault.mark(number.digits().to_string().as_bytes(), &workspace.plain())
}

/// When the number's person was erased, if ever.
pub(crate) fn erased_at(
    (connection, vault): (&Connection, &Vault),
    workspace: WorkspaceId,
    number: E164,
) -> Result<Option<Timestamp>, StoreError> {
    let sql = "SELECT erased_at FROM erased_numbers WHERE workspace = ?1 AND mark = ?2";
    let key = params![workspace.0, mark(vault, workspace, number)];
    let found = connection.prepare_cached(sql)?.query_row(key, |row| row.get(0)).optional()?;
    Ok(found.map(Timestamp))
}

/// Whether the workspace has erased anybody. Mostly not; then no number needs a look-up.
pub(crate) fn are_any(connection: &Connection, workspace: WorkspaceId) -> Result<bool, StoreError> {
    let sql = "SELECT EXISTS (SELECT 1 FROM erased_numbers WHERE workspace = ?1)";
    Ok(connection.prepare_cached(sql)?.query_one([workspace.0], |row| row.get(0))?)
}

/// Deletes the mark, so that the number may be called again; false when its person was not erased.
pub(crate) fn forget_mark(
    (connection, vault): (&Connection, &Vault),
    workspace: WorkspaceId,
    number: E164,
) -> Result<bool, StoreError> {
    let sql = "DELETE FROM erased_numbers WHERE workspace = ?1 AND mark = ?2";
    let key = params![workspace.0, mark(vault, workspace, number)];
    Ok(connection.prepare_cached(sql)?.execute(key)? > 0)
}

#[async_trait]
impl Erasures for SqliteStore {
    async fn begin_erasure(
        &self,
        workspace: WorkspaceId,
        number: E164,
        now: Timestamp,
    ) -> Result<ErasureRecord, StoreError> {
        let actor = self.actor.to_string();
        let begun = self.change(move |connection, log| {
            let sql = "SELECT id FROM erasures WHERE workspace = ?1 AND number = ?2";
            let key = [workspace.0, number.digits() as i64];
            let asked = connection.prepare_cached(sql)?.query_row(key, |row| row.get(0));
            if let Some(id) = asked.optional()? {
                return find(connection, workspace, ErasureId(id));
            }
            let sql = "INSERT INTO erasures (workspace, number, requested_at, requested_by)
                       VALUES (?1, ?2, ?3, ?4)";
            let row = params![workspace.0, number.digits() as i64, now.0, actor];
            connection.prepare_cached(sql)?.execute(row)?;
            let id = ErasureId(connection.last_insert_rowid());
            log.made(id)?;
            log.note(Change::new("erasure.created", workspace, id))?;
            find(connection, workspace, id)
        });
        let begun = begun.await?;
        self.shared.erasing.store(true, Ordering::SeqCst);
        self.shared.forgetting.notify_one();
        Ok(begun)
    }

    async fn erasure(
        &self,
        workspace: WorkspaceId,
        id: ErasureId,
    ) -> Result<ErasureRecord, StoreError> {
        self.read(move |connection| find(connection, workspace, id)).await
    }

    async fn settled_erasure(
        &self,
        workspace: WorkspaceId,
        id: ErasureId,
    ) -> Result<ErasureRecord, StoreError> {
        let mut done = self.shared.erased.subscribe();
        loop {
            let found = self.erasure(workspace, id).await?;
            if found.in_call || found.finished_at.is_some() || done.changed().await.is_err() {
                return Ok(found);
            }
        }
    }

    async fn erasures(
        &self,
        workspace: WorkspaceId,
        behind: Option<ErasureId>,
        limit: u32,
    ) -> Result<Vec<ErasureRecord>, StoreError> {
        self.read(move |connection| {
            let sql = format!(
                "{ERASURES} WHERE e.workspace = ?1 AND e.id < ?2 ORDER BY e.id DESC LIMIT ?3"
            );
            let mut statement = connection.prepare_cached(&sql)?;
            let before = behind.map_or(i64::MAX, |erasure| erasure.0);
            let found = statement.query_map(params![workspace.0, before, limit], record)?;
            Ok(found.collect::<Result<_, _>>()?)
        })
        .await
    }

    async fn open_erasures(&self) -> Result<Vec<OpenErasure>, StoreError> {
        let found = self
            .read(|connection| {
                let sql = "SELECT * FROM erasures WHERE finished_at IS NULL ORDER BY id";
                let mut statement = connection.prepare_cached(sql)?;
                Ok(statement.query_map([], open)?.collect::<Result<Vec<_>, _>>()?)
            })
            .await?;
        self.shared.erasing.store(!found.is_empty(), Ordering::SeqCst);
        Ok(found)
    }

    async fn erasure_waits(&self, erasure: OpenErasure) -> Result<bool, StoreError> {
        self.read(move |connection| waits(connection, erasure)).await
    }

    async fn seal_erasure(&self, erasure: OpenErasure, now: Timestamp) -> Result<bool, StoreError> {
        let vault = self.vault();
        let Some(number) = erasure.number else { return Ok(true) };
        self.write(move |connection| {
            if waits(connection, erasure)? {
                return Ok(false);
            }
            secrets::prove(connection, &vault)?;
            let workspace = erasure.workspace;
            suppressions::forget(connection, workspace, number)?;
            let sql = "INSERT INTO erased_numbers (workspace, mark, erased_at) VALUES (?1, ?2, ?3)
                       ON CONFLICT DO NOTHING";
            let mark = mark(&vault, workspace, number);
            connection.prepare_cached(sql)?.execute(params![workspace.0, mark, now.0])?;
            let sql = "UPDATE erasures SET number = NULL WHERE id = ?1";
            connection.prepare_cached(sql)?.execute([erasure.id.0])?;
            Ok(true)
        })
        .await
    }

    async fn finish_erasure(&self, erasure: OpenErasure, now: Timestamp) -> Result<(), StoreError> {
        self.scrub().await?;
        let path = self.shared.readers.path().to_owned();
        // Open reads keep the log from being truncated; each is short, and the checkpoint waits for
        // them.
        let emptied = tokio::task::spawn_blocking(move || -> Result<bool, StoreError> {
            let connection = integrity::open_existing(&path)?;
            let busy =
                connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0));
            Ok(busy.map(|busy: i64| busy == 0)?)
        });
        if !emptied.await.map_err(|error| StoreError::Database(error.to_string()))?? {
            let words = "the database's log is being read without a pause; it is emptied later";
            return Err(StoreError::Database(words.to_owned()));
        }
        self.change(move |connection, log| finish(connection, log, (erasure, now))).await?;
        self.shared.erased.send_modify(|times| *times += 1);
        Ok(())
    }
}

impl SqliteStore {
    /// Wakes the erasures when something ends that one may wait for.
    pub(crate) fn wake_erasures(&self) {
        if self.shared.erasing.load(Ordering::SeqCst) {
            self.shared.forgetting.notify_one();
        }
    }
}

fn find(
    connection: &Connection,
    workspace: WorkspaceId,
    id: ErasureId,
) -> Result<ErasureRecord, StoreError> {
    let sql = format!("{ERASURES} WHERE e.id = ?1 AND e.workspace = ?2");
    let found = connection.prepare_cached(&sql)?.query_row([id.0, workspace.0], record);
    found.optional()?.ok_or_else(|| StoreError::NotFound(id.to_string()))
}

fn waits(connection: &Connection, erasure: OpenErasure) -> Result<bool, StoreError> {
    let sql = "SELECT EXISTS (SELECT 1 FROM slots WHERE workspace = ?1 AND number = ?2)
                   OR EXISTS (SELECT 1 FROM batches b JOIN erasures e ON e.id = ?3
                               WHERE b.workspace = ?1 AND b.imported_at IS NULL
                                 AND b.created_at <= e.requested_at)";
    let number = erasure.number.map(|number| number.digits() as i64);
    let key = params![erasure.workspace.0, number, erasure.id.0];
    Ok(connection.prepare_cached(sql)?.query_one(key, |row| row.get(0))?)
}

fn finish(
    connection: &Connection,
    log: &Log<'_>,
    (erasure, now): (OpenErasure, Timestamp),
) -> Result<(), StoreError> {
    let sql = "UPDATE erasures SET finished_at = ?2
                WHERE id = ?1 AND number IS NULL AND finished_at IS NULL";
    if connection.prepare_cached(sql)?.execute([erasure.id.0, now.0])? == 1 {
        let done = find(connection, erasure.workspace, erasure.id)?;
        log.note(Change::new("erasure.finished", erasure.workspace, erasure.id).after(done))?;
    }
    Ok(())
}
