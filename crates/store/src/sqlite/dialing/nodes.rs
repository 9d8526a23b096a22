//! Nodes and their epochs. The lock on the data directory lets one process dial at a time, so there
//! is one node, and whoever holds the lock knows that all former epochs are over.

use async_trait::async_trait;
use campanile_rules::ids::AttemptId;
use rusqlite::{Connection, params};

use crate::sqlite::SqliteStore;
use crate::{Leadership, Owner, StoreError};

/// The only node.
const NODE: i64 = 1;

/// The only group of workspaces.
const GROUP: i64 = 1;

/// Begins the next epoch of the node. The caller holds the lock on the data directory.
pub(crate) fn join(connection: &Connection) -> Result<Owner, StoreError> {
    let sql = "UPDATE nodes SET epoch = epoch + 1 WHERE id = ?1 RETURNING epoch";
    Ok(Owner { node: NODE, epoch: connection.query_one(sql, [NODE], |row| row.get(0))? })
}

/// Whether the owner's epoch is its node's present one.
fn lives(connection: &Connection, owner: Owner) -> Result<bool, StoreError> {
    let sql = "SELECT EXISTS (SELECT 1 FROM nodes WHERE id = ?1 AND epoch = ?2)";
    let mut statement = connection.prepare_cached(sql)?;
    Ok(statement.query_one([owner.node, owner.epoch], |row| row.get(0))?)
}

/// Makes a living owner the leader of the group. False: the owner is dead.
fn lead(connection: &Connection, owner: Owner) -> Result<bool, StoreError> {
    let leads = lives(connection, owner)?;
    if leads {
        connection.execute(
            "UPDATE groups SET node = ?2, node_epoch = ?3, epoch = epoch + 1
              WHERE id = ?1 AND (node, node_epoch) <> (?2, ?3)",
            params![GROUP, owner.node, owner.epoch],
        )?;
    }
    Ok(leads)
}

/// Gives an owner the open attempts that former epochs of its node left. Returns the ones that were
/// never dialed.
fn take_over(connection: &Connection, owner: Owner) -> Result<Vec<AttemptId>, StoreError> {
    let sql = "UPDATE slots SET node_epoch = ?2 WHERE node = ?1 AND node_epoch < ?2
               RETURNING attempt, (SELECT dialed_at IS NULL FROM attempts WHERE id = attempt)";
    let mut statement = connection.prepare_cached(sql)?;
    let taken = statement.query_map([owner.node, owner.epoch], |row| {
        Ok((AttemptId(row.get(0)?), row.get::<_, bool>(1)?))
    })?;
    let mut taken = taken.collect::<Result<Vec<_>, _>>()?;
    taken.retain(|(_, undialed)| *undialed);
    taken.sort_unstable();
    Ok(taken.into_iter().map(|(attempt, _)| attempt).collect())
}

#[async_trait]
impl Leadership for SqliteStore {
    fn owner(&self) -> Option<Owner> {
        self.shared.owner
    }

    async fn beat(&self) -> Result<bool, StoreError> {
        // The lock on the data directory is the proof of life, so nothing is written.
        let owner = self.dialing()?;
        self.read(move |connection| lives(connection, owner)).await
    }

    async fn lead(&self) -> Result<bool, StoreError> {
        let owner = self.dialing()?;
        self.write(move |connection| lead(connection, owner)).await
    }

    async fn take_over(&self) -> Result<Vec<AttemptId>, StoreError> {
        let owner = self.dialing()?;
        self.write(move |connection| take_over(connection, owner)).await
    }
}

impl SqliteStore {
    /// This process as the owner of calls. `Conflict` when it did not open the database to dial.
    pub(super) fn dialing(&self) -> Result<Owner, StoreError> {
        self.shared.owner.ok_or_else(|| {
            StoreError::Conflict(
                "this process opened the database beside another one and may not dial".to_owned(),
            )
        })
    }
}
