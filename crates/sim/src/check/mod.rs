//! The checkers: invariants that are judged by the call records of the network and by what was
//! committed. No checker asks the rules for their view.

mod backoff;
mod blocker;
mod books;
mod fairness;
mod hours;
mod limits;
mod lines;
mod liveness;
mod outages;
mod pace;
mod retries;
mod timing;
mod waiting;
mod wire;
mod zones;

pub use liveness::Monitor;

use std::{collections::BTreeMap, time::Duration};

use campanile_rules::{
    batch::{BatchSettings, BatchState},
    ids::BatchId,
    time::Timestamp,
};

use crate::{Violation, carrier::Record, env::Sent, store::AttemptRow, world::World};

/// Judges a finished run.
pub fn judge(world: &World) -> Vec<Violation> {
    let case = Case::new(world);
    let mut violations = Vec::new();
    violations.extend(violation("the rules keep their promises", &world.env.tap.troubles));
    violations.extend(violation("the store is asked for what is there", &world.store.troubles));
    violations.extend(wire::check(&case));
    violations.extend(limits::check(&case));
    violations.extend(timing::check(&case));
    violations.extend(retries::check(&case));
    violations.extend(backoff::check(&case));
    violations.extend(outages::check(&case));
    violations.extend(books::check(&case));
    violations.extend(world.monitor.verdict());
    violations
}

fn violation(checker: &'static str, troubles: &[String]) -> Vec<Violation> {
    troubles.iter().map(|what| Violation { checker, what: what.clone() }).collect()
}

/// A finished run, with the indexes that the checkers need.
struct Case<'a> {
    world: &'a World,
    /// The first call record of each Call-ID.
    records: BTreeMap<&'a str, &'a Record>,
    /// For each recipient, the attempts on record.
    kept: Vec<Vec<&'a AttemptRow>>,
    /// How far the wall clock and the true time may differ between two instants.
    slack: Duration,
}

impl<'a> Case<'a> {
    fn new(world: &'a World) -> Case<'a> {
        let mut records = BTreeMap::new();
        for record in &world.carrier.records {
            records.entry(record.call_id.as_str()).or_insert(record);
        }
        let mut kept = vec![Vec::new(); world.store.recipients.len()];
        for row in world.store.attempts.iter().filter(|row| row.is_on_record()) {
            kept[row.attempt.recipient.0 as usize].push(row);
        }
        let jumps = world.env.tap.jumps.iter().map(|(_, by_us)| by_us.unsigned_abs()).sum();
        Case { world, records, kept, slack: Duration::from_micros(jumps) }
    }

    fn attempt(&self, sent: &Sent) -> &'a AttemptRow {
        &self.world.store.attempts[sent.attempt.id.0 as usize]
    }

    fn record(&self, row: &AttemptRow) -> Option<&'a Record> {
        self.records.get(row.attempt.call_id.as_str()).copied()
    }

    /// The state of a batch at an instant, as stored.
    fn state_at(&self, batch: BatchId, at: Timestamp) -> Option<BatchState> {
        let changes = self.world.store.changes.get(&batch)?;
        changes.iter().rev().find(|change| change.at <= at).map(|change| change.state)
    }

    /// Whether a batch that was paused or stopped by a change stored at `halted_at` ran again by `until`.
    fn runs_again(&self, batch: BatchId, halted_at: Timestamp, until: Timestamp) -> bool {
        let changes = self.world.store.changes.get(&batch).into_iter().flatten();
        let mut since = changes
            .skip_while(|change| change.at != halted_at || change.state == BatchState::Running);
        since.any(|change| change.state == BatchState::Running && change.at <= until)
    }

    /// The settings that a process may have acted on at an instant: those stored then, and the
    /// earlier ones if the change is so recent that the process may not know it.
    fn settings_at(&self, batch: BatchId, at: Timestamp) -> Vec<&'a BatchSettings> {
        let hearsay = self.world.env.faults.hearsay();
        let Some(changes) = self.world.store.changes.get(&batch) else { return Vec::new() };
        let mut settings = Vec::new();
        for change in changes.iter().rev().filter(|change| change.at <= at) {
            settings.push(&change.settings);
            if change.at + hearsay < at {
                break;
            }
        }
        settings
    }
}
