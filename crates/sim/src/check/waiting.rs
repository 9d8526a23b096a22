//! The waiting recipients, lane by lane, as stored.

use std::time::Duration;

use campanile_rules::{
    dispatcher::LaneKey, recipient::RecipientStatus, time::Timestamp, zones::ZoneSet,
};

use super::lines::Lines;
use crate::store::{BatchRow, DUE_SINCE_EVER, RecipientRow, Store};

/// Recipients of a batch who become due and may be called under the same conditions.
#[derive(Debug)]
pub(super) struct WaitingLane {
    pub key: LaneKey,
    /// Since when, or from when, the first of them is due, on the wall clock.
    pub due_at: Timestamp,
    pub people: u32,
    /// How many of them have an attempt already, which is about to be dialed.
    pub claimed: u32,
}

/// The lanes with waiting recipients who are in no call.
pub(super) fn lanes_of(
    row: &BatchRow,
    (store, wall): (&Store, Timestamp),
    lines: &Lines,
) -> Vec<WaitingLane> {
    let mut lanes = Vec::new();
    let (home, overlaps) = (row.facts.workspace, row.facts.settings.allow_overlapping_calls);
    let capped = store.capped(home, wall).is_some();
    for recipient in &store.recipients[row.recipients.clone()] {
        if recipient.status == RecipientStatus::Pending
            && !(capped && recipient.capped_until.is_none())
            && (overlaps || !lines.is_busy(home, recipient.number))
            && !store.is_suppressed(home, recipient.number)
        {
            let key = (&recipient.zones, recipient.was_dialed());
            joins(&mut lanes, key, since_when(recipient, capped, wall)).people += 1;
        }
    }
    let claimed = store.open.iter().map(|&index| &store.attempts[index]);
    for row in claimed.filter(|claimed| claimed.attempt.batch == row.facts.id) {
        if row.dialed_at.is_none() {
            let lane = &row.attempt.lane;
            let joined = joins(&mut lanes, (&lane.zones, lane.retry), row.claimed_at);
            joined.people += 1;
            joined.claimed += 1;
        }
    }
    lanes
}

/// The lane of a waiting recipient, who is due since or at `due_at`.
fn joins<'a>(
    lanes: &'a mut Vec<WaitingLane>,
    (zones, retry): (&ZoneSet, bool),
    due_at: Timestamp,
) -> &'a mut WaitingLane {
    let known = lanes.iter().position(|lane| lane.key.retry == retry && lane.key.zones == *zones);
    let index = known.unwrap_or_else(|| {
        let key = LaneKey { zones: zones.clone(), retry };
        lanes.push(WaitingLane { key, due_at, people: 0, claimed: 0 });
        lanes.len() - 1
    });
    let lane = &mut lanes[index];
    lane.due_at = lane.due_at.min(due_at);
    lane
}

/// Since when a pending recipient is due. A recipient who was never dialed is always due, or is
/// postponed for a moment while the number is in a call. A recipient that a daily limit postponed is
/// due as soon as the limit ends.
fn since_when(recipient: &RecipientRow, home_capped: bool, wall: Timestamp) -> Timestamp {
    let fresh = !recipient.was_dialed();
    let put_off_until = wall + Duration::from_secs(1);
    let capped = recipient.capped_until.is_some_and(|until| until > wall);
    if capped && !home_capped && recipient.capped_until == Some(recipient.due.at) {
        return DUE_SINCE_EVER;
    }
    if fresh && !capped && recipient.due.at > put_off_until {
        DUE_SINCE_EVER
    } else {
        recipient.due.at
    }
}
