//! How far a batch is. Read from counters that follow every status in its own transaction.

use campanile_rules::{ids::BatchId, recipient::RecipientStatus};
use rusqlite::Connection;
use serde::Serialize;
use utoipa::ToSchema;

use super::{SqliteStore, decode};
use crate::StoreError;

/// Recipients of a batch by status: `total` is the sum of the eight that follow it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, ToSchema)]
#[allow(missing_docs)]
pub struct Progress {
    pub total: u64,
    pub pending: u64,
    pub in_progress: u64,
    pub completed: u64,
    pub no_answer: u64,
    pub voicemail: u64,
    pub failed: u64,
    pub skipped: u64,
    pub cancelled: u64,
    /// Attempts on record, uncharged and open ones included.
    pub attempts: u64,
    /// By attempt number, from 1.
    pub rounds: Vec<Round>,
}

/// The n-th attempts of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct Round {
    /// The number of the attempt.
    pub round: u32,
    /// Recipients that had it, or have it now.
    pub attempted: u64,
    /// Recipients that were to have it; those of a stopped batch never will.
    pub total: u64,
}

impl SqliteStore {
    /// How far a batch is. Costs the same for ten rows and for a million.
    pub async fn progress(&self, batch: BatchId) -> Result<Progress, StoreError> {
        self.read(move |connection| progress(connection, batch)).await
    }
}

pub(super) const COUNTS: &str = "SELECT status, sum(recipients) AS recipients
    FROM batch_progress WHERE batch = ?1 GROUP BY status";

pub(super) fn progress(connection: &Connection, batch: BatchId) -> Result<Progress, StoreError> {
    let mut progress = Progress::default();
    let mut counts = connection.prepare_cached(COUNTS)?;
    let mut rows = counts.query([batch.0])?;
    while let Some(row) = rows.next()? {
        let count = row.get::<_, i64>("recipients")? as u64;
        *progress.of(decode::status(row, "status")?) = count;
        progress.total += count;
    }
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

impl Progress {
    /// The count of one status.
    pub fn count(&self, status: RecipientStatus) -> u64 {
        match status {
            RecipientStatus::Pending => self.pending,
            RecipientStatus::InProgress => self.in_progress,
            RecipientStatus::Completed => self.completed,
            RecipientStatus::NoAnswer => self.no_answer,
            RecipientStatus::Voicemail => self.voicemail,
            RecipientStatus::Failed => self.failed,
            RecipientStatus::Skipped => self.skipped,
            RecipientStatus::Cancelled => self.cancelled,
        }
    }

    fn of(&mut self, status: RecipientStatus) -> &mut u64 {
        match status {
            RecipientStatus::Pending => &mut self.pending,
            RecipientStatus::InProgress => &mut self.in_progress,
            RecipientStatus::Completed => &mut self.completed,
            RecipientStatus::NoAnswer => &mut self.no_answer,
            RecipientStatus::Voicemail => &mut self.voicemail,
            RecipientStatus::Failed => &mut self.failed,
            RecipientStatus::Skipped => &mut self.skipped,
            RecipientStatus::Cancelled => &mut self.cancelled,
        }
    }
}
