//! The rows of the store, and what is recorded about them for the checkers.

use std::collections::BTreeMap;

use campanile_rules::{
    attempt::Attempt,
    batch::{BatchSettings, BatchState},
    dispatcher::{BatchFacts, Claim, LaneKey, Settlement},
    ids::{BatchId, TrunkId, WorkspaceId},
    phone::E164,
    recipient::{Due, RecipientStatus},
    time::Timestamp,
    zones::ZoneSet,
};

use crate::env::Life;

/// The due instant of a recipient who was never dialed.
pub const DUE_SINCE_EVER: Timestamp = Timestamp(0);

/// A stored batch.
#[derive(Debug, Clone)]
pub struct BatchRow {
    /// The batch.
    pub facts: BatchFacts,
    /// The indices of its recipients.
    pub recipients: std::ops::Range<usize>,
    /// Whether each row of the file was accepted, in order.
    pub rows: Vec<bool>,
}

/// A stored recipient.
#[derive(Debug, Clone)]
pub struct RecipientRow {
    /// The batch.
    pub batch: BatchId,
    /// The number to call.
    pub number: E164,
    /// The zones in which the number may be.
    pub zones: ZoneSet,
    /// The status.
    pub status: RecipientStatus,
    /// When the recipient may be dialed.
    pub due: Due,
    /// The number of charged attempts.
    pub charged: u32,
    /// The number of uncharged attempts on record.
    pub uncharged: u32,
    /// The number of uncharged attempts that an outage excused.
    pub excused: u32,
    /// The status that the last attempt alone gives.
    pub last: Option<RecipientStatus>,
    /// Until when a daily limit last postponed the recipient, for the checkers.
    pub capped_until: Option<Timestamp>,
}

/// A stored attempt. A released attempt is kept for the checkers only.
#[derive(Debug, Clone)]
pub struct AttemptRow {
    /// The attempt.
    pub attempt: Attempt,
    /// The process that may mark, settle or release the attempt: the one that claimed it, or that
    /// took it over.
    pub owner: Life,
    /// Whether the attempt holds a slot.
    pub open: bool,
    /// Whether the attempt was released and so is not on record.
    pub released: bool,
    /// Whether the store lost the attempt, because an older backup was restored.
    pub lost: bool,
    /// Whether the attempt was open in a restored backup. Its call is that of a lost attempt.
    pub relic: bool,
    /// When the attempt was claimed.
    pub claimed_at: Timestamp,
    /// When the attempt was marked as dialed, in true time.
    pub dialed_at: Option<Timestamp>,
    /// When the attempt was marked as dialed, on the wall clock.
    pub dialed_wall: Option<Timestamp>,
    /// When and how the attempt was settled.
    pub settled: Option<(Timestamp, Settlement)>,
    /// The process that settled the attempt.
    pub settled_by: Option<Life>,
}

/// A stored claim, for the checkers.
#[derive(Debug, Clone)]
pub struct ClaimRow {
    /// The claim.
    pub claim: Claim,
    /// How many recipients were claimed.
    pub taken: usize,
}

/// A committed change of a batch, for the checkers.
#[derive(Debug, Clone)]
pub struct Change {
    /// The time of the change.
    pub at: Timestamp,
    /// The state after the change.
    pub state: BatchState,
    /// The settings after the change.
    pub settings: BatchSettings,
}

/// The history of the limits, for the checkers.
#[derive(Debug, Default)]
pub struct Limits {
    /// The limits of concurrent calls of each workspace.
    pub workspaces: BTreeMap<WorkspaceId, Vec<(Timestamp, u32)>>,
    /// The limits of concurrent calls and of calls per second of each trunk.
    pub trunks: BTreeMap<TrunkId, Vec<(Timestamp, u32, f64)>>,
}

impl AttemptRow {
    /// Whether the attempt is on its recipient's record.
    pub fn is_on_record(&self) -> bool {
        !self.released && !self.lost
    }
}

impl RecipientRow {
    /// The lane of the recipient.
    pub fn lane(&self) -> LaneKey {
        LaneKey { zones: self.zones.clone(), retry: self.was_dialed() }
    }

    /// Whether any attempt of the batch has dialed the recipient.
    pub fn was_dialed(&self) -> bool {
        self.charged + self.uncharged > 0
    }

    /// Makes a recipient who was never dialed due again after an earlier process postponed it for a
    /// moment. A daily limit still counts.
    pub(super) fn forget_moment(&mut self) {
        let fresh = self.status == RecipientStatus::Pending && !self.was_dialed();
        if fresh && self.due.waits_for.is_none() {
            self.due = DUE_SINCE_EVER.into();
        }
    }

    pub(super) fn rest(&mut self) {
        if self.status == RecipientStatus::Pending {
            self.status = self.last.unwrap_or(RecipientStatus::Cancelled);
        }
    }
}
