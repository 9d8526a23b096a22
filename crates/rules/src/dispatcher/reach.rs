//! Whether something that every call needs is there: a trunk that answers, an agent that can speak.
//!
//! Failures stop calls, so that an outage costs nobody an attempt. While calls are stopped it is
//! probed, more and more seldom; what works begins again.

use std::{sync::Arc, time::Duration};

use crate::{ids::RecipientId, time::Timestamp};

/// Failures in a row that stop calls. One is enough where nothing has ever worked.
const STRIKES: u32 = 3;

/// From a stop to its first probe; each probe that fails doubles the distance to the next.
const FIRST_PROBE: Duration = Duration::from_secs(1);

/// The longest distance between two probes.
const LONGEST_PROBE: Duration = Duration::from_secs(60);

/// From a stop to the first call that is let through although no probe was answered: some trunks
/// take calls and answer no OPTIONS. The distance doubles, too.
const FIRST_TRIAL: Duration = Duration::from_secs(15);

/// The longest distance between two such calls: a trunk that is back is noticed within minutes.
const LONGEST_TRIAL: Duration = Duration::from_secs(300);

/// What a question without an answer shows holds for so long, longer than questions to what is
/// wanted are apart. After that it is asked again before a call is tried.
const FRESH: Duration = Duration::from_secs(75);

/// What is known of a trunk, or of an agent. Only trunks are asked questions.
#[derive(Debug)]
pub(super) struct Reach {
    /// When it was last seen to work.
    pub worked_at: Option<Timestamp>,
    /// When the question left that waits for its answer.
    pub asked_at: Option<Timestamp>,
    /// Whether it answers questions, once that is known.
    pub hears: Option<bool>,
    /// When a question was last left without an answer.
    pub unanswered_at: Option<Timestamp>,
    /// Whose calls got no answer since it last worked.
    silence: Silence,
    /// Failures in a row of calls that never left.
    failures: u32,
    stop: Option<Stop>,
    /// From a failed probe to the next.
    probe_wait: Duration,
    /// From a failed call to the next that goes without an answered probe.
    trial_wait: Duration,
}

/// Whose calls got no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Silence {
    Nobodys,
    Of(RecipientId),
    OfSeveral,
}

/// Calls are stopped.
#[derive(Debug, Clone)]
struct Stop {
    since: Timestamp,
    cause: Arc<str>,
    step: Step,
    trial_at: Timestamp,
    /// Whether it was out of reach itself, so that it is gone back to gently.
    gently: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    /// The next probe is due then.
    Until(Timestamp),
    /// One call at a time may leave. Those that left since then are on trial.
    Trial { from: Timestamp },
}

/// What stops calls, in words and times.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outage {
    /// Since when calls are stopped.
    pub since: Timestamp,
    /// Why.
    pub cause: Arc<str>,
    /// When the next probe is due; none while one is on its way.
    pub probe_at: Option<Timestamp>,
}

/// How the next probe is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Probe {
    /// By a question that calls nobody.
    Question,
    /// By one call.
    Call,
}

impl Default for Reach {
    fn default() -> Reach {
        Reach {
            worked_at: None,
            asked_at: None,
            hears: None,
            unanswered_at: None,
            silence: Silence::Nobodys,
            failures: 0,
            stop: None,
            probe_wait: FIRST_PROBE,
            trial_wait: FIRST_TRIAL,
        }
    }
}

impl Reach {
    /// A call could not leave for want of it.
    pub fn failed(&mut self, cause: Arc<str>, gently: bool, now: Timestamp) {
        self.failures = self.failures.saturating_add(1);
        if self.stop.is_some() || self.failures >= STRIKES || self.worked_at.is_none() {
            self.stop(cause, gently, now);
        }
    }

    /// Calls are stopped, or the call on trial failed: the next probe is due later.
    pub fn stop(&mut self, cause: Arc<str>, gently: bool, now: Timestamp) {
        if let Some(stop) = &mut self.stop {
            (stop.cause, stop.gently) = (cause.clone(), stop.gently || gently);
            let Step::Trial { from } = stop.step else { return };
            self.was_unwanted_since(from, now);
        }
        let (step, trial_at) = (Step::Until(now + self.probe_wait), now + self.trial_wait);
        let stop = self.stop.get_or_insert(Stop { since: now, cause, step, trial_at, gently });
        (stop.step, stop.trial_at) = (step, trial_at);
        self.probe_wait = (self.probe_wait * 2).min(LONGEST_PROBE);
        self.trial_wait = (self.trial_wait * 2).min(LONGEST_TRIAL);
    }

    /// A call got what it needed. Whether calls had been stopped by its own absence, so that they
    /// begin again gently. What was seen before the stop, and is only told now, ends no stop.
    pub fn worked(&mut self, at: Timestamp) -> bool {
        self.worked_at = self.worked_at.max(Some(at));
        if self.stop.as_ref().is_some_and(|stop| at <= stop.since) {
            return false;
        }
        self.silence = Silence::Nobodys;
        self.failures = 0;
        self.probe_wait = FIRST_PROBE;
        self.trial_wait = FIRST_TRIAL;
        self.stop.take().is_some_and(|stop| stop.gently)
    }

    /// A question was answered: calls begin again, and one more failure stops them. The answer is
    /// as for [`Reach::worked`].
    pub fn answered(&mut self, at: Timestamp) -> bool {
        self.hears = Some(true);
        self.worked_at = self.worked_at.max(Some(at));
        let Some(stop) = self.stop.take() else { return false };
        self.failures = STRIKES - 1;
        stop.gently
    }

    /// A question was not answered.
    pub fn unanswered(&mut self, cause: Arc<str>, now: Timestamp) {
        let Some(stop) = &mut self.stop else { return };
        if let Step::Until(at) = &mut stop.step {
            // A call that is due waits for no other question.
            (*at, stop.cause) = ((now + self.probe_wait).min(stop.trial_at.max(now)), cause);
            self.probe_wait = (self.probe_wait * 2).min(LONGEST_PROBE);
        }
    }

    /// A call of this recipient got no answer.
    pub fn was_silent_to(&mut self, recipient: RecipientId) {
        self.silence = match self.silence {
            Silence::Nobodys => Silence::Of(recipient),
            Silence::Of(other) if other == recipient => self.silence,
            Silence::Of(_) | Silence::OfSeveral => Silence::OfSeveral,
        };
    }

    /// Whether calls of several recipients got no answer since it last worked.
    pub fn is_silent_to_several(&self) -> bool {
        self.silence == Silence::OfSeveral
    }

    /// It is another now: it is probed at once.
    pub fn changed(&mut self, now: Timestamp) {
        (self.probe_wait, self.trial_wait) = (FIRST_PROBE, FIRST_TRIAL);
        if let Some(stop) = &mut self.stop {
            (stop.step, stop.trial_at) = (Step::Until(now), now + FIRST_TRIAL);
        }
    }

    /// The probe that is due.
    pub fn probe_due(&self, now: Timestamp) -> Option<Probe> {
        let stop = self.stop.as_ref()?;
        match stop.step {
            Step::Until(at) if at > now || self.asked_at.is_some() => None,
            // What was left alone for long, as over a night, is asked first.
            Step::Until(_) if stop.trial_at <= now && self.fresh_until() > Some(now) => {
                Some(Probe::Call)
            }
            Step::Until(_) => Some(Probe::Question),
            Step::Trial { .. } => None,
        }
    }

    /// Until when the last question without an answer says that a call may be tried.
    pub fn fresh_until(&self) -> Option<Timestamp> {
        self.unanswered_at.map(|at| at + FRESH)
    }

    /// No call was tried while the last question was fresh: the next probe is a question.
    pub fn goes_stale(&mut self, now: Timestamp) {
        let fresh_until = self.fresh_until().unwrap_or(now).min(now);
        if let Some(Stop { step: step @ Step::Trial { .. }, .. }) = &mut self.stop {
            *step = Step::Until(fresh_until);
        }
    }

    /// The probe that was due is made.
    pub fn probes(&mut self, probe: Probe, now: Timestamp) {
        if let Some(Stop { step: Step::Until(at), .. }) = self.stop {
            self.was_unwanted_since(at, now);
        }
        match (probe, &mut self.stop) {
            (Probe::Question, _) => self.asked_at = Some(now),
            (Probe::Call, Some(stop)) => stop.step = Step::Trial { from: now },
            (Probe::Call, None) => {}
        }
    }

    /// A probe that was due at `due_at` is made only now. If that is later than probes are ever apart
    /// nobody wanted it meanwhile, and how often it failed before says nothing.
    fn was_unwanted_since(&mut self, due_at: Timestamp, now: Timestamp) {
        if due_at + LONGEST_TRIAL < now {
            (self.probe_wait, self.trial_wait) = (FIRST_PROBE, FIRST_TRIAL);
        }
    }

    /// Whether no call may leave, and until when; none when it may, if only one at a time.
    pub fn stopped(&self) -> Option<Option<Timestamp>> {
        match self.stop.as_ref()?.step {
            Step::Until(at) => Some(Some(at).filter(|_| self.asked_at.is_none())),
            Step::Trial { .. } => None,
        }
    }

    /// Since when one call at a time may leave.
    pub fn on_trial(&self) -> Option<Timestamp> {
        match self.stop.as_ref()?.step {
            Step::Trial { from } => Some(from),
            Step::Until(_) => None,
        }
    }

    /// What stops calls.
    pub fn outage(&self) -> Option<Outage> {
        let stop = self.stop.as_ref()?;
        let probe_at = self.stopped().flatten();
        Some(Outage { since: stop.since, cause: stop.cause.clone(), probe_at })
    }

    /// Whether calls are stopped only because this machine lacks something. That says nothing about
    /// what is at the other end.
    pub fn is_held_up(&self) -> bool {
        let waits = |stop: &Stop| !stop.gently && matches!(stop.step, Step::Until(_));
        self.stop.as_ref().is_some_and(waits)
    }

    /// The clock was found to have moved.
    pub fn shift(&mut self, by_us: i64) {
        let move_it = |at: &mut Timestamp| at.0 = at.0.saturating_add(by_us);
        let seen = [&mut self.worked_at, &mut self.asked_at, &mut self.unanswered_at];
        seen.into_iter().flatten().for_each(move_it);
        let Some(stop) = &mut self.stop else { return };
        move_it(&mut stop.since);
        move_it(&mut stop.trial_at);
        let (Step::Until(at) | Step::Trial { from: at }) = &mut stop.step;
        move_it(at);
    }
}
