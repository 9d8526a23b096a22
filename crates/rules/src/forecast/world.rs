//! A simulated world in which the dispatcher dials: a store of counts, phones that follow the
//! population, and a clock that jumps from one event to the next.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BinaryHeap, HashMap},
    time::Duration,
};

use super::{
    Load, Question, Run,
    population::{Dice, Mood, Sample},
    stretch::{self, Pace},
    thin,
};
use crate::{
    attempt::{Attempt, Ending, Evidence},
    batch::{BatchSettings, BatchState},
    blocker::Blocker,
    dispatcher::{
        Advance, BatchFacts, Claim, Dispatcher, Input, Lane, LaneKey, Output, Settlement,
    },
    ids::{AttemptId, BatchId, RecipientId, TrunkId},
    phone::E164,
    recipient::Due,
    retry::Next,
    time::Timestamp,
    zones::ZoneSet,
};

/// The time from the end of a call until its line is free.
const SETTLING: Duration = Duration::from_millis(20);

/// The forecast does not look further ahead.
const HORIZON: Duration = Duration::from_secs(366 * 86_400);

/// The most steps of a run per call. A run with more steps is stuck.
const STEPS_OF_A_CALL: u64 = 40;

/// The batch in question.
const OURS: BatchId = BatchId(1);

/// The trunk of that batch, and one trunk for all others.
const TRUNKS: [TrunkId; 2] = [TrunkId(1), TrunkId(2)];

/// Runs a batch to its end, or until `most_calls` were dialed and the rest can be extrapolated.
pub(super) fn run(question: &Question, mood: Mood, now: Timestamp, most_calls: u64) -> Option<Run> {
    let (thinner, by) = thin::thin(question, most_calls);
    let mut world = World::new(&thinner, (mood, most_calls), now);
    world.go_on()?;
    let ours = &world.batches[&OURS];
    let finished = ours.facts.state.is_final();
    let ends_at = question.batch.settings.ends_at;
    let done_at = match finished {
        true => world.now,
        false => stretch::done_at(&thinner, ours, &world.pace(mood))?,
    };
    let late = !finished && ends_at.is_some_and(|ends_at| ends_at < done_at);
    Some(Run {
        done_at: ends_at.map_or(done_at, |ends_at| done_at.min(ends_at)),
        limit: world.limit(done_at),
        calls_at_once: world.calls_at_once() * f64::from(by),
        cut_short: late || ours.facts.state == BatchState::Cancelled,
        calls: ours.calls * u64::from(by),
    })
}

/// Counts of the recipients of a batch who are not at rest.
pub(super) struct Virtual {
    facts: BatchFacts,
    /// Recipients who were never dialed.
    pub fresh: BTreeMap<ZoneSet, u64>,
    /// Recipients who wait for a retry, by due instant and number of charged attempts.
    pub retries: BTreeMap<ZoneSet, BTreeMap<(Timestamp, u32), u64>>,
    open: u64,
    /// The calls so far.
    calls: u64,
}

struct World<'a> {
    question: &'a Question,
    mood: Mood,
    most_calls: u64,
    dispatcher: Dispatcher,
    dice: Dice,
    now: Timestamp,
    begun_at: Timestamp,
    batches: BTreeMap<BatchId, Virtual>,
    calls: HashMap<AttemptId, (Attempt, Sample)>,
    ends: BinaryHeap<Reverse<(Timestamp, AttemptId)>>,
    placed: u64,
    attempts: i64,
    /// How long each blocker held up the batch, in microseconds.
    blocked_us: BTreeMap<Option<Blocker>, i64>,
    /// The line time of the batch, and the time in which it had any line, in microseconds.
    line_us: i64,
    busy_us: i64,
    /// When the lines had filled: the calls of the batch and of others so far, and its open time.
    filled: Option<(u64, u64, i64)>,
}

impl World<'_> {
    fn new(question: &Question, (mood, most_calls): (Mood, u64), now: Timestamp) -> World<'_> {
        let mut world = World {
            question,
            mood,
            most_calls,
            dispatcher: Dispatcher::new(),
            // A fixed seed, so that equal questions have equal answers.
            dice: Dice::new(0x6361_6d70_616e_696c),
            now,
            begun_at: now,
            batches: BTreeMap::new(),
            calls: HashMap::new(),
            ends: BinaryHeap::new(),
            placed: 0,
            attempts: 0,
            blocked_us: BTreeMap::new(),
            line_us: 0,
            busy_us: 0,
            filled: None,
        };
        let max_concurrent_calls = question.workspace_calls;
        let loads: Vec<&Load> = [&question.batch].into_iter().chain(&question.others).collect();
        for load in &loads {
            world.tell(Input::Workspace { id: load.workspace, max_concurrent_calls });
        }
        let [ours, other] = TRUNKS;
        let (max_calls, max_cps) = (question.trunk_calls, question.trunk_cps);
        world.tell(Input::Trunk { id: ours, max_calls, max_cps });
        world.tell(Input::Trunk { id: other, max_calls: u32::MAX, max_cps: crate::pacer::MAX_CPS });
        for (load, id) in loads.into_iter().zip(1..) {
            world.load(load, BatchId(id));
        }
        world
    }

    fn load(&mut self, load: &Load, id: BatchId) {
        let starts_later = load.settings.starts_at.is_some_and(|at| at > self.now);
        let facts = BatchFacts {
            id,
            version: 0,
            workspace: load.workspace,
            trunk: Some(TRUNKS[usize::from(!load.same_trunk)]),
            agent: Default::default(),
            state: if starts_later { BatchState::Scheduled } else { BatchState::Running },
            settings: load.settings.clone(),
        };
        let (fresh, retries) = (BTreeMap::new(), BTreeMap::new());
        let mut batch = Virtual { facts: facts.clone(), fresh, retries, open: 0, calls: 0 };
        let mut lanes = Vec::new();
        for group in load.waiting.iter().filter(|group| group.people > 0) {
            let zones = group.zones.clone();
            let key = LaneKey { zones: zones.clone(), retry: group.retry_at.is_some() };
            let next_due = group.retry_at.unwrap_or_default().into();
            lanes.push(Lane { key, next_due });
            match group.retry_at {
                None => *batch.fresh.entry(zones).or_default() += group.people,
                Some(at) => batch.wait(zones, (at, 1), group.people),
            }
        }
        self.batches.insert(id, batch);
        self.tell(Input::BatchLoaded { facts, lanes, open: Vec::new() });
    }

    fn tell(&mut self, input: Input) {
        self.dispatcher.handle(input, self.now);
    }

    /// Runs until the batch is done or enough calls were made. `None` if the batch is never done.
    fn go_on(&mut self) -> Option<()> {
        for _ in 0..self.most_calls.saturating_mul(STEPS_OF_A_CALL) {
            let wake_at = self.drain();
            if self.batches[&OURS].facts.state.is_final() || self.placed >= self.most_calls {
                return Some(());
            }
            let end_at = self.ends.peek().map(|Reverse((at, _))| *at);
            let next = [wake_at, end_at].into_iter().flatten().min()?;
            if next > self.begun_at + HORIZON {
                return None;
            }
            self.time_passes(next);
            while let Some(Reverse((at, id))) =
                self.ends.peek().copied().filter(|end| end.0.0 <= next)
            {
                self.ends.pop();
                self.end(id, at);
            }
        }
        None
    }

    fn time_passes(&mut self, until: Timestamp) {
        let passed_us = until.0 - self.now.0;
        let blocked = self.dispatcher.blocker(OURS, self.now).map(|blocked| blocked.blocker);
        *self.blocked_us.entry(blocked).or_default() += passed_us;
        let open = self.batches[&OURS].open as i64;
        self.line_us += passed_us * open;
        self.busy_us += if open > 0 { passed_us } else { 0 };
        self.now = self.now.max(until);
        if self.filled.is_none() && self.placed >= self.most_calls / 4 {
            self.filled = Some(self.so_far());
        }
    }

    /// The calls of the batch, the calls of the others, and the open time of the batch.
    fn so_far(&self) -> (u64, u64, i64) {
        let ours = self.batches[&OURS].calls;
        let shut = [Blocker::OutsideCallingHours, Blocker::WaitingForStart];
        let shut = shut.iter().filter_map(|blocker| self.blocked_us.get(&Some(*blocker)));
        (ours, self.placed - ours, self.now.0 - self.begun_at.0 - shut.sum::<i64>())
    }

    /// Carries out the outputs of the dispatcher until it wants to wait.
    fn drain(&mut self) -> Option<Timestamp> {
        loop {
            match self.dispatcher.poll(self.now) {
                Output::Claim(claim) => self.claim(claim),
                Output::Place(attempt) => self.place(attempt),
                Output::Release { attempt, .. } => self.release(attempt),
                Output::Settle(settlement) => self.settle(settlement),
                // Trunks are never down in this world.
                Output::Probe(id) => self.tell(Input::Probed { id, answer: Ok(()) }),
                Output::Advance { batch, advance } => self.advance(batch, advance),
                Output::Wake { at, .. } => return at,
            }
        }
    }

    fn claim(&mut self, claim: Claim) {
        let Some(batch) = self.batches.get_mut(&claim.batch) else { return };
        let mut attempts = Vec::with_capacity(claim.limit as usize);
        while attempts.len() < claim.limit as usize
            && let Some(charged_before) = batch.take(&claim)
        {
            self.attempts += 1;
            attempts.push(Attempt {
                id: AttemptId(self.attempts),
                recipient: RecipientId(self.attempts),
                batch: claim.batch,
                workspace: batch.facts.workspace,
                trunk: batch.facts.trunk.unwrap_or(TRUNKS[0]),
                number: E164::from_digits(self.attempts as u64),
                number_in_row: charged_before + 1,
                charged_before,
                uncharged_before: 0,
                lane: claim.lane.clone(),
                call_id: String::new(),
            });
        }
        batch.open += attempts.len() as u64;
        let next_due = batch.next_due_at(&claim.lane).map(Due::from);
        let Claim { batch, lane, .. } = claim;
        self.tell(Input::Claimed { batch, lane, attempts, next_due });
    }

    fn place(&mut self, attempt: Attempt) {
        let (id, at) = (attempt.id, self.now);
        if let Some(batch) = self.batches.get_mut(&attempt.batch) {
            batch.calls += 1;
        }
        self.placed += 1;
        let sample = self.question.population.call(self.mood, &mut self.dice);
        self.calls.insert(id, (attempt, sample));
        self.ends.push(Reverse((at + sample.lasts + SETTLING, id)));
        self.tell(Input::Dialed { attempt: id, at });
    }

    fn end(&mut self, id: AttemptId, ended_at: Timestamp) {
        let Some((_, sample)) = self.calls.get(&id) else { return };
        let ending = Ending {
            outcome: sample.outcome,
            end_reason: sample.end_reason,
            permanent: sample.permanent,
            retry_after: None,
            ended_at,
            evidence: Evidence::default(),
        };
        self.tell(Input::Ended { attempt: id, ending });
    }

    fn settle(&mut self, Settlement { attempt, batch, next, .. }: Settlement) {
        let made = self.calls.remove(&attempt).map(|(attempt, _)| attempt);
        if let (Some(batch), Some(made)) = (self.batches.get_mut(&batch), made) {
            batch.open -= 1;
            if let Next::Retry { at, .. } = next {
                batch.wait(made.lane.zones, (at, made.charged_before + 1), 1);
            }
        }
        self.tell(Input::Settled { attempt });
    }

    fn release(&mut self, attempt: Attempt) {
        let due_at = if attempt.lane.retry { self.now } else { Timestamp::default() };
        if let Some(batch) = self.batches.get_mut(&attempt.batch) {
            batch.open -= 1;
            let zones = attempt.lane.zones;
            match attempt.lane.retry {
                true => batch.wait(zones, (due_at, attempt.charged_before), 1),
                false => *batch.fresh.entry(zones).or_default() += 1,
            }
        }
        self.tell(Input::Released { attempt: attempt.id, due_at: Some(due_at) });
    }

    fn advance(&mut self, batch: BatchId, advance: Advance) {
        let Some(batch) = self.batches.get_mut(&batch) else { return };
        batch.facts.state = match advance {
            Advance::Begin => BatchState::Running,
            Advance::Complete => BatchState::Completed,
            Advance::End => BatchState::Cancelled,
        };
        let facts = batch.facts.clone();
        self.tell(Input::BatchChanged(facts));
    }

    /// The pace of calls after the lines had filled.
    fn pace(&self, mood: Mood) -> Pace {
        let (ours, others, open_us) = self.so_far();
        let (ours_before, others_before, before_us) = self.filled.unwrap_or_default();
        let seconds = ((open_us - before_us) as f64 / 1e6).max(1e-3);
        let left = self.batches.iter().filter(|(id, _)| **id != OURS);
        let left = left.map(|(_, batch)| stretch::work(self.question, batch, mood));
        Pace {
            now: self.now,
            mood,
            ours_per_s: (ours - ours_before) as f64 / seconds,
            others_per_s: (others - others_before) as f64 / seconds,
            others_left: left.sum(),
        }
    }

    /// The blocker that lasted longest. The time after the dialed calls is assumed to be like the
    /// time before, except for the calling hours.
    fn limit(&self, done_at: Timestamp) -> Option<Blocker> {
        let whole_us = done_at.0 - self.begun_at.0;
        let (_, _, open_us) = self.so_far();
        let seen_us = self.now.0 - self.begun_at.0;
        if done_at > self.now && whole_us > 2 * open_us.max(1) * (whole_us / seen_us.max(1)).max(1)
        {
            return Some(Blocker::OutsideCallingHours);
        }
        self.blocked_us.iter().max_by_key(|(_, us)| **us).and_then(|(blocker, _)| *blocker)
    }

    fn calls_at_once(&self) -> f64 {
        self.line_us as f64 / self.busy_us.max(1) as f64
    }
}

impl Virtual {
    fn wait(&mut self, zones: ZoneSet, due: (Timestamp, u32), people: u64) {
        *self.retries.entry(zones).or_default().entry(due).or_default() += people;
    }

    /// Takes a due recipient. Returns the number of charged attempts of the recipient.
    fn take(&mut self, claim: &Claim) -> Option<u32> {
        let zones = &claim.lane.zones;
        if !claim.lane.retry {
            let left = self.fresh.get_mut(zones).filter(|left| **left > 0)?;
            *left -= 1;
            return Some(0);
        }
        let waiting = self.retries.get_mut(zones)?;
        let mut first = waiting.first_entry().filter(|first| first.key().0 <= claim.due_by)?;
        let charged = first.key().1;
        *first.get_mut() -= 1;
        if *first.get() == 0 {
            first.remove();
        }
        Some(charged)
    }

    fn next_due_at(&self, lane: &LaneKey) -> Option<Timestamp> {
        if lane.retry {
            let first = self.retries.get(&lane.zones)?.first_key_value();
            return first.map(|((due_at, _), _)| *due_at);
        }
        let left = self.fresh.get(&lane.zones).copied().unwrap_or(0);
        (left > 0).then(Timestamp::default)
    }

    pub fn settings(&self) -> &BatchSettings {
        &self.facts.settings
    }
}
