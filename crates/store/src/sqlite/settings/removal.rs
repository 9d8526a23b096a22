//! Removes trunks, caller IDs and agents that are no longer in use.

use campanile_rules::ids::{AgentId, PhoneNumberId, TrunkId, WorkspaceId};
use rusqlite::{Connection, OptionalExtension};

use crate::sqlite::{
    log::audit::{Change, Log},
    settings::{agents, phone_numbers, trunks},
};
use crate::{StoreError, Vault};

/// Removes a trunk that no caller ID and no call uses.
pub(crate) fn remove_trunk(
    (connection, vault): (&Connection, &Vault),
    log: &Log<'_>,
    (workspace, id): (WorkspaceId, TrunkId),
) -> Result<(), StoreError> {
    let before = trunks::find((connection, vault), workspace, id)?;
    let number = "SELECT 'number_' || id FROM phone_numbers WHERE trunk = ?1";
    refuse(connection, (number, id.0), |user| {
        format!("{user} dials through {id}; give it another trunk first")
    })?;
    let call = "SELECT 'batch_' || batch FROM slots WHERE trunk = ?1";
    refuse(connection, (call, id.0), |user| {
        format!("a call of {user} goes through {id}; wait until it is over")
    })?;
    connection.execute("DELETE FROM trunks WHERE id = ?1", [id.0])?;
    let settings = trunks::without_password(&before.settings, None);
    log.note(Change::new("trunk.deleted", before.workspace, id).before(settings))
}

/// Removes a caller ID that no batch has used.
pub(crate) fn remove_phone_number(
    connection: &Connection,
    log: &Log<'_>,
    (workspace, id): (WorkspaceId, PhoneNumberId),
) -> Result<(), StoreError> {
    let before = phone_numbers::find(connection, workspace, id)?;
    let batch = "SELECT 'batch_' || id FROM batches WHERE phone_number = ?1";
    refuse(connection, (batch, id.0), |user| {
        format!("{user} calls from {id}, and its report must go on saying so")
    })?;
    connection.execute("DELETE FROM phone_numbers WHERE id = ?1", [id.0])?;
    log.note(Change::new("phone_number.deleted", workspace, id).before(before))
}

/// Removes an agent that no batch has used, with all its versions.
pub(crate) fn remove_agent(
    connection: &Connection,
    log: &Log<'_>,
    (workspace, id): (WorkspaceId, AgentId),
) -> Result<(), StoreError> {
    let before = agents::find_agent(connection, workspace, id)?;
    let batch = "SELECT 'batch_' || id FROM batches WHERE agent = ?1";
    refuse(connection, (batch, id.0), |user| {
        format!("{id} talks for {user}, which must go on saying so")
    })?;
    connection.execute("DELETE FROM agent_versions WHERE agent = ?1", [id.0])?;
    connection.execute("DELETE FROM agents WHERE id = ?1", [id.0])?;
    log.note(Change::new("agent.deleted", workspace, id).before(before))
}

/// Fails when `sql` finds a record that uses the thing.
fn refuse(
    connection: &Connection,
    (sql, id): (&str, i64),
    words: impl FnOnce(String) -> String,
) -> Result<(), StoreError> {
    let user: Option<String> =
        connection.prepare_cached(sql)?.query_row([id], |row| row.get(0)).optional()?;
    match user {
        Some(user) => Err(StoreError::Conflict(words(user))),
        None => Ok(()),
    }
}
