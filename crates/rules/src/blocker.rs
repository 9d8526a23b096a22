//! Why a batch or a recipient is not dialed: one code, computed together with the next wake-up.

use std::{borrow::Cow, sync::Arc};

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::time::Timestamp;

/// What stands between a batch, or a recipient, and its next call (PRODUCT: limits and pacing).
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Blocker {
    /// `starts_at` lies ahead.
    WaitingForStart,
    /// Who may be called first is due, but not at this hour.
    OutsideCallingHours,
    /// The workspace's calls at once are used up.
    WorkspaceConcurrency,
    /// The batch's calls at once are used up.
    BatchConcurrency,
    /// The trunk's calls at once are used up.
    TrunkCalls,
    /// The trunk's calls per second are used up.
    TrunkCps,
    /// The trunk was congested or out of reach a while ago.
    TrunkBackingOff,
    /// Who may be called first is not due yet: a retry, or a number that is in another call.
    RetryWait,
    /// The workspace's calls of today to other countries are used up.
    DailyLimit,
    /// Somebody paused the batch.
    Paused,
    /// No trunk serves the caller ID.
    NoRoute,
    /// Nothing can be stored: the disk is full, read-only or broken.
    StoreFailing,
    /// Calls through the trunk fail before anybody is reached; it is probed.
    TrunkUnreachable,
    /// The agent's words cannot be made; it is tried with one call at a time.
    AgentCannotSpeak,
    /// The agent's server cannot be reached; it is tried every few seconds.
    AgentUnreachable,
    /// Nobody is left.
    AllDone,
}

/// A blocker and when it clears.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blocked {
    /// The blocker.
    pub blocker: Blocker,
    /// When the blocker clears by itself, or may clear: for an outage, when the next probe is due.
    /// `None` if that depends on a user or on the end of calls.
    pub clears_at: Option<Timestamp>,
    /// The start of the outage, if the blocker is an outage.
    pub since: Option<Timestamp>,
    /// The cause of the outage, if the blocker is an outage.
    pub cause: Option<Arc<str>>,
}

impl Blocker {
    /// Every blocker.
    pub const ALL: [Blocker; 16] = [
        Blocker::WaitingForStart,
        Blocker::OutsideCallingHours,
        Blocker::WorkspaceConcurrency,
        Blocker::BatchConcurrency,
        Blocker::TrunkCalls,
        Blocker::TrunkCps,
        Blocker::TrunkBackingOff,
        Blocker::RetryWait,
        Blocker::DailyLimit,
        Blocker::Paused,
        Blocker::NoRoute,
        Blocker::StoreFailing,
        Blocker::TrunkUnreachable,
        Blocker::AgentCannotSpeak,
        Blocker::AgentUnreachable,
        Blocker::AllDone,
    ];

    /// The code in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Blocker::WaitingForStart => "waiting_for_start",
            Blocker::OutsideCallingHours => "outside_calling_hours",
            Blocker::WorkspaceConcurrency => "workspace_concurrency",
            Blocker::BatchConcurrency => "batch_concurrency",
            Blocker::TrunkCalls => "trunk_calls",
            Blocker::TrunkCps => "trunk_cps",
            Blocker::TrunkBackingOff => "trunk_backing_off",
            Blocker::RetryWait => "retry_wait",
            Blocker::DailyLimit => "daily_limit",
            Blocker::Paused => "paused",
            Blocker::NoRoute => "no_route",
            Blocker::StoreFailing => "store_failing",
            Blocker::TrunkUnreachable => "trunk_unreachable",
            Blocker::AgentCannotSpeak => "agent_cannot_speak",
            Blocker::AgentUnreachable => "agent_unreachable",
            Blocker::AllDone => "all_done",
        }
    }

    /// This blocker, with a known end at `at`.
    pub(crate) fn until(self, at: Timestamp) -> Blocked {
        Blocked { clears_at: Some(at), ..self.open_ended() }
    }

    /// This blocker, without a known end.
    pub fn open_ended(self) -> Blocked {
        Blocked { blocker: self, clears_at: None, since: None, cause: None }
    }
}

/// What a blocker means, why it is there if known, and what the user can do about it.
pub fn describe(blocked: &Blocked) -> Cow<'static, str> {
    let meaning = meaning(blocked);
    match &blocked.cause {
        Some(cause) => format!("{meaning} The cause: {cause}.").into(),
        None => meaning.into(),
    }
}

fn meaning(blocked: &Blocked) -> &'static str {
    match (blocked.blocker, blocked.clears_at) {
        (Blocker::WaitingForStart, Some(_)) => "It waits for its start time.",
        (Blocker::WaitingForStart, None) => "It is a draft; start it to begin dialing.",
        (Blocker::OutsideCallingHours, Some(_)) => {
            "Nobody who is due may be called at this hour; dialing goes on when the hours open."
        }
        (Blocker::OutsideCallingHours, None) => {
            "Calling hours do not open within 14 days for the numbers that are left. With hours \
             on the recipient's clock, a number whose time zone is unknown is never called: give \
             the batch a named time zone, or stop it."
        }
        (Blocker::WorkspaceConcurrency, _) => {
            "As many calls run as the workspace may have at once; the next one starts when one ends."
        }
        (Blocker::BatchConcurrency, _) => {
            "As many calls run as this batch may have at once; the next one starts when one ends."
        }
        (Blocker::TrunkCalls, _) => {
            "As many calls run as the trunk carries at once; the next one starts when one ends."
        }
        (Blocker::TrunkCps, _) => "The trunk takes new calls at its calls per second, no faster.",
        (Blocker::TrunkBackingOff, _) => {
            "The trunk was congested or out of reach; calls go out more slowly until it has \
             recovered."
        }
        (Blocker::RetryWait, _) => {
            "Nobody may be called just now; dialing goes on when the first retry is due, or when a \
             number that is in another call is free."
        }
        (Blocker::DailyLimit, _) => {
            "The calls of today to countries outside the operator's list are used up; dialing goes \
             on when the next day begins (UTC), or when the operator raises the limit."
        }
        (Blocker::Paused, _) => "Somebody paused it; resume it to go on dialing.",
        (Blocker::NoRoute, _) => "No trunk serves its caller ID; give the number a trunk.",
        (Blocker::StoreFailing, _) => {
            "Nothing can be stored, so nobody is called. Calls in progress go on, and dialing goes \
             on by itself when the database can be written again."
        }
        (Blocker::TrunkUnreachable, _) => {
            "No call gets through the trunk, and nobody is charged for that; dialing goes on as \
             soon as a probe does."
        }
        (Blocker::AgentCannotSpeak, _) => {
            "The agent's words cannot be made, so nobody is called; dialing goes on as soon as one \
             call has them."
        }
        (Blocker::AgentUnreachable, _) => {
            "The agent's server does not answer, so nobody is called; dialing goes on as soon as a \
             connection to it succeeds."
        }
        (Blocker::AllDone, _) => "Nobody is left to dial.",
    }
}
