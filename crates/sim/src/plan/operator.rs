//! The actions of the operator during a run.

use std::time::Duration;

use campanile_rules::{
    batch::Control,
    hours::CallingHours,
    ids::{BatchId, TrunkId, WorkspaceId},
    phone::E164,
    retry::RetryPolicy,
    time::Timestamp,
};
use fastrand::Rng;

use super::{Plan, hours, pick, retry};

/// A request through the API, or an event outside the program.
#[derive(Debug, Clone)]
pub enum Action {
    /// Create the batch with this index in the plan.
    Create(usize),
    /// Start, pause, resume or stop a batch.
    Control(BatchId, Control),
    /// Change the settings of a batch.
    Edit(BatchId, Edit),
    /// Change a workspace's limit of concurrent calls.
    Workspace(WorkspaceId, u32),
    /// Change the limits of a trunk: concurrent calls, calls per second.
    Trunk(TrunkId, u32, f64),
    /// Suppress a number.
    Suppress(WorkspaceId, E164),
    /// The daily limit of a workspace is reached until this wall-clock instant.
    Cap(WorkspaceId, Timestamp),
    /// End the daily limits of a workspace.
    Uncap(WorkspaceId),
    /// Kill the process of the node.
    Kill,
    /// Set the wall clock by this many microseconds.
    Jump(i64),
}

/// Adds suppressions and daily limits.
fn forbid(
    rng: &mut Rng,
    plan: &Plan,
    instant: &dyn Fn(&mut Rng) -> Timestamp,
    actions: &mut Vec<(Timestamp, Action)>,
) {
    if rng.u8(0..4) == 0 {
        let numbers: Vec<E164> = plan.people.keys().copied().collect();
        for _ in 0..rng.u32(1..12) {
            let number = *pick(rng, &numbers);
            let home = WorkspaceId((number.digits() as i64 - 14_155_000_000) / 1_000_000);
            actions.push((instant(rng), Action::Suppress(home, number)));
        }
    }
    if rng.u8(0..8) == 0 {
        let (at, home) = (instant(rng), pick(rng, &plan.workspaces).0);
        // Some daily limits end at midnight, as in production; the others end sooner.
        let seconds = rng.u64(60..7_200);
        let until = match seconds % 3 {
            0 => at.next_utc_day(),
            _ => at + Duration::from_secs(seconds),
        };
        actions.push((at, Action::Cap(home, until)));
    }
}

/// A change to the settings of a batch.
#[derive(Debug, Clone)]
pub enum Edit {
    /// `weight`.
    Weight(u32),
    /// `max_concurrent_calls`.
    Concurrency(Option<u32>),
    /// `calling_hours`.
    Hours(Option<CallingHours>),
    /// `retry`.
    Retry(RetryPolicy),
    /// `starts_at`.
    StartsAt(Option<Timestamp>),
    /// `ends_at`.
    EndsAt(Option<Timestamp>),
}

/// By how many microseconds the clock is set: corrections, steps, and hours by mistake.
const JUMPS_US: [i64; 8] =
    [-10_800_000_000, -60_000_000, -1_500_000, -3_000, 2_000, 1_000_000, 45_000_000, 7_200_000_000];

pub(super) fn actions(rng: &mut Rng, plan: &Plan) -> Vec<(Timestamp, Action)> {
    let mut actions: Vec<(Timestamp, Action)> = (plan.batches.iter().enumerate())
        .map(|(index, batch)| (batch.created_at, Action::Create(index)))
        .collect();
    let within_s = *pick(rng, &[60, 600, 3_600, 20_000]);
    let instant = |rng: &mut Rng| plan.start + Duration::from_millis(rng.u64(0..within_s * 1_000));
    if rng.bool() {
        for _ in 0..rng.u32(1..8) {
            let at = instant(rng);
            let batch = pick(rng, &plan.batches).facts.id;
            one(rng, plan, (at, batch), &mut actions);
        }
    }
    forbid(rng, plan, &instant, &mut actions);
    if plan.faults.crash_at_commit > 0.0 {
        for _ in 0..rng.u32(0..3) {
            actions.push((instant(rng), Action::Kill));
        }
    }
    for _ in 0..plan.faults.jumps {
        let by = *pick(rng, &JUMPS_US);
        actions.push((instant(rng), Action::Jump(by)));
    }
    actions.sort_by_key(|(at, _)| *at);
    actions
}

fn one(
    rng: &mut Rng,
    plan: &Plan,
    (at, batch): (Timestamp, BatchId),
    actions: &mut Vec<(Timestamp, Action)>,
) {
    let later = at + Duration::from_millis(rng.u64(0..900_000));
    match rng.u8(0..12) {
        0..=3 => {
            actions.push((at, Action::Control(batch, Control::Pause)));
            if rng.u8(0..5) > 0 {
                actions.push((later, Action::Control(batch, Control::Resume)));
            }
        }
        4 | 5 => actions.push((at, Action::Control(batch, Control::Stop))),
        6 => actions.push((at, Action::Control(batch, Control::Start))),
        7 => {
            let (workspace, _) = *pick(rng, &plan.workspaces);
            actions.push((at, Action::Workspace(workspace, *pick(rng, &[1, 2, 4, 8, 16]))));
        }
        8 => {
            let trunk = pick(rng, &plan.trunks).id;
            let (calls, cps) = (*pick(rng, &[1, 2, 5, 30]), *pick(rng, &[0.4, 1.0, 3.0, 20.0]));
            actions.push((at, Action::Trunk(trunk, calls, cps)));
        }
        _ => actions.push((at, Action::Edit(batch, edit(rng, later)))),
    }
}

fn edit(rng: &mut Rng, later: Timestamp) -> Edit {
    match rng.u8(0..7) {
        0 => Edit::Weight(rng.u32(1..10)),
        1 => Edit::Concurrency(rng.bool().then(|| rng.u32(1..10))),
        2 => Edit::Hours(rng.bool().then(|| hours(rng, false))),
        3 => Edit::Hours(rng.bool().then(|| hours(rng, true))),
        4 => Edit::Retry(retry(rng)),
        5 => Edit::StartsAt(rng.bool().then_some(later)),
        _ => Edit::EndsAt(rng.bool().then_some(later)),
    }
}
