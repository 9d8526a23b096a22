//! What becomes of calls that got no answer at all.
//!
//! Nobody can tell from such a call whether its number is mute or its trunk is gone, so it is over
//! on the wire and not in the books until the trunk was asked:
//!
//! - The trunk answers the question: the number failed alone. The rule of a full trunk applies: not
//!   charged for the first few times, then charged.
//! - It does not: the trunk is out. Calls stop, and the attempt is excused, however often.
//! - It has answered calls and never a question: calls judge it. A call that was answered since the
//!   silent one left shows that the number failed alone. Without one, silence towards one number
//!   again and again is that number's, silence towards several is the trunk's.
//!
//! A call that has no answer after a few seconds has its trunk asked already, so that an outage is
//! noticed before the first call gives up. While the trunk's own silence stops calls nobody waits for a
//! question: whoever gets no answer then is excused. While this machine stops them, for want of a port,
//! the trunk is asked all the same.
//!
//! What such a trunk is tried with counts as an outage only while the last question is fresh. One that had
//! nobody to be tried with for longer is asked again first, or a mute number would be excused for an
//! outage that may be over.
//!
//! A crash in between leaves an open attempt whose INVITE left, and it ends as interrupted.

use std::sync::Arc;

use super::{
    Dispatcher, Output,
    book::{Phase, TrunkBook, Unheard},
    sabotage::Bug,
};
use crate::{
    attempt::{Attempt, Ending},
    ids::{AttemptId, TrunkId},
    time::Timestamp,
};

impl Dispatcher {
    /// A call of this attempt got no answer at all; it had left at `dialed_at`.
    pub(super) fn unheard(
        &mut self,
        attempt: Attempt,
        ending: Ending,
        dialed_at: Option<Timestamp>,
    ) {
        let now = self.now;
        if self.sabotaged(Bug::OutageCharged) {
            return self.conclude(attempt, ending, (dialed_at, false));
        }
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
        self.conclude(attempt, ending, (dialed_at, !alone));
    }

    /// A call has no answer so far. Its trunk is asked at once unless calls are known to tell more,
    /// so that an outage is noticed before the first call gives up.
    pub(super) fn silent_so_far(&mut self, id: AttemptId) {
        let Some(held) = self.held.get(&id) else { return };
        let (Phase::Dialed { at }, trunk) = (held.phase, held.attempt.trunk) else { return };
        let TrunkBook { reach, silent_since, .. } = self.trunk_mut(trunk);
        if reach.outage().is_none() && reach.hears != Some(false) && reach.worked_at <= Some(at) {
            *silent_since = Some(at);
        }
    }

    /// The next question to a trunk that left a call without an answer.
    pub(super) fn next_question(&mut self) -> Option<Output> {
        let waits = |trunk: &TrunkBook| {
            trunk.reach.asked_at.is_none()
                && (!trunk.unheard.is_empty() || trunk.silent_since.is_some())
        };
        let id = self.trunks.iter().find(|(_, trunk)| waits(trunk)).map(|(&id, _)| id)?;
        self.ask(id)
    }

    /// A probe of a trunk is back.
    pub(super) fn probed(&mut self, id: TrunkId, answer: Result<(), Arc<str>>) {
        let (now, grows_from) = (self.now, self.grows_from());
        let trunk = self.trunk_mut(id);
        let asked_at = trunk.reach.asked_at.take();
        let silent_since = trunk.silent_since.take();
        let outage = match answer {
            Ok(()) => {
                if trunk.reach.answered(now) {
                    trunk.pacer.resumes(grows_from);
                }
                false
            }
            Err(cause) => {
                let Some(asked_at) = asked_at else { return };
                trunk.is_out((asked_at, silent_since), &cause, now)
            }
        };
        self.sweep = true;
        let unheard = std::mem::take(&mut self.trunk_mut(id).unheard);
        for Unheard { attempt, ending, dialed_at } in unheard {
            let outage = outage || self.sabotaged(Bug::MuteExcusedForEver);
            self.conclude(attempt, ending, (dialed_at, outage));
        }
    }
}

impl TrunkBook {
    /// A question was not answered. Whether the trunk is out, so that calls are stopped.
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
            // What has answered a question before may have missed this one.
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

/// The cause of an outage in which INVITEs leave and nothing comes back.
fn silent(question: Option<&str>) -> Arc<str> {
    let question = question.map_or_else(String::new, |cause| format!(", nor OPTIONS ({cause})"));
    format!(
        "it answers no call{question}; check its host, its port, what carries SIP to it, and the \
         network"
    )
    .into()
}
