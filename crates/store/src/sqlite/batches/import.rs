//! Turns a file into a batch: rows come in chunks, and the batch is invisible until the last one.

use std::collections::HashMap;

use async_trait::async_trait;
use campanile_rules::{
    batch::BatchState, event::EventKind, ids::BatchId, recipient::RecipientStatus, time::Timestamp,
    zones::ZoneSet,
};
use rusqlite::{Connection, OptionalExtension, params};

use crate::sqlite::{
    SqliteStore, batches,
    db::decode,
    log::{audit::Change, tell},
    settings::agents,
};
use crate::{BatchRecord, Imports, NewBatch, NewRow, Owner, RowVerdict, StoreError};

/// Positions of a batch's rows are below this; the schema says the same.
pub(crate) const MAX_POSITION: i64 = 1_000_000_000;

/// Rows in one transaction. Calls that go on meanwhile wait for one such transaction at most.
const CHUNK_ROWS: usize = 2_000;

/// The due instant of a recipient that was never dialed: before any clock, however it is set.
const DUE_SINCE_EVER: i64 = 0;

/// A row with its cells in stored form; built outside the writer thread.
struct Row {
    position: i64,
    cells: String,
    verdict: RowVerdict,
}

#[async_trait]
impl Imports for SqliteStore {
    async fn begin_import(&self, batch: NewBatch, now: Timestamp) -> Result<BatchId, StoreError> {
        let owner = self.shared.owner;
        self.write(move |connection| begin(connection, (&batch, owner), now)).await
    }

    async fn add_rows(&self, batch: BatchId, rows: Vec<NewRow>) -> Result<(), StoreError> {
        let mut rows = rows.into_iter().peekable();
        while rows.peek().is_some() {
            let chunk =
                rows.by_ref().take(CHUNK_ROWS).map(encode).collect::<Result<Vec<_>, _>>()?;
            let _turn = self.turn_of_a_piece().await;
            self.write(move |connection| insert(connection, batch, chunk)).await?;
        }
        Ok(())
    }

    async fn finish_import(
        &self,
        batch: BatchId,
        state: BatchState,
        now: Timestamp,
    ) -> Result<BatchRecord, StoreError> {
        let made = self.change(move |connection, log| {
            importing(connection, batch)?;
            let started_at = (state == BatchState::Running).then_some(now.0);
            connection.execute(
                "UPDATE batches SET imported_at = ?2, state = ?3, started_at = ?4 WHERE id = ?1",
                params![batch.0, now.0, state.as_str(), started_at],
            )?;
            let made = batches::find(connection, batch)?;
            log.made(batch)?;
            let change = Change::new("batch.created", made.workspace, batch);
            log.note(change.after(batches::noted(&made)))?;
            tell::batch(connection, batch, (EventKind::BatchCreated, now))?;
            tell::entered(connection, batch, (state, false), now)?;
            Ok(made)
        });
        let made = made.await?;
        self.wake_erasures();
        Ok(made)
    }

    async fn abandon_import(&self, batch: BatchId) -> Result<(), StoreError> {
        while self.write(move |connection| delete_some(connection, batch)).await? {}
        self.wake_erasures();
        Ok(())
    }
}

/// Batches whose import a former epoch of the owner's node left unfinished.
pub(crate) fn unfinished(
    connection: &Connection,
    owner: Owner,
) -> Result<Vec<BatchId>, StoreError> {
    let sql = "SELECT id FROM batches
                WHERE imported_at IS NULL AND importing_node = ?1 AND importing_epoch < ?2";
    let mut statement = connection.prepare(sql)?;
    let ids = statement.query_map([owner.node, owner.epoch], |row| row.get(0).map(BatchId))?;
    Ok(ids.collect::<Result<_, _>>()?)
}

fn begin(
    connection: &Connection,
    (batch, owner): (&NewBatch, Option<Owner>),
    now: Timestamp,
) -> Result<BatchId, StoreError> {
    let (agent, version) = batch.agent;
    let owned = |table: &str, id: i64, name: String| -> Result<(), StoreError> {
        let sql = format!("SELECT 1 FROM {table} WHERE id = ?1 AND workspace = ?2");
        let found = connection.query_row(&sql, [id, batch.workspace.0], |_| Ok(())).optional()?;
        found.ok_or(StoreError::NotFound(name))
    };
    owned("phone_numbers", batch.phone_number.0, batch.phone_number.to_string())?;
    owned("agents", agent.0, agent.to_string())?;
    // A test call may use a draft.
    if !batch.test && !agents::find_version(connection, agent, version)?.published {
        return Err(StoreError::Conflict(format!(
            "version {version} of {agent} is a draft; publish it first"
        )));
    }
    connection.execute(
        include_str!("../../../sql/begin_import.sql"),
        params![
            batch.workspace.0,
            batch.name,
            batch.phone_number.0,
            agent.0,
            version,
            decode::to_json(&batch.columns)?,
            decode::to_json(&batch.settings)?,
            batch.file_name,
            batch.default_country,
            if batch.reject_duplicates { "reject" } else { "allow" },
            decode::to_json(&batch.mapping)?,
            now.0,
            batch.test,
            owner.map(|owner| owner.node),
            owner.map(|owner| owner.epoch),
        ],
    )?;
    let id = BatchId(connection.last_insert_rowid());
    for status in RecipientStatus::ALL {
        for tried in [0, 1] {
            let sql = "INSERT INTO batch_progress (batch, status, tried, recipients)
                       VALUES (?1, ?2, ?3, 0)";
            connection.prepare_cached(sql)?.execute(params![id.0, status.as_str(), tried])?;
        }
    }
    let sql = "INSERT INTO batch_rounds (batch, round, attempted, total) VALUES (?1, 1, 0, 0)";
    connection.execute(sql, [id.0])?;
    Ok(id)
}

fn encode(row: NewRow) -> Result<Row, StoreError> {
    let position = i64::try_from(row.position).ok().filter(|at| (1..MAX_POSITION).contains(at));
    Ok(Row {
        position: position.ok_or_else(|| {
            StoreError::Conflict(format!("row {} lies beyond what a batch can hold", row.position))
        })?,
        cells: decode::to_json(&row.cells)?,
        verdict: row.verdict,
    })
}

fn insert(connection: &Connection, batch: BatchId, rows: Vec<Row>) -> Result<(), StoreError> {
    importing(connection, batch)?;
    let mut add_row = connection.prepare_cached(include_str!("../../../sql/add_row.sql"))?;
    let mut add_cells = connection
        .prepare_cached("INSERT INTO recipient_cells (recipient, cells) VALUES (?1, ?2)")?;
    let mut zones_known = HashMap::new();
    let nowhere = zone_set(connection, &ZoneSet::default())?;
    let (mut accepted, mut rejected) = (0_i64, 0_i64);
    for row in rows {
        let id = batch.0 * MAX_POSITION + row.position;
        match row.verdict {
            RowVerdict::Accepted { number, zones } => {
                accepted += 1;
                let zones = match zones_known.get(&zones) {
                    Some(&known) => known,
                    None => {
                        let stored = zone_set(connection, &zones)?;
                        *zones_known.entry(zones).or_insert(stored)
                    }
                };
                let (digits, none) = (number.digits() as i64, None::<String>);
                let (status, at) = (RecipientStatus::Pending.as_str(), Some(DUE_SINCE_EVER));
                add_row.execute(params![
                    id,
                    batch.0,
                    row.position,
                    digits,
                    zones,
                    status,
                    at,
                    none,
                    none,
                    none
                ])?;
            }
            RowVerdict::Rejected { reason, cause, phone_cell } => {
                rejected += 1;
                let (status, none) = (RecipientStatus::Skipped.as_str(), None::<i64>);
                add_row.execute(params![
                    id,
                    batch.0,
                    row.position,
                    none,
                    nowhere,
                    status,
                    none,
                    reason,
                    phone_cell,
                    cause
                ])?;
            }
        }
        add_cells.execute(params![id, row.cells])?;
    }
    let mut count = connection.prepare_cached(
        "UPDATE batch_progress SET recipients = recipients + ?3
          WHERE batch = ?1 AND status = ?2 AND tried = 0",
    )?;
    count.execute(params![batch.0, RecipientStatus::Pending.as_str(), accepted])?;
    count.execute(params![batch.0, RecipientStatus::Skipped.as_str(), rejected])?;
    connection
        .prepare_cached(
            "UPDATE batch_rounds SET total = total + ?2 WHERE batch = ?1 AND round = 1",
        )?
        .execute([batch.0, accepted])?;
    connection
        .prepare_cached("UPDATE batches SET rejected = rejected + ?2 WHERE id = ?1")?
        .execute([batch.0, rejected])?;
    Ok(())
}

/// Checks that the batch's import is open: only then may rows be added.
fn importing(connection: &Connection, batch: BatchId) -> Result<(), StoreError> {
    let sql = "SELECT 1 FROM batches WHERE id = ?1 AND imported_at IS NULL";
    let begun = connection.prepare_cached(sql)?.query_row([batch.0], |_| Ok(())).optional()?;
    begun.ok_or_else(|| StoreError::NotFound(format!("import of {batch} in progress")))
}

/// The id under which a set of time zones is stored.
pub(crate) fn zone_set(connection: &Connection, zones: &ZoneSet) -> Result<i64, StoreError> {
    let find = "SELECT id FROM zone_sets WHERE names = ?1";
    let mut find = connection.prepare_cached(find)?;
    if let Some(id) = find.query_row([zones.as_str()], |row| row.get(0)).optional()? {
        return Ok(id);
    }
    connection.execute("INSERT INTO zone_sets (names) VALUES (?1)", [zones.as_str()])?;
    Ok(connection.last_insert_rowid())
}

/// Deletes a chunk of an unfinished batch; false when nothing is left.
fn delete_some(connection: &Connection, batch: BatchId) -> Result<bool, StoreError> {
    if importing(connection, batch).is_err() {
        return Ok(false);
    }
    let gone = connection
        .prepare_cached(include_str!("../../../sql/delete_rows.sql"))?
        .execute(params![batch.0 * MAX_POSITION, CHUNK_ROWS as i64])?;
    if gone == 0 {
        connection.execute("DELETE FROM batches WHERE id = ?1", [batch.0])?;
    }
    Ok(gone > 0)
}
