//! The states of a batch: changes that users ask for, and changes that time brings.

use campanile_rules::{
    batch::{BatchState, Control},
    dispatcher::Advance,
    ids::BatchId,
    time::Timestamp,
};
use rusqlite::{Connection, params};

use crate::sqlite::{
    batches,
    db::decode,
    dialing::load,
    log::audit::{Change, Log},
    log::tell,
};
use crate::{Controlled, StoreError};

/// Recipients of a stopped batch that become final in one transaction. Calls of other batches wait
/// for one such transaction at most.
const SWEEP_ROWS: i64 = 2_000;

/// Stores the state after `control`, and returns it.
pub(crate) fn control(
    (connection, log): (&Connection, &Log<'_>),
    batch: BatchId,
    control: Control,
    now: Timestamp,
) -> Result<BatchState, StoreError> {
    let record = batches::find(connection, batch)?;
    let state = record.state.after(control, record.settings.starts_at, now)?;
    if state != record.state {
        enter(connection, batch, state, (None, now))?;
        let action = match control {
            Control::Start => "batch.started",
            Control::Pause => "batch.paused",
            Control::Resume => "batch.resumed",
            Control::Stop => "batch.stopped",
        };
        let change = Change::new(action, record.workspace, batch);
        let status = |state: BatchState| serde_json::json!({"status": state});
        log.note(change.before(status(record.state)).after(status(state)))?;
    }
    Ok(state)
}

/// Moves a batch on if its state is still the one that `advance` leaves.
pub(crate) fn advance(
    connection: &Connection,
    batch: BatchId,
    advance: Advance,
    now: Timestamp,
) -> Result<BatchState, StoreError> {
    let state = batches::find(connection, batch)?.state;
    let next = match (advance, state) {
        (Advance::Begin, BatchState::Scheduled) => Some((BatchState::Running, None)),
        (Advance::Complete, BatchState::Running) if nobody_is_left(connection, batch)? => {
            Some((BatchState::Completed, None))
        }
        (Advance::End, BatchState::Scheduled | BatchState::Running | BatchState::Paused) => {
            Some((BatchState::Cancelled, Some("ended")))
        }
        (Advance::Begin | Advance::Complete | Advance::End, _) => None,
    };
    match next {
        Some((next, reason)) => {
            enter(connection, batch, next, (reason, now))?;
            Ok(next)
        }
        None => Ok(state),
    }
}

/// Pauses a batch of a restored backup until a user resumes it.
pub(crate) fn pause_restored(
    connection: &Connection,
    batch: BatchId,
    now: Timestamp,
) -> Result<(), StoreError> {
    match batches::find(connection, batch)?.state {
        BatchState::Scheduled | BatchState::Running => {
            enter(connection, batch, BatchState::Paused, (None, now))
        }
        BatchState::Draft | BatchState::Paused | BatchState::Completed | BatchState::Cancelled => {
            Ok(())
        }
    }
}

fn enter(
    connection: &Connection,
    batch: BatchId,
    state: BatchState,
    (reason, now): (Option<&str>, Timestamp),
) -> Result<(), StoreError> {
    let ran_before = batches::find(connection, batch)?.started_at.is_some();
    let started_at = (state == BatchState::Running).then_some(now.0);
    let finished_at = state.is_final().then_some(now.0);
    connection.execute(
        "UPDATE batches SET state = ?2, reason = ?3, restored = NULL,
                started_at = coalesce(started_at, ?4), finished_at = ?5 WHERE id = ?1",
        params![batch.0, state.as_str(), reason, started_at, finished_at],
    )?;
    tell::entered(connection, batch, (state, ran_before), now)
}

/// Makes some pending recipients of a stopped batch final; false when none is left.
pub(crate) fn sweep(connection: &Connection, batch: BatchId) -> Result<bool, StoreError> {
    if load::facts(connection, batch)?.state != BatchState::Cancelled {
        return Ok(false);
    }
    let waited = count(connection, batch, "pending", Some(true))?;
    let swept = connection
        .prepare_cached(include_str!("../../../sql/sweep_stopped.sql"))?
        .execute([batch.0, SWEEP_ROWS])?;
    let settled = waited - count(connection, batch, "pending", Some(true))?;
    connection
        .prepare_cached("UPDATE batches SET stopped_retries = stopped_retries + ?2 WHERE id = ?1")?
        .execute([batch.0, settled as i64])?;
    Ok(swept as i64 == SWEEP_ROWS)
}

/// Stopped batches that still have pending recipients because of a crash.
pub(crate) fn half_stopped(connection: &Connection) -> Result<Vec<BatchId>, StoreError> {
    let sql = "SELECT id FROM batches WHERE state = 'cancelled' AND EXISTS
               (SELECT 1 FROM batch_progress
                 WHERE batch = batches.id AND status = 'pending' AND recipients > 0)";
    let mut statement = connection.prepare_cached(sql)?;
    Ok(statement.query_map([], |row| row.get(0).map(BatchId))?.collect::<Result<_, _>>()?)
}

/// What a control did, in numbers.
pub(crate) fn controlled(
    connection: &Connection,
    batch: BatchId,
) -> Result<Controlled, StoreError> {
    let sql = "SELECT state, stopped_retries FROM batches WHERE id = ?1";
    let (state, stopped_retries) = connection.prepare_cached(sql)?.query_one([batch.0], |row| {
        Ok((decode::state(row, "state")?, row.get::<_, i64>(1)? as u64))
    })?;
    Ok(Controlled {
        state,
        in_progress: count(connection, batch, "in_progress", None)?,
        cancelled: count(connection, batch, "cancelled", None)?,
        waiting_retries: match state {
            BatchState::Cancelled => stopped_retries,
            BatchState::Draft
            | BatchState::Scheduled
            | BatchState::Running
            | BatchState::Paused
            | BatchState::Completed => count(connection, batch, "pending", Some(true))?,
        },
        pending: count(connection, batch, "pending", Some(false))?,
    })
}

fn nobody_is_left(connection: &Connection, batch: BatchId) -> Result<bool, StoreError> {
    let pending = count(connection, batch, "pending", None)?;
    Ok(pending + count(connection, batch, "in_progress", None)? == 0)
}

pub(crate) const COUNT: &str = "SELECT coalesce(sum(recipients), 0) FROM batch_progress
    WHERE batch = ?1 AND status = ?2 AND (?3 IS NULL OR tried = ?3)";

pub(crate) fn count(
    connection: &Connection,
    batch: BatchId,
    status: &str,
    tried: Option<bool>,
) -> Result<u64, StoreError> {
    let mut statement = connection.prepare_cached(COUNT)?;
    let count: i64 = statement.query_one(params![batch.0, status, tried], |row| row.get(0))?;
    Ok(count as u64)
}
