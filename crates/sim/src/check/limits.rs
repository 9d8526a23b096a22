//! Checks the limits of concurrent calls and of calls per second, as the far end sees them.

use std::{collections::BTreeMap, time::Duration};

use campanile_rules::{ids::TrunkId, time::Timestamp};

use super::Case;
use crate::{Violation, env::Sent, plan::Action, store::AttemptRow};

pub(super) fn check(case: &Case) -> Vec<Violation> {
    let mut found = Vec::new();
    calls_at_once(case, &mut found);
    calls_per_second(case, &mut found);
    found
}

/// What a limit counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Counter {
    Workspace(i64),
    Batch(i64),
    Trunk(i64),
}

/// Walks through the beginnings and ends of calls in order of time, ends first.
fn calls_at_once(case: &Case, found: &mut Vec<Violation>) {
    let mut edges: Vec<(Timestamp, bool, &AttemptRow)> = Vec::new();
    for row in &case.world.store.attempts {
        let Some(record) = case.record(row).filter(|_| !row.relic) else { continue };
        edges.push((record.invited_at, true, row));
        // A call that is refused at once still counts as a call.
        let least = record.invited_at + Duration::from_micros(1);
        let ended_at = record.ended_at.unwrap_or(Timestamp(i64::MAX)).max(least);
        edges.push((ended_at, false, row));
    }
    edges.sort_by_key(|(at, begins, row)| (*at, *begins, row.attempt.id));
    let mut live: BTreeMap<Counter, u32> = BTreeMap::new();
    for (at, begins, row) in edges {
        let attempt = &row.attempt;
        for counter in [
            Counter::Workspace(attempt.workspace.0),
            Counter::Batch(attempt.batch.0),
            Counter::Trunk(attempt.trunk.0),
        ] {
            let live = live.entry(counter).or_default();
            *live = if begins { *live + 1 } else { live.saturating_sub(1) };
            let limit = limit(case, row, counter, at);
            if begins && *live > limit {
                let what = format!("{live} calls of {counter:?} at {at}, {limit} allowed");
                found.push(Violation { checker: "calls at once", what });
            }
        }
    }
}

/// The greatest limit in force between the claim and the call, because a claim holds its slot.
fn limit(case: &Case, row: &AttemptRow, counter: Counter, at: Timestamp) -> u32 {
    // The order of two commits at one instant is unknown.
    let claimed_at = Timestamp(row.claimed_at.0 - 1);
    let limits = &case.world.store.limits;
    match counter {
        Counter::Workspace(_) => {
            let history = limits.workspaces[&row.attempt.workspace].iter();
            greatest(history.map(|(since, limit)| (*since, *limit)), claimed_at, at)
        }
        Counter::Trunk(_) => {
            let history = limits.trunks[&row.attempt.trunk].iter();
            greatest(history.map(|(since, calls, _)| (*since, *calls)), claimed_at, at)
        }
        Counter::Batch(_) => {
            let history = case.world.store.changes[&row.attempt.batch].iter();
            let limit = |change: &crate::store::Change| {
                (change.at, change.settings.max_concurrent_calls.unwrap_or(u32::MAX))
            };
            greatest(history.map(limit), claimed_at, at)
        }
    }
}

/// The greatest value in force at any instant from `from` to `to`.
fn greatest<T: PartialOrd + Copy + Default>(
    history: impl Iterator<Item = (Timestamp, T)>,
    from: Timestamp,
    to: Timestamp,
) -> T {
    let (mut before, mut greatest) = (T::default(), T::default());
    for (since, value) in history.take_while(|(since, _)| *since <= to) {
        if since > from && before > greatest {
            greatest = before;
        }
        before = value;
        if since > from && value > greatest {
            greatest = value;
        }
    }
    if before > greatest { before } else { greatest }
}

fn calls_per_second(case: &Case, found: &mut Vec<Violation>) {
    let mut by_trunk: BTreeMap<TrunkId, Vec<&Sent>> = BTreeMap::new();
    for sent in &case.world.env.tap.sent {
        by_trunk.entry(sent.attempt.trunk).or_default().push(sent);
    }
    let jumps = case.world.plan.actions.iter();
    let jumps: Vec<Timestamp> =
        jumps.filter(|(_, a)| matches!(a, Action::Jump(_))).map(|(at, _)| *at).collect();
    for (trunk, sent) in by_trunk {
        let history = &case.world.store.limits.trunks[&trunk];
        for (index, over) in sent.iter().enumerate() {
            // The process that placed the call knows every limit except very recent changes.
            let placed = case.world.env.tap.placed.get(&over.attempt.id);
            let placed_at = placed.map_or(over.at, |(at, _)| *at);
            let known = history.iter().map(|(since, _, cps)| (*since, *cps));
            let cps = greatest(known, placed_at - case.world.env.faults.hearsay(), placed_at);
            let second = Duration::from_secs(1);
            let (most, window) = if cps < 1.0 {
                (1, Duration::from_secs_f64(1.0 / cps))
            } else {
                (cps as usize, second)
            };
            let Some(first) = index.checked_sub(most).map(|index| sent[index]) else { continue };
            // The next process knows the commit before the INVITE, but not the INVITE.
            let blur = match case.attempt(first).dialed_at {
                Some(dialed_at) if first.by != over.by => first.at.since(dialed_at),
                _ => Duration::ZERO,
            };
            let jumped = jumps.iter().any(|at| first.at <= *at + window && *at <= over.at);
            if over.at.since(first.at) + blur < window && !jumped {
                let what = format!(
                    "{} INVITEs to {trunk} within {:?} at {}, {cps} a second allowed",
                    most + 1,
                    over.at.since(first.at),
                    over.at
                );
                found.push(Violation { checker: "calls per second", what });
            }
        }
    }
}
