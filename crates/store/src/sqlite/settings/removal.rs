//! Removes trunks, caller IDs, agents and batches that are no longer in use.

use campanile_rules::{
    batch::BatchState,
    ids::{AgentId, BatchId, PhoneNumberId, TrunkId, WorkspaceId},
    time::Timestamp,
};
use rusqlite::{Connection, OptionalExtension};

use crate::StoreError;
use crate::sqlite::{
    SqliteStore, batches, forgetting::deletion, log::audit::Change, settings::agents,
    settings::phone_numbers, settings::trunks,
};

impl SqliteStore {
    /// Removes a trunk. `Conflict` while a caller ID uses it or a call goes through it.
    pub async fn remove_trunk(
        &self,
        workspace: WorkspaceId,
        id: TrunkId,
    ) -> Result<(), StoreError> {
        let vault = self.vault();
        self.change(move |connection, log| {
            let before = trunks::find((connection, &vault), workspace, id)?;
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
        })
        .await
    }

    /// Removes a caller ID. `Conflict` when a batch has used it.
    pub async fn remove_phone_number(
        &self,
        workspace: WorkspaceId,
        id: PhoneNumberId,
    ) -> Result<(), StoreError> {
        self.change(move |connection, log| {
            let before = phone_numbers::find(connection, workspace, id)?;
            let batch = "SELECT 'batch_' || id FROM batches WHERE phone_number = ?1";
            refuse(connection, (batch, id.0), |user| {
                format!("{user} calls from {id}, and its report must go on saying so")
            })?;
            connection.execute("DELETE FROM phone_numbers WHERE id = ?1", [id.0])?;
            log.note(Change::new("phone_number.deleted", workspace, id).before(before))
        })
        .await
    }

    /// Removes an agent with all its versions. `Conflict` when a batch has used one.
    pub async fn remove_agent(
        &self,
        workspace: WorkspaceId,
        id: AgentId,
    ) -> Result<(), StoreError> {
        self.change(move |connection, log| {
            let before = agents::find_agent(connection, workspace, id)?;
            let batch = "SELECT 'batch_' || id FROM batches WHERE agent = ?1";
            refuse(connection, (batch, id.0), |user| {
                format!("{id} talks for {user}, which must go on saying so")
            })?;
            connection.execute("DELETE FROM agent_versions WHERE agent = ?1", [id.0])?;
            connection.execute("DELETE FROM agents WHERE id = ?1", [id.0])?;
            log.note(Change::new("agent.deleted", workspace, id).before(before))
        })
        .await
    }

    /// Removes a draft, or a batch that is over, with all its data; its results stay as an entry of
    /// the audit log. The batch is invisible at once; its rows are deleted in the background.
    /// `Conflict` while the batch may still make calls.
    pub async fn remove_batch(
        &self,
        workspace: WorkspaceId,
        id: BatchId,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let state = self.change(move |connection, log| {
            let batch = batches::owned(connection, workspace, id)?;
            match batch.state {
                BatchState::Draft => {
                    // The batch now counts as an abandoned import, which is deleted.
                    let sql = "UPDATE batches SET imported_at = NULL WHERE id = ?1";
                    connection.execute(sql, [id.0])?;
                    let change = Change::new("batch.deleted", workspace, id);
                    log.note(change.before(batches::noted(&batch)))?;
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
