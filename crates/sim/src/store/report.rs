//! The report, as rows.

use std::collections::BTreeMap;

use campanile_rules::{ids::BatchId, recipient::RecipientStatus};

use super::Store;
use crate::bug::Bug;

/// A line of the report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportRow {
    /// The row of the file, counted from 0.
    pub row: usize,
    /// The status of the recipient.
    pub status: RecipientStatus,
    /// The number of charged attempts.
    pub attempts_made: u32,
    /// The Call-ID of the completed call.
    pub call_id: Option<String>,
}

impl Store {
    /// The report of a batch, with one line per row of its file.
    pub fn report(&self, batch: BatchId) -> Vec<ReportRow> {
        let Some(stored) = self.batches.get(&batch) else { return Vec::new() };
        let mut recipients = stored.recipients.clone();
        let calls = self.last_calls(batch);
        let mut lines = Vec::new();
        for (row, accepted) in stored.rows.iter().enumerate() {
            if *accepted {
                let Some(index) = recipients.next() else { break };
                lines.push(self.line(row, index, &calls));
            } else if self.bug != Some(Bug::ReportWithoutRejectedRows) {
                let status = RecipientStatus::Skipped;
                lines.push(ReportRow { row, status, attempts_made: 0, call_id: None });
            }
        }
        lines
    }

    /// The Call-ID of the last attempt of each recipient.
    fn last_calls(&self, batch: BatchId) -> BTreeMap<usize, &str> {
        let kept =
            self.attempts.iter().filter(|row| row.is_on_record() && row.attempt.batch == batch);
        kept.map(|row| (row.attempt.recipient.0 as usize, row.attempt.call_id.as_str())).collect()
    }

    fn line(&self, row: usize, index: usize, calls: &BTreeMap<usize, &str>) -> ReportRow {
        let recipient = &self.recipients[index];
        let completed = recipient.status == RecipientStatus::Completed;
        ReportRow {
            row,
            status: recipient.status,
            attempts_made: recipient.charged,
            call_id: calls.get(&index).filter(|_| completed).map(|id| (*id).to_owned()),
        }
    }
}
