//! Events of the dialing verbs, each stored in the verb's own transaction.

use campanile_rules::{
    agent::Results,
    batch::BatchState,
    dispatcher::Settlement,
    event::{
        BatchMoved, BatchStopped, CallAnswered, CallEnded, CallRef, EventKind, RecipientDialed,
        RecipientFinished, RetryScheduled,
    },
    ids::{AttemptId, BatchId, RecipientId, WorkspaceId},
    phone::E164,
    recipient::RecipientStatus,
    time::Timestamp,
};
use rusqlite::{Connection, OptionalExtension};

use crate::StoreError;
use crate::sqlite::{
    batches,
    batches::control,
    batches::import::MAX_POSITION,
    batches::progress,
    db::decode,
    dialing::call_ids::CallIds,
    log::events::{NewEvent, append},
};

/// An open attempt as events describe it.
pub(crate) struct Subject {
    workspace: WorkspaceId,
    batch: BatchId,
    call: CallRef,
    dialed_at: Option<Timestamp>,
    answered_at: Option<Timestamp>,
}

impl Subject {
    /// Finds an attempt, if it is open.
    pub fn find(
        connection: &Connection,
        call_ids: &CallIds,
        attempt: AttemptId,
    ) -> Result<Option<Subject>, StoreError> {
        let mut statement =
            connection.prepare_cached(include_str!("../../../sql/event_call.sql"))?;
        let found = statement.query_row([attempt.0], |row| {
            let recipient: i64 = row.get("recipient")?;
            Ok(Subject {
                workspace: WorkspaceId(row.get("workspace")?),
                batch: BatchId(row.get("batch")?),
                call: CallRef {
                    call_id: call_ids.of(attempt),
                    recipient_id: RecipientId(recipient),
                    row: row_of(recipient),
                    phone_number: E164::from_digits(row.get::<_, i64>("number")? as u64)
                        .to_string(),
                    attempt: row.get("number_in_row")?,
                },
                dialed_at: decode::instant(row, "dialed_at")?,
                answered_at: decode::instant(row, "answered_at")?,
            })
        });
        Ok(found.optional()?)
    }

    fn tell(
        &self,
        connection: &Connection,
        (kind, at): (EventKind, Timestamp),
        data: &impl serde::Serialize,
    ) -> Result<(), StoreError> {
        let (workspace, batch) = (self.workspace, Some(self.batch));
        append(connection, NewEvent { workspace, batch, at, kind, data })
    }
}

/// The row number in the file of a recipient.
pub(crate) fn row_of(recipient: i64) -> u64 {
    (recipient % MAX_POSITION) as u64
}

/// Stores the event that the INVITE of an attempt is about to leave.
pub(crate) fn dialed(
    connection: &Connection,
    (call_ids, attempt): (&CallIds, AttemptId),
    now: Timestamp,
) -> Result<(), StoreError> {
    let Some(subject) = Subject::find(connection, call_ids, attempt)? else { return Ok(()) };
    let data = RecipientDialed { call: subject.call.clone(), status: RecipientStatus::InProgress };
    subject.tell(connection, (EventKind::RecipientInProgress, now), &data)
}

/// Stores the event that a call was answered. Must run before the answer itself is stored, so that
/// the event is stored once.
pub(crate) fn answered(
    connection: &Connection,
    (call_ids, attempt): (&CallIds, AttemptId),
    answered_at: Timestamp,
) -> Result<(), StoreError> {
    let subject = Subject::find(connection, call_ids, attempt)?;
    let Some(subject) = subject.filter(|subject| subject.answered_at.is_none()) else {
        return Ok(());
    };
    let data = CallAnswered { call: subject.call.clone(), answered_at };
    subject.tell(connection, (EventKind::CallAnswered, answered_at), &data)
}

/// The result of an ended attempt for its recipient.
pub(crate) struct Aftermath<'a> {
    pub status: RecipientStatus,
    pub next_attempt_at: Option<Timestamp>,
    pub attempts_made: u32,
    pub digits: Option<String>,
    pub results: Results,
    pub reason: Option<&'a str>,
}

/// Stores the events that an attempt ended and that its recipient is final or waits for a retry.
pub(crate) fn ended(
    connection: &Connection,
    subject: Subject,
    settlement: &Settlement,
    after: Aftermath<'_>,
) -> Result<(), StoreError> {
    let (ending, evidence) = (&settlement.ending, &settlement.ending.evidence);
    let at = ending.ended_at;
    let ended = CallEnded {
        call: subject.call.clone(),
        outcome: ending.outcome,
        end_reason: ending.end_reason,
        charged: settlement.charged,
        dialed_at: subject.dialed_at,
        ringing_at: evidence.ringing_at,
        answered_at: subject.answered_at.or(evidence.answered_at),
        ended_at: at,
        talk_s: evidence.talk_ms.map(|ms| ms as f64 / 1000.0),
        sip_code: evidence.sip_code,
        hung_up_by: evidence.hung_up_by,
        answered_by: evidence.answered_by,
        digits: evidence.digits.clone(),
        results: evidence.results.clone(),
    };
    subject.tell(connection, (EventKind::CallEnded, at), &ended)?;
    let (status, attempts_made) = (after.status, after.attempts_made);
    let call = ended.call;
    match after.next_attempt_at {
        Some(next_attempt_at) => {
            let data = RetryScheduled { call, status, attempts_made, next_attempt_at };
            subject.tell(connection, (EventKind::RecipientRetryScheduled, at), &data)
        }
        None => {
            let data = RecipientFinished {
                recipient_id: call.recipient_id,
                row: call.row,
                phone_number: call.phone_number,
                status,
                attempts_made,
                call_id: Some(call.call_id),
                digits: after.digits,
                results: after.results,
                reason: after.reason.map(str::to_owned),
            };
            subject.tell(connection, (EventKind::RecipientFinished, at), &data)
        }
    }
}

/// Stores the event that a due recipient is skipped instead of called.
pub(crate) fn skipped(
    connection: &Connection,
    (workspace, batch): (WorkspaceId, BatchId),
    data: &RecipientFinished,
    at: Timestamp,
) -> Result<(), StoreError> {
    let kind = EventKind::RecipientFinished;
    append(connection, NewEvent { workspace, batch: Some(batch), at, kind, data })
}

/// Stores the event that a batch is new, was edited or changed its state.
pub(crate) fn batch(
    connection: &Connection,
    batch: BatchId,
    (kind, at): (EventKind, Timestamp),
) -> Result<(), StoreError> {
    let record = batches::find(connection, batch)?;
    let (workspace, name, status) = (record.workspace, record.name, record.state);
    let progress = progress::progress(connection, batch)?;
    let data = BatchMoved { name, status, progress };
    append(connection, NewEvent { workspace, batch: Some(batch), at, kind, data: &data })
}

/// Stores the event that a batch was stopped. Must run before the waiting recipients become final,
/// so that the event's counts say how many the stop ended.
fn stopped(connection: &Connection, batch: BatchId, at: Timestamp) -> Result<(), StoreError> {
    let record = batches::find(connection, batch)?;
    let count = |status, tried| control::count(connection, batch, status, tried);
    let data = BatchStopped {
        name: record.name,
        status: record.state,
        reason: record.reason,
        in_progress: count("in_progress", None)?,
        cancelled: count("pending", Some(false))?,
        waiting_retries: count("pending", Some(true))?,
    };
    let (workspace, kind) = (record.workspace, EventKind::BatchStopped);
    append(connection, NewEvent { workspace, batch: Some(batch), at, kind, data: &data })
}

/// Stores the event of a batch's new state; `ran_before` tells a resumption from a start.
pub(crate) fn entered(
    connection: &Connection,
    id: BatchId,
    (state, ran_before): (BatchState, bool),
    now: Timestamp,
) -> Result<(), StoreError> {
    let kind = match state {
        BatchState::Draft => return Ok(()),
        BatchState::Cancelled => return stopped(connection, id, now),
        BatchState::Scheduled => EventKind::BatchScheduled,
        BatchState::Running if ran_before => EventKind::BatchResumed,
        BatchState::Running => EventKind::BatchStarted,
        BatchState::Paused => EventKind::BatchPaused,
        BatchState::Completed => EventKind::BatchCompleted,
    };
    batch(connection, id, (kind, now))
}
