//! Reports in pieces: the one way, for the server and for `campanile run`. A piece is made when it
//! is asked for, so that a slow reader costs no memory.

use campanile_rules::{
    ids::BatchId,
    rejection::RejectReason,
    report::{self, Escape, ReportAttempt, ReportDetail, ReportRow, ReportWriter},
};
use campanile_store::{AttemptRecord, BatchRecord, SqliteStore, StoreError};

/// Rows of a piece.
const PIECE_ROWS: u32 = 1_000;

/// The report of a batch, piece by piece.
pub struct ReportPieces {
    store: SqliteStore,
    batch: BatchId,
    detail: ReportDetail,
    writer: ReportWriter<Vec<u8>>,
    after_position: u64,
    ended: bool,
}

impl ReportPieces {
    /// The report of a batch as it is now, or as it becomes while it is read.
    pub fn new(
        store: SqliteStore,
        batch: &BatchRecord,
        detail: ReportDetail,
        escape: Escape,
    ) -> Result<ReportPieces, StoreError> {
        let writer = ReportWriter::new(Vec::new(), &batch.columns, detail, escape);
        let writer = writer.map_err(|error| StoreError::Database(error.to_string()))?;
        let (batch, after_position) = (batch.id, 0);
        Ok(ReportPieces { store, batch, detail, writer, after_position, ended: false })
    }

    /// The next piece; none when the report is complete.
    pub async fn next(&mut self) -> Result<Option<Vec<u8>>, StoreError> {
        if self.ended {
            return Ok(None);
        }
        let detailed = self.detail == ReportDetail::Attempts;
        let after = self.after_position;
        let rows = self.store.report_rows(self.batch, after, PIECE_ROWS, detailed).await?;
        for row in &rows {
            let attempts: Vec<_> = row.attempts.iter().map(attempt).collect();
            let line = ReportRow {
                cells: &row.cells,
                final_status: row.status,
                attempts_made: row.attempts_made,
                call_id: row.call_id.as_deref(),
            };
            let written = self.writer.row(&line, &attempts);
            written.map_err(|error| StoreError::Database(error.to_string()))?;
        }
        self.ended = rows.len() < PIECE_ROWS as usize;
        self.after_position = rows.last().map_or(after, |row| row.position);
        Ok(Some(std::mem::take(self.writer.get_mut())))
    }
}

fn attempt(record: &AttemptRecord) -> ReportAttempt<'_> {
    ReportAttempt {
        attempt: record.number_in_row,
        call_id: &record.call_id,
        outcome: record.outcome,
        end_reason: record.end_reason,
        dialed_at: record.dialed_at,
        ringing_at: record.evidence.ringing_at,
        answered_at: record.answered_at.or(record.evidence.answered_at),
        ended_at: record.ended_at,
        talk_ms: record.evidence.talk_ms,
    }
}

/// The rows that were rejected before launch, piece by piece.
pub struct RejectionPieces {
    store: SqliteStore,
    batch: BatchId,
    after_position: u64,
    ended: bool,
}

impl RejectionPieces {
    /// The rejected rows of a batch.
    pub fn new(store: SqliteStore, batch: BatchId) -> RejectionPieces {
        RejectionPieces { store, batch, after_position: 0, ended: false }
    }

    /// The next piece; none when there are no more.
    pub async fn next(&mut self) -> Result<Option<Vec<u8>>, StoreError> {
        if self.ended {
            return Ok(None);
        }
        let after = self.after_position;
        let rows = self.store.rejected_rows(self.batch, after, PIECE_ROWS).await?;
        self.ended = rows.len() < PIECE_ROWS as usize;
        self.after_position = rows.last().map_or(after, |row| row.position);
        let lines = rows.into_iter().map(|row| {
            let reason = RejectReason::from_name(&row.reason).unwrap_or(RejectReason::BadRow);
            (row.position, row.phone_cell, reason)
        });
        let mut piece = Vec::new();
        let written = report::write_rejections(&mut piece, lines);
        written.map_err(|error| StoreError::Database(error.to_string()))?;
        if after > 0 {
            // The header stands in the first piece only.
            let header = piece.iter().position(|&byte| byte == b'\n').map_or(0, |at| at + 1);
            piece.drain(..header);
        }
        Ok(Some(piece))
    }
}
