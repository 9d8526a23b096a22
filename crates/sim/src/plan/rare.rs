//! Situations that chance alone brings too rarely to be judged: an overlong Retry-After while
//! recipients are called, a pause that outlasts `ends_at`, and the restoration of a backup.

use std::time::Duration;

use campanile_rules::{
    batch::{BatchState, Control},
    dispatcher::{AgentKind, BatchFacts},
    time::Timestamp,
};
use fastrand::Rng;

use super::{Action, Faults, Plan, pick};

/// A backup that later replaces the contents of the store.
#[derive(Debug, Clone, Copy)]
pub struct Restore {
    /// When the backup is taken.
    pub backed_up_at: Timestamp,
    /// When the backup is restored.
    pub at: Timestamp,
}

/// Adds one of these situations to some runs. The random numbers are separate, so that the rest of
/// the seed's plan stays the same.
pub(super) fn add(plan: &mut Plan, seed: u64) {
    let rng = &mut Rng::with_seed(seed ^ 0x0072_6172_6569_7473);
    let soon = |rng: &mut Rng, most_s: u64| Duration::from_millis(rng.u64(0..most_s * 1_000));
    match rng.u8(0..16) {
        0 if !plan.faults.calm => {
            let (from, lasts) = (plan.start + soon(rng, 30), soon(rng, 60));
            let trunk = rng.usize(0..plan.trunks.len());
            let asked = Some(Duration::from_secs(7_200));
            plan.trunks[trunk].congested.push((from, from + lasts, asked));
        }
        1 => {
            let batch = rng.usize(0..plan.batches.len());
            let paused_at = plan.batches[batch].created_at + soon(rng, 20);
            let facts = &mut plan.batches[batch].facts;
            facts.settings.ends_at = Some(paused_at + soon(rng, 600));
            plan.actions.push((paused_at, Action::Control(facts.id, Control::Pause)));
            plan.actions.sort_by_key(|(at, _)| *at);
        }
        2..=5 if !plan.faults.calm && plan.faults.nodes == 1 && plan.faults.jumps == 0 => {
            let created = plan.batches.iter().map(|batch| batch.created_at).max();
            let (most_s, lasts_s) = (*pick(rng, &[1, 20, 600]), *pick(rng, &[20, 600]));
            let backed_up_at = created.unwrap_or(plan.start) + soon(rng, most_s);
            let at = backed_up_at + soon(rng, lasts_s);
            plan.faults.restore = Some(Restore { backed_up_at, at });
        }
        _ => {}
    }
}

/// Lets some processes end in order, and some stops take long. Chance is of its own, as above.
pub(super) fn ends(plan: &mut Plan, seed: u64) {
    let rng = &mut Rng::with_seed(seed ^ 0x0065_6e64_7365_6e64);
    if plan.faults.calm || rng.bool() {
        return;
    }
    plan.faults.drains = rng.u32(0..4);
    plan.faults.sweep = Duration::from_secs(*pick(rng, &[0, 30, 60]));
    if !plan.faults.sweep.is_zero() {
        plan.faults.ambushes = 0.05;
    }
}

/// Gives the agents of some batches a server. Chance is of its own, as above.
pub(super) fn servers(plan: &mut Plan, seed: u64) {
    let rng = &mut Rng::with_seed(seed ^ 0x0073_6572_7665_6421);
    for batch in &mut plan.batches {
        if rng.u8(0..4) == 0 {
            batch.facts.agent = AgentKind::Served;
        }
    }
}

/// Lets other processes write some changes, has trunks removed, and ends daily limits. Chance is of its
/// own, as above.
pub(super) fn change(plan: &mut Plan, seed: u64) {
    let rng = &mut Rng::with_seed(seed ^ 0x6368_616e_6765_7321);
    if !plan.faults.calm && rng.bool() {
        plan.faults.elsewhere = 0.3;
    }
    plan.faults.removals = u32::from(plan.trunks.len() > 1 && rng.u8(0..3) == 0);
    if plan.faults.jumps == 0 && plan.faults.restore.is_none() {
        let capped = plan.actions.iter().filter_map(|(at, action)| match action {
            Action::Cap(home, _) => Some((*at, *home)),
            _ => None,
        });
        for (at, home) in capped.collect::<Vec<_>>() {
            let later = at + Duration::from_millis(rng.u64(0..600_000));
            plan.actions.push((later, Action::Uncap(home)));
        }
    }
    plan.actions.sort_by_key(|(at, _)| *at);
}

/// On the one trunk of two workspaces, half the time one workspace brings the last batch alone, of
/// weight 1, and the other brings the rest, of weight 10: only shares by workspace are even then. All
/// come at once, nothing goes wrong and nobody interferes, so that they meet.
pub(super) fn two_workspaces(plan: &mut Plan, seed: u64) {
    if Rng::with_seed(seed ^ 0x0063_726f_7764_6564).bool() {
        return;
    }
    plan.faults = Faults::none();
    for trunk in &mut plan.trunks {
        (trunk.congested, trunk.dead) = (Vec::new(), Vec::new());
    }
    let (last, start) = (plan.batches.len() - 1, plan.start);
    for (index, batch) in plan.batches.iter_mut().enumerate() {
        let alone = index == last;
        let BatchFacts { workspace, state, settings, .. } = &mut batch.facts;
        (batch.created_at, *state) = (start, BatchState::Running);
        *workspace = plan.workspaces[usize::from(alone)].0;
        (settings.starts_at, settings.ends_at) = (None, None);
        (settings.weight, settings.max_concurrent_calls) = (if alone { 1 } else { 10 }, None);
    }
    plan.actions.retain(|(_, action)| matches!(action, Action::Create(_)));
    plan.actions.iter_mut().for_each(|(at, _)| *at = start);
}
