//! What becomes of calls that got no response at all.
//!
//! Such a call does not show whether its number is mute or its trunk is down. The call is over on
//! the wire but stays unsettled until the trunk has been asked:
//!
//! - The trunk answers the question: only the number failed. The rule of a full trunk applies: the
//!   first few attempts are not charged, later ones are.
//! - The trunk does not answer: it is down. Calls stop, and the attempt is excused, however often
//!   that happens.
//! - The trunk has answered calls but never a question: calls decide. If another call was answered
//!   since the silent one left, only the number failed. If none was, repeated silence towards one
//!   number is blamed on the number, and silence towards several numbers is blamed on the trunk.
//!
//! The trunk is asked as soon as a call has been silent for a few seconds, so that an outage is
//! noticed before the first call gives up. While the silence of the trunk stops calls, a silent
//! call is excused without a question. While this machine stops calls, for example because no port
//! is free, the trunk is still asked.
//!
//! A trial call of such a trunk counts as part of the outage only while the last question is fresh.
//! A trunk that had no recipient to try for longer is asked again first. Otherwise a mute number
//! would be excused for an outage that may be over.
//!
//! A crash in between leaves an open attempt whose INVITE left; the attempt ends as interrupted.

use std::sync::Arc;

use super::{
    Dispatcher, Output,
    book::{Phase, TrunkBook, Unheard},
};
use crate::{
    attempt::{Attempt, Ending},
    ids::{AttemptId, TrunkId},
    time::Timestamp,
};

impl Dispatcher {
    /// Handles a call that got no response at all. Its INVITE left at `dialed_at`.
    pub(super) fn unheard(
        &mut self,
        attempt: Attempt,
        ending: Ending,
        dialed_at: Option<Timestamp>,
    ) {
        let now = self.now;
        let trunk = self.trunks.entry(attempt.trunk).or_insert_with(TrunkBook::unknown);
        let reach = &mut trunk.reach;
        if reach.outage().is_none() || reach.is_held_up() {
            if let Some(held) = self.held.get_mut(&attempt.id) {
                held.phase = Phase::Unheard;
            }
            return trunk.unheard.push(Unheard { attempt, ending, dialed_at });
        }
        let mut alone = false;
        if dialed_at > reach.worked_at {
            reach.was_silent_to(attempt.recipient);
        }
        if reach.on_trial().is_some_and(|from| dialed_at.is_some_and(|at| at >= from)) {
            alone = reach.hears == Some(false) && !reach.is_silent_to_several();
            reach.stop(silent(None), true, now);
        }
        self.sweep = true;
        self.conclude(attempt, ending, !alone);
    }

    /// Handles a call that has no response so far. Its trunk is asked at once, so that an outage is
    /// noticed before the first call gives up. A trunk that is known to answer no questions is not
    /// asked.
    pub(super) fn silent_so_far(&mut self, id: AttemptId) {
        let Some(held) = self.held.get(&id) else { return };
        let (Phase::Dialed { at }, trunk) = (held.phase, held.attempt.trunk) else { return };
        let TrunkBook { reach, silent_since, .. } = self.trunk_mut(trunk);
        if reach.outage().is_none() && reach.hears != Some(false) && reach.worked_at <= Some(at) {
            *silent_since = Some(at);
        }
    }

    /// The next question to a trunk that left a call without a response.
    pub(super) fn next_question(&mut self) -> Option<Output> {
        let waits = |trunk: &TrunkBook| {
            trunk.reach.asked_at.is_none()
                && (!trunk.unheard.is_empty() || trunk.silent_since.is_some())
        };
        let id = self.trunks.iter().find(|(_, trunk)| waits(trunk)).map(|(&id, _)| id)?;
        self.ask(id)
    }

    /// Handles the result of a probe of a trunk.
    pub(super) fn probed(&mut self, id: TrunkId, answer: Result<(), Arc<str>>) {
        let now = self.now;
        let Some(trunk) = self.trunks.get_mut(&id) else { return };
        let asked_at = trunk.reach.asked_at.take();
        let silent_since = trunk.silent_since.take();
        let outage = match answer {
            Ok(()) => {
                if trunk.reach.answered(now) {
                    trunk.pacer.resumes(now);
                }
                false
            }
            Err(cause) => {
                let Some(asked_at) = asked_at else { return };
                trunk.is_out((asked_at, silent_since), &cause, now)
            }
        };
        let unheard = std::mem::take(&mut trunk.unheard);
        self.sweep = true;
        for Unheard { attempt, ending, .. } in unheard {
            self.conclude(attempt, ending, outage);
        }
    }
}

impl TrunkBook {
    /// Handles an unanswered question. Returns whether the trunk is down, so that calls stop.
    fn is_out(
        &mut self,
        (asked_at, silent_since): (Timestamp, Option<Timestamp>),
        cause: &str,
        now: Timestamp,
    ) -> bool {
        let reach = &mut self.reach;
        reach.unanswered_at = Some(now);
        let spoke = reach.worked_at > Some(asked_at);
        if spoke {
            // A trunk that has answered questions before may have missed this one.
            reach.hears.get_or_insert(false);
        }
        if reach.outage().is_some() {
            let since = reach.worked_at;
            let silent = self.unheard.iter().filter(|unheard| unheard.dialed_at > since);
            silent.for_each(|unheard| reach.was_silent_to(unheard.attempt.recipient));
            reach.unanswered(cause.into(), now);
            return true;
        }
        let since = self.unheard.iter().filter_map(|unheard| unheard.dialed_at).max();
        let since = since.max(silent_since);
        let heard = reach.worked_at > since && (spoke || reach.hears == Some(false));
        if since.is_none() || heard {
            return false;
        }
        self.unheard.iter().for_each(|unheard| reach.was_silent_to(unheard.attempt.recipient));
        if reach.hears == Some(false) && !reach.is_silent_to_several() {
            return false;
        }
        reach.stop(silent(Some(cause)), true, now);
        true
    }
}

/// The cause of an outage in which INVITEs leave and no response comes back.
fn silent(question: Option<&str>) -> Arc<str> {
    let question = question.map_or_else(String::new, |cause| format!(", nor OPTIONS ({cause})"));
    format!(
        "it answers no call{question}; check its host, its port, what carries SIP to it, and the \
         network"
    )
    .into()
}
