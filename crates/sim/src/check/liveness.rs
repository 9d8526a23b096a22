//! Nobody due waits while a line is free, hours are open and the pace allows it. This is watched
//! while the run goes on, between any two events, with the eyes of the store and of the wire.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use campanile_rules::{
    batch::BatchState,
    dispatcher::{Dispatcher, LaneKey},
    ids::{BatchId, TrunkId, WorkspaceId},
    phone::E164,
    recipient::RecipientStatus,
    time::Timestamp,
};

use super::{
    backoff,
    blocker::{Look, Truth},
    fairness::Fairness,
    hours::{HoursJudge, Span},
    pace::Pace,
};
use crate::{
    Violation,
    env::Env,
    plan::Plan,
    store::{BatchRow, DUE_SINCE_EVER, RecipientRow, Store},
};

/// PRODUCT §4: a retry starts within two seconds when a slot is free and the hours allow.
const LATEST: Duration = Duration::from_secs(2);

/// From one call's end to the next call on its line: three commits.
const TURNAROUND: Duration = Duration::from_millis(250);

/// The share of a limit that may lie idle while people wait, and the slot time below which that
/// is not judged.
const IDLE_SHARE: f64 = 0.02;
const LEAST_SLOT_SECONDS: f64 = 60.0;

/// After so many findings no batch is asked whether it is over.
const MOST_FOUND: usize = 20;

/// Watches a run.
#[derive(Debug)]
pub struct Monitor {
    hours: HoursJudge,
    trunks: BTreeMap<TrunkId, Pace>,
    lanes: BTreeMap<(BatchId, LaneKey), Wait>,
    workspaces: BTreeMap<WorkspaceId, Use>,
    fairness: Fairness,
    truth: Truth,
    found: Vec<Violation>,
    seen: Seen,
    /// When the next lane opens, closes or becomes due.
    changes_at: Timestamp,
    calm: bool,
    last_at: Timestamp,
}

/// How much of the wire-tap was seen.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
struct Seen {
    sent: usize,
    congested: usize,
    led: usize,
    placements: usize,
    stalls: usize,
    offset_us: i64,
}

/// A lane in which somebody waits.
#[derive(Debug, Clone, Copy)]
struct Wait {
    /// Since when, or from when, nothing stands in the way; none while a line is missing.
    free_since: Option<Timestamp>,
    /// Until when it stays so.
    until: Timestamp,
}

/// How a workspace's limit was used while people waited.
#[derive(Debug, Default, Clone, Copy)]
struct Use {
    limit: u32,
    idle: u32,
    wanted: f64,
    wasted: f64,
}

/// Lines in use, as far as INVITEs may have left on them.
#[derive(Debug, Default)]
pub(super) struct Lines {
    pub workspaces: BTreeMap<WorkspaceId, u32>,
    pub batches: BTreeMap<BatchId, u32>,
    pub trunks: BTreeMap<TrunkId, u32>,
    /// Of each trunk, by workspace.
    pub shares: BTreeMap<(TrunkId, WorkspaceId), u32>,
    numbers: BTreeSet<(WorkspaceId, E164)>,
}

/// Who could be dialed now if there were a line.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Waiting {
    pub first: u32,
    pub retry: u32,
}

impl Monitor {
    /// A watcher of a run that has not begun.
    pub fn new(plan: &Plan) -> Monitor {
        Monitor {
            hours: HoursJudge::default(),
            trunks: BTreeMap::new(),
            lanes: BTreeMap::new(),
            workspaces: BTreeMap::new(),
            fairness: Fairness::default(),
            truth: Truth::default(),
            found: Vec::new(),
            seen: Seen::default(),
            changes_at: Timestamp(i64::MIN),
            calm: plan.faults.calm,
            last_at: plan.start,
        }
    }

    /// Looks at the time that passes until the next event, at `at`.
    pub fn before(&mut self, env: &Env, at: Timestamp) {
        let now = env.now();
        for ((batch, lane), wait) in &mut self.lanes {
            let Some(since) = wait.free_since else { continue };
            let since = since.max(env.disturbed_until);
            if since + LATEST < at.min(wait.until) {
                let what = format!(
                    "{batch}: somebody waits since {since} in {:?} retry={}, a line is free",
                    lane.zones.as_str(),
                    lane.retry
                );
                self.found.push(Violation { checker: "nobody waits while a line is free", what });
                wait.free_since = None;
            }
        }
        let seconds = at.since(now).as_secs_f64();
        for (id, usage) in &mut self.workspaces {
            let open = (self.lanes.iter()).filter(|((batch, _), wait)| {
                self.fairness.workspace_of(*batch) == Some(*id)
                    && wait.free_since.is_some_and(|since| since + TURNAROUND < at)
                    && now < wait.until
            });
            let idle_since = open.filter_map(|(_, wait)| wait.free_since).min();
            if let Some(since) = idle_since {
                let idle = at.since((since + TURNAROUND).max(now)).as_secs_f64().min(seconds);
                usage.wasted += idle * f64::from(usage.idle);
            }
            if self.fairness.anybody_waits(*id) {
                usage.wanted += seconds * f64::from(usage.limit);
            }
        }
        self.fairness.time_passes(seconds);
        self.last_at = at;
    }

    /// Looks at what an event changed; most events change nothing that matters here.
    pub fn after(&mut self, env: &Env, store: &Store, stored: bool) {
        let now = env.now();
        if !self.listen(env, store) && !stored && now < self.changes_at {
            return;
        }
        let lines = Lines::of(store);
        self.changes_at = Timestamp(i64::MAX);
        let mut lanes = BTreeMap::new();
        self.fairness.begin(now);
        for usage in self.workspaces.values_mut() {
            usage.idle = 0;
        }
        for row in store.batches.values().filter(|row| row.facts.state == BatchState::Running) {
            let Some(trunk) = row.facts.trunk else { continue };
            let (paced, cps) = self.paced(trunk, store, now);
            let room = lines.room(row, store);
            let mut waiting = Waiting::default();
            for (key, due_at) in self.waiting_lanes(row, (store, env.wall()), &lines) {
                let due = env.at_wall(due_at.0);
                let Some(span) = self.open_span(row, &key, env, due.max(now)) else { continue };
                let begins = due.max(span.from);
                let changes = [begins, span.until].into_iter().filter(|at| *at > now);
                self.changes_at = changes.fold(self.changes_at, Timestamp::min);
                if begins <= now {
                    *(if key.retry { &mut waiting.retry } else { &mut waiting.first }) += due_at.1;
                }
                let key = (row.facts.id, key);
                let known = self.lanes.get(&key).and_then(|wait| wait.free_since);
                let since = known.filter(|since| *since <= now).unwrap_or(now);
                let free_since = (room > 0).then_some(begins.max(paced).max(since));
                lanes.insert(key, Wait { free_since, until: span.until });
            }
            let idle = room.min(waiting.first + waiting.retry);
            let usage = self.workspaces.entry(row.facts.workspace).or_default();
            usage.limit = store.workspaces[&row.facts.workspace];
            usage.idle = usage.limit.min(usage.idle + idle);
            self.fairness.looks_at(row, waiting, (&lines, store), cps);
        }
        self.fairness.end(store, &lines, now < env.disturbed_until);
        self.lanes = lanes;
    }

    /// Compares at `at`, while nothing happens, what a process says with what is.
    pub fn asks(&mut self, env: &Env, store: &Store, at: Timestamp, says: &Dispatcher) {
        let quiet = at.since(env.now());
        let at = (at, Timestamp(at.0 + env.offset_us));
        self.truth.look(&Look { env, store, trunks: &self.trunks, at, quiet }, says);
        self.are_ended(store, at.1, quiet);
    }

    /// Whatever its state, a batch that is past its `ends_at` is over.
    fn are_ended(&mut self, store: &Store, wall: Timestamp, quiet: Duration) {
        for row in store.batches.values().filter(|row| {
            let state = row.facts.state;
            state != BatchState::Draft && !state.is_final()
        }) {
            let Some(ends_at) = row.facts.settings.ends_at else { continue };
            if quiet > LATEST && ends_at + quiet < wall && self.found.len() < MOST_FOUND {
                let what = format!("{} is {:?} at {wall}", row.facts.id, row.facts.state);
                self.found.push(Violation { checker: "a batch ends at its ends_at", what });
            }
        }
    }

    /// What was found, and what only the whole run shows.
    pub fn verdict(&self) -> Vec<Violation> {
        let mut found = self.found.clone();
        found.extend(self.fairness.verdict());
        found.extend(self.truth.found.iter().cloned());
        for (id, usage) in &self.workspaces {
            let (wanted, wasted) = (usage.wanted, usage.wasted);
            if self.calm && wanted >= LEAST_SLOT_SECONDS && wasted > wanted * IDLE_SHARE {
                let what = format!("{id}: {wasted:.1} of {wanted:.1} slot seconds lay idle");
                found.push(Violation { checker: "the limit is used while people wait", what });
            }
        }
        found
    }

    /// Takes note of what the wire-tap saw since the last event.
    fn listen(&mut self, env: &Env, store: &Store) -> bool {
        let tap = &env.tap;
        let seen = Seen {
            sent: tap.sent.len(),
            congested: tap.congested.len(),
            led: tap.led.len(),
            placements: tap.placements.len(),
            stalls: tap.stalls.len(),
            offset_us: env.offset_us,
        };
        if seen == self.seen {
            return false;
        }
        for stall in &tap.stalls[self.seen.stalls..] {
            for pace in self.trunks.values_mut() {
                pace.not_before = pace.not_before + *stall;
                pace.placed_at = pace.placed_at.map(|at| at + *stall);
                pace.slowed_at = pace.slowed_at.map(|at| at + *stall);
                pace.led_at = pace.led_at.map(|at| at + *stall);
            }
        }
        for (trunk, at) in &tap.placements[self.seen.placements..] {
            let pace = self.trunks.entry(*trunk).or_insert_with(Pace::full);
            pace.placed(*at);
        }
        for sent in &tap.sent[self.seen.sent..] {
            let pace = self.trunks.entry(sent.attempt.trunk).or_insert_with(Pace::full);
            pace.sent.push(sent.at);
            self.fairness.dials(&sent.attempt);
        }
        for (trunk, heard_at, wait, _) in &tap.congested[self.seen.congested..] {
            let pace = self.trunks.entry(*trunk).or_insert_with(Pace::full);
            pace.share = (pace.share / 2.0).max(1.0 / 64.0);
            pace.slowed_at = Some(*heard_at);
            pace.not_before = pace.not_before.max(*heard_at + (*wait).min(backoff::LONGEST));
        }
        // A new process does not know when the last one dialed: it waits as if it just had.
        for (_, led_at) in &tap.led[self.seen.led..] {
            for trunk in store.trunks.keys() {
                let pace = self.trunks.entry(*trunk).or_insert_with(Pace::full);
                pace.led_at = pace.led_at.max(Some(*led_at));
            }
        }
        self.seen = seen;
        true
    }

    fn paced(&mut self, trunk: TrunkId, store: &Store, now: Timestamp) -> (Timestamp, f64) {
        let cps = store.trunks[&trunk].1;
        let pace = self.trunks.entry(trunk).or_insert_with(Pace::full);
        if pace.cps != cps {
            // News of a new pace take a moment, and the old one is forgotten slowly.
            pace.not_before = pace.not_before.max(now + Duration::from_secs(1));
            pace.cps = cps;
        }
        (pace.next_at(), cps * pace.share)
    }

    fn open_span(
        &mut self,
        row: &BatchRow,
        lane: &LaneKey,
        env: &Env,
        from: Timestamp,
    ) -> Option<Span> {
        let settings = &row.facts.settings;
        let ends_at = settings.ends_at.map_or(Timestamp(i64::MAX), |at| env.at_wall(at));
        let span = match &settings.calling_hours {
            None => Span { from: Timestamp(i64::MIN), until: Timestamp(i64::MAX) },
            Some(hours) => {
                let wall = Timestamp(from.0 + env.offset_us);
                let key = (row.facts.id, row.version, &lane.zones);
                let span = self.hours.next_open(key, hours, wall)?;
                Span { from: env.at_wall(span.from), until: env.at_wall(span.until) }
            }
        };
        Some(Span { from: span.from, until: span.until.min(ends_at) })
    }

    /// The lanes in which somebody waits who is in no call: the earliest due instant, how many.
    fn waiting_lanes(
        &self,
        row: &BatchRow,
        (store, wall): (&Store, Timestamp),
        lines: &Lines,
    ) -> BTreeMap<LaneKey, (Timestamp, u32)> {
        let mut lanes: BTreeMap<LaneKey, (Timestamp, u32)> = BTreeMap::new();
        let overlaps = row.facts.settings.allow_overlapping_calls;
        let mut add = |key: LaneKey, due_at: Timestamp| {
            let lane = lanes.entry(key).or_insert((due_at, 0));
            *lane = (lane.0.min(due_at), lane.1 + 1);
        };
        for recipient in &store.recipients[row.recipients.clone()] {
            let busy = lines.numbers.contains(&(row.facts.workspace, recipient.number));
            let home = row.facts.workspace;
            let lost = store.is_suppressed(home, recipient.number)
                || store.capped(home, wall).is_some_and(|_| recipient.capped_until.is_none());
            if recipient.status == RecipientStatus::Pending && (overlaps || !busy) && !lost {
                add(recipient.lane(), since_when(recipient, wall));
            }
        }
        let claimed = store.open.iter().map(|&index| &store.attempts[index]);
        for attempt in claimed.filter(|attempt| attempt.dialed_at.is_none()) {
            if attempt.attempt.batch == row.facts.id {
                add(attempt.attempt.lane.clone(), attempt.claimed_at);
            }
        }
        lanes
    }
}

/// Since when a pending recipient is due. Who was never dialed is due always, and put off for a
/// moment at most when the number is in a call.
fn since_when(recipient: &RecipientRow, wall: Timestamp) -> Timestamp {
    let fresh = recipient.charged + recipient.uncharged == 0;
    let put_off_until = wall + Duration::from_secs(1);
    let capped = recipient.capped_until.is_some_and(|until| until > wall);
    if fresh && !capped && recipient.due_at > put_off_until {
        DUE_SINCE_EVER
    } else {
        recipient.due_at
    }
}

impl Lines {
    fn of(store: &Store) -> Lines {
        let mut lines = Lines::default();
        for row in store.open.iter().map(|&index| &store.attempts[index]) {
            let attempt = &row.attempt;
            if row.dialed_at.is_some() {
                *lines.workspaces.entry(attempt.workspace).or_default() += 1;
                *lines.batches.entry(attempt.batch).or_default() += 1;
                *lines.trunks.entry(attempt.trunk).or_default() += 1;
                *lines.shares.entry((attempt.trunk, attempt.workspace)).or_default() += 1;
                lines.numbers.insert((attempt.workspace, attempt.number));
            }
        }
        lines
    }

    /// How many more calls the limits allow a batch.
    pub(super) fn room(&self, row: &BatchRow, store: &Store) -> u32 {
        let facts = &row.facts;
        let used = |count: Option<&u32>| count.copied().unwrap_or(0);
        let workspace = store.workspaces[&facts.workspace];
        self.room_but_for_workspace(row, store)
            .min(workspace.saturating_sub(used(self.workspaces.get(&facts.workspace))))
    }

    /// How many calls more the limits would allow a batch if its workspace had no call on its trunk
    /// and the trunk had no limit.
    pub(super) fn room_but_for_trunk(&self, row: &BatchRow, store: &Store) -> u32 {
        let (facts, used) = (&row.facts, |count: Option<&u32>| count.copied().unwrap_or(0));
        let Some(trunk) = facts.trunk else { return 0 };
        let here = used(self.shares.get(&(trunk, facts.workspace)));
        let elsewhere = used(self.workspaces.get(&facts.workspace)).saturating_sub(here);
        let batch = facts.settings.max_concurrent_calls.unwrap_or(u32::MAX);
        store.workspaces[&facts.workspace].saturating_sub(elsewhere).min(batch)
    }

    /// The same as if the workspace had no limit.
    pub(super) fn room_but_for_workspace(&self, row: &BatchRow, store: &Store) -> u32 {
        let facts = &row.facts;
        let Some(trunk) = facts.trunk else { return 0 };
        let used = |count: Option<&u32>| count.copied().unwrap_or(0);
        let batch = facts.settings.max_concurrent_calls.unwrap_or(u32::MAX);
        (batch.saturating_sub(used(self.batches.get(&facts.id))))
            .min(store.trunks[&trunk].0.saturating_sub(used(self.trunks.get(&trunk))))
    }
}
