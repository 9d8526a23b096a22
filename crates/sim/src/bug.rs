//! Planted bugs, which prove that the simulator can fail. No code that ships knows of them: the
//! world around the rules has a bug, or rewrites what the rules hear and say.

use std::str::FromStr;

macro_rules! bugs {
    ($($(#[$doc:meta])* $bug:ident),* $(,)?) => {
        /// A planted bug.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Bug {$(
            $(#[$doc])*
            $bug
        ),*}

        impl Bug {
            /// Every bug.
            pub const ALL: [Bug; [$(Bug::$bug),*].len()] = [$(Bug::$bug),*];

            /// The name of the bug, as `--bug` takes it.
            pub fn name(self) -> &'static str {
                match self {$(Bug::$bug => stringify!($bug)),*}
            }
        }
    };
}

bugs! {
    /// An INVITE leaves before the attempt is stored as dialed.
    InviteBeforeCommit,
    /// A call counts as over when its CANCEL or BYE leaves.
    SlotReleasedBeforeWireQuiet,
    /// A new leader releases attempts that are stored as dialed.
    RedialAfterCrash,
    /// A process goes on when its lease is over, and the store lets it.
    DoubleClaimAfterLease,
    /// A process that begins to lead does not take over what a dead one left.
    NothingTakenOver,
    /// Uncharged attempts do not count in the number of an attempt.
    AttemptNumberReused,
    /// The report lacks the rejected rows of the file.
    ReportWithoutRejectedRows,
    /// A stop forgets the last status of recipients who wait for a retry.
    StopForgetsRetries,
    /// A retry is stored although the batch was stopped.
    RetryStoredAfterStop,
    /// The store lets an INVITE leave although the batch is paused.
    DialsWhilePaused,
    /// A pause is answered when it is stored, not when it holds on the wire.
    PauseAnswersEarly,
    /// Calls that a dead process left count as over, and nobody ends them.
    CrashLeavesCallsRinging,
    /// A release charges the attempt.
    ReleaseCharges,
    /// A release keeps the slot.
    ReleaseLeaksSlot,
    /// A number that is in a call is claimed.
    BusyNumberIgnored,
    /// The failure of a claim is not passed on.
    FailedClaimForgotten,
    /// The Call-ID is that of the recipient's last call.
    CallIdReused,
    /// A recipient is due from the import on, also when the clock is set back.
    DueFromImport,
    /// The process does not notice that the clock was set.
    ClockSetUnseen,
    /// Suppressed numbers are dialed.
    SuppressedDialed,
    /// A number that is suppressed after its claim is dialed.
    SuppressedAfterClaim,
    /// Daily limits are not heeded.
    CapForgotten,
    /// A restored copy of the store counts as the same instance.
    RestoredInstanceKept,
    /// The batches of a restored copy run on.
    RestoredBatchesRun,
    /// A process says at once that it dials nobody any more.
    StopAnswersEarly,
    /// Controls are stored one after the other.
    StopHoldsUpPauses,
    /// A process that ends releases each waiting attempt twice.
    GivenBackTwice,
    /// A change that another process wrote is not noticed.
    ChangeMissed,
    /// Changes carry a version that is newer than what they have.
    StaleVersionWins,
    /// A trunk is removed although a call is about to leave through it.
    RemovedTrunkDialed,
    /// The removal of a trunk is not passed on.
    RemovedTrunkKept,
    /// The news that a daily limit ended is not passed on.
    LimitsChangeMissed,
    /// The wait before a retry runs from the start of the attempt, not from its end.
    RetryCountedFromStart,
    /// No wake-up is asked for when calling hours open.
    LostWakeUpAtOpening,
    /// Every batch counts as one of weight 1.
    WeightIgnored,
    /// A call that a congested trunk refused is charged at once.
    CongestionCharged,
    /// Retries of a paused batch are claimed.
    RetryAcrossPause,
    /// Calling hours are read on the clock of UTC.
    HoursInWrongZone,
    /// A batch completes although a recipient waits for a retry.
    CompletesWhileRetryDue,
    /// A slot is free when the call has ended, before the ending is stored.
    SlotFreedOnEnded,
    /// Calls leave as fast as they are claimed.
    PacerBurst,
    /// No first attempt is made while a recipient of the batch waits for a retry.
    RetriesStarveFirst,
    /// A permanent failure is tried again.
    PermanentRetried,
    /// A recipient of a stopped batch waits for a retry after a call that the stop left.
    RetryAfterStop,
    /// Retry-After is not respected.
    AheadOfRetryAfter,
    /// New settings of a running batch are ignored.
    EditIgnored,
    /// A workspace gets no line of a trunk while another one wants it that came first.
    TrunkFirstCome,
    /// A batch reports the wait that ends last instead of the one that ends first.
    LastWaitTold,
    /// Exhausted limits of concurrent calls are not reported.
    FullLinesUntold,
    /// A trunk that congestion slows is reported as having reached its calls per second.
    CongestionUntold,
    /// The answer to a claim does not say what the next recipient of the lane waits for.
    WaitUntold,
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
    /// A call that got no answer is settled as if its trunk had answered, whatever the trunk says.
    OutageCharged,
    /// A number that never answers is never charged.
    MuteExcusedForEver,
    /// A trunk that was stopped is never probed.
    NeverProbedAgain,
    /// The pace of a trunk that is back after an outage stays low.
    NeverGrowsBack,
}

impl FromStr for Bug {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        Bug::ALL.into_iter().find(|bug| bug.name() == name).ok_or_else(|| {
            let names = Bug::ALL.map(Bug::name).join(" ");
            format!("there is no planted bug {name:?}; known are: {names}")
        })
    }
}
