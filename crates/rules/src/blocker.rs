//! Why it is not dialing: one code, from the place that computes the next wake-up.

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
    /// The trunk said that it is congested.
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
    /// Nobody is left.
    AllDone,
}

/// A blocker and when it clears.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Blocked {
    /// What stands in the way.
    pub blocker: Blocker,
    /// When it clears by itself; none when that depends on somebody, or on calls that end.
    pub clears_at: Option<Timestamp>,
}

impl Blocker {
    /// Every blocker.
    pub const ALL: [Blocker; 13] = [
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
            Blocker::AllDone => "all_done",
        }
    }

    /// This blocker, clearing by itself at `at`.
    pub(crate) fn until(self, at: Timestamp) -> Blocked {
        Blocked { blocker: self, clears_at: Some(at) }
    }

    /// This blocker, which does not clear by itself at a known time.
    pub(crate) fn open_ended(self) -> Blocked {
        Blocked { blocker: self, clears_at: None }
    }
}

/// What a blocker means and what can be done about it, in one sentence.
pub fn describe(blocked: Blocked) -> &'static str {
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
            "The trunk said that it is congested; calls go out more slowly until it recovers."
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
        (Blocker::AllDone, _) => "Nobody is left to dial.",
    }
}
