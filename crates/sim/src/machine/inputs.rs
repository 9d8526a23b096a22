//! What a node with a planted bug hears.

use std::time::Duration;

use campanile_rules::{
    attempt::{Attempt, EndReason, Ending},
    batch::BatchState,
    dispatcher::{self, BatchFacts},
    hours::HoursZone,
    ids::TrunkId,
    node::{Answer, Input},
    pacer::MAX_CPS,
    retry::{MAX_UNCHARGED, is_congestion},
    time::Timestamp,
};

use super::Machine;
use crate::bug::Bug;

/// How late a batch ends.
const LATE: Duration = Duration::from_secs(30);

/// The part of its pace that a trunk keeps which is back after an outage.
const KEPT: f64 = 1.0 / 8.0;

impl Machine {
    /// Passes an input on as the bug has it.
    pub(super) fn hear(&mut self, bug: Bug, mut input: Input, now: Timestamp) {
        misread_changes(bug, &mut input);
        if bug == Bug::WaitUntold
            && let Input::Answered(Answer::Claimed { next_due: Some(due), .. }) = &mut input
        {
            due.waits_for = None;
        }
        let mut paused = Vec::new();
        for facts in facts_in(&mut input) {
            paused.extend(Some(&*facts).filter(|facts| facts.state == BatchState::Paused).cloned());
            self.known.facts.insert(facts.id, facts.clone());
            self.known.first.entry(facts.id).or_insert_with(|| facts.clone());
            self.misread_batch(bug, facts);
        }
        for (id, max_calls, max_cps) in trunks_in(&mut input) {
            self.known.trunks.insert(id, (max_calls, *max_cps));
            self.known.first_cps.entry(id).or_insert(*max_cps);
            *max_cps = self.misread_pace(bug, id, *max_cps);
        }
        for attempt in attempts_in(&mut input) {
            self.known.attempts.insert(attempt.id, attempt.clone());
            self.misread_attempt(bug, attempt);
        }
        if let Input::Dispatch(dispatcher::Input::Dialed { attempt, at }) = &input {
            self.known.dialed.insert(*attempt, *at);
        }
        if let Input::Dispatch(dispatcher::Input::Ended { attempt, ending }) = &mut input {
            let dialed_at = self.known.dialed.get(attempt).copied();
            let misread = misread_ending(bug, ending.clone(), dialed_at);
            if misread != *ending {
                self.known.endings.insert(*attempt, std::mem::replace(ending, misread));
            }
        }
        self.node.handle(input, now);
        for facts in paused.into_iter().filter(|_| bug == Bug::RetryAcrossPause) {
            let runs = BatchFacts { state: BatchState::Running, ..facts };
            self.node.handle(Input::Answered(Answer::Advanced(runs)), now);
        }
        if bug == Bug::NeverGrowsBack {
            self.slow_those_back(now);
        }
    }

    fn misread_batch(&self, bug: Bug, facts: &mut BatchFacts) {
        let settings = &mut facts.settings;
        if bug == Bug::EditIgnored
            && let Some(first) = self.known.first.get(&facts.id)
        {
            *settings = first.settings.clone();
        }
        if bug == Bug::WeightIgnored {
            settings.weight = 1;
        }
        if bug == Bug::PausedNeverEnds && facts.state == BatchState::Paused {
            settings.ends_at = None;
        }
        if bug == Bug::EndsLate {
            settings.ends_at = settings.ends_at.map(|at| at + LATE);
        }
        if bug == Bug::HoursInWrongZone
            && let Some(hours) = &mut settings.calling_hours
        {
            hours.time_zone = HoursZone::Named("UTC".to_owned());
        }
    }

    fn misread_pace(&self, bug: Bug, trunk: TrunkId, max_cps: f64) -> f64 {
        if bug == Bug::PacerBurst {
            return MAX_CPS;
        }
        if bug == Bug::PaceEditIgnored {
            return self.known.first_cps[&trunk];
        }
        if bug == Bug::NeverGrowsBack && self.known.back.contains(&trunk) {
            return max_cps * KEPT;
        }
        max_cps
    }

    fn misread_attempt(&self, bug: Bug, attempt: &mut Attempt) {
        if bug == Bug::CongestionCharged {
            attempt.uncharged_before = MAX_UNCHARGED;
        }
        if bug == Bug::CongestionWaitFlat && attempt.uncharged_before < MAX_UNCHARGED {
            attempt.uncharged_before = 0;
        }
    }

    /// Gives trunks that are back after an outage a part of their pace.
    fn slow_those_back(&mut self, now: Timestamp) {
        let trunks: Vec<_> = self.known.trunks.iter().map(|(id, limits)| (*id, *limits)).collect();
        for (id, (max_calls, max_cps)) in trunks {
            if self.node.dispatcher().trunk_outage(id).is_some() {
                self.known.stopped.insert(id);
            } else if self.known.stopped.remove(&id) {
                self.known.back.insert(id);
                let max_cps = max_cps * KEPT;
                let slow = dispatcher::Input::Trunk { id, max_calls, max_cps };
                self.node.handle(Input::Dispatch(slow), now);
            }
        }
    }
}

fn misread_ending(bug: Bug, mut ending: Ending, dialed_at: Option<Timestamp>) -> Ending {
    if bug == Bug::RetryCountedFromStart {
        ending.ended_at = dialed_at.unwrap_or(ending.ended_at);
    }
    if bug == Bug::PermanentRetried {
        ending.permanent = false;
    }
    if bug == Bug::AheadOfRetryAfter {
        ending.retry_after = None;
    }
    // The trunk is asked whether it answers, and nobody is charged, as after congestion.
    if bug == Bug::CongestionIgnored && is_congestion(&ending) && ending.retry_after.is_none() {
        ending.end_reason = EndReason::TrunkUnreachable;
    }
    ending
}

fn misread_changes(bug: Bug, input: &mut Input) {
    let Input::Answered(Answer::Changes(changes)) = input else { return };
    if bug == Bug::RemovedTrunkKept {
        changes.trunks.retain(|(_, limits)| limits.is_some());
    }
    changes.limits &= bug != Bug::LimitsChangeMissed;
}

/// The facts of batches that an input reports.
fn facts_in(input: &mut Input) -> Vec<&mut BatchFacts> {
    match input {
        Input::Answered(Answer::Loaded(snapshot)) => {
            snapshot.batches.iter_mut().map(|batch| &mut batch.facts).collect()
        }
        Input::Answered(Answer::Changes(changes)) => {
            changes.batches.iter_mut().map(|batch| &mut batch.facts).collect()
        }
        Input::Answered(Answer::Advanced(facts)) => vec![facts],
        _ => Vec::new(),
    }
}

/// The trunks that an input reports, each with its limits.
fn trunks_in(input: &mut Input) -> Vec<(TrunkId, u32, &mut f64)> {
    match input {
        Input::Answered(Answer::Loaded(snapshot)) => {
            let trunks = snapshot.trunks.iter_mut();
            trunks.map(|trunk| (trunk.id, trunk.max_calls, &mut trunk.max_cps)).collect()
        }
        Input::Answered(Answer::Changes(changes)) => {
            let trunks = changes.trunks.iter_mut();
            let known = trunks.filter_map(|(id, limits)| Some((*id, limits.as_mut()?)));
            known.map(|(id, limits)| (id, limits.max_calls, &mut limits.max_cps)).collect()
        }
        _ => Vec::new(),
    }
}

/// The attempts that an input reports.
fn attempts_in(input: &mut Input) -> Vec<&mut Attempt> {
    match input {
        Input::Answered(Answer::Claimed { attempts, .. }) => attempts.iter_mut().collect(),
        Input::Answered(Answer::Loaded(snapshot)) => {
            snapshot.batches.iter_mut().flat_map(|batch| &mut batch.open).collect()
        }
        _ => Vec::new(),
    }
}
