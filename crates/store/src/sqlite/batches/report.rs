//! Reads the data of the report and of the rejections file, in chunks.

use async_trait::async_trait;
use campanile_rules::{
    attempt::Outcome,
    ids::{AttemptId, BatchId, RecipientId},
    recipient::RecipientStatus,
};
use rusqlite::{Connection, params};

use crate::sqlite::{
    SqliteStore,
    batches::{self, import::MAX_POSITION, recipients::Range},
    db::decode,
    dialing::{attempts, call_ids::CallIds},
};
use crate::{Again, RejectedRow, ReportRow, Reports, StoreError};

#[async_trait]
impl Reports for SqliteStore {
    async fn report_rows(
        &self,
        batch: BatchId,
        after_position: u64,
        limit: u32,
        detail: bool,
    ) -> Result<Vec<ReportRow>, StoreError> {
        let call_ids = self.shared.call_ids.clone();
        self.read(move |connection| {
            // If the batch is deleted meanwhile, a reader must not take the missing rows for the
            // end.
            batches::find(connection, batch)?;
            let range = Range::of(batch, after_position);
            let mut rows = rows(connection, &call_ids, &range, limit)?;
            if let (true, Some(last)) = (detail, rows.last()) {
                let last = RecipientId(batch.0 * MAX_POSITION + last.position as i64);
                let all = (RecipientId(range.after + 1), last);
                for attempt in attempts::of_recipients(connection, &call_ids, all)? {
                    let position = (attempt.recipient.0 % MAX_POSITION) as u64;
                    if let Ok(at) = rows.binary_search_by_key(&position, |row| row.position) {
                        rows[at].attempts.push(attempt);
                    }
                }
            }
            Ok(rows)
        })
        .await
    }

    async fn longest_cells(&self, batch: BatchId, units: usize) -> Result<Vec<usize>, StoreError> {
        self.read(move |connection| {
            batches::find(connection, batch)?;
            let range = Range::of(batch, 0);
            let mut statement =
                connection.prepare_cached(include_str!("../../../sql/long_rows.sql"))?;
            let key = params![range.after, range.before, units as i64];
            let mut rows = statement.query(key)?;
            let mut longest = Vec::new();
            while let Some(row) = rows.next()? {
                let cells: Vec<String> = decode::json(row, "cells")?;
                longest.resize(longest.len().max(cells.len()), 0);
                for (longest, cell) in longest.iter_mut().zip(&cells) {
                    *longest = cell.encode_utf16().count().max(*longest);
                }
            }
            Ok(if longest.iter().any(|longest| *longest > units) { longest } else { Vec::new() })
        })
        .await
    }

    async fn cells_of(
        &self,
        batch: BatchId,
        (again, after_position): (Again, u64),
        limit: u32,
    ) -> Result<Vec<(u64, Vec<String>)>, StoreError> {
        let statuses: Vec<_> = again.statuses.into_iter().map(RecipientStatus::as_str).collect();
        let statuses = decode::to_json(&statuses)?;
        let reasons = again.end_reasons.as_ref().map(decode::to_json).transpose()?;
        self.read(move |connection| {
            batches::find(connection, batch)?;
            let range = Range::of(batch, after_position);
            let sql = include_str!("../../../sql/cells_of.sql");
            let asked = params![range.after, range.before, statuses, reasons, limit];
            let mut statement = connection.prepare_cached(sql)?;
            let rows = statement.query_map(asked, |row| {
                Ok((row.get::<_, i64>("position")? as u64, decode::json(row, "cells")?))
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
        .await
    }

    async fn rejected_rows(
        &self,
        batch: BatchId,
        after_position: u64,
        limit: u32,
    ) -> Result<Vec<RejectedRow>, StoreError> {
        self.read(move |connection| {
            batches::find(connection, batch)?;
            let range = Range::of(batch, after_position);
            let mut statement =
                connection.prepare_cached(include_str!("../../../sql/rejected_rows.sql"))?;
            let rows = statement.query_map(params![batch.0, range.after, limit], |row| {
                Ok(RejectedRow {
                    position: row.get::<_, i64>(0)? as u64,
                    phone_cell: row.get(1)?,
                    reason: row.get(2)?,
                    cause: row.get(3)?,
                    cells: decode::json(row, "cells")?,
                })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
        .await
    }
}

fn rows(
    connection: &Connection,
    call_ids: &CallIds,
    range: &Range,
    limit: u32,
) -> Result<Vec<ReportRow>, StoreError> {
    let mut statement = connection.prepare_cached(include_str!("../../../sql/report_rows.sql"))?;
    let rows = statement.query_map(params![range.after, range.before, limit], |row| {
        let attempt = row.get::<_, Option<i64>>("attempt")?.map(AttemptId);
        let completed = decode::outcome(row, "outcome")? == Some(Outcome::Completed);
        Ok(ReportRow {
            position: row.get::<_, i64>("position")? as u64,
            cells: decode::json(row, "cells")?,
            status: decode::status(row, "status")?,
            reason: row.get("reason")?,
            attempts_made: row.get("attempts_made")?,
            call_id: attempt.filter(|_| completed).map(|id| call_ids.of(id)),
            digits: row.get("digits")?,
            results: decode::optional_json(row, "results")?.unwrap_or_default(),
            attempts: Vec::new(),
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
