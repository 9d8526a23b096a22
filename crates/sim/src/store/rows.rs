//! What is stored, and what is written down of it for the checkers.

use std::collections::BTreeMap;

use campanile_rules::{
    attempt::Attempt,
    batch::{BatchSettings, BatchState},
    dispatcher::{BatchFacts, Claim, LaneKey, Settlement},
    ids::{BatchId, TrunkId, WorkspaceId},
    phone::E164,
    recipient::RecipientStatus,
    time::Timestamp,
    zones::ZoneSet,
};

/// When somebody is due who was never dialed.
pub const DUE_SINCE_EVER: Timestamp = Timestamp(0);

/// A stored batch.
#[derive(Debug, Clone)]
pub struct BatchRow {
    /// The batch.
    pub facts: BatchFacts,
    /// Its recipients: indices.
    pub recipients: std::ops::Range<usize>,
    /// How its rows follow each other: accepted or not.
    pub rows: Vec<bool>,
}

/// A stored recipient.
#[derive(Debug, Clone)]
pub struct RecipientRow {
    /// Of which batch.
    pub batch: BatchId,
    /// Whom.
    pub number: E164,
    /// Where that may be.
    pub zones: ZoneSet,
    /// What became of it.
    pub status: RecipientStatus,
    /// When it may be dialed.
    pub due_at: Timestamp,
    /// Charged attempts.
    pub charged: u32,
    /// Attempts on record that were not charged.
    pub uncharged: u32,
    /// Those of them that an outage excused.
    pub excused: u32,
    /// What its last attempt alone would make of it.
    pub last: Option<RecipientStatus>,
    /// Until when it is put off because the day's calls are used up.
    pub capped_until: Option<Timestamp>,
}

/// A stored attempt; a released one is kept here for the checkers only.
#[derive(Debug, Clone)]
pub struct AttemptRow {
    /// The attempt.
    pub attempt: Attempt,
    /// Whether it holds a slot.
    pub open: bool,
    /// Whether it was given back undialed and so is on nobody's record.
    pub released: bool,
    /// Whether the store knows it no more, because a copy of before was restored.
    pub lost: bool,
    /// Whether it came with a restored copy, in which it was open: its call is that of a lost one.
    pub relic: bool,
    /// When it was claimed.
    pub claimed_at: Timestamp,
    /// When it was about to leave.
    pub dialed_at: Option<Timestamp>,
    /// The same on the wall clock.
    pub dialed_wall: Option<Timestamp>,
    /// When it was settled, and how.
    pub settled: Option<(Timestamp, Settlement)>,
}

/// A stored claim, for the checkers.
#[derive(Debug, Clone)]
pub struct ClaimRow {
    /// What was asked.
    pub claim: Claim,
    /// How many were taken.
    pub taken: usize,
}

/// A committed change of a batch, for the checkers.
#[derive(Debug, Clone)]
pub struct Change {
    /// When.
    pub at: Timestamp,
    /// The state from then on.
    pub state: BatchState,
    /// The settings from then on.
    pub settings: BatchSettings,
}

/// How the limits changed, for the checkers.
#[derive(Debug, Default)]
pub struct Limits {
    /// Calls at once of a workspace.
    pub workspaces: BTreeMap<WorkspaceId, Vec<(Timestamp, u32)>>,
    /// Calls at once and calls per second of a trunk.
    pub trunks: BTreeMap<TrunkId, Vec<(Timestamp, u32, f64)>>,
}

impl AttemptRow {
    /// Whether it is on its recipient's record.
    pub fn is_on_record(&self) -> bool {
        !self.released && !self.lost
    }
}

impl RecipientRow {
    /// The lane in which it waits.
    pub fn lane(&self) -> LaneKey {
        LaneKey { zones: self.zones.clone(), retry: self.was_dialed() }
    }

    /// Whether anybody of its batch has called it.
    pub fn was_dialed(&self) -> bool {
        self.charged + self.uncharged > 0
    }

    /// Whoever was never dialed is due, whatever an earlier process put them off for, but for the
    /// next day.
    pub(super) fn forget_moment(&mut self) {
        let fresh = self.status == RecipientStatus::Pending && !self.was_dialed();
        if fresh && self.capped_until != Some(self.due_at) {
            self.due_at = DUE_SINCE_EVER;
        }
    }

    pub(super) fn rest(&mut self) {
        if self.status == RecipientStatus::Pending {
            self.status = self.last.unwrap_or(RecipientStatus::Cancelled);
        }
    }
}
