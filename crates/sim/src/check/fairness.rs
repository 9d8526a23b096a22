//! Checks that batches share a full workspace by weight, that workspaces share a full trunk evenly,
//! and that retries do not starve first attempts.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Display,
};

use campanile_rules::{
    attempt::Attempt,
    ids::{BatchId, TrunkId, WorkspaceId},
    time::Timestamp,
};

use super::lines::Lines;
use crate::{
    Violation,
    store::{AttemptRow, BatchRow, Store},
};

/// A contest that is shorter than this, or in which each line was assigned less often, proves
/// nothing.
const LEAST_SECONDS: f64 = 30.0;
const LEAST_TURNS: u32 = 4;

/// How many calls of one kind may follow each other while the other kind waits. Some waiting
/// recipients may have numbers that are busy again and again.
const LONGEST_STREAK: u32 = 25;

/// Below this pace, the pace and not the workspace's limit is what recipients wait for.
const SLOW_CPS: f64 = 4.0;

/// The recipients of a batch who could be dialed now if a line were free.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Waiting {
    pub first: u32,
    pub retry: u32,
    /// First attempts and retries that are not claimed yet. A claimed one has had its turn.
    pub unclaimed: (u32, u32),
}

/// Watches how batches share lines.
#[derive(Debug, Default)]
pub(super) struct Fairness {
    homes: BTreeMap<BatchId, WorkspaceId>,
    waiting: BTreeMap<BatchId, Waiting>,
    wanting: BTreeMap<WorkspaceId, BTreeMap<BatchId, (u32, u32)>>,
    slow: BTreeSet<WorkspaceId>,
    contests: BTreeMap<WorkspaceId, Contest<BatchId>>,
    /// For each trunk, the workspaces that could use every line of it if nothing else limited them.
    sharing: BTreeMap<TrunkId, BTreeMap<WorkspaceId, (u32, u32)>>,
    slow_trunks: BTreeSet<TrunkId>,
    trunk_contests: BTreeMap<TrunkId, Contest<WorkspaceId>>,
    streaks: BTreeMap<(BatchId, bool), u32>,
    found: Vec<Violation>,
    now: Timestamp,
}

/// Batches of one workspace, or workspaces on one trunk, that want more lines than there are.
#[derive(Debug)]
struct Contest<P> {
    /// The parties with their weights and their lines.
    parties: BTreeMap<P, (u32, u32)>,
    since: Timestamp,
    /// Whether every call from before the contest is over.
    settled: bool,
    seconds: f64,
    calls: u32,
    lines: u32,
    /// The line-seconds that each party had and should have had.
    had: BTreeMap<P, (f64, f64)>,
}

impl<P> Default for Contest<P> {
    fn default() -> Self {
        Contest {
            parties: BTreeMap::new(),
            since: Timestamp::default(),
            settled: false,
            seconds: 0.0,
            calls: 0,
            lines: 0,
            had: BTreeMap::new(),
        }
    }
}

impl Fairness {
    pub fn anybody_waits(&self, workspace: WorkspaceId) -> bool {
        self.waiting.iter().any(|(batch, waiting)| {
            waiting.first + waiting.retry > 0 && self.homes.get(batch) == Some(&workspace)
        })
    }

    /// Notes that a call leaves, and judges whether it was the turn of its kind.
    pub fn dials(&mut self, attempt: &Attempt) {
        if let Some(contest) = self.contests.get_mut(&attempt.workspace) {
            contest.calls += u32::from(contest.settled);
        }
        if let Some(contest) = self.trunk_contests.get_mut(&attempt.trunk) {
            contest.calls += u32::from(contest.settled);
        }
        let Some(waiting) = self.waiting.get(&attempt.batch) else { return };
        let kind = attempt.lane.retry;
        let (first, retry) = waiting.unclaimed;
        let others_wait = if kind { first > 0 } else { retry > 0 };
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

    /// Adds time in which nothing changes.
    pub fn time_passes(&mut self, seconds: f64) {
        self.contests.values_mut().for_each(|contest| contest.time_passes(seconds));
        self.trunk_contests.values_mut().for_each(|contest| contest.time_passes(seconds));
    }

    pub fn begin(&mut self, now: Timestamp) {
        self.now = now;
        self.waiting.clear();
        self.wanting.clear();
        self.slow.clear();
        self.sharing.clear();
        self.slow_trunks.clear();
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
        for (retry, others) in [(true, waiting.unclaimed.0), (false, waiting.unclaimed.1)] {
            if others == 0 {
                self.streaks.insert((id, retry), 0);
            }
        }
        let limit = store.workspaces[&home];
        // A batch that wants less than a fair share cannot be judged by what it gets.
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
        self.looks_at_trunk(row, (waiting, cps), (lines, store));
    }

    /// A workspace takes part in a contest for a trunk if one of its batches alone could fill the
    /// trunk.
    fn looks_at_trunk(
        &mut self,
        row: &BatchRow,
        (waiting, cps): (Waiting, f64),
        (lines, store): (&Lines, &Store),
    ) {
        let Some(trunk) = row.facts.trunk else { return };
        let (home, limit) = (row.facts.workspace, store.trunks[&trunk].0);
        if cps < SLOW_CPS {
            self.slow_trunks.insert(trunk);
        }
        let wants = waiting.first + waiting.retry >= limit.min(3);
        if wants && lines.room_but_for_trunk(row, store) >= limit {
            let used = lines.shares.get(&(trunk, home)).copied().unwrap_or(0);
            self.sharing.entry(trunk).or_default().insert(home, (1, used));
        }
    }

    /// Ends the look at every batch. While something is wrong, no batch is judged.
    pub fn end(&mut self, store: &Store, lines: &Lines, disturbed: bool) {
        for (home, limit) in &store.workspaces {
            let used = lines.workspaces.get(home).copied().unwrap_or(0);
            let parties = self.wanting.remove(home).unwrap_or_default();
            let is_full = used + 1 >= *limit && !disturbed && !self.slow.contains(home);
            let contest = self.contests.entry(*home).or_default();
            let others = |row: &AttemptRow| row.attempt.workspace != *home;
            let ended = contest.goes_on(parties, (is_full, *limit), self.now, |since| {
                is_settled(store, since, &others)
            });
            self.found.extend(ended.and_then(|over| over.verdict(*home)));
        }
        for (trunk, (limit, _)) in &store.trunks {
            let used = lines.trunks.get(trunk).copied().unwrap_or(0);
            let parties = self.sharing.remove(trunk).unwrap_or_default();
            let is_full = used + 1 >= *limit && !disturbed && !self.slow_trunks.contains(trunk);
            let contest = self.trunk_contests.entry(*trunk).or_default();
            let others = |row: &AttemptRow| row.attempt.trunk != *trunk;
            let ended = contest.goes_on(parties, (is_full, *limit), self.now, |since| {
                is_settled(store, since, &others)
            });
            self.found.extend(ended.and_then(|over| over.verdict(*trunk)));
        }
    }

    pub fn verdict(&self) -> Vec<Violation> {
        let mut found = self.found.clone();
        found.extend(self.contests.iter().filter_map(|(home, contest)| contest.verdict(*home)));
        found.extend(
            self.trunk_contests.iter().filter_map(|(trunk, contest)| contest.verdict(*trunk)),
        );
        found
    }
}

/// Whether no call from before is left, not counting the calls that `others` selects.
fn is_settled(store: &Store, since: Timestamp, others: &dyn Fn(&AttemptRow) -> bool) -> bool {
    let open = store.open.iter().map(|&index| &store.attempts[index]);
    open.filter(|row| !others(row)).all(|row| row.dialed_at.is_none_or(|at| at >= since))
}

impl<P: Ord + Copy + Display> Contest<P> {
    /// Updates the parties of a contest. If the parties changed, the contest so far is judged.
    fn goes_on(
        &mut self,
        parties: BTreeMap<P, (u32, u32)>,
        (is_full, lines): (bool, u32),
        now: Timestamp,
        is_settled: impl Fn(Timestamp) -> bool,
    ) -> Option<Contest<P>> {
        let is_full = is_full && parties.len() > 1;
        let same = self.parties.len() == parties.len()
            && self.parties.iter().zip(&parties).all(|(a, b)| a.0 == b.0 && a.1.0 == b.1.0);
        if is_full && same {
            self.parties = parties;
            self.lines = lines;
            self.settled = self.settled || is_settled(self.since);
            return None;
        }
        let fresh = match is_full {
            true => Contest { parties, since: now, ..Contest::default() },
            false => Contest::default(),
        };
        Some(std::mem::replace(self, fresh))
    }

    fn time_passes(&mut self, seconds: f64) {
        if !self.settled {
            return;
        }
        let lines: u32 = self.parties.values().map(|(_, used)| used).sum();
        let weights: u32 = self.parties.values().map(|(weight, _)| weight).sum();
        self.seconds += seconds;
        for (party, (weight, used)) in &self.parties {
            let had = self.had.entry(*party).or_default();
            had.0 += seconds * f64::from(*used);
            had.1 += seconds * f64::from(lines * weight) / f64::from(weights);
        }
    }

    /// Reports a party whose share was wrong. Tolerated are a tenth, one indivisible line, and the
    /// whole line of a party whose share is less than a line.
    fn verdict(&self, home: impl Display) -> Option<Violation> {
        if self.seconds < LEAST_SECONDS || self.calls < self.lines * LEAST_TURNS {
            return None;
        }
        let dues = self.had.values().map(|(_, due)| due / self.seconds);
        let rounded_up: f64 = dues.map(|due| (1.0 - due).max(0.0)).sum();
        self.had.iter().find_map(|(party, (had, due))| {
            let (had, due) = (had / self.seconds, due / self.seconds);
            let what = format!("{party} of {home} had {had:.2} lines, {due:.2} by its weight");
            let is_unfair = (had - due).abs() > 1.0 + due / 10.0 + rounded_up;
            is_unfair.then_some(Violation { checker: "lines are shared by weight", what })
        })
    }
}
