//! Batches share a full workspace by weight, and retries do not starve first attempts.

use std::collections::{BTreeMap, BTreeSet};

use campanile_rules::{
    attempt::Attempt,
    ids::{BatchId, WorkspaceId},
    time::Timestamp,
};

use super::liveness::{Lines, Waiting};
use crate::{
    Violation,
    store::{BatchRow, Store},
};

/// A contest that is shorter, or in which each line was given away less often, says nothing.
const LEAST_SECONDS: f64 = 30.0;
const LEAST_TURNS: u32 = 4;

/// How many calls of one kind may follow each other while the other kind waits. Some of those who
/// wait may have numbers that are busy again and again.
const LONGEST_STREAK: u32 = 25;

/// Below this pace it is not the workspace's limit that people wait for.
const SLOW_CPS: f64 = 4.0;

/// Watches how batches share.
#[derive(Debug, Default)]
pub(super) struct Fairness {
    homes: BTreeMap<BatchId, WorkspaceId>,
    waiting: BTreeMap<BatchId, Waiting>,
    wanting: BTreeMap<WorkspaceId, BTreeMap<BatchId, (u32, u32)>>,
    slow: BTreeSet<WorkspaceId>,
    contests: BTreeMap<WorkspaceId, Contest>,
    streaks: BTreeMap<(BatchId, bool), u32>,
    found: Vec<Violation>,
    now: Timestamp,
}

/// Batches of one workspace that want more lines than there are.
#[derive(Debug, Default)]
struct Contest {
    /// Who takes part, by weight, and the lines of each.
    parties: BTreeMap<BatchId, (u32, u32)>,
    since: Timestamp,
    /// Whether no call from before is left.
    settled: bool,
    seconds: f64,
    calls: u32,
    lines: u32,
    /// Line seconds that each had, and those that it should have had.
    had: BTreeMap<BatchId, (f64, f64)>,
}

impl Fairness {
    pub fn workspace_of(&self, batch: BatchId) -> Option<WorkspaceId> {
        self.homes.get(&batch).copied()
    }

    pub fn anybody_waits(&self, workspace: WorkspaceId) -> bool {
        self.waiting.iter().any(|(batch, waiting)| {
            waiting.first + waiting.retry > 0 && self.homes.get(batch) == Some(&workspace)
        })
    }

    /// A call leaves: whose turn was it?
    pub fn dials(&mut self, attempt: &Attempt) {
        if let Some(contest) = self.contests.get_mut(&attempt.workspace) {
            contest.calls += u32::from(contest.settled);
        }
        let Some(waiting) = self.waiting.get(&attempt.batch) else { return };
        let kind = attempt.lane.retry;
        let others_wait = if kind { waiting.first > 0 } else { waiting.retry > 0 };
        self.streaks.insert((attempt.batch, !kind), 0);
        let streak = self.streaks.entry((attempt.batch, kind)).or_default();
        *streak = if others_wait { *streak + 1 } else { 0 };
        if *streak == LONGEST_STREAK {
            let (these, those) =
                if kind { ("retries", "first attempts") } else { ("first attempts", "retries") };
            let what = format!("{}: {streak} {these} in a row while {those} wait", attempt.batch);
            self.found.push(Violation { checker: "retries and first attempts take turns", what });
        }
    }

    /// Time passes in which nothing changes.
    pub fn time_passes(&mut self, seconds: f64) {
        for contest in self.contests.values_mut().filter(|contest| contest.settled) {
            let lines: u32 = contest.parties.values().map(|(_, used)| used).sum();
            let weights: u32 = contest.parties.values().map(|(weight, _)| weight).sum();
            contest.seconds += seconds;
            for (batch, (weight, used)) in &contest.parties {
                let had = contest.had.entry(*batch).or_default();
                had.0 += seconds * f64::from(*used);
                had.1 += seconds * f64::from(lines * weight) / f64::from(weights);
            }
        }
    }

    pub fn begin(&mut self, now: Timestamp) {
        self.now = now;
        self.waiting.clear();
        self.wanting.clear();
        self.slow.clear();
    }

    pub fn looks_at(
        &mut self,
        row: &BatchRow,
        waiting: Waiting,
        (lines, store): (&Lines, &Store),
        cps: f64,
    ) {
        let (id, home) = (row.facts.id, row.facts.workspace);
        self.homes.insert(id, home);
        self.waiting.insert(id, waiting);
        for (retry, others) in [(true, waiting.first), (false, waiting.retry)] {
            if others == 0 {
                self.streaks.insert((id, retry), 0);
            }
        }
        let limit = store.workspaces[&home];
        // Who waits for less than a fair share might take cannot be judged by what it gets.
        let wants = waiting.first + waiting.retry >= limit.min(3);
        let could = lines.room_but_for_workspace(row, store) >= limit;
        if cps < SLOW_CPS {
            self.slow.insert(home);
        }
        if wants && could {
            let used = lines.batches.get(&id).copied().unwrap_or(0);
            let party = (row.facts.settings.weight, used);
            self.wanting.entry(home).or_default().insert(id, party);
        }
    }

    /// Everybody was looked at; while something is wrong nobody is judged.
    pub fn end(&mut self, store: &Store, lines: &Lines, disturbed: bool) {
        for (home, limit) in &store.workspaces {
            let used = lines.workspaces.get(home).copied().unwrap_or(0);
            let parties = self.wanting.remove(home).unwrap_or_default();
            let is_full = used + 1 >= *limit && parties.len() > 1;
            let is_full = is_full && !disturbed && !self.slow.contains(home);
            let contest = self.contests.entry(*home).or_default();
            let same = contest.parties.len() == parties.len()
                && contest.parties.iter().zip(&parties).all(|(a, b)| a.0 == b.0 && a.1.0 == b.1.0);
            if !is_full || !same {
                let contest = std::mem::take(contest);
                self.found.extend(contest.verdict(*home));
                if is_full {
                    let fresh = Contest { parties, since: self.now, ..Contest::default() };
                    self.contests.insert(*home, fresh);
                }
                continue;
            }
            contest.parties = parties;
            contest.lines = *limit;
            let since = contest.since;
            contest.settled = contest.settled
                || store.open.iter().map(|&index| &store.attempts[index]).all(|row| {
                    row.attempt.workspace != *home || row.dialed_at.is_none_or(|at| at >= since)
                });
        }
    }

    pub fn verdict(&self) -> Vec<Violation> {
        let mut found = self.found.clone();
        for (home, contest) in &self.contests {
            found.extend(contest.verdict(*home));
        }
        found
    }
}

impl Contest {
    /// Whether each had its share, but for a tenth, for one line that cannot be divided, and for
    /// the one line that everybody gets whose share is less than a line.
    fn verdict(&self, home: WorkspaceId) -> Vec<Violation> {
        if self.seconds < LEAST_SECONDS || self.calls < self.lines * LEAST_TURNS {
            return Vec::new();
        }
        let dues = self.had.values().map(|(_, due)| due / self.seconds);
        let rounded_up: f64 = dues.map(|due| (1.0 - due).max(0.0)).sum();
        let unfair = self.had.iter().filter_map(|(batch, (had, due))| {
            let (had, due) = (had / self.seconds, due / self.seconds);
            let what = format!("{batch} of {home} had {had:.2} lines, {due:.2} by its weight");
            let is_unfair = (had - due).abs() > 1.0 + due / 10.0 + rounded_up;
            is_unfair.then_some(Violation { checker: "lines are shared by weight", what })
        });
        unfair.collect()
    }
}
