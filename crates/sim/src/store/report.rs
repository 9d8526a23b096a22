//! The report, as rows.

use campanile_rules::{ids::BatchId, recipient::RecipientStatus};

use super::Store;
use crate::bug::WorldBug;

/// A line of the report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportRow {
    /// The row of the file, from 0.
    pub row: usize,
    /// What became of it.
    pub status: RecipientStatus,
    /// Charged attempts.
    pub attempts_made: u32,
    /// The completed call.
    pub call_id: Option<String>,
}

impl Store {
    /// The report of a batch: a line for every row of its file.
    pub fn report(&self, batch: BatchId) -> Vec<ReportRow> {
        let Some(stored) = self.batches.get(&batch) else { return Vec::new() };
        let mut recipients = stored.recipients.clone();
        let mut lines = Vec::new();
        for (row, accepted) in stored.rows.iter().enumerate() {
            if *accepted {
                let Some(index) = recipients.next() else { break };
                lines.push(self.line(row, index));
            } else if self.bug != Some(WorldBug::ReportWithoutRejectedRows) {
                let status = RecipientStatus::Skipped;
                lines.push(ReportRow { row, status, attempts_made: 0, call_id: None });
            }
        }
        lines
    }

    fn line(&self, row: usize, index: usize) -> ReportRow {
        let recipient = &self.recipients[index];
        let completed = recipient.status == RecipientStatus::Completed;
        let last = self.attempts.iter().rev().find(|attempt| {
            completed && attempt.attempt.recipient.0 as usize == index && !attempt.released
        });
        ReportRow {
            row,
            status: recipient.status,
            attempts_made: recipient.charged,
            call_id: last.map(|attempt| attempt.attempt.call_id.clone()),
        }
    }
}
