//! Versions of what the engine keeps in memory. Triggers note a change in the transaction of its
//! write; the engine reads what has a higher version than it knows.

use std::time::Duration;

use campanile_rules::{
    ids::{BatchId, TrunkId, WorkspaceId},
    node::ChangedBatch,
    trunk::Trunk,
};
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::sqlite::{SqliteStore, dialing::load, settings::trunks};
use crate::{Changes, StoreError, Vault};

/// Changes in one answer; the next answer goes on from there.
const AT_ONCE: usize = 256;

/// How soon a change of another process is noticed.
const LOOKED_EVERY: Duration = Duration::from_secs(1);

/// Something that changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Changed {
    Workspace(WorkspaceId),
    Trunk(TrunkId),
    Batch(BatchId),
    Limits,
}

/// The version of the newest change.
pub(crate) fn version(connection: &Connection) -> Result<u64, StoreError> {
    let sql = "SELECT seq FROM sqlite_sequence WHERE name = 'changes'";
    let newest = connection.prepare_cached(sql)?.query_row([], |row| row.get::<_, i64>(0));
    Ok(newest.optional()?.unwrap_or(0) as u64)
}

/// Notes that limits changed that only the store knows.
pub(crate) fn limits_changed(connection: &Connection) -> Result<(), StoreError> {
    connection.execute("INSERT INTO changes (kind, id) VALUES ('limits', 0)", [])?;
    Ok(())
}

/// The version of changed limits whose recipients are not due again yet.
pub(crate) fn open_limits(connection: &Connection) -> Result<Option<u64>, StoreError> {
    let sql = "SELECT version FROM changes WHERE kind = 'limits'";
    let version = connection.prepare_cached(sql)?.query_row([], |row| row.get::<_, i64>(0));
    Ok(version.optional()?.map(|version| version as u64))
}

/// Notes that the recipients are due again that limits before this version postponed.
pub(crate) fn limits_done(connection: &Connection, version: u64) -> Result<(), StoreError> {
    let sql = "DELETE FROM changes WHERE kind = 'limits' AND version <= ?1";
    connection.execute(sql, [version as i64])?;
    Ok(())
}

/// The changes after `known`, oldest first.
pub(crate) fn since(
    (connection, vault): (&Connection, &Vault),
    known: u64,
) -> Result<Changes, StoreError> {
    let sql = "SELECT version, kind, id FROM changes WHERE version > ?1 ORDER BY version LIMIT ?2";
    let mut statement = connection.prepare_cached(sql)?;
    let found = statement.query_map(params![known as i64, AT_ONCE as i64], changed)?;
    let found = found.collect::<Result<Vec<_>, _>>()?;
    let version = match found.last() {
        Some((version, _)) if found.len() == AT_ONCE => *version,
        Some(_) | None => version(connection)?,
    };
    let mut changes = Changes { version, ..Changes::default() };
    for (_, changed) in found {
        match changed {
            Changed::Workspace(id) => changes.workspaces.push((id, limit(connection, id)?)),
            Changed::Trunk(id) => changes.trunks.push((id, trunk((connection, vault), id)?)),
            Changed::Batch(id) => changes.batches.extend(batch(connection, id)?),
            Changed::Limits => changes.limits = true,
        }
    }
    Ok(changes)
}

fn changed(row: &Row<'_>) -> rusqlite::Result<(u64, Changed)> {
    let id = row.get("id")?;
    let changed = match row.get_ref("kind")?.as_str()? {
        "workspace" => Changed::Workspace(WorkspaceId(id)),
        "trunk" => Changed::Trunk(TrunkId(id)),
        "batch" => Changed::Batch(BatchId(id)),
        _ => Changed::Limits,
    };
    Ok((row.get::<_, i64>("version")? as u64, changed))
}

fn limit(connection: &Connection, id: WorkspaceId) -> Result<u32, StoreError> {
    let sql = "SELECT max_concurrent_calls FROM workspaces WHERE id = ?1";
    Ok(connection.prepare_cached(sql)?.query_one([id.0], |row| row.get(0))?)
}

fn trunk(
    (connection, vault): (&Connection, &Vault),
    id: TrunkId,
) -> Result<Option<Trunk>, StoreError> {
    let sql = "SELECT * FROM trunks WHERE id = ?1";
    let found = connection.prepare_cached(sql)?.query_row([id.0], trunks::record(vault));
    Ok(found.optional()?.map(|trunk| trunk.settings))
}

/// A batch that users can see; none when it is deleted.
fn batch(connection: &Connection, id: BatchId) -> Result<Option<ChangedBatch>, StoreError> {
    match load::facts(connection, id) {
        Ok(facts) => Ok(Some(ChangedBatch { lanes: load::lanes(connection, id)?, facts })),
        Err(StoreError::NotFound(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

impl SqliteStore {
    /// Returns the newest version as soon as it is above `known`.
    pub(crate) async fn version_above(&self, known: u64) -> Result<u64, StoreError> {
        let versions = &self.shared.versions;
        let mut told = versions.subscribe();
        loop {
            let above = told.wait_for(|newest| *newest > known);
            if let Ok(Ok(newest)) = tokio::time::timeout(LOOKED_EVERY, above).await {
                return Ok(*newest);
            }
            let newest = self.read(version).await?;
            versions.send_if_modified(|told| std::mem::replace(told, newest.max(*told)) < newest);
        }
    }
}
