//! The versions of what is stored, as the real store keeps them.

use std::collections::BTreeMap;

use campanile_rules::{
    dispatcher::Lane,
    ids::{BatchId, TrunkId, WorkspaceId},
    node::{Answer, ChangedBatch, Changes, TrunkLimits},
    recipient::{RecipientStatus, WaitsFor},
    time::Timestamp,
};

use super::Store;

/// The most changes in one answer: few, so that answers often have only a part.
const AT_ONCE: usize = 3;

/// Something that the node keeps in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Thing {
    Workspace(WorkspaceId),
    Trunk(TrunkId),
    Batch(BatchId),
    Limits,
}

/// When each thing last changed.
#[derive(Debug, Default)]
pub(super) struct Versions {
    newest: u64,
    of: BTreeMap<Thing, u64>,
}

impl Store {
    /// The version of the newest change.
    pub fn version(&self) -> u64 {
        self.versions.newest
    }

    /// Notes that a thing changed.
    pub(super) fn moves(&mut self, thing: Thing) {
        self.versions.newest += 1;
        self.versions.of.insert(thing, self.versions.newest);
    }

    /// Whether limits changed whose recipients are not due again yet.
    pub(super) fn has_open_limits(&self) -> bool {
        self.versions.of.contains_key(&Thing::Limits)
    }

    pub(super) fn changes_since(&self, known: u64) -> Answer {
        let mut found: Vec<(u64, Thing)> = self
            .versions
            .of
            .iter()
            .filter(|(_, version)| **version > known)
            .map(|(thing, version)| (*version, *thing))
            .collect();
        found.sort_unstable();
        found.truncate(AT_ONCE);
        let version = match found.last() {
            Some((version, _)) if found.len() == AT_ONCE => *version,
            Some(_) | None => self.versions.newest,
        };
        let mut changes = Changes { version, ..Changes::default() };
        for (_, thing) in found {
            match thing {
                Thing::Workspace(id) => changes.workspaces.push((id, self.workspaces[&id])),
                Thing::Trunk(id) => {
                    let limits = self.trunks.get(&id);
                    let limits =
                        limits.map(|&(max_calls, max_cps)| TrunkLimits { max_calls, max_cps });
                    changes.trunks.push((id, limits));
                }
                Thing::Batch(id) => changes.batches.push(self.changed_batch(id)),
                Thing::Limits => changes.limits = true,
            }
        }
        Answer::Changes(changes)
    }

    fn changed_batch(&self, id: BatchId) -> ChangedBatch {
        let row = &self.batches[&id];
        ChangedBatch { facts: row.facts.clone(), lanes: self.lanes(row) }
    }

    pub(super) fn lanes(&self, row: &super::BatchRow) -> Vec<Lane> {
        let mut lanes = BTreeMap::new();
        for recipient in &self.recipients[row.recipients.clone()] {
            if recipient.status == RecipientStatus::Pending {
                let due = lanes.entry(recipient.lane()).or_insert(recipient.due);
                *due = recipient.due.min(*due);
            }
        }
        lanes.into_iter().map(|(key, next_due)| Lane { key, next_due }).collect()
    }

    /// Makes recipients due that a daily limit postponed.
    pub(super) fn wake_limited(&mut self, wall: Timestamp) -> Answer {
        for row in &mut self.recipients {
            let waits = row.due.waits_for == Some(WaitsFor::DailyLimit);
            if row.status == RecipientStatus::Pending && waits {
                (row.due, row.capped_until) = (row.due.at.min(wall).into(), None);
            }
        }
        self.versions.of.remove(&Thing::Limits);
        Answer::LimitedWoken
    }

    /// Ends the daily limits of a workspace.
    pub(super) fn uncap(&mut self, home: WorkspaceId, wall: Timestamp) {
        for (_, until) in self.caps.entry(home).or_default() {
            *until = wall.min(*until);
        }
        self.uncapped = true;
        self.moves(Thing::Limits);
    }

    /// Gives the caller ID of a batch another trunk, or none.
    pub(super) fn reroute(&mut self, batch: BatchId, trunk: Option<TrunkId>, now: Timestamp) {
        let trunk = trunk.filter(|trunk| self.trunks.contains_key(trunk));
        let Some(row) = self.batches.get_mut(&batch) else { return };
        if !row.facts.state.is_final() && row.facts.trunk != trunk {
            row.facts.trunk = trunk;
            self.changed(batch, now);
        }
    }
}
