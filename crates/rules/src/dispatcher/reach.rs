//! Whether something that every call needs is available: a trunk that answers, or an agent that can
//! speak.
//!
//! Repeated failures stop calls, so that an outage costs no recipient an attempt. While calls are
//! stopped, the trunk or agent is probed at growing intervals. Calls resume when a probe succeeds.

use std::{sync::Arc, time::Duration};

use crate::{ids::RecipientId, time::Timestamp};

/// Failures in a row that stop calls. One failure is enough if nothing has ever worked.
const STRIKES: u32 = 3;

/// The time from a stop to the first probe. Each failed probe doubles the interval to the next one.
const FIRST_PROBE: Duration = Duration::from_secs(1);

/// The longest interval between two probes.
const LONGEST_PROBE: Duration = Duration::from_secs(60);

/// The longest interval between two connections to an agent's server that was unreachable. A probe
/// calls nobody and costs little.
const LONGEST_PROBE_OF_A_SERVER: Duration = Duration::from_secs(5);

/// The time from a stop to the first trial call, which is let through although no probe was
/// answered. Some trunks take calls but do not answer OPTIONS. This interval doubles, too.
const FIRST_TRIAL: Duration = Duration::from_secs(15);

/// The longest interval between two trial calls. It bounds to minutes how late a recovery is
/// noticed.
const LONGEST_TRIAL: Duration = Duration::from_secs(300);

/// How long an unanswered question counts. It is longer than the interval between questions to a
/// wanted trunk. Afterwards the trunk is asked again before a trial call.
const FRESH: Duration = Duration::from_secs(75);

/// What is known about the availability of a trunk or an agent. Only trunks are asked questions.
#[derive(Debug)]
pub(super) struct Reach {
    /// When the trunk or agent last worked.
    pub worked_at: Option<Timestamp>,
    /// When the question left that still waits for its answer.
    pub asked_at: Option<Timestamp>,
    /// Whether the trunk answers questions, once that is known.
    pub hears: Option<bool>,
    /// When the last unanswered question was given up.
    pub unanswered_at: Option<Timestamp>,
    /// The recipients whose calls got no response since the trunk last worked.
    silence: Silence,
    /// Failures in a row of calls whose INVITE never left.
    failures: u32,
    stop: Option<Stop>,
    /// The interval from a failed probe to the next probe.
    probe_wait: Duration,
    /// The longest such interval.
    longest_probe: Duration,
    /// The interval from a failed trial call to the next trial call.
    trial_wait: Duration,
}

/// The recipients whose calls got no response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Silence {
    Nobodys,
    Of(RecipientId),
    OfSeveral,
}

/// The state while calls are stopped.
#[derive(Debug, Clone)]
struct Stop {
    since: Timestamp,
    cause: Arc<str>,
    step: Step,
    trial_at: Timestamp,
    /// Whether the trunk or agent itself failed. If so, calls resume at a slow pace.
    gently: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    /// The next probe is due at this instant.
    Until(Timestamp),
    /// One call at a time may leave. Every call that left since `from` is a trial call.
    Trial { from: Timestamp },
}

/// An outage: since when calls are stopped, why, and when the next probe is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outage {
    /// Since when calls are stopped.
    pub since: Timestamp,
    /// The reason.
    pub cause: Arc<str>,
    /// When the next probe is due. `None` while a probe waits for its answer.
    pub probe_at: Option<Timestamp>,
}

/// The kind of the next probe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Probe {
    /// A question that calls no recipient.
    Question,
    /// A trial call.
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
            longest_probe: LONGEST_PROBE,
            trial_wait: FIRST_TRIAL,
        }
    }
}

impl Reach {
    /// The availability of an agent's server.
    pub fn of_a_server() -> Reach {
        Reach { longest_probe: LONGEST_PROBE_OF_A_SERVER, ..Reach::default() }
    }

    /// Notes that a call could not leave because the trunk or agent was unavailable.
    pub fn failed(&mut self, cause: Arc<str>, gently: bool, now: Timestamp) {
        self.failures = self.failures.saturating_add(1);
        if self.stop.is_some() || self.failures >= STRIKES || self.worked_at.is_none() {
            self.stop(cause, gently, now);
        }
    }

    /// Stops calls, or notes that the trial call failed. The next probe is due later.
    pub fn stop(&mut self, cause: Arc<str>, gently: bool, now: Timestamp) {
        if let Some(stop) = &mut self.stop {
            (stop.cause, stop.gently) = (cause.clone(), stop.gently || gently);
            let Step::Trial { from } = stop.step else { return };
            self.was_unwanted_since(from, now);
        }
        let (step, trial_at) = (Step::Until(now + self.probe_wait), now + self.trial_wait);
        let stop = self.stop.get_or_insert(Stop { since: now, cause, step, trial_at, gently });
        (stop.step, stop.trial_at) = (step, trial_at);
        self.probe_wait = (self.probe_wait * 2).min(self.longest_probe);
        self.trial_wait = (self.trial_wait * 2).min(LONGEST_TRIAL);
    }

    /// Notes that a call succeeded. Returns whether calls were stopped by a failure of the trunk or
    /// agent itself and now resume slowly. A success from before the stop, reported late, does not
    /// end the stop.
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

    /// Notes an answer to a question: calls resume, and one more failure stops them again. Returns
    /// the same as [`Reach::worked`].
    pub fn answered(&mut self, at: Timestamp) -> bool {
        self.hears = Some(true);
        self.worked_at = self.worked_at.max(Some(at));
        let Some(stop) = self.stop.take() else { return false };
        self.failures = STRIKES - 1;
        stop.gently
    }

    /// Notes that a question was not answered.
    pub fn unanswered(&mut self, cause: Arc<str>, now: Timestamp) {
        let Some(stop) = &mut self.stop else { return };
        if let Step::Until(at) = &mut stop.step {
            // A trial call that is due does not wait for another question.
            (*at, stop.cause) = ((now + self.probe_wait).min(stop.trial_at.max(now)), cause);
            self.probe_wait = (self.probe_wait * 2).min(self.longest_probe);
        }
    }

    /// Notes that a call of this recipient got no response.
    pub fn was_silent_to(&mut self, recipient: RecipientId) {
        self.silence = match self.silence {
            Silence::Nobodys => Silence::Of(recipient),
            Silence::Of(other) if other == recipient => self.silence,
            Silence::Of(_) | Silence::OfSeveral => Silence::OfSeveral,
        };
    }

    /// Whether calls of several recipients got no response since the trunk last worked.
    pub fn is_silent_to_several(&self) -> bool {
        self.silence == Silence::OfSeveral
    }

    /// Notes that the settings of the trunk or agent changed. The next probe is due at once.
    pub fn changed(&mut self, now: Timestamp) {
        (self.probe_wait, self.trial_wait) = (FIRST_PROBE, FIRST_TRIAL);
        if let Some(stop) = &mut self.stop {
            (stop.step, stop.trial_at) = (Step::Until(now), now + FIRST_TRIAL);
        }
    }

    /// The probe that is due at `now`, if any.
    pub fn probe_due(&self, now: Timestamp) -> Option<Probe> {
        let stop = self.stop.as_ref()?;
        match stop.step {
            Step::Until(at) if at > now || self.asked_at.is_some() => None,
            // After a long time without a probe, for example overnight, a question precedes the
            // trial call.
            Step::Until(_) if stop.trial_at <= now && self.fresh_until() > Some(now) => {
                Some(Probe::Call)
            }
            Step::Until(_) => Some(Probe::Question),
            Step::Trial { .. } => None,
        }
    }

    /// Until when the last unanswered question permits a trial call.
    pub fn fresh_until(&self) -> Option<Timestamp> {
        self.unanswered_at.map(|at| at + FRESH)
    }

    /// Makes the next probe a question, because no trial call was made while the last question was
    /// fresh.
    pub fn goes_stale(&mut self, now: Timestamp) {
        let fresh_until = self.fresh_until().unwrap_or(now).min(now);
        if let Some(Stop { step: step @ Step::Trial { .. }, .. }) = &mut self.stop {
            *step = Step::Until(fresh_until);
        }
    }

    /// Notes that the probe that was due is being made.
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

    /// Resets the intervals if a probe is made much later than `due_at`. A delay beyond the longest
    /// interval means that no recipient wanted the trunk meanwhile, and the number of earlier
    /// failures says nothing.
    fn was_unwanted_since(&mut self, due_at: Timestamp, now: Timestamp) {
        if due_at + LONGEST_TRIAL < now {
            (self.probe_wait, self.trial_wait) = (FIRST_PROBE, FIRST_TRIAL);
        }
    }

    /// `Some` if no call may leave, with the instant until which that holds if known. `None` if
    /// calls may leave, even if only one at a time.
    pub fn stopped(&self) -> Option<Option<Timestamp>> {
        match self.stop.as_ref()?.step {
            Step::Until(at) => Some(Some(at).filter(|_| self.asked_at.is_none())),
            Step::Trial { .. } => None,
        }
    }

    /// Since when one call at a time may leave, if the trunk or agent is on trial.
    pub fn on_trial(&self) -> Option<Timestamp> {
        match self.stop.as_ref()?.step {
            Step::Trial { from } => Some(from),
            Step::Until(_) => None,
        }
    }

    /// The outage that stops calls, if any.
    pub fn outage(&self) -> Option<Outage> {
        let stop = self.stop.as_ref()?;
        let probe_at = self.stopped().flatten();
        Some(Outage { since: stop.since, cause: stop.cause.clone(), probe_at })
    }

    /// Whether calls are stopped only because this machine lacks something. Such a stop says
    /// nothing about the trunk or agent.
    pub fn is_held_up(&self) -> bool {
        let waits = |stop: &Stop| !stop.gently && matches!(stop.step, Step::Until(_));
        self.stop.as_ref().is_some_and(waits)
    }

    /// Moves all instants by a step of the clock.
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
