//! Why it is not dialing: one code, from the place that computes the next wake-up.

use serde::{Deserialize, Serialize};

/// What stands between a batch, or a recipient, and its next call (PRODUCT: limits and pacing).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Blocker {
    /// `starts_at` lies ahead.
    WaitingForStart,
    /// Nobody who is due may be called at this hour.
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
    /// Everybody left waits for a retry.
    RetryWait,
    /// Somebody paused the batch.
    Paused,
    /// No trunk serves the caller ID.
    NoRoute,
    /// Nobody is left.
    AllDone,
}
