//! Among first calls, the zone whose hours end first goes first.

use std::collections::BTreeMap;

use campanile_rules::{attempt::Attempt, ids::BatchId, time::Timestamp, zones::ZoneSet};

use crate::Violation;

/// How many first calls in a row may go to a zone that closes later than another in which somebody
/// waits: those that were claimed while a claim of the other was on its way, or who were put off.
const LONGEST_STREAK: u32 = 12;

/// Watches the order of zones.
#[derive(Debug, Default)]
pub(super) struct Zones {
    /// In which zones people wait for a first call, and when those close.
    waiting: BTreeMap<BatchId, Vec<(ZoneSet, Timestamp)>>,
    streaks: BTreeMap<BatchId, u32>,
    pub found: Vec<Violation>,
}

impl Zones {
    /// Whoever waited in a batch is looked for anew.
    pub fn forget(&mut self, batch: BatchId) {
        self.waiting.entry(batch).or_default().clear();
    }

    /// Somebody waits for a first call in zones that close at `until`.
    pub fn waits(&mut self, batch: BatchId, zones: &ZoneSet, until: Timestamp) {
        self.waiting.entry(batch).or_default().push((zones.clone(), until));
    }

    /// A call leaves.
    pub fn dials(&mut self, attempt: &Attempt) {
        let Some(waiting) = self.waiting.get(&attempt.batch) else { return };
        let zones = &attempt.lane.zones;
        let mine = waiting.iter().find(|(other, _)| other == zones).map(|(_, until)| *until);
        let Some(mine) = mine.filter(|_| !attempt.lane.retry) else { return };
        let sooner = waiting.iter().any(|(_, until)| *until < mine);
        let streak = self.streaks.entry(attempt.batch).or_default();
        *streak = if sooner { *streak + 1 } else { 0 };
        if *streak == LONGEST_STREAK {
            let what = format!(
                "{}: {streak} first calls in a row to {:?} and the like, which close later than \
                 others",
                attempt.batch,
                zones.as_str()
            );
            self.found.push(Violation { checker: "who closes first is called first", what });
        }
    }
}
