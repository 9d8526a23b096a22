//! Streams reports in pieces, for the server and for `campanile run`. A piece is built only when
//! the reader requests it, so that a slow reader needs no memory.

use std::{
    io,
    sync::{Arc, Mutex, PoisonError},
};

use campanile_files::{
    rejected_file::{RejectedLayout, RejectedLine, RejectedWriter},
    report::{
        Escape, Format, Layout, MAX_CELL_UNITS, ReportAttempt, ReportDetail, ReportRow,
        ReportWriter,
    },
};
use campanile_rules::{
    ids::BatchId,
    rejection::{RejectCause, RejectReason},
};
use campanile_store::{
    AttemptRecord, BatchRecord, Registry, RejectedRow, ReportRow as Row, StoreError,
};
use tokio::task::spawn_blocking;

/// Rows per piece.
const PIECE_ROWS: u32 = 1_000;

/// The options of a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// The level of detail.
    pub detail: ReportDetail,
    /// The file format.
    pub format: Format,
    /// Whether cells are escaped, so that a spreadsheet does not run them as formulas.
    pub escape: Escape,
    /// The prefix of each call's URL, before its call ID. `None` if calls have no page.
    pub calls_at: Option<String>,
}

/// The report of a batch, piece by piece.
pub struct ReportPieces {
    store: Arc<dyn Registry>,
    batch: BatchId,
    is_detailed: bool,
    written: Written,
    /// `None` once the report is complete.
    writer: Option<ReportWriter<Written>>,
    after_position: u64,
}

/// The bytes that a writer wrote and the stream has not taken yet. Clones share them.
#[derive(Debug, Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl Written {
    fn take(&self) -> Vec<u8> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl io::Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl ReportPieces {
    /// Starts the report of a batch. It shows the batch as it is now or as it becomes during the
    /// download.
    pub async fn new(
        store: Arc<dyn Registry>,
        batch: &BatchRecord,
        wanted: Wanted,
    ) -> Result<ReportPieces, StoreError> {
        let Wanted { detail, format, escape, calls_at } = wanted;
        let longest = match format {
            Format::Xlsx => store.longest_cells(batch.id, MAX_CELL_UNITS).await?,
            Format::Csv { .. } => Vec::new(),
        };
        let columns = batch.columns.clone();
        let results = batch.results.iter().map(|result| result.name.clone()).collect();
        let layout = Layout { columns, longest, results, detail, format, escape, calls_at };
        let written = Written::default();
        let writer = Some(ReportWriter::new(written.clone(), &layout).map_err(failed)?);
        let (batch, is_detailed) = (batch.id, detail == ReportDetail::Attempts);
        Ok(ReportPieces { store, batch, is_detailed, written, writer, after_position: 0 })
    }

    /// The next piece. `None` once the report is complete.
    pub async fn next(&mut self) -> Result<Option<Vec<u8>>, StoreError> {
        while let Some(writer) = self.writer.take() {
            let (after, detailed) = (self.after_position, self.is_detailed);
            let rows = self.store.report_rows(self.batch, after, PIECE_ROWS, detailed).await?;
            self.after_position = rows.last().map_or(after, |row| row.position);
            self.writer = write_page(writer, rows, write_row, ReportWriter::finish).await?;
            let piece = self.written.take();
            // A workbook holds back its first rows until the column widths are known.
            if !piece.is_empty() {
                return Ok(Some(piece));
            }
        }
        Ok(None)
    }
}

/// Writes a page of rows. Returns the writer, or `None` after the last page, which finishes the
/// file.
async fn write_page<W: Send + 'static, R: Send + 'static>(
    mut writer: W,
    rows: Vec<R>,
    write: fn(&mut W, &R) -> io::Result<()>,
    finish: fn(W) -> io::Result<Written>,
) -> Result<Option<W>, StoreError> {
    // Compression blocks, and this thread also places calls.
    let written = spawn_blocking(move || {
        rows.iter().try_for_each(|row| write(&mut writer, row))?;
        match rows.len() < PIECE_ROWS as usize {
            true => finish(writer).map(|_| None),
            false => Ok(Some(writer)),
        }
    });
    written.await.map_err(failed)?.map_err(failed)
}

fn failed(error: impl ToString) -> StoreError {
    StoreError::Database(error.to_string())
}

fn write_row(writer: &mut ReportWriter<Written>, row: &Row) -> io::Result<()> {
    let attempts: Vec<_> = row.attempts.iter().map(attempt).collect();
    let line = ReportRow {
        cells: &row.cells,
        final_status: row.status,
        attempts_made: row.attempts_made,
        call_id: row.call_id.as_deref(),
        results: &row.results,
        digits: row.digits.as_deref(),
    };
    writer.row(&line, &attempts)
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
        results: &record.evidence.results,
        digits: record.evidence.digits.as_deref(),
    }
}

/// Streams the rows that were rejected before launch, in pieces.
pub struct RejectionPieces {
    store: Arc<dyn Registry>,
    batch: BatchId,
    written: Written,
    /// `None` once the file is complete.
    writer: Option<RejectedWriter<Written>>,
    after_position: u64,
}

impl RejectionPieces {
    /// The rejected rows of a batch.
    pub async fn new(
        store: Arc<dyn Registry>,
        batch: &BatchRecord,
        format: Format,
    ) -> Result<RejectionPieces, StoreError> {
        let columns = &batch.columns[..];
        let phone = columns.iter().position(|name| name == batch.mapping.phone()).unwrap_or(0);
        let longest = match format {
            Format::Xlsx => store.longest_cells(batch.id, MAX_CELL_UNITS).await?,
            Format::Csv { .. } => Vec::new(),
        };
        let layout = RejectedLayout { columns, phone, format, longest: &longest };
        let written = Written::default();
        let writer = Some(RejectedWriter::new(written.clone(), layout).map_err(failed)?);
        Ok(RejectionPieces { store, batch: batch.id, written, writer, after_position: 0 })
    }

    /// The next piece. `None` if there are no more.
    pub async fn next(&mut self) -> Result<Option<Vec<u8>>, StoreError> {
        while let Some(writer) = self.writer.take() {
            let after = self.after_position;
            let rows = self.store.rejected_rows(self.batch, after, PIECE_ROWS).await?;
            self.after_position = rows.last().map_or(after, |row| row.position);
            self.writer = write_page(writer, rows, write_rejected, RejectedWriter::finish).await?;
            let piece = self.written.take();
            if !piece.is_empty() {
                return Ok(Some(piece));
            }
        }
        Ok(None)
    }
}

fn write_rejected(writer: &mut RejectedWriter<Written>, row: &RejectedRow) -> io::Result<()> {
    writer.row(&RejectedLine {
        position: row.position,
        cells: &row.cells,
        reason: RejectReason::from_name(&row.reason).unwrap_or(RejectReason::BadRow),
        cause: row.cause.as_deref().and_then(RejectCause::from_name),
    })
}
