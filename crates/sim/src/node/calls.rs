//! A node's calls on the wire: a short model of telephony and of the agent.

use std::time::Duration;

use campanile_rules::{
    attempt::{Attempt, EndReason, Ending, Evidence, Outcome},
    dispatcher::Input,
    ids::{AttemptId, TrunkId},
    node,
    time::Timestamp,
};

use super::{Node, OUTAGE, Timer};
use crate::{
    bug::Bug,
    carrier::{Request, Signal, SignalKind},
    env::{Env, Event, Parties, Sent},
};

/// A call of this process.
pub(super) struct Call {
    attempt: Attempt,
    state: State,
    rang: bool,
    heard: bool,
    overdue: bool,
    last_request_at: Timestamp,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// The INVITE has been sent; the phone may be ringing.
    Inviting,
    /// The call was answered. The value is its outcome.
    Talking(Outcome),
    /// CANCEL has been sent.
    Cancelling,
    /// BYE has been sent. The values are the outcome and the reason.
    Leaving(Outcome, EndReason),
}

/// How long the node waits for the answer to a probe.
pub(crate) const PATIENCE: Duration = Duration::from_secs(4);

/// Timer B (RFC 3261 §17.1.1.2).
const TIMER_B: Duration = Duration::from_secs(32);

impl Node {
    /// Sends the INVITE of an attempt.
    pub(super) fn dial(&mut self, env: &mut Env, attempt: Attempt) {
        let (at, wall, life) = (env.now(), env.wall(), self.life);
        let id = attempt.id;
        env.note("INVITE", id.0, || format!("{} +{}", attempt.call_id, attempt.number.digits()));
        env.tap.sent.push(Sent { attempt: attempt.clone(), at, wall, by: life });
        let parties =
            Parties { workspace: attempt.workspace, trunk: attempt.trunk, to: attempt.number };
        let request = Request::Invite { call_id: attempt.call_id.clone(), parties };
        let last_request_at = env.send(life, request, at);
        let call = Call {
            attempt,
            state: State::Inviting,
            rang: false,
            heard: false,
            overdue: false,
            last_request_at,
        };
        if let Some(process) = &mut self.process {
            process.calls.insert(id, call);
        }
        env.later(self.ring_timeout, Event::Timer(life, Timer::Ring(id)));
        env.later(TIMER_B / 8, Event::Timer(life, Timer::Silent(id)));
        env.later(TIMER_B, Event::Timer(life, Timer::NoAnswer(id)));
        self.news(env, Input::Dialed { attempt: id, at: wall });
    }

    /// Handles a message of the carrier.
    pub fn signal(&mut self, env: &mut Env, signal: Signal) {
        if signal.kind == SignalKind::Gone {
            return self.hung_up(env, &signal.call_id);
        }
        if let SignalKind::Pong(id) = signal.kind {
            return self.pong(env, id);
        }
        self.heed_the_clock(env);
        let wall = env.wall();
        let Some(process) = &mut self.process else { return };
        let call = process.calls.values_mut().find(|call| call.attempt.call_id == signal.call_id);
        let Some(call) = call else { return };
        let id = call.attempt.id;
        call.heard = true;
        env.tap.heard.push((call.attempt.trunk, env.queue.now()));
        if process.out.remove(&call.attempt.trunk) {
            env.disturb(OUTAGE);
        }
        let news = Input::TrunkAnswered { id: call.attempt.trunk, at: wall };
        process.machine.handle(node::Input::Dispatch(news), wall);
        env.note("hears", id.0, || format!("{} {:?}", signal.call_id, signal.kind));
        match (signal.kind, call.state) {
            (SignalKind::Ringing, _) => {
                call.rang = true;
                if call.overdue {
                    self.rang_long_enough(env, id);
                }
            }
            (SignalKind::Answered { machine }, State::Inviting) => {
                let outcome = if machine { Outcome::Voicemail } else { Outcome::Completed };
                call.state = State::Talking(outcome);
                let talk = env.up_to(Duration::from_secs(if machine { 6 } else { 40 }));
                env.later(talk, Event::Timer(self.life, Timer::Talk(id)));
            }
            (SignalKind::Answered { .. }, State::Cancelling) => {
                self.bye(env, id, Outcome::NoAnswer, EndReason::UserDidNotPickUp);
            }
            (SignalKind::Final(487, _), State::Cancelling) => {
                self.over(env, id, (Outcome::NoAnswer, EndReason::UserDidNotPickUp), None);
            }
            (SignalKind::Final(code, retry_after), _) => {
                if code == 503 {
                    let heard = (call.attempt.trunk, env.queue.now(), self.life);
                    let wait = retry_after.unwrap_or_default();
                    env.tap.congested.push((heard.0, heard.1, wait, heard.2));
                }
                self.over(env, id, classify(code), retry_after);
            }
            (SignalKind::Bye, State::Talking(outcome)) => {
                self.over(env, id, (outcome, left_by(outcome, EndReason::UserDisconnected)), None);
            }
            (SignalKind::Bye | SignalKind::ByeDone, State::Leaving(outcome, reason)) => {
                self.over(env, id, (outcome, reason), None);
            }
            (SignalKind::Answered { .. } | SignalKind::Bye | SignalKind::ByeDone, _) => {}
            (SignalKind::Gone | SignalKind::Pong(_), _) => {}
        }
    }

    pub(super) fn rang_long_enough(&mut self, env: &mut Env, id: AttemptId) {
        let Some(call) = self.process.as_mut().and_then(|process| process.calls.get_mut(&id))
        else {
            return;
        };
        // No CANCEL before a provisional response (RFC 3261 §9.1); Timer B ends such a call.
        call.overdue = true;
        if call.state != State::Inviting || !call.rang {
            return;
        }
        call.state = State::Cancelling;
        env.tap.cancelled.insert(call.attempt.call_id.clone());
        let request = Request::Cancel(call.attempt.call_id.clone());
        let not_before = call.last_request_at + Duration::from_micros(1);
        call.last_request_at = env.send(self.life, request, not_before);
        if env.has(Bug::SlotReleasedBeforeWireQuiet) {
            self.over(env, id, (Outcome::NoAnswer, EndReason::UserDidNotPickUp), None);
        }
    }

    pub(super) fn said_everything(&mut self, env: &mut Env, id: AttemptId) {
        let call = self.process.as_ref().and_then(|process| process.calls.get(&id));
        if let Some(State::Talking(outcome)) = call.map(|call| call.state) {
            let reason = left_by(outcome, EndReason::AgentDisconnected);
            self.bye(env, id, outcome, reason);
        }
    }

    pub(super) fn silent_so_far(&mut self, env: &mut Env, id: AttemptId) {
        let call = self.process.as_ref().and_then(|process| process.calls.get(&id));
        if call.is_some_and(|call| !call.heard) {
            self.news(env, Input::Silent { attempt: id });
        }
    }

    pub(super) fn never_answered(&mut self, env: &mut Env, id: AttemptId) {
        let call = self.process.as_ref().and_then(|process| process.calls.get(&id));
        if let Some(call) = call.filter(|call| call.state == State::Inviting && !call.rang) {
            env.disturb(OUTAGE);
            env.tap.silent.push((call.attempt.trunk, env.queue.now()));
            self.over(env, id, (Outcome::Failed, EndReason::TrunkUnreachable), None);
        }
    }

    /// Probes a trunk.
    pub(super) fn probe(&mut self, env: &mut Env, id: TrunkId) {
        let Some(process) = &mut self.process else { return };
        process.questions += 1;
        let nth = process.questions;
        process.asked.insert(id, nth);
        if process.out.contains(&id) {
            env.disturb(PATIENCE + Duration::from_secs(1));
        }
        let now = env.now();
        let unasked = env.faults.troubles.iter().any(|trouble| trouble.forbids_question(id, now));
        if !unasked {
            env.send(self.life, Request::Options(id), now);
        }
        let patience = if unasked { Duration::from_millis(1) } else { PATIENCE };
        env.later(patience, Event::Timer(self.life, Timer::Unanswered(id, nth)));
    }

    pub(super) fn unanswered(&mut self, env: &mut Env, id: TrunkId, nth: u64) {
        let Some(process) = &mut self.process else { return };
        if process.asked.get(&id) == Some(&nth) {
            process.asked.remove(&id);
            process.out.insert(id);
            env.disturb(OUTAGE);
            env.tap.unanswered.push((id, env.queue.now()));
            self.news(env, Input::Probed { id, answer: Err("it is silent".into()) });
        }
    }

    fn pong(&mut self, env: &mut Env, id: TrunkId) {
        let Some(process) = &mut self.process else { return };
        if process.asked.remove(&id).is_some() {
            if process.out.remove(&id) {
                env.disturb(OUTAGE);
            }
            env.tap.heard.push((id, env.queue.now()));
            self.news(env, Input::Probed { id, answer: Ok(()) });
        }
    }

    fn bye(&mut self, env: &mut Env, id: AttemptId, outcome: Outcome, reason: EndReason) {
        let Some(call) = self.process.as_mut().and_then(|process| process.calls.get_mut(&id))
        else {
            return;
        };
        call.state = State::Leaving(outcome, reason);
        let request = Request::Bye(call.attempt.call_id.clone());
        let not_before = call.last_request_at + Duration::from_micros(1);
        call.last_request_at = env.send(self.life, request, not_before);
        if env.has(Bug::SlotReleasedBeforeWireQuiet) {
            self.over(env, id, (outcome, reason), None);
        }
    }

    fn over(
        &mut self,
        env: &mut Env,
        id: AttemptId,
        (outcome, end_reason): (Outcome, EndReason),
        retry_after: Option<Duration>,
    ) {
        let ended_at = env.wall();
        let Some(process) = &mut self.process else { return };
        if process.calls.remove(&id).is_none() {
            return;
        }
        let ending = Ending {
            outcome,
            end_reason,
            permanent: matches!(
                end_reason,
                EndReason::InvalidNumber | EndReason::DestinationForbidden
            ),
            retry_after,
            ended_at,
            evidence: Evidence::default(),
        };
        self.news(env, Input::Ended { attempt: id, ending });
    }
}

/// The reason of an answered call that one party ended.
fn left_by(outcome: Outcome, party: EndReason) -> EndReason {
    if outcome == Outcome::Voicemail { EndReason::VoicemailDetected } else { party }
}

/// The outcome and reason of each status code that this carrier sends (PRODUCT: attempt outcome and
/// reason).
fn classify(code: u16) -> (Outcome, EndReason) {
    match code {
        486 => (Outcome::Busy, EndReason::UserBusy),
        603 => (Outcome::Failed, EndReason::UserDeclined),
        404 => (Outcome::Failed, EndReason::InvalidNumber),
        403 => (Outcome::RejectedByRoute, EndReason::DestinationForbidden),
        408 | 480 | 487 => (Outcome::NoAnswer, EndReason::UserDidNotPickUp),
        503 => (Outcome::Failed, EndReason::TrunkCongested),
        _ => (Outcome::Failed, EndReason::NetworkFailure),
    }
}
