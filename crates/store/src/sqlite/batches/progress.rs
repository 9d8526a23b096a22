//! The progress of a batch, read from counters that change in the transaction of each status
//! change.

use async_trait::async_trait;
use campanile_rules::{ids::BatchId, series::Span};
use rusqlite::Connection;

use crate::sqlite::{SqliteStore, batches::recipients::Range, db::decode};
use crate::{
    BatchProgress, BatchRecord, Conversations, Endings, Progress, ResultCounts, Round, StoreError,
};

const ENDINGS: &str = "SELECT r.status, a.end_reason, count(*) AS people FROM recipients r
    LEFT JOIN attempts a ON a.recipient = r.id AND a.number_in_row = r.attempts_recorded
   WHERE r.batch = ?1 AND r.status NOT IN ('pending', 'in_progress') AND r.erased_at IS NULL
   GROUP BY r.status, a.end_reason ORDER BY r.status, people DESC, a.end_reason";

#[async_trait]
impl BatchProgress for SqliteStore {
    async fn progress(&self, batch: BatchId) -> Result<Progress, StoreError> {
        self.read(move |connection| progress(connection, batch)).await
    }

    async fn results(&self, batch: &BatchRecord) -> Result<Vec<ResultCounts>, StoreError> {
        let (batch, results) = (batch.id, batch.results.clone());
        if results.is_empty() {
            return Ok(Vec::new());
        }
        self.read(move |connection| super::results::counts(connection, batch, results)).await
    }

    async fn conversations(&self, batch: BatchId) -> Result<Conversations, StoreError> {
        self.read(move |connection| super::conversations::of(connection, batch)).await
    }

    async fn cut_calls(&self, batch: BatchId) -> Result<u64, StoreError> {
        self.read(move |connection| count(connection, CUT, batch)).await
    }

    async fn endings(&self, batch: BatchId) -> Result<Vec<Endings>, StoreError> {
        self.read(move |connection| {
            let mut statement = connection.prepare_cached(ENDINGS)?;
            let rows = statement.query_map([batch.0], |row| {
                Ok(Endings {
                    status: decode::status(row, "status")?,
                    end_reason: decode::end_reason(row, "end_reason")?,
                    people: row.get::<_, i64>("people")? as u64,
                })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
        .await
    }

    async fn attempt_spans(&self, batch: BatchId) -> Result<Vec<Span>, StoreError> {
        self.read(move |connection| {
            let mut spans = connection.prepare_cached(
                "SELECT dialed_at, ended_at, outcome FROM attempts
                  WHERE recipient > ?1 AND recipient < ?2",
            )?;
            let Range { after, before } = Range::of(batch, 0);
            let spans = spans.query_map([after, before], |row| {
                let ended_at = decode::instant(row, "ended_at")?;
                Ok(Span {
                    dialed_at: decode::instant(row, "dialed_at")?,
                    ended: ended_at.zip(decode::outcome(row, "outcome")?),
                })
            })?;
            Ok(spans.collect::<Result<_, _>>()?)
        })
        .await
    }
}

pub(crate) const COUNTS: &str = "SELECT status, sum(recipients) AS recipients
    FROM batch_progress WHERE batch = ?1 GROUP BY status";

const REJECTED: &str = "SELECT coalesce(max(rejected), 0) FROM batches WHERE id = ?1";

/// Recipients that are final without a conversation although they answered their last call.
pub(crate) const FAILED_IN_TALK: &str = "SELECT
    (SELECT count(*) FROM attempts a
       JOIN recipients r ON r.id = a.recipient AND r.attempts_recorded = a.number_in_row
      WHERE a.batch = ?1 AND a.outcome = 'failed' AND a.answered_at IS NOT NULL
        AND r.status = 'failed')
  + (SELECT count(*) FROM attempts a
       JOIN recipients r ON r.id = a.recipient AND r.attempts_recorded = a.number_in_row
      WHERE a.batch = ?1 AND a.outcome = 'interrupted' AND a.answered_at IS NOT NULL
        AND r.status = 'failed')";

/// Recipients whose last call was cut because the server stopped, and who are not called again.
pub(crate) const CUT: &str = "SELECT count(*) FROM attempts a
    JOIN recipients r ON r.id = a.recipient AND r.attempts_recorded = a.number_in_row
   WHERE a.batch = ?1 AND a.outcome = 'interrupted' AND r.status NOT IN ('pending', 'in_progress')";

fn count(connection: &Connection, sql: &str, batch: BatchId) -> Result<u64, StoreError> {
    let count: i64 = connection.prepare_cached(sql)?.query_row([batch.0], |row| row.get(0))?;
    Ok(count as u64)
}

pub(crate) fn progress(connection: &Connection, batch: BatchId) -> Result<Progress, StoreError> {
    let mut progress = Progress::default();
    let mut counts = connection.prepare_cached(COUNTS)?;
    let mut rows = counts.query([batch.0])?;
    while let Some(row) = rows.next()? {
        let count = row.get::<_, i64>("recipients")? as u64;
        *progress.of(decode::status(row, "status")?) = count;
        progress.total += count;
    }
    progress.rejected = count(connection, REJECTED, batch)?;
    progress.answered = progress.completed + count(connection, FAILED_IN_TALK, batch)?;
    let mut rounds = connection.prepare_cached(
        "SELECT round, attempted, total FROM batch_rounds WHERE batch = ?1 ORDER BY round",
    )?;
    let rows = rounds.query_map([batch.0], |row| {
        let (attempted, total) = (row.get::<_, i64>(1)? as u64, row.get::<_, i64>(2)? as u64);
        Ok(Round { round: row.get(0)?, attempted, total })
    })?;
    progress.rounds = rows.collect::<Result<_, _>>()?;
    progress.attempts = progress.rounds.iter().map(|round| round.attempted).sum();
    Ok(progress)
}
