//! How much each batch is owed while batches compete for lines, in line-seconds.
//!
//! A share is seldom a whole number of lines: of six lines, weights 1 and 3 have shares of one and
//! a half and four and a half. The indivisible line goes to the batch that has had less than its
//! share, so that the shares come out over time.

use std::collections::BTreeMap;

use super::{Dispatcher, WakeReason, eligibility::Wait, fairness::weight_of};
use crate::{
    blocker::Blocker,
    ids::{BatchId, WorkspaceId},
    time::Timestamp,
};

/// One line, in the unit that counts shares of lines.
pub(super) const LINE: i64 = 1024;

/// A batch that is owed a whole line for this long gets one before its turn.
const PATIENCE_US: i64 = 5_000_000;

/// The bound of a debt, in both directions: one line for 600 s, the longest time of a call.
const MOST: i64 = LINE * 600_000_000;

/// How much a batch is owed.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Lag {
    /// The debt: shares of lines times microseconds.
    owed: i64,
    /// The growth of the debt per microsecond.
    rate: i64,
}

impl Lag {
    /// The debt as a share of a line, at most one line in either direction. A batch counts as using
    /// this much less than it really uses.
    pub fn lines(self) -> i64 {
        (self.owed / PATIENCE_US).clamp(-LINE, LINE)
    }

    fn pass(&mut self, us: i64) {
        self.owed = self.owed.saturating_add(self.rate.saturating_mul(us)).clamp(-MOST, MOST);
    }
}

impl Dispatcher {
    /// Adds the debts of a stretch of time in which no batch gets or frees a line.
    pub(super) fn owe(&mut self, until: Timestamp) {
        let us = until.0.saturating_sub(self.now.0).max(0);
        self.batches.values_mut().for_each(|batch| batch.lag.pass(us));
    }

    /// Notes which batches compete for lines, until that changes. `waits` holds what each batch
    /// waits for.
    pub(super) fn compete(&mut self, waits: &[(BatchId, Option<Wait>)]) {
        let blocker = |wait: &Option<Wait>| match wait.map(|wait| wait.reason) {
            Some(WakeReason::Blocked(blocker)) => Some(blocker),
            _ => None,
        };
        let competes = |wait: &Option<Wait>| {
            matches!(blocker(wait), Some(Blocker::WorkspaceConcurrency | Blocker::TrunkCalls))
        };
        let mut totals: BTreeMap<WorkspaceId, (i64, i64)> = BTreeMap::new();
        for (id, _) in waits.iter().filter(|(_, wait)| competes(wait)) {
            let Some(batch) = self.batches.get(id) else { continue };
            let total = totals.entry(batch.facts.workspace).or_default();
            total.0 += i64::from(batch.used);
            total.1 += weight_of(batch) as i64;
        }
        for (id, wait) in waits {
            let Some(batch) = self.batches.get_mut(id) else { continue };
            batch.lag.rate = 0;
            let total = totals.get(&batch.facts.workspace).filter(|_| competes(wait));
            if let Some((lines, weights)) = total {
                let weight = weight_of(batch) as i64;
                let short = LINE * lines * weight / weights - LINE * i64::from(batch.used);
                // A batch that is off by a whole line or more is corrected at once, when lines
                // become free, and its debt is forgotten. A remembered debt would starve the batch
                // that came first.
                if short.abs() < LINE {
                    batch.lag.rate = short;
                } else {
                    batch.lag.owed = 0;
                }
            }
            let waits_elsewhere = matches!(
                blocker(wait),
                Some(blocker) if !matches!(blocker, Blocker::TrunkCps | Blocker::TrunkBackingOff)
            );
            if waits_elsewhere && !competes(wait) {
                batch.lag.owed = 0;
            }
        }
    }
}
