//! Recipients as users see them: pages by cursor, one recipient with its attempts, rejected rows.

use async_trait::async_trait;
use campanile_rules::{
    attempt::Outcome,
    ids::{BatchId, RecipientId, WorkspaceId},
    recipient::RecipientStatus,
};
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::sqlite::{
    SqliteStore,
    batches::{import::MAX_POSITION, progress::progress},
    db::decode,
    dialing::attempts,
};
use crate::{
    AttemptRecord, RecipientFilter, RecipientPage, RecipientRecord, Recipients, RejectionGroup,
    StoreError,
};

/// Rows that one page of a search examines. The next page goes on after them.
const MAX_SEARCHED: usize = 100_000;

/// The cost of examining a row's cells, in rows.
const CELLS_COST: usize = 3;

/// The cost of examining an attempt, in rows.
const ATTEMPT_COSTS: usize = 9;

macro_rules! recipients {
    ($where:literal) => {
        concat!(include_str!("../../../sql/recipients.sql"), $where)
    };
}

const ONE: &str = recipients!("WHERE r.id = ?1");
const OWNED: &str = recipients!(
    "WHERE r.id = ?1 AND r.batch IN
     (SELECT id FROM batches WHERE workspace = ?2 AND visible)"
);
pub(crate) const PAGE: &str = recipients!("WHERE r.id > ?1 AND r.id < ?2 ORDER BY r.id LIMIT ?3");
pub(crate) const PAGE_BY_STATUS: &str = recipients!(
    "WHERE r.id > ?1 AND r.id < ?2 AND r.batch = ?4 AND r.status = ?5 ORDER BY r.id LIMIT ?3"
);

/// The row after the first N rows of one status.
pub(crate) const NTH_BY_STATUS: &str =
    "SELECT id FROM recipients WHERE batch = ?1 AND status = ?2 ORDER BY id LIMIT 1 OFFSET ?3";
const NTH: &str =
    "SELECT id FROM recipients WHERE id > ?1 AND id < ?2 ORDER BY id LIMIT 1 OFFSET ?3";
const NEWEST: &str = "SELECT max(id) FROM recipients WHERE id > ?1 AND id < ?2";

/// The outcome of a recipient's newest attempt.
pub(crate) const LAST_OUTCOME: &str = "SELECT a.outcome FROM recipients r
    JOIN attempts a ON a.recipient = r.id AND a.number_in_row = r.attempts_recorded
    WHERE r.id = ?1";

pub(crate) const REASONS: &str = "SELECT reason, cause, count(*) FROM recipients
    WHERE batch = ?1 AND phone_cell IS NOT NULL GROUP BY reason, cause";
pub(crate) const ROWS_OF_REASON: &str =
    "SELECT id - batch * 1000000000, substr(phone_cell, 1, 200) FROM recipients
    WHERE batch = ?1 AND reason = ?2 AND cause IS ?3 AND phone_cell IS NOT NULL
    ORDER BY id LIMIT ?4";

fn record(row: &Row<'_>) -> rusqlite::Result<RecipientRecord> {
    let status = decode::status(row, "status")?;
    let is_pending = status == RecipientStatus::Pending;
    let due = is_pending.then(|| decode::due(row)).transpose()?;
    let is_retry: bool = row.get("retry")?;
    Ok(RecipientRecord {
        id: RecipientId(row.get("id")?),
        batch: BatchId(row.get("batch")?),
        position: row.get::<_, i64>("position")? as u64,
        number: decode::number(row, "number")?,
        phone_cell: row.get("phone_cell")?,
        status,
        reason: row.get("reason")?,
        cause: row.get("cause")?,
        attempts_made: row.get("attempts_made")?,
        digits: row.get("digits")?,
        results: decode::optional_json(row, "results")?.unwrap_or_default(),
        attempts: row.get("attempts_recorded")?,
        last_attempt_at: decode::instant(row, "last_attempt_at")?,
        last_outcome: decode::outcome(row, "last_outcome")?,
        last_end_reason: decode::end_reason(row, "last_end_reason")?,
        next_attempt_at: due.filter(|_| is_retry).map(|due| due.at),
        due,
        cells: decode::json(row, "cells")?,
    })
}

#[async_trait]
impl Recipients for SqliteStore {
    async fn recipients(
        &self,
        batch: BatchId,
        filter: RecipientFilter,
    ) -> Result<RecipientPage, StoreError> {
        self.read(move |connection| match &filter {
            RecipientFilter { q: None, outcome: None, digits: None, result: None, .. } => {
                page(connection, batch, &filter)
            }
            _ => search(connection, batch, &filter),
        })
        .await
    }

    async fn recipient(
        &self,
        workspace: WorkspaceId,
        id: RecipientId,
    ) -> Result<(RecipientRecord, Vec<AttemptRecord>), StoreError> {
        let call_ids = self.shared.call_ids.clone();
        self.read(move |connection| {
            let found = connection
                .prepare_cached(OWNED)?
                .query_row(params![id.0, workspace.0], record)
                .optional()?;
            let recipient = found.ok_or_else(|| StoreError::NotFound(id.to_string()))?;
            Ok((recipient, attempts::of_recipients(connection, &call_ids, (id, id))?))
        })
        .await
    }

    async fn rejections(
        &self,
        batch: BatchId,
        rows_of_each: u32,
    ) -> Result<Vec<RejectionGroup>, StoreError> {
        self.read(move |connection| {
            let mut reasons = connection.prepare_cached(REASONS)?;
            let mut rows = connection.prepare_cached(ROWS_OF_REASON)?;
            let groups = reasons.query_map([batch.0], |row| {
                let (reason, cause): (String, Option<String>) = (row.get(0)?, row.get(1)?);
                let first = rows
                    .query_map(params![batch.0, reason, cause, rows_of_each], |row| {
                        Ok((row.get::<_, i64>(0)? as u64, row.get(1)?))
                    })?
                    .collect::<Result<_, _>>()?;
                let count = row.get::<_, i64>(2)? as u64;
                Ok(RejectionGroup { reason, cause, count, rows: first })
            })?;
            let mut groups = groups.collect::<Result<Vec<_>, _>>()?;
            let order = |group: &RejectionGroup| (group.reason.clone(), group.cause.clone());
            groups.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| order(a).cmp(&order(b))));
            Ok(groups)
        })
        .await
    }
}

fn page(
    connection: &Connection,
    batch: BatchId,
    filter: &RecipientFilter,
) -> Result<RecipientPage, StoreError> {
    let after = match filter.offset {
        Some(offset) => match position_behind(connection, (batch, filter.status), offset)? {
            Some(position) => position,
            None => return Ok(RecipientPage { items: Vec::new(), next: None }),
        },
        None => filter.after_position,
    };
    let range = Range::of(batch, after);
    // One row more than requested shows whether there is a next page.
    let limit = i64::from(filter.limit) + 1;
    let mut statement;
    let rows = match filter.status {
        Some(status) => {
            statement = connection.prepare_cached(PAGE_BY_STATUS)?;
            let key = params![range.after, range.before, limit, batch.0, status.as_str()];
            statement.query_map(key, record)?
        }
        None => {
            statement = connection.prepare_cached(PAGE)?;
            statement.query_map([range.after, range.before, limit], record)?
        }
    };
    let mut items = rows.collect::<Result<Vec<_>, _>>()?;
    let more = items.len() as i64 == limit;
    items.truncate(filter.limit as usize);
    let next = items.last().map(|last| last.position).filter(|_| more);
    Ok(RecipientPage { items, next })
}

/// The position after which the page begins that skips a number of recipients; none when there are
/// not so many.
fn position_behind(
    connection: &Connection,
    (batch, status): (BatchId, Option<RecipientStatus>),
    offset: u64,
) -> Result<Option<u64>, StoreError> {
    let counts = progress(connection, batch)?;
    let count = status.map_or(counts.total, |status| counts.count(status));
    if offset >= count {
        return Ok(None);
    }
    let Range { after, before } = Range::of(batch, 0);
    let nth: Option<i64> = match status {
        Some(status) => {
            let key = params![batch.0, status.as_str(), offset as i64];
            connection.prepare_cached(NTH_BY_STATUS)?.query_row(key, |row| row.get(0)).optional()?
        }
        None => {
            // Every row after the header has its position, unless the file has blank lines.
            let newest: Option<i64> =
                connection.prepare_cached(NEWEST)?.query_row([after, before], |row| row.get(0))?;
            if newest == Some(after + count as i64 + 1) {
                return Ok(Some(offset + 1));
            }
            let key = params![after, before, offset as i64];
            connection.prepare_cached(NTH)?.query_row(key, |row| row.get(0)).optional()?
        }
    };
    Ok(nth.map(|id| (id - after - 1) as u64))
}

fn search(
    connection: &Connection,
    batch: BatchId,
    filter: &RecipientFilter,
) -> Result<RecipientPage, StoreError> {
    let wanted = filter.q.as_deref().map(Wanted::new);
    let mut last_outcome = connection.prepare_cached(LAST_OUTCOME)?;
    let mut ended_so = |id: i64, outcome: Outcome| -> rusqlite::Result<bool> {
        let last =
            last_outcome.query_row([id], |row| decode::outcome(row, "outcome")).optional()?;
        Ok(last.flatten() == Some(outcome))
    };
    let range = Range::of(batch, filter.after_position);
    let (sql, costs) = match wanted {
        Some(_) => (include_str!("../../../sql/search_text.sql"), CELLS_COST),
        None => (include_str!("../../../sql/search.sql"), 1),
    };
    let mut scan = connection.prepare_cached(sql)?;
    let mut one = connection.prepare_cached(ONE)?;
    let mut rows = scan.query([range.after, range.before])?;
    let mut page = RecipientPage { items: Vec::new(), next: None };
    let mut searched = 0;
    while let Some(row) = rows.next()? {
        let id: i64 = row.get("id")?;
        let mut found = match &wanted {
            _ if !is_asked_for(row, filter)? => false,
            Some(wanted) => wanted.is_in(row)?,
            None => true,
        };
        if let (true, Some(outcome)) = (found, filter.outcome) {
            found = ended_so(id, outcome)?;
            searched += ATTEMPT_COSTS;
        }
        if found {
            page.items.push(one.query_one([id], record)?);
        }
        searched += costs;
        if searched >= MAX_SEARCHED || page.items.len() == filter.limit as usize {
            page.next = Some((id - batch.0 * MAX_POSITION) as u64);
            break;
        }
    }
    Ok(page)
}

/// The search text without the characters that people write between digits.
pub(crate) fn searched_text(q: &str) -> String {
    q.chars().filter(|c| !" .-()".contains(*c)).collect()
}

/// Whether a row has the requested status, keys and result.
fn is_asked_for(row: &Row<'_>, wanted: &RecipientFilter) -> rusqlite::Result<bool> {
    let status = row.get_ref("status")?.as_str()?;
    if wanted.status.is_some_and(|wanted| wanted.as_str() != status) {
        return Ok(false);
    }
    if let Some(pressed) = &wanted.digits
        && !pressed.fits(row.get_ref("digits")?.as_str_or_null()?)
    {
        return Ok(false);
    }
    match &wanted.result {
        Some(recorded) => {
            let results = decode::optional_json(row, "results")?;
            Ok(results.is_some_and(|results| recorded.fits(&results)))
        }
        None => Ok(true),
    }
}

/// The text that a search looks for.
struct Wanted {
    /// The text to find in cells, in lower case.
    text: String,
    /// The text to find in the number; none when it cannot be part of a number.
    number: Option<String>,
}

impl Wanted {
    fn new(q: &str) -> Wanted {
        let number = searched_text(q);
        let is_number = !number.is_empty() && number.chars().all(|c| c == '+' || c.is_numeric());
        Wanted { text: q.trim().to_lowercase(), number: is_number.then_some(number) }
    }

    fn is_in(&self, row: &Row<'_>) -> rusqlite::Result<bool> {
        if let Some(wanted) = &self.number {
            let number = decode::number(row, "number")?.map(|number| number.to_string());
            let cell = row.get_ref("phone_cell")?.as_str_or_null()?.map(searched_text);
            if number.or(cell).is_some_and(|number| number.contains(wanted)) {
                return Ok(true);
            }
        }
        let cells: Vec<String> = decode::json(row, "cells")?;
        Ok(cells.iter().any(|cell| cell.to_lowercase().contains(&self.text)))
    }
}

/// The range of ids of a batch's rows after a position.
pub(crate) struct Range {
    pub(crate) after: i64,
    pub(crate) before: i64,
}

impl Range {
    pub(crate) fn of(batch: BatchId, after_position: u64) -> Range {
        let first = batch.0.saturating_mul(MAX_POSITION);
        let position = i64::try_from(after_position).unwrap_or(MAX_POSITION).min(MAX_POSITION);
        Range { after: first.saturating_add(position), before: first.saturating_add(MAX_POSITION) }
    }
}
