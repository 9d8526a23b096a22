//! A backup of the store, and its restoration.

use std::collections::BTreeMap;

use campanile_rules::{
    batch::BatchState,
    ids::{AttemptId, BatchId, TrunkId, WorkspaceId},
    phone::E164,
    time::Timestamp,
};

use super::{AttemptRow, BatchRow, RecipientRow, Store};
use crate::bug::Bug;

/// Everything that is stored at one instant, as `campanile db backup` copies it.
#[derive(Debug)]
pub struct Backup {
    workspaces: BTreeMap<WorkspaceId, u32>,
    trunks: BTreeMap<TrunkId, (u32, f64)>,
    batches: BTreeMap<BatchId, BatchRow>,
    recipients: Vec<RecipientRow>,
    suppressed: BTreeMap<(WorkspaceId, E164), Timestamp>,
    caps: BTreeMap<WorkspaceId, Vec<(Timestamp, Timestamp)>>,
    attempts: usize,
    open: Vec<AttemptRow>,
    next_number: usize,
}

impl Store {
    /// Takes a backup.
    pub fn back_up(&self) -> Backup {
        Backup {
            workspaces: self.workspaces.clone(),
            trunks: self.trunks.clone(),
            batches: self.batches.clone(),
            recipients: self.recipients.clone(),
            suppressed: self.suppressed.clone(),
            caps: self.caps.clone(),
            attempts: self.attempts.len(),
            open: self.open.iter().map(|&index| self.attempts[index].clone()).collect(),
            next_number: self.next_number,
        }
    }

    /// Replaces the contents of the store by the backup, as `campanile db restore` does: the store
    /// becomes another instance, and running batches are paused. Returns the paused batches.
    ///
    /// What is recorded for the checkers stays. Attempts that the backup does not know, or knows
    /// only in part, are marked as lost; attempts that were open in the backup are added again.
    pub fn restore(&mut self, backup: Backup, now: Timestamp) -> Vec<BatchId> {
        let unknown = self.attempts.len().min(backup.attempts)..self.attempts.len();
        let half_known = backup.open.iter().map(|row| row.attempt.id.0 as usize);
        for index in unknown.chain(half_known) {
            (self.attempts[index].lost, self.attempts[index].open) = (true, false);
        }
        self.open.clear();
        for mut row in backup.open {
            let index = self.attempts.len();
            (row.attempt.id, row.relic) = (AttemptId(index as i64), true);
            self.open.push(index);
            self.attempts.push(row);
        }
        for (id, limit) in backup.workspaces {
            self.set_workspace(id, limit, now);
        }
        for (id, limits) in backup.trunks {
            self.set_trunk(id, limits, now);
        }
        (self.recipients, self.suppressed, self.caps) =
            (backup.recipients, backup.suppressed, backup.caps);
        self.next_number = backup.next_number;
        self.instance += u32::from(self.bug != Some(Bug::RestoredInstanceKept));
        self.leader = None;
        let mut paused = Vec::new();
        for (id, row) in backup.batches {
            let ran = matches!(row.facts.state, BatchState::Running | BatchState::Scheduled);
            self.batches.insert(id, row);
            self.changed(id, now);
            if ran && self.bug != Some(Bug::RestoredBatchesRun) {
                self.become_state(id, BatchState::Paused, now);
            }
            paused.extend(ran.then_some(id));
        }
        paused
    }
}
