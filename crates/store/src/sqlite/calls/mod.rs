//! Calls as users see them: pages of calls, newest first, and one call with its full log.

pub(super) mod call_logs;
pub(super) mod traces;

use std::collections::HashSet;

use async_trait::async_trait;
use campanile_rules::{
    attempt::{AnsweredBy, EndReason, Outcome},
    ids::{AgentId, AttemptId, BatchId, WorkspaceId},
    phone::E164,
};
use rusqlite::{Connection, OptionalExtension, Row, params, types::Value};

use crate::sqlite::{
    SqliteStore,
    batches::recipients::searched_text,
    db::decode,
    dialing::{attempts::record, call_ids::CallIds},
};
use crate::{CallFilter, CallLog, CallPage, CallRecord, Calls, Recording, StoreError};

/// Calls that one page examines when an index holds everything that the filter needs. The next page
/// goes on after them.
const MAX_SEARCHED: u32 = 50_000;

/// The same limit when each call itself must be read.
const MAX_READ: u32 = 10_000;

/// Calls that are examined at most to count calls, or to skip the first ones.
const MAX_COUNTED: u32 = 1_000_000;

/// The index that a search reads along.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    Call,
    Recipient,
    Batch,
    AnsweredBy,
    EndReason,
    Outcome,
    Workspace,
}

impl Way {
    #[cfg(test)]
    pub(crate) const ALL: [Way; 7] = [
        Way::Call,
        Way::Recipient,
        Way::Batch,
        Way::AnsweredBy,
        Way::EndReason,
        Way::Outcome,
        Way::Workspace,
    ];

    /// The narrowest index for a filter, and the value to look for in it.
    fn of(filter: &CallFilter, call: Option<AttemptId>) -> (Way, Value) {
        let text = |text: &str| Value::Text(text.to_owned());
        match filter {
            _ if call.is_some() => (Way::Call, call.map(|attempt| attempt.0).into()),
            CallFilter { recipient: Some(id), .. } => (Way::Recipient, id.0.into()),
            CallFilter { batch: Some(id), .. } => (Way::Batch, id.0.into()),
            CallFilter { answered_by: Some(who), .. } => (Way::AnsweredBy, text(who.as_str())),
            CallFilter { end_reason: Some(why), .. } => (Way::EndReason, text(why.as_str())),
            CallFilter { outcome: Some(what), .. } => (Way::Outcome, text(what.as_str())),
            _ => (Way::Workspace, Value::Null),
        }
    }

    /// Whether the index alone tells which calls match the filter.
    fn tells_all(self, filter: &CallFilter) -> bool {
        let asked = [
            (Way::Batch, filter.batch.is_some()),
            (Way::AnsweredBy, filter.answered_by.is_some()),
            (Way::EndReason, filter.end_reason.is_some()),
            (Way::Outcome, filter.outcome.is_some()),
        ];
        // SQLite reads the call for a computed column, even if the index holds it.
        let reads = self == Way::AnsweredBy || filter.agent.is_some();
        !reads && asked.iter().all(|&(way, is_asked)| !is_asked || way == self)
    }

    /// The SQL that reads calls along this index, newest first.
    pub(crate) fn sql(self, narrow: bool) -> String {
        let newest = "dialed_at DESC, id DESC";
        let (index, which, newest) = match self {
            Way::Call => ("", "id = ?5", "id"),
            // One recipient has few calls; they are found by the unnamed index of a constraint.
            Way::Recipient => ("", "recipient = ?5", "number_in_row DESC"),
            Way::Batch => ("INDEXED BY calls_of_batch", "batch = ?5", newest),
            Way::AnsweredBy => ("INDEXED BY calls_by_answered_by", "answered_by = ?5", newest),
            Way::EndReason => ("INDEXED BY calls_by_end_reason", "end_reason = ?5", newest),
            Way::Outcome => ("INDEXED BY calls_by_outcome", "outcome = ?5", newest),
            Way::Workspace => ("INDEXED BY calls_of_workspace", "?5 IS NULL", newest),
        };
        // A plus keeps SQLite from using the index of the workspace.
        let plus = if index.is_empty() { "+" } else { "" };
        let more = if narrow { "" } else { ", batch, outcome, end_reason, answered_by" };
        format!(
            "SELECT id, number{more} FROM attempts {index}
              WHERE {plus}workspace = ?1 AND {which}
                AND {plus}dialed_at >= ?2 AND {plus}dialed_at <= ?3 AND (dialed_at < ?3 OR id < ?4)
              ORDER BY {newest}"
        )
    }
}

#[async_trait]
impl Calls for SqliteStore {
    async fn calls(
        &self,
        workspace: WorkspaceId,
        filter: CallFilter,
    ) -> Result<CallPage, StoreError> {
        let call_ids = self.shared.call_ids.clone();
        self.read(move |connection| {
            let most = (filter.skip > 0).then_some(MAX_COUNTED);
            let (found, next) = search(connection, (&call_ids, workspace), &filter, most)?;
            let mut one =
                connection.prepare_cached(include_str!("../../../sql/call_listed.sql"))?;
            let items = found
                .into_iter()
                .map(|id| one.query_row([id], |row| call(&call_ids, workspace, row)));
            Ok(CallPage { items: items.collect::<Result<_, _>>()?, next })
        })
        .await
    }

    async fn count_calls(
        &self,
        workspace: WorkspaceId,
        filter: CallFilter,
    ) -> Result<u32, StoreError> {
        let all = CallFilter { after: None, skip: 0, limit: u32::MAX, ..filter };
        let call_ids = self.shared.call_ids.clone();
        self.read(move |connection| {
            let (found, _) = search(connection, (&call_ids, workspace), &all, Some(MAX_COUNTED))?;
            Ok(found.len() as u32)
        })
        .await
    }

    async fn call(&self, workspace: WorkspaceId, call_id: &str) -> Result<CallRecord, StoreError> {
        let call_ids = self.shared.call_ids.clone();
        let not_found = StoreError::NotFound(format!("call {call_id}"));
        let Some(attempt) = call_ids.attempt(call_id) else { return Err(not_found) };
        self.read(move |connection| {
            let found = connection
                .prepare_cached(include_str!("../../../sql/call.sql"))?
                .query_row(params![attempt.0, workspace.0], |row| call(&call_ids, workspace, row))
                .optional()?;
            found.ok_or(not_found)
        })
        .await
    }
}

fn call(call_ids: &CallIds, workspace: WorkspaceId, row: &Row<'_>) -> rusqlite::Result<CallRecord> {
    let recording = match row.get::<_, Option<String>>("file")? {
        Some(file) => Some(Recording {
            file,
            duration_ms: row.get::<_, i64>("duration_ms")? as u64,
            lost_ms: row.get::<_, i64>("lost_ms")? as u64,
            lost_reason: row.get("lost_reason")?,
        }),
        None => None,
    };
    Ok(CallRecord {
        attempt: record(call_ids, row)?,
        workspace,
        batch: BatchId(row.get("batch")?),
        agent: (AgentId(row.get("agent")?), row.get("agent_version")?),
        number: E164::from_digits(row.get::<_, i64>("number")? as u64),
        from_number: E164::from_digits(row.get::<_, i64>("from_number")? as u64),
        log: CallLog {
            transcript: decode::optional_json(row, "utterances")?.unwrap_or_default(),
            latencies: decode::optional_json(row, "latencies")?.unwrap_or_default(),
            actions: decode::optional_json(row, "actions")?.unwrap_or_default(),
            ladder: call_logs::ladder(row)?,
            recording,
        },
    })
}

/// The attempts of a page, and the attempt after which the next page begins.
fn search(
    connection: &Connection,
    (call_ids, workspace): (&CallIds, WorkspaceId),
    filter: &CallFilter,
    most: Option<u32>,
) -> Result<(Vec<i64>, Option<AttemptId>), StoreError> {
    let call = match &filter.call_id {
        Some(call_id) => match call_ids.attempt(call_id) {
            Some(attempt) => Some(attempt),
            None => return Ok((Vec::new(), None)),
        },
        None => None,
    };
    let (way, wanted) = Way::of(filter, call);
    let deleted = deleted(connection)?;
    let narrow = deleted.is_empty() && way.tells_all(filter);
    let fits = Fits { deleted, ..Fits::new(connection, filter, narrow)? };
    let mut statement = connection.prepare_cached(&way.sql(narrow))?;
    let newest = filter.to.map_or(i64::MAX, |to| to.0.saturating_sub(1));
    let (newest, before) = match filter.after {
        None => (newest, i64::MAX),
        Some(after) => match dialed_at(connection, workspace, after)? {
            // Among calls dialed at the same instant, the older attempts come last.
            Some(at) if at <= newest => (at, after.0),
            Some(_) => (newest, i64::MAX),
            None => return Ok((Vec::new(), None)),
        },
    };
    let oldest = filter.from.map_or(i64::MIN, |from| from.0);
    let mut rows = statement.query(params![workspace.0, oldest, newest, before, wanted])?;
    let (mut found, mut last, mut skipped) = (Vec::new(), None, 0);
    let most = most.unwrap_or(if narrow { MAX_SEARCHED } else { MAX_READ });
    for searched in 0.. {
        let Some(row) = rows.next()? else { return Ok((found, None)) };
        // One call more than requested shows whether there is a next page.
        if searched == most || found.len() == filter.limit as usize {
            return Ok((found, last));
        }
        let id = row.get(0)?;
        if fits.fits(row)? {
            match skipped < filter.skip {
                true => skipped += 1,
                false => found.push(id),
            }
        }
        last = Some(AttemptId(id));
    }
    Ok((found, None))
}

fn dialed_at(
    connection: &Connection,
    workspace: WorkspaceId,
    attempt: AttemptId,
) -> Result<Option<i64>, StoreError> {
    let sql = "SELECT dialed_at FROM attempts WHERE id = ?1 AND workspace = ?2";
    let mut statement = connection.prepare_cached(sql)?;
    let found = statement.query_row([attempt.0, workspace.0], |row| row.get(0)).optional()?;
    Ok(found.flatten())
}

/// The conditions of a filter that the index does not decide.
struct Fits<'a> {
    filter: &'a CallFilter,
    number: Option<String>,
    narrow: bool,
    batches: Option<HashSet<i64>>,
    deleted: HashSet<i64>,
}

/// Deleted batches, which are invisible while their rows are being removed.
fn deleted(connection: &Connection) -> Result<HashSet<i64>, StoreError> {
    let sql = "SELECT id FROM batches WHERE deleted_at IS NOT NULL";
    let mut statement = connection.prepare_cached(sql)?;
    Ok(statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?)
}

impl Fits<'_> {
    fn new<'a>(
        connection: &Connection,
        filter: &'a CallFilter,
        narrow: bool,
    ) -> Result<Fits<'a>, StoreError> {
        let batches = match filter.agent {
            Some(agent) => {
                let sql = "SELECT id FROM batches WHERE agent = ?1";
                let mut statement = connection.prepare_cached(sql)?;
                let ids = statement.query_map([agent.0], |row| row.get(0))?;
                Some(ids.collect::<Result<_, _>>()?)
            }
            None => None,
        };
        let number = filter.number.as_deref().map(searched_text);
        Ok(Fits { filter, number, narrow, batches, deleted: HashSet::new() })
    }

    fn fits(&self, row: &Row<'_>) -> rusqlite::Result<bool> {
        if let Some(wanted) = &self.number {
            let number = E164::from_digits(row.get::<_, i64>(1)? as u64).to_string();
            if !number.contains(wanted) {
                return Ok(false);
            }
        }
        if self.narrow {
            return Ok(true);
        }
        let says = |column: &str, wanted: Option<&str>| -> rusqlite::Result<bool> {
            match wanted {
                Some(wanted) => Ok(row.get_ref(column)?.as_str_or_null()? == Some(wanted)),
                None => Ok(true),
            }
        };
        let batch: i64 = row.get("batch")?;
        Ok(!self.deleted.contains(&batch)
            && self.filter.batch.is_none_or(|wanted| wanted.0 == batch)
            && self.batches.as_ref().is_none_or(|of_agent| of_agent.contains(&batch))
            && says("outcome", self.filter.outcome.map(Outcome::as_str))?
            && says("end_reason", self.filter.end_reason.map(EndReason::as_str))?
            && says("answered_by", self.filter.answered_by.map(AnsweredBy::as_str))?)
    }
}
