//! Taking due recipients: each gets an attempt and a slot in the transaction that takes it.

use std::collections::HashSet;

use campanile_rules::{
    attempt::Attempt,
    batch::BatchState,
    dispatcher::Claim,
    ids::{AttemptId, RecipientId, TrunkId, WorkspaceId},
    phone::E164,
    time::Timestamp,
};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{attempts::call_id, decode};
use crate::{Claimed, ClaimedRecipient, StoreError};

/// How often one claim looks for more when it meets numbers that are in a call.
const MAX_LOOKS: usize = 4;

/// Who may be dialed for a batch now, by its state and the limits.
struct Gate {
    workspace: WorkspaceId,
    trunk: Option<TrunkId>,
    overlap: bool,
    room: usize,
}

/// A due recipient.
struct Due {
    id: i64,
    number: i64,
    attempts_made: u32,
    attempts_recorded: u32,
    uncharged: u32,
    cells: Vec<String>,
    busy: bool,
}

pub(super) fn claim(
    connection: &Connection,
    instance: u64,
    claim: &Claim,
    now: Timestamp,
) -> Result<Claimed, StoreError> {
    let mut find_zones = connection.prepare_cached("SELECT id FROM zone_sets WHERE names = ?1")?;
    let zones = [claim.lane.zones.as_str()];
    let Some(zones) = find_zones.query_row(zones, |row| row.get::<_, i64>(0)).optional()? else {
        return Ok(Claimed::default());
    };
    let gate = gate(connection, claim)?;
    let mut recipients = Vec::new();
    if let Some(trunk) = gate.trunk {
        let mut numbers = HashSet::new();
        for _ in 0..MAX_LOOKS {
            let wanted = gate.room - recipients.len();
            let due = due(connection, claim, zones, (gate.workspace, wanted))?;
            let all_seen = due.len() < wanted;
            for recipient in due {
                if !gate.overlap && (recipient.busy || !numbers.insert(recipient.number)) {
                    push_back(connection, recipient.id, now + claim.busy_number_wait)?;
                } else {
                    recipients.push(take(connection, claim, (&gate, trunk), recipient, now)?);
                }
            }
            if all_seen || recipients.len() == gate.room {
                break;
            }
        }
    }
    for claimed in &mut recipients {
        claimed.attempt.call_id = call_id(instance, claimed.attempt.id);
    }
    let next_due_at = connection
        .prepare_cached(include_str!("../../sql/lane_due.sql"))?
        .query_row(params![claim.batch.0, zones, claim.lane.retry], |row| row.get(0))
        .optional()?
        .map(Timestamp);
    Ok(Claimed { recipients, next_due_at })
}

fn gate(connection: &Connection, claim: &Claim) -> Result<Gate, StoreError> {
    let gate = connection
        .prepare_cached(include_str!("../../sql/claim_gate.sql"))?
        .query_row([claim.batch.0], |row| {
            let running = decode::state(row, "state")? == BatchState::Running;
            let room = row.get::<_, i64>("room")?.clamp(0, i64::from(claim.limit));
            Ok(Gate {
                workspace: WorkspaceId(row.get("workspace")?),
                trunk: row.get::<_, Option<i64>>("trunk")?.map(TrunkId),
                overlap: row.get("overlap")?,
                room: if running { room as usize } else { 0 },
            })
        })
        .optional()?;
    gate.ok_or_else(|| StoreError::NotFound(claim.batch.to_string()))
}

fn due(
    connection: &Connection,
    claim: &Claim,
    zones: i64,
    (workspace, limit): (WorkspaceId, usize),
) -> Result<Vec<Due>, StoreError> {
    let mut statement = connection.prepare_cached(include_str!("../../sql/claim_due.sql"))?;
    let key =
        params![claim.batch.0, zones, claim.lane.retry, claim.due_by.0, limit as i64, workspace.0];
    let read = |row: &Row<'_>| {
        Ok(Due {
            id: row.get(0)?,
            number: row.get(1)?,
            attempts_made: row.get(2)?,
            attempts_recorded: row.get(3)?,
            uncharged: row.get(4)?,
            cells: decode::json(row, "cells")?,
            busy: row.get(6)?,
        })
    };
    Ok(statement.query_map(key, read)?.collect::<Result<_, _>>()?)
}

fn push_back(connection: &Connection, recipient: i64, to: Timestamp) -> Result<(), StoreError> {
    let sql = "UPDATE recipients SET due_at = ?2 WHERE id = ?1";
    connection.prepare_cached(sql)?.execute([recipient, to.0])?;
    Ok(())
}

fn take(
    connection: &Connection,
    claim: &Claim,
    (gate, trunk): (&Gate, TrunkId),
    due: Due,
    now: Timestamp,
) -> Result<ClaimedRecipient, StoreError> {
    let number_in_row = due.attempts_recorded + 1;
    connection
        .prepare_cached(
            "INSERT INTO attempts
                 (recipient, batch, workspace, trunk, number, number_in_row, claimed_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?
        .execute(params![
            due.id,
            claim.batch.0,
            gate.workspace.0,
            trunk.0,
            due.number,
            number_in_row,
            now.0
        ])?;
    let id = AttemptId(connection.last_insert_rowid());
    connection
        .prepare_cached(
            "INSERT INTO slots (attempt, workspace, batch, trunk, recipient, number, exclusive,
                                limited)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 0)",
        )?
        .execute(params![
            id.0,
            gate.workspace.0,
            claim.batch.0,
            trunk.0,
            due.id,
            due.number,
            !gate.overlap
        ])?;
    connection
        .prepare_cached(
            "UPDATE recipients SET status = 'in_progress',
                    attempts_recorded = attempts_recorded + 1 WHERE id = ?1",
        )?
        .execute([due.id])?;
    Ok(ClaimedRecipient {
        attempt: Attempt {
            id,
            recipient: RecipientId(due.id),
            batch: claim.batch,
            workspace: gate.workspace,
            trunk,
            number: E164::from_digits(due.number as u64),
            number_in_row,
            charged_before: due.attempts_made,
            uncharged_before: due.uncharged,
            lane: claim.lane.clone(),
            call_id: String::new(),
        },
        cells: due.cells,
    })
}
