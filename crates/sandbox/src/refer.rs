//! The transfer of a call (RFC 3515): what the sandbox answers to a REFER, and the NOTIFYs by which
//! it tells how the transfer goes.

use std::collections::VecDeque;

use crate::behaviour::{Behaviour, Refusal, behaviour, last_two_digits};
use crate::exchange::Desk;
use crate::message::{Inquiry, Peer};
use crate::resend::{GIVE_UP_US, Resend};

const ACCEPTED: (u16, &str) = (202, "Accepted");
const TRYING: Step = Step::Notify { status: (100, "Trying"), is_last: false };

/// A step of a transfer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// Tell this status of the call to the other number.
    Notify { status: (u16, &'static str), is_last: bool },
    /// Hang up.
    Leave,
}

/// What a number of a Refer-To makes of the transfer.
pub(crate) struct Plan {
    /// The response to the REFER.
    pub status: (u16, &'static str),
    /// The steps, and when each is due.
    steps: VecDeque<(u64, Step)>,
    /// Whether the other number answers.
    succeeds: bool,
}

impl Plan {
    /// Returns the plan for a number; its last two digits decide as they do for a call.
    pub fn of(number: &str, desk: &Desk) -> Plan {
        let ending = last_two_digits(number);
        let behaviour =
            ending.map_or(Behaviour::Refuses(Refusal::NotFound), |ending| behaviour(ending, false));
        let now_us = desk.now_us;
        let rings_s = desk.rng(number).f64() * 0.8 + 0.2;
        let told_us = now_us + (rings_s * desk.time_scale * 1e6) as u64;
        let last = |status| Step::Notify { status, is_last: true };
        let (status, steps, succeeds) = match behaviour {
            Behaviour::Refuses(refusal @ Refusal::ServerError) => (refusal.status(), vec![], false),
            Behaviour::Refuses(refusal) => {
                (ACCEPTED, vec![(now_us, TRYING), (told_us, last(refusal.status()))], false)
            }
            Behaviour::RingsForEver => (ACCEPTED, vec![(now_us, TRYING)], false),
            Behaviour::HangsUpAtOnce => (ACCEPTED, vec![(now_us, Step::Leave)], true),
            Behaviour::Person | Behaviour::Voicemail => {
                let steps = vec![
                    (now_us, TRYING),
                    (told_us, last((200, "OK"))),
                    (told_us + GIVE_UP_US, Step::Leave),
                ];
                (ACCEPTED, steps, true)
            }
        };
        Plan { status, steps: steps.into(), succeeds }
    }
}

/// A REFER and what became of it.
pub(crate) struct Referral {
    transaction: String,
    plan: Plan,
    /// The NOTIFY that waits for its response, with its CSeq number.
    notify: Option<(u32, Resend)>,
}

impl Referral {
    /// Begins the transfer that `inquiry` asked for.
    pub fn new(inquiry: &Inquiry, plan: Plan) -> Referral {
        Referral { transaction: inquiry.transaction.clone(), plan, notify: None }
    }

    /// Returns the response to a REFER that came again.
    pub fn response_to(&self, inquiry: &Inquiry) -> Option<(u16, &'static str)> {
        (self.transaction == inquiry.transaction).then_some(self.plan.status)
    }

    /// Whether the callee does not hang up: the transfer goes on, or the other number has the
    /// callee.
    pub fn keeps_the_callee(&self) -> bool {
        self.plan.succeeds || !self.plan.steps.is_empty() || self.notify.is_some()
    }

    /// Returns when [`Referral::step`] must be called next. A step waits for the response to the
    /// NOTIFY before it.
    pub fn due_at_us(&self) -> Option<u64> {
        match &self.notify {
            Some((_, notify)) => Some(notify.at_us),
            None => self.plan.steps.front().map(|(at_us, _)| *at_us),
        }
    }

    /// Repeats the NOTIFY, or returns the step that is due.
    pub fn step(&mut self, peer: Peer, desk: &mut Desk) -> Option<Step> {
        if self.due_at_us().is_none_or(|at_us| at_us > desk.now_us) {
            return None;
        }
        if let Some((_, notify)) = &mut self.notify {
            if notify.is_given_up(peer, desk) {
                self.notify = None;
            }
            return None;
        }
        self.plan.steps.pop_front().map(|(_, step)| step)
    }

    /// Keeps a NOTIFY that was sent until its response comes.
    pub fn notified(&mut self, cseq: u32, notify: Resend) {
        self.notify = Some((cseq, notify));
    }

    /// Handles the response to our request with this CSeq number.
    pub fn on_response(&mut self, cseq: u32) {
        self.notify.take_if(|(sent, _)| *sent == cseq);
    }
}
