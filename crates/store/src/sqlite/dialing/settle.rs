//! The life of an open attempt: dialed, answered, settled or released.

use campanile_rules::{
    batch::BatchState,
    dispatcher::Settlement,
    ids::{AttemptId, WorkspaceId},
    phone::E164,
    recipient::RecipientStatus,
    retry::Next,
    time::Timestamp,
};
use rusqlite::{Connection, OptionalExtension, params};

use crate::sqlite::{
    calls::call_logs::PackedLog,
    db::decode,
    dialing::{
        call_ids::CallIds,
        policies::{self, Policies},
        usage,
    },
    log::{audit::Log, tell},
    settings::suppressions,
};
use crate::{Owner, StoreError, SuppressionRecord, SuppressionSource};

/// An attempt, and the process that may close it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Owned {
    pub attempt: AttemptId,
    pub owner: Owner,
}

pub(crate) fn mark_dialed(
    connection: &Connection,
    (call_ids, policies): (&CallIds, &Policies),
    (Owned { attempt, owner }, dialog): (Owned, &str),
    now: Timestamp,
) -> Result<bool, StoreError> {
    let mut mark = connection.prepare_cached(include_str!("../../../sql/mark_dialed.sql"))?;
    let mut mark = |policy_is_same: bool| -> Result<bool, StoreError> {
        let Owner { node, epoch } = owner;
        Ok(mark.execute(params![attempt.0, now.0, dialog, policy_is_same, node, epoch])? == 1)
    };
    let marked = mark(true)? || (still_passes(connection, policies, attempt, now)? && mark(false)?);
    if marked {
        tell::dialed(connection, (call_ids, attempt), now)?;
    }
    Ok(marked)
}

/// Whether the current policy and daily limits still allow an open attempt. Its call was counted
/// when it was claimed.
fn still_passes(
    connection: &Connection,
    policies: &Policies,
    attempt: AttemptId,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let sql = "SELECT s.workspace, s.number, t.workspace IS NULL, s.limited
                 FROM slots s JOIN trunks t ON t.id = s.trunk WHERE s.attempt = ?1";
    let found = connection.prepare_cached(sql)?.query_row([attempt.0], |row| {
        let kind = policies::kind(row.get(2)?);
        let number = E164::from_digits(row.get::<_, i64>(1)? as u64);
        Ok((WorkspaceId(row.get(0)?), number, kind, row.get::<_, bool>(3)?))
    });
    let Some((workspace, number, kind, counted)) = found.optional()? else { return Ok(false) };
    let terms = policies.terms(connection, workspace, kind)?;
    if terms.policy.check(number).is_err() {
        return Ok(false);
    }
    match terms.limits.as_ref().filter(|limits| counted && limits.count(number)) {
        Some(limits) => Ok(!usage::is_exceeded(connection, (workspace, limits), now)?),
        None => Ok(true),
    }
}

/// Whether the current policy of an open attempt's trunk allows calls to `to`.
pub(crate) fn may_transfer(
    connection: &Connection,
    policies: &Policies,
    attempt: AttemptId,
    to: E164,
) -> Result<bool, StoreError> {
    let sql = "SELECT s.workspace, t.workspace IS NULL
                 FROM slots s JOIN trunks t ON t.id = s.trunk WHERE s.attempt = ?1";
    let found = connection
        .prepare_cached(sql)?
        .query_row([attempt.0], |row| Ok((WorkspaceId(row.get(0)?), policies::kind(row.get(1)?))));
    let Some((workspace, kind)) = found.optional()? else { return Ok(false) };
    Ok(policies.terms(connection, workspace, kind)?.policy.check(to).is_ok())
}

pub(crate) fn note_dialog(
    connection: &Connection,
    (call_ids, Owned { attempt, owner }): (&CallIds, Owned),
    dialog: &str,
    answered_at: Option<Timestamp>,
) -> Result<(), StoreError> {
    if let Some(at) = answered_at {
        tell::answered(connection, (call_ids, attempt), at)?;
    }
    let noted = connection
        .prepare_cached(
            "UPDATE attempts SET dialog = ?2, answered_at = coalesce(answered_at, ?3)
              WHERE id = ?1 AND ended_at IS NULL
                AND EXISTS (SELECT 1 FROM slots s
                             WHERE s.attempt = ?1 AND s.node = ?4 AND s.node_epoch = ?5)",
        )?
        .execute(params![attempt.0, dialog, answered_at.map(|at| at.0), owner.node, owner.epoch])?;
    if noted == 1 { Ok(()) } else { Err(not_open(attempt)) }
}

/// Moves the due instants of recipients that were dialed or postponed. A recipient that was neither
/// stays due since before all clocks. A recipient that waits for the next day of the daily limits
/// stays due at 00:00 UTC, whatever the clock is set to.
pub(crate) fn move_due(connection: &Connection, by_us: i64) -> Result<(), StoreError> {
    for status in ["pending", "in_progress"] {
        let sql = format!(
            "UPDATE recipients SET due_at = due_at + ?1
              WHERE batch IN (SELECT id FROM batches WHERE finished_at IS NULL)
                AND status = '{status}' AND due_at > 0 AND waits_for IS NULL"
        );
        connection.execute(&sql, [by_us])?;
    }
    Ok(())
}

/// Makes recipients due that were never dialed and were postponed for a moment. An earlier process set these instants, and nobody knows how its clock compares with
/// this one.
pub(crate) fn forget_moments(connection: &Connection) -> Result<(), StoreError> {
    connection.execute(include_str!("../../../sql/forget_moments.sql"), [])?;
    Ok(())
}

/// Stores how an attempt ended, the log of its call and what follows.
pub(crate) fn settle(
    connection: &Connection,
    (call_ids, audit): (&CallIds, &Log<'_>),
    (settlement, log): (&Settlement, &PackedLog),
    owner: Owner,
) -> Result<bool, StoreError> {
    let (id, ending) = (settlement.attempt.0, &settlement.ending);
    let subject = tell::Subject::find(connection, call_ids, settlement.attempt)?;
    let ended = connection
        .prepare_cached(include_str!("../../../sql/end_attempt.sql"))?
        .query_row(
            params![
                id,
                ending.ended_at.0,
                ending.outcome.as_str(),
                ending.end_reason.as_str(),
                settlement.charged,
                decode::to_json(&ending.evidence)?,
                ending.evidence.answered_at.map(|at| at.0),
                owner.node,
                owner.epoch,
            ],
            |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?, row.get::<_, u32>(2)?)),
        )
        .optional()?;
    let Some((recipient, batch, number_in_row)) = ended else { return Ok(false) };
    if let Some(slot) = vacate(connection, settlement.attempt)? {
        if let Some(talk_ms) = ending.evidence.talk_ms.filter(|_| slot.limited) {
            usage::add(connection, (slot.workspace, ending.ended_at.utc_day()), (0, talk_ms))?;
        }
        if ending.evidence.asked_to_stop {
            let batch = Some(settlement.batch);
            let suppression = SuppressionRecord {
                number: slot.number,
                source: SuppressionSource::Agent,
                reason: format!("asked for in a call of {}", settlement.recipient),
                created_at: ending.ended_at,
            };
            suppressions::note_added(connection, audit, (slot.workspace, batch), &suppression)?;
        }
    }
    log.insert(connection, (settlement.batch, settlement.attempt))?;
    let (status, due_at, otherwise) = match settlement.next {
        Next::Final(status) => (status, None, None),
        Next::Retry { otherwise, .. } if batch_state(connection, batch)?.is_final() => {
            (otherwise, None, None)
        }
        Next::Retry { at, otherwise } => (RecipientStatus::Pending, Some(at), Some(otherwise)),
    };
    let reason = (status == RecipientStatus::Skipped).then(|| ending.end_reason.as_str());
    let results = &ending.evidence.results;
    let results = (!results.is_empty()).then(|| decode::to_json(results)).transpose()?;
    let mut settle =
        connection.prepare_cached(include_str!("../../../sql/settle_recipient.sql"))?;
    let settled = params![
        recipient,
        status.as_str(),
        due_at.map(|at| at.0),
        otherwise.map(RecipientStatus::as_str),
        reason,
        settlement.charged,
        settlement.excused,
        ending.evidence.digits,
        results,
    ];
    let (attempts_made, digits, results) = settle.query_one(settled, |row| {
        let results = decode::optional_json(row, "results")?.unwrap_or_default();
        Ok((row.get(0)?, row.get(1)?, results))
    })?;
    if due_at.is_some() {
        connection
            .prepare_cached(
                "INSERT INTO batch_rounds (batch, round, attempted, total) VALUES (?1, ?2, 0, 1)
                 ON CONFLICT DO UPDATE SET total = total + 1",
            )?
            .execute(params![batch, number_in_row + 1])?;
    }
    if let Some(subject) = subject {
        let next_attempt_at = due_at;
        let after =
            tell::Aftermath { status, next_attempt_at, attempts_made, digits, results, reason };
        tell::ended(connection, subject, settlement, after)?;
    }
    Ok(true)
}

pub(crate) fn release(
    connection: &Connection,
    Owned { attempt, owner }: Owned,
    not_before: Option<Timestamp>,
) -> Result<Option<Timestamp>, StoreError> {
    let sql = "SELECT a.recipient, a.batch, a.dialed_at IS NOT NULL, a.claimed_at
                 FROM attempts a JOIN slots s ON s.attempt = a.id
                WHERE a.id = ?1 AND a.ended_at IS NULL AND s.node = ?2 AND s.node_epoch = ?3";
    let (recipient, batch, dialed, claimed_at): (i64, i64, bool, i64) = connection
        .prepare_cached(sql)?
        .query_row([attempt.0, owner.node, owner.epoch], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
        })
        .optional()?
        .ok_or_else(|| not_open(attempt))?;
    if dialed {
        return Err(StoreError::Conflict(format!(
            "{attempt} was dialed and stays on record; settle it"
        )));
    }
    if let Some(slot) = vacate(connection, attempt)?.filter(|slot| slot.limited) {
        let claimed_on = (slot.workspace, Timestamp(claimed_at).utc_day());
        usage::add(connection, claimed_on, (-1, 0))?;
    }
    connection.prepare_cached("DELETE FROM attempts WHERE id = ?1")?.execute([attempt.0])?;
    if batch_state(connection, batch)?.is_final() {
        let sql = include_str!("../../../sql/release_stopped.sql");
        connection.prepare_cached(sql)?.execute([recipient])?;
        return Ok(None);
    }
    let sql = include_str!("../../../sql/release_pending.sql");
    let not_before = not_before.map_or(0, |at| at.0);
    let due_at =
        connection.prepare_cached(sql)?.query_one([recipient, not_before], |row| row.get(0))?;
    Ok(Some(Timestamp(due_at)))
}

/// What a slot says of its call.
struct Slot {
    workspace: WorkspaceId,
    number: E164,
    limited: bool,
}

/// Frees the slot of an attempt.
fn vacate(connection: &Connection, attempt: AttemptId) -> Result<Option<Slot>, StoreError> {
    let sql = "DELETE FROM slots WHERE attempt = ?1 RETURNING workspace, number, limited";
    let freed = connection.prepare_cached(sql)?.query_row([attempt.0], |row| {
        Ok(Slot {
            workspace: WorkspaceId(row.get(0)?),
            number: E164::from_digits(row.get::<_, i64>(1)? as u64),
            limited: row.get(2)?,
        })
    });
    Ok(freed.optional()?)
}

fn batch_state(connection: &Connection, batch: i64) -> Result<BatchState, StoreError> {
    let mut statement = connection.prepare_cached("SELECT state FROM batches WHERE id = ?1")?;
    Ok(statement.query_one([batch], |row| decode::state(row, "state"))?)
}

fn not_open(attempt: AttemptId) -> StoreError {
    StoreError::NotFound(format!("open attempt {attempt}"))
}
