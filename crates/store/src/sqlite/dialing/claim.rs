//! Claiming due recipients: each gets an attempt and a slot in the transaction that claims it.

use std::{collections::HashSet, sync::Arc};

use campanile_rules::{
    agent::Results,
    attempt::Attempt,
    batch::BatchState,
    dispatcher::Claim,
    event::RecipientFinished,
    ids::{AttemptId, BatchId, RecipientId, TrunkId, WorkspaceId},
    phone::E164,
    recipient::{Due, RecipientStatus, WaitsFor},
    rejection::RejectReason,
    time::Timestamp,
    trunk::TrunkKind,
};
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::sqlite::{
    db::decode,
    dialing::call_ids::CallIds,
    dialing::policies::{self, Policies, Terms},
    dialing::usage::Today,
    forgetting::erasures,
    log::tell,
};
use crate::{Claimed, ClaimedRecipient, Owner, StoreError, Vault};

/// Due recipients that one claim passes over because their number is in a call or must not be
/// called. The next claim goes on from there, so that other calls wait for one such transaction at
/// most.
const MAX_PASSED_OVER: usize = 1_000;

/// How many calls a batch may start now, by its state and the limits.
struct Gate {
    workspace: WorkspaceId,
    trunk: Option<TrunkId>,
    kind: TrunkKind,
    overlap: bool,
    room: usize,
}

/// A due recipient.
struct DueRecipient {
    id: i64,
    number: i64,
    attempts_made: u32,
    attempts_recorded: u32,
    uncharged: u32,
    due_at: Timestamp,
    cells: Vec<String>,
    busy: bool,
    suppressed: bool,
}

/// What a claim does with a due recipient.
enum Verdict {
    /// Claim it; `limited` says whether the call counts in the daily limits.
    Take { limited: bool },
    /// Make it `skipped`: its number must not be called any more.
    Skip(RejectReason),
    /// Postpone it until then.
    Wait(Due),
}

/// What one claim compares due recipients with.
struct Judge<'c> {
    gate: &'c Gate,
    terms: Arc<Terms>,
    today: Today<'c>,
    /// Where to look up the numbers of erased people; none when nobody was erased.
    erased: Option<(&'c Connection, &'c Vault)>,
    /// Numbers that this claim has claimed.
    numbers: HashSet<i64>,
    busy_until: Timestamp,
}

pub(crate) fn claim(
    connection: &Connection,
    (call_ids, policies, vault): (&CallIds, &Policies, &Vault),
    (claim, owner): (&Claim, Owner),
    now: Timestamp,
) -> Result<Claimed, StoreError> {
    let mut find_zones = connection.prepare_cached("SELECT id FROM zone_sets WHERE names = ?1")?;
    let zones = [claim.lane.zones.as_str()];
    let Some(zones) = find_zones.query_row(zones, |row| row.get::<_, i64>(0)).optional()? else {
        return Ok(Claimed::default());
    };
    let gate = gate(connection, claim)?;
    let mut recipients = match gate.trunk {
        Some(trunk) if gate.room > 0 => {
            let judge = Judge {
                gate: &gate,
                terms: policies.terms(connection, gate.workspace, gate.kind)?,
                today: Today::new(connection, gate.workspace, now),
                erased: match erasures::are_any(connection, gate.workspace)? {
                    true => Some((connection, vault)),
                    false => None,
                },
                numbers: HashSet::new(),
                busy_until: now + claim.busy_number_wait,
            };
            fill(connection, (claim, zones), (judge, trunk, owner), now)?
        }
        Some(_) | None => Vec::new(),
    };
    for claimed in &mut recipients {
        claimed.attempt.call_id = call_ids.of(claimed.attempt.id);
    }
    let next_due = connection
        .prepare_cached(include_str!("../../../sql/lane_due.sql"))?
        .query_row(params![claim.batch.0, zones, claim.lane.retry], decode::due)
        .optional()?;
    Ok(Claimed { recipients, next_due })
}

/// Claims as many recipients as there is room for; passes over those that must not be called now.
fn fill(
    connection: &Connection,
    (claim, zones): (&Claim, i64),
    (mut judge, trunk, owner): (Judge<'_>, TrunkId, Owner),
    now: Timestamp,
) -> Result<Vec<ClaimedRecipient>, StoreError> {
    let gate = judge.gate;
    let (mut recipients, mut passed_over) = (Vec::new(), 0);
    loop {
        // A claim that had to pass over many recipients will probably pass over more.
        let look = (gate.room - recipients.len()).max(passed_over);
        let due = due(connection, claim, zones, (gate.workspace, look))?;
        let all_seen = due.len() < look;
        for recipient in due {
            if recipients.len() == gate.room {
                break;
            }
            match judge.judge(&recipient)? {
                Verdict::Take { limited } => {
                    let policy = judge.terms.version;
                    let place = Place { gate, trunk, limited, policy, owner };
                    recipients.push(take(connection, claim, place, recipient, now)?);
                    continue;
                }
                Verdict::Skip(reason) => {
                    skip(connection, (claim, gate), (&recipient, reason), now)?;
                }
                Verdict::Wait(until) => push_back(connection, recipient.id, until)?,
            }
            passed_over += 1;
        }
        if all_seen || recipients.len() == gate.room || passed_over >= MAX_PASSED_OVER {
            return Ok(recipients);
        }
    }
}

impl Judge<'_> {
    fn judge(&mut self, due: &DueRecipient) -> Result<Verdict, StoreError> {
        let number = E164::from_digits(due.number as u64);
        if due.suppressed || self.is_erased(number)? {
            return Ok(Verdict::Skip(RejectReason::Suppressed));
        }
        if let Err(reason) = self.terms.policy.check(number) {
            return Ok(Verdict::Skip(reason));
        }
        if !self.gate.overlap && (due.busy || !self.numbers.insert(due.number)) {
            return Ok(Verdict::Wait(self.busy_until.into()));
        }
        match self.terms.limits.as_ref().filter(|limits| limits.count(number)) {
            Some(limits) if !self.today.take(limits)? => Ok(Verdict::Wait(self.today.next_due())),
            limits => Ok(Verdict::Take { limited: limits.is_some() }),
        }
    }
}

impl Judge<'_> {
    fn is_erased(&self, number: E164) -> Result<bool, StoreError> {
        let Some(looked_up) = self.erased else { return Ok(false) };
        Ok(erasures::erased_at(looked_up, self.gate.workspace, number)?.is_some())
    }
}

/// Makes a due recipient `skipped`, and takes it out of the total of its round of attempts.
fn skip(
    connection: &Connection,
    (claim, gate): (&Claim, &Gate),
    (due, reason): (&DueRecipient, RejectReason),
    now: Timestamp,
) -> Result<(), StoreError> {
    let recipient = RecipientId(due.id);
    skip_pending(connection, (claim.batch, recipient), (due.attempts_recorded, reason))?;
    let finished = RecipientFinished {
        recipient_id: recipient,
        row: tell::row_of(due.id),
        phone_number: E164::from_digits(due.number as u64).to_string(),
        status: RecipientStatus::Skipped,
        attempts_made: due.attempts_made,
        call_id: None,
        digits: None,
        results: Results::new(),
        reason: Some(reason.as_str().to_owned()),
    };
    tell::skipped(connection, (gate.workspace, claim.batch), &finished, now)
}

/// Makes a pending recipient `skipped`, without an event.
pub(crate) fn skip_pending(
    connection: &Connection,
    (batch, recipient): (BatchId, RecipientId),
    (attempts_recorded, reason): (u32, RejectReason),
) -> Result<(), StoreError> {
    connection
        .prepare_cached(include_str!("../../../sql/skip_recipient.sql"))?
        .execute(params![recipient.0, reason.as_str()])?;
    let sql = "UPDATE batch_rounds SET total = total - 1 WHERE batch = ?1 AND round = ?2";
    connection.prepare_cached(sql)?.execute(params![batch.0, attempts_recorded + 1])?;
    Ok(())
}

fn gate(connection: &Connection, claim: &Claim) -> Result<Gate, StoreError> {
    let gate = connection
        .prepare_cached(include_str!("../../../sql/claim_gate.sql"))?
        .query_row([claim.batch.0], |row| {
            let running = decode::state(row, "state")? == BatchState::Running;
            let room = row.get::<_, i64>("room")?.clamp(0, i64::from(claim.limit));
            Ok(Gate {
                workspace: WorkspaceId(row.get("workspace")?),
                trunk: row.get::<_, Option<i64>>("trunk")?.map(TrunkId),
                kind: policies::kind(row.get("managed")?),
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
) -> Result<Vec<DueRecipient>, StoreError> {
    let mut statement = connection.prepare_cached(include_str!("../../../sql/claim_due.sql"))?;
    let key =
        params![claim.batch.0, zones, claim.lane.retry, claim.due_by.0, limit as i64, workspace.0];
    let read = |row: &Row<'_>| {
        Ok(DueRecipient {
            id: row.get(0)?,
            number: row.get(1)?,
            attempts_made: row.get(2)?,
            attempts_recorded: row.get(3)?,
            uncharged: row.get(4)?,
            cells: decode::json(row, "cells")?,
            busy: row.get(6)?,
            suppressed: row.get(7)?,
            due_at: Timestamp(row.get("due_at")?),
        })
    };
    Ok(statement.query_map(key, read)?.collect::<Result<_, _>>()?)
}

fn push_back(connection: &Connection, recipient: i64, to: Due) -> Result<(), StoreError> {
    let sql = "UPDATE recipients SET due_at = ?2, waits_for = ?3 WHERE id = ?1";
    let waits_for = to.waits_for.map(WaitsFor::as_str);
    connection.prepare_cached(sql)?.execute(params![recipient, to.at.0, waits_for])?;
    Ok(())
}

/// The workspace, trunk, policy and owner of a claimed attempt.
struct Place<'g> {
    gate: &'g Gate,
    trunk: TrunkId,
    limited: bool,
    policy: i64,
    owner: Owner,
}

fn take(
    connection: &Connection,
    claim: &Claim,
    Place { gate, trunk, limited, policy, owner }: Place<'_>,
    due: DueRecipient,
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
                                limited, policy, node, node_epoch)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
        )?
        .execute(params![
            id.0,
            gate.workspace.0,
            claim.batch.0,
            trunk.0,
            due.id,
            due.number,
            !gate.overlap,
            limited,
            policy,
            owner.node,
            owner.epoch
        ])?;
    connection
        .prepare_cached(
            "UPDATE recipients SET status = 'in_progress', waits_for = NULL,
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
        due_at: due.due_at,
    })
}
