//! Planted bugs, which prove that the simulator would find such bugs. The feature `sabotage` makes
//! them available. Without the feature no bug can be chosen, and the checks cost nothing.

use super::Dispatcher;

/// A planted bug.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Bug {
    /// The wait before a retry runs from the start of the attempt, not from its end.
    RetryCountedFromStart,
    /// No wake-up is asked for when calling hours open.
    LostWakeUpAtOpening,
    /// Every batch counts as one of weight 1.
    WeightIgnored,
    /// A call that a congested trunk refused is charged at once.
    CongestionCharged,
    /// Retries of a paused batch are claimed and dialed.
    RetryAcrossPause,
    /// Calling hours are read on the clock of UTC.
    HoursInWrongZone,
    /// A batch completes although a recipient waits for a retry.
    CompletesWhileRetryDue,
    /// A slot is free when the call has ended, before the ending is stored.
    SlotFreedOnEnded,
    /// Calls leave as fast as they are claimed.
    PacerBurst,
    /// No first attempt is made while any recipient waits for a retry.
    RetriesStarveFirst,
    /// A permanent failure is tried again.
    PermanentRetried,
    /// A recipient that a stopped batch leaves with an ended call waits for a retry.
    RetryAfterStop,
    /// Retry-After is not respected.
    AheadOfRetryAfter,
    /// New settings of a running batch are ignored.
    EditIgnored,
    /// Workspaces on one trunk are served as if their batches were of one workspace.
    TrunkFirstCome,
    /// A batch reports the wait that ends last instead of the one that ends first.
    LastWaitTold,
    /// Exhausted limits of concurrent calls are not reported.
    FullLinesUntold,
    /// A trunk that congestion slows is reported as having reached its calls per second.
    CongestionUntold,
    /// `ends_at` of a paused batch is not heeded.
    PausedNeverEnds,
    /// `ends_at` is heeded half a minute late.
    EndsLate,
    /// The wait after a congested trunk's refusal does not double.
    CongestionWaitFlat,
    /// Retry-After is believed however long it is.
    RetryAfterUncapped,
    /// Congestion without a Retry-After does not slow a trunk.
    CongestionIgnored,
    /// New calls per second of a trunk are not heeded.
    PaceEditIgnored,
    /// The zone that closes last is called first.
    ZonesBackwards,
    /// A call that got no answer is settled before its trunk was asked.
    OutageCharged,
    /// A number that never answers is excused, whatever its trunk says.
    MuteExcusedForEver,
    /// A trunk that was stopped is never probed.
    NeverProbedAgain,
    /// The pace of a trunk that is back after an outage never grows.
    NeverGrowsBack,
}

#[cfg(feature = "sabotage")]
impl Bug {
    /// Every planted bug.
    pub const ALL: [Bug; 29] = [
        Bug::RetryCountedFromStart,
        Bug::LostWakeUpAtOpening,
        Bug::WeightIgnored,
        Bug::CongestionCharged,
        Bug::RetryAcrossPause,
        Bug::HoursInWrongZone,
        Bug::CompletesWhileRetryDue,
        Bug::SlotFreedOnEnded,
        Bug::PacerBurst,
        Bug::RetriesStarveFirst,
        Bug::PermanentRetried,
        Bug::RetryAfterStop,
        Bug::AheadOfRetryAfter,
        Bug::EditIgnored,
        Bug::TrunkFirstCome,
        Bug::LastWaitTold,
        Bug::FullLinesUntold,
        Bug::CongestionUntold,
        Bug::PausedNeverEnds,
        Bug::EndsLate,
        Bug::CongestionWaitFlat,
        Bug::RetryAfterUncapped,
        Bug::CongestionIgnored,
        Bug::PaceEditIgnored,
        Bug::ZonesBackwards,
        Bug::OutageCharged,
        Bug::MuteExcusedForEver,
        Bug::NeverProbedAgain,
        Bug::NeverGrowsBack,
    ];
}

#[cfg(feature = "sabotage")]
impl Dispatcher {
    /// A dispatcher that knows nothing yet and has a bug.
    pub fn with_bug(bug: Bug) -> Dispatcher {
        Dispatcher { bug: Some(bug), ..Dispatcher::default() }
    }

    #[inline]
    pub(super) fn sabotaged(&self, bug: Bug) -> bool {
        self.bug == Some(bug)
    }
}

#[cfg(not(feature = "sabotage"))]
impl Dispatcher {
    #[inline]
    pub(super) fn sabotaged(&self, _: Bug) -> bool {
        false
    }
}
