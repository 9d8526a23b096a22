//! Planted bugs, which prove that the simulator can fail.

use std::str::FromStr;

/// A bug in the world around the rules: in the model of the store or in the process around the
/// node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum WorldBug {
    InviteBeforeCommit,
    SlotReleasedBeforeWireQuiet,
    RedialAfterCrash,
    DoubleClaimAfterLease,
    AttemptNumberReused,
    ReportWithoutRejectedRows,
    StopForgetsRetries,
    RetryStoredAfterStop,
    DialsWhilePaused,
    PauseAnswersEarly,
    CrashLeavesCallsRinging,
    ReleaseCharges,
    ReleaseLeaksSlot,
    BusyNumberIgnored,
    FailedClaimForgotten,
    CallIdReused,
    DueFromImport,
    ClockSetUnseen,
    SuppressedDialed,
    SuppressedAfterClaim,
    CapForgotten,
    RestoredInstanceKept,
    RestoredBatchesRun,
    StopAnswersEarly,
    StopHoldsUpPauses,
    GivenBackTwice,
}

impl WorldBug {
    /// Every bug.
    pub const ALL: [WorldBug; 26] = [
        WorldBug::InviteBeforeCommit,
        WorldBug::SlotReleasedBeforeWireQuiet,
        WorldBug::RedialAfterCrash,
        WorldBug::DoubleClaimAfterLease,
        WorldBug::AttemptNumberReused,
        WorldBug::ReportWithoutRejectedRows,
        WorldBug::StopForgetsRetries,
        WorldBug::RetryStoredAfterStop,
        WorldBug::DialsWhilePaused,
        WorldBug::PauseAnswersEarly,
        WorldBug::CrashLeavesCallsRinging,
        WorldBug::ReleaseCharges,
        WorldBug::ReleaseLeaksSlot,
        WorldBug::BusyNumberIgnored,
        WorldBug::FailedClaimForgotten,
        WorldBug::CallIdReused,
        WorldBug::DueFromImport,
        WorldBug::ClockSetUnseen,
        WorldBug::SuppressedDialed,
        WorldBug::SuppressedAfterClaim,
        WorldBug::CapForgotten,
        WorldBug::RestoredInstanceKept,
        WorldBug::RestoredBatchesRun,
        WorldBug::StopAnswersEarly,
        WorldBug::StopHoldsUpPauses,
        WorldBug::GivenBackTwice,
    ];
}

/// One planted bug, in the world or in the rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Planted {
    /// In the world.
    World(WorldBug),
    /// In the rules.
    #[cfg(feature = "sabotage")]
    Rules(campanile_rules::dispatcher::Bug),
}

impl Planted {
    /// Every planted bug that this build knows.
    pub fn all() -> Vec<Planted> {
        let world = WorldBug::ALL.into_iter().map(Planted::World);
        #[cfg(feature = "sabotage")]
        let rules = campanile_rules::dispatcher::Bug::ALL.into_iter().map(Planted::Rules);
        #[cfg(not(feature = "sabotage"))]
        let rules = std::iter::empty();
        world.chain(rules).collect()
    }

    /// The name of the bug, as `--bug` takes it.
    pub fn name(self) -> String {
        match self {
            Planted::World(bug) => format!("{bug:?}"),
            #[cfg(feature = "sabotage")]
            Planted::Rules(bug) => format!("{bug:?}"),
        }
    }
}

impl FromStr for Planted {
    type Err = String;
    fn from_str(name: &str) -> Result<Self, String> {
        Planted::all().into_iter().find(|bug| bug.name() == name).ok_or_else(|| {
            let names: Vec<String> = Planted::all().into_iter().map(Planted::name).collect();
            format!(
                "there is no planted bug {name:?}; those in the rules need --features sabotage; \
                 known here: {}",
                names.join(" ")
            )
        })
    }
}
