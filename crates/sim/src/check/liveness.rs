//! Checks that no due recipient waits while a line is free, hours are open and the pace allows a
//! call. The check runs between any two events, by the state of the store and of the wire.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use campanile_rules::{
    batch::BatchState,
    dispatcher::{LaneKey, Snag},
    ids::{BatchId, TrunkId, WorkspaceId},
    time::Timestamp,
};

use super::{
    backoff,
    blocker::{Look, Truth},
    fairness::{Fairness, Waiting},
    hours::{HoursJudge, Span},
    lines::Lines,
    pace::Pace,
    waiting::{WaitingLane, lanes_of},
    zones::Zones,
};
use crate::{
    Violation,
    env::Env,
    machine::Machine,
    plan::Plan,
    store::{BatchRow, Store},
};

/// A retry starts within two seconds when a slot is free and the hours allow it (PRODUCT §4).
const LATEST: Duration = Duration::from_secs(2);

/// A trunk that answers no probes and was silent to a recipient gets one call in five minutes,
/// after a probe that waits for its answer, until the trunk answers (docs/trunks.md).
const TRIED: Duration = Duration::from_secs(300 + 10);

/// From the end of one call to the next call on the same line: three commits.
const TURNAROUND: Duration = Duration::from_millis(250);

/// The part of a limit that may be idle while recipients wait, and the slot time below which
/// idleness is not judged.
const IDLE_SHARE: f64 = 0.02;
const LEAST_SLOT_SECONDS: f64 = 60.0;

/// After this many findings, no batch is checked for being over.
const MOST_FOUND: usize = 20;

/// Watches a run.
#[derive(Debug)]
pub struct Monitor {
    hours: HoursJudge,
    trunks: BTreeMap<TrunkId, Pace>,
    lanes: Vec<Wait>,
    workspaces: BTreeMap<WorkspaceId, Use>,
    fairness: Fairness,
    truth: Truth,
    zones: Zones,
    found: Vec<Violation>,
    seen: Seen,
    /// When the next lane opens, closes or becomes due.
    changes_at: Timestamp,
    /// The trunks that answer no probes.
    deaf: BTreeSet<TrunkId>,
    calm: bool,
    last_at: Timestamp,
}

/// How much of the wire-tap has been read.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
struct Seen {
    sent: usize,
    congested: usize,
    led: usize,
    placements: usize,
    silent: usize,
    unanswered: usize,
    snags: usize,
    stalls: usize,
    offset_us: i64,
}

/// A lane with a waiting recipient.
#[derive(Debug, Clone)]
struct Wait {
    batch: BatchId,
    home: WorkspaceId,
    key: LaneKey,
    /// Since when, or from when, the lane is unblocked. `None` while no line is free.
    free_since: Option<Timestamp>,
    /// Until when that stays so.
    until: Timestamp,
}

/// How a workspace's limit was used while recipients waited.
#[derive(Debug, Default, Clone, Copy)]
struct Use {
    limit: u32,
    idle: u32,
    wanted: f64,
    wasted: f64,
}

impl Monitor {
    /// Creates a watcher of a run that has not begun.
    pub fn new(plan: &Plan) -> Monitor {
        Monitor {
            hours: HoursJudge::default(),
            trunks: BTreeMap::new(),
            lanes: Vec::new(),
            workspaces: BTreeMap::new(),
            fairness: Fairness::default(),
            truth: Truth::default(),
            zones: Zones::default(),
            found: Vec::new(),
            seen: Seen::default(),
            changes_at: Timestamp(i64::MIN),
            deaf: plan.trunks.iter().filter(|trunk| trunk.deaf).map(|trunk| trunk.id).collect(),
            calm: plan.faults.calm,
            last_at: plan.start,
        }
    }

    /// Judges the time that passes until the next event, at `at`.
    pub fn before(&mut self, env: &Env, at: Timestamp) {
        let now = env.now();
        for wait in &mut self.lanes {
            let Some(since) = wait.free_since else { continue };
            let since = since.max(env.disturbed_until);
            if since + LATEST < at.min(wait.until) {
                let what = format!(
                    "{}: somebody waits since {since} in {:?} retry={}, a line is free",
                    wait.batch,
                    wait.key.zones.as_str(),
                    wait.key.retry
                );
                self.found.push(Violation { checker: "nobody waits while a line is free", what });
                wait.free_since = None;
            }
        }
        let seconds = at.since(now).as_secs_f64();
        for (id, usage) in &mut self.workspaces {
            let open = self.lanes.iter().filter(|wait| {
                wait.home == *id
                    && wait.free_since.is_some_and(|since| since + TURNAROUND < at)
                    && now < wait.until
            });
            let idle_since = open.filter_map(|wait| wait.free_since).min();
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

    /// Processes the changes of an event. Most events change nothing that matters here.
    pub fn after(&mut self, env: &Env, store: &Store, stored: bool) {
        let now = env.now();
        if !self.listen(env, store) && !stored && now < self.changes_at {
            return;
        }
        let lines = Lines::of(store);
        self.changes_at = Timestamp(i64::MAX);
        let mut lanes = Vec::new();
        self.fairness.begin(now);
        for usage in self.workspaces.values_mut() {
            usage.idle = 0;
        }
        for row in store.batches.values().filter(|row| row.facts.state == BatchState::Running) {
            let Some(trunk) = row.facts.trunk else { continue };
            let (paced, cps) = self.paced(trunk, store, now);
            let room = lines.room(row, store);
            let mut waiting = Waiting::default();
            for WaitingLane { key, due_at, people, claimed } in
                lanes_of(row, (store, env.wall()), &lines)
            {
                let due = env.at_wall(due_at);
                let Some(span) = self.open_span(row, &key, env, due.max(now)) else { continue };
                let begins = due.max(span.from);
                let changes = [begins, span.until].into_iter().filter(|at| *at > now);
                self.changes_at = changes.fold(self.changes_at, Timestamp::min);
                if begins <= now {
                    *(if key.retry { &mut waiting.retry } else { &mut waiting.first }) += people;
                    let unclaimed = &mut waiting.unclaimed;
                    *(if key.retry { &mut unclaimed.1 } else { &mut unclaimed.0 }) +=
                        people - claimed;
                }
                let (batch, home) = (row.facts.id, row.facts.workspace);
                let known = self.lanes.iter().find(|wait| wait.batch == batch && wait.key == key);
                let known = known.and_then(|wait| wait.free_since);
                let since = known.filter(|since| *since <= now).unwrap_or(now);
                let free_since = (room > 0).then_some(begins.max(paced).max(since));
                lanes.push(Wait { batch, home, key, free_since, until: span.until });
            }
            let idle = room.min(waiting.first + waiting.retry);
            let usage = self.workspaces.entry(row.facts.workspace).or_default();
            usage.limit = store.workspaces[&row.facts.workspace];
            usage.idle = usage.limit.min(usage.idle + idle);
            self.fairness.looks_at(row, waiting, (&lines, store), cps);
        }
        self.fairness.end(store, &lines, now < env.disturbed_until);
        self.lanes = lanes;
        self.zones.look(env, store, &mut self.hours);
    }

    /// Compares at `at`, while nothing happens, what a process reports with the truth.
    pub fn asks(&mut self, env: &Env, store: &Store, at: Timestamp, says: &Machine) {
        let quiet = at.since(env.now());
        let at = (at, Timestamp(at.0 + env.offset_us));
        self.truth.look(&Look { env, store, trunks: &self.trunks, at, quiet }, says);
    }

    /// Checks that a batch whose `ends_at` has passed is over at `at`, while nothing happens and a
    /// node leads. This holds in every state.
    pub fn are_ended(&mut self, env: &Env, store: &Store, at: Timestamp) {
        let (quiet, wall) = (at.since(env.now()), Timestamp(at.0 + env.offset_us));
        for row in store.batches.values().filter(|row| {
            let state = row.facts.state;
            state != BatchState::Draft && !state.is_final()
        }) {
            let Some(ends_at) = row.facts.settings.ends_at else { continue };
            if quiet > LATEST && ends_at + LATEST < wall && self.found.len() < MOST_FOUND {
                let what = format!("{} is {:?} at {wall}", row.facts.id, row.facts.state);
                self.found.push(Violation { checker: "a batch ends at its ends_at", what });
            }
        }
    }

    /// The findings, including those that only the whole run shows.
    pub fn verdict(&self) -> Vec<Violation> {
        let mut found = self.found.clone();
        found.extend(self.fairness.verdict());
        found.extend(self.truth.found.iter().cloned());
        found.extend(self.zones.found.iter().cloned());
        for (id, usage) in &self.workspaces {
            let (wanted, wasted) = (usage.wanted, usage.wasted);
            if self.calm && wanted >= LEAST_SLOT_SECONDS && wasted > wanted * IDLE_SHARE {
                let what = format!("{id}: {wasted:.1} of {wanted:.1} slot seconds lay idle");
                found.push(Violation { checker: "the limit is used while people wait", what });
            }
        }
        found
    }

    /// Reads what the wire-tap recorded since the last event.
    fn listen(&mut self, env: &Env, store: &Store) -> bool {
        let tap = &env.tap;
        let seen = Seen {
            sent: tap.sent.len(),
            congested: tap.congested.len(),
            led: tap.led.len(),
            placements: tap.placements.len(),
            silent: tap.silent.len(),
            unanswered: tap.unanswered.len(),
            snags: tap.snags.len(),
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
        let silent = &tap.silent[self.seen.silent..];
        let unanswered = &tap.unanswered[self.seen.unanswered..];
        let snags = &tap.snags[self.seen.snags..];
        let wrong = silent.iter().chain(unanswered).map(|(trunk, _)| *trunk);
        for trunk in wrong {
            self.trunks.entry(trunk).or_insert_with(Pace::full).trouble();
        }
        for (attempt, snag, _) in snags {
            let pace = self.trunks.entry(attempt.trunk).or_insert_with(Pace::full);
            match snag {
                Snag::Trunk(_) => pace.trouble(),
                Snag::Machine(_) | Snag::Agent(_) | Snag::Store => pace.never_left(),
            }
        }
        for (trunk, at) in silent {
            let pace = self.trunks.entry(*trunk).or_insert_with(Pace::full);
            if self.deaf.contains(trunk) {
                pace.not_before = pace.not_before.max(*at + TRIED);
            }
        }
        // A new process does not know when the last one dialed, and waits as if that were now.
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
            // News of a new pace take a moment, and the old pace fades slowly.
            pace.not_before = pace.not_before.max(now + Duration::from_secs(1));
            pace.cps = cps;
        }
        // Lines on a trunk that asked to wait are not shared.
        let share = if now < pace.not_before { 0.0 } else { pace.share };
        (pace.next_at(), cps * share)
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
                let span = self.hours.next_open(row.facts.id, (hours, &lane.zones), wall)?;
                Span { from: env.at_wall(span.from), until: env.at_wall(span.until) }
            }
        };
        Some(Span { from: span.from, until: span.until.min(ends_at) })
    }
}
