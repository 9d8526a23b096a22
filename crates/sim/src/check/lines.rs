//! Counts the lines in use and the free lines anew, from what is stored.

use std::collections::BTreeMap;

use campanile_rules::{
    ids::{BatchId, TrunkId, WorkspaceId},
    phone::E164,
};

use crate::store::{BatchRow, Store};

/// The lines in use, including those on which an INVITE may have left.
#[derive(Debug, Default)]
pub(super) struct Lines {
    pub workspaces: BTreeMap<WorkspaceId, u32>,
    pub batches: BTreeMap<BatchId, u32>,
    pub trunks: BTreeMap<TrunkId, u32>,
    /// The lines of each trunk, by workspace.
    pub shares: BTreeMap<(TrunkId, WorkspaceId), u32>,
    /// The numbers in a call, in order.
    numbers: Vec<(WorkspaceId, E164)>,
}

impl Lines {
    /// The lines in use now.
    pub fn of(store: &Store) -> Lines {
        let mut lines = Lines::default();
        for row in store.open.iter().map(|&index| &store.attempts[index]) {
            let attempt = &row.attempt;
            if row.dialed_at.is_some() {
                *lines.workspaces.entry(attempt.workspace).or_default() += 1;
                *lines.batches.entry(attempt.batch).or_default() += 1;
                *lines.trunks.entry(attempt.trunk).or_default() += 1;
                *lines.shares.entry((attempt.trunk, attempt.workspace)).or_default() += 1;
                lines.numbers.push((attempt.workspace, attempt.number));
            }
        }
        lines.numbers.sort_unstable();
        lines
    }

    /// Whether a call of a workspace to this number is in progress.
    pub fn is_busy(&self, home: WorkspaceId, number: E164) -> bool {
        self.numbers.binary_search(&(home, number)).is_ok()
    }

    /// How many more calls the limits allow a batch.
    pub fn room(&self, row: &BatchRow, store: &Store) -> u32 {
        let facts = &row.facts;
        let used = |count: Option<&u32>| count.copied().unwrap_or(0);
        let workspace = store.workspaces[&facts.workspace];
        self.room_but_for_workspace(row, store)
            .min(workspace.saturating_sub(used(self.workspaces.get(&facts.workspace))))
    }

    /// How many more calls the limits would allow a batch if its workspace had no call on the trunk
    /// and the trunk had no limit.
    pub fn room_but_for_trunk(&self, row: &BatchRow, store: &Store) -> u32 {
        let (facts, used) = (&row.facts, |count: Option<&u32>| count.copied().unwrap_or(0));
        let Some(trunk) = facts.trunk else { return 0 };
        let here = used(self.shares.get(&(trunk, facts.workspace)));
        let elsewhere = used(self.workspaces.get(&facts.workspace)).saturating_sub(here);
        let batch = facts.settings.max_concurrent_calls.unwrap_or(u32::MAX);
        store.workspaces[&facts.workspace].saturating_sub(elsewhere).min(batch)
    }

    /// How many more calls the limits would allow a batch if its workspace had no limit.
    pub fn room_but_for_workspace(&self, row: &BatchRow, store: &Store) -> u32 {
        let facts = &row.facts;
        let Some(trunk) = facts.trunk else { return 0 };
        let used = |count: Option<&u32>| count.copied().unwrap_or(0);
        let batch = facts.settings.max_concurrent_calls.unwrap_or(u32::MAX);
        (batch.saturating_sub(used(self.batches.get(&facts.id))))
            .min(store.trunks[&trunk].0.saturating_sub(used(self.trunks.get(&trunk))))
    }
}
