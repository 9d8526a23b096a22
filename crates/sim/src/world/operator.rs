//! The operator's actions during a run: those of the plan, those at the worst moment, and the end.

use std::time::Duration;

use campanile_rules::{
    batch::{BatchState, Control},
    ids::{BatchId, TrunkId},
};

use super::World;
use crate::{
    env::Event,
    plan::Action,
    store::{BatchRow, Op},
};

/// How many times the operator tries again to remove a trunk.
const MOST_TRIES: u32 = 14;

impl World {
    /// Carries out an action of the plan, and tries again while there is no answer.
    pub(super) fn act(&mut self, index: usize, tries: u32) {
        let action = self.plan.actions[index].1.clone();
        let now = self.env.now();
        if let Action::Create(batch) = action {
            // A request without an answer may have been carried out: look first, then try again.
            if self.store.batches.contains_key(&self.plan.batches[batch].facts.id) {
                self.acted += 1;
                return;
            }
            self.env.later(Duration::from_secs(30), Event::Acts(index, tries + 1));
        }
        match action {
            Action::Jump(by_us) => {
                self.env.offset_us += by_us;
                let by = Duration::from_micros(by_us.unsigned_abs());
                self.env.tap.stalls.push(by);
                self.env.tap.jumps.push((now, by_us));
                self.env.note("clock", by_us, || format!("is set by {by_us} µs"));
                self.env.disturb(Duration::from_secs(150));
                self.acted += 1;
                return;
            }
            Action::Kill => {
                if let Some(node) = self.nodes.iter_mut().find(|node| node.serves(now)) {
                    node.die(&mut self.env);
                }
                self.acted += 1;
                return;
            }
            Action::Create(_)
            | Action::Control(..)
            | Action::Edit(..)
            | Action::Suppress(..)
            | Action::Cap(..)
            | Action::Uncap(_)
            | Action::Workspace(..)
            | Action::Trunk(..) => {}
        }
        let Some(node) = self.nodes.iter_mut().find(|node| node.serves(now)) else {
            if !matches!(action, Action::Create(_)) {
                self.env.later(Duration::from_secs(1), Event::Acts(index, tries + 1));
            }
            return;
        };
        self.acted += usize::from(!matches!(action, Action::Create(_)));
        self.env.note("operator", index as i64, || format!("{action:?}"));
        let op = match action {
            Action::Create(index) => Op::Create(index),
            Action::Control(batch, control) => Op::Control(batch, control, now),
            Action::Edit(batch, edit) => Op::Edit(batch, edit),
            Action::Suppress(home, number) => Op::Suppress(home, number),
            Action::Cap(home, until) => Op::Cap(home, until),
            Action::Uncap(home) => Op::Uncap(home),
            Action::Workspace(id, limit) => Op::Workspace(id, limit),
            Action::Trunk(id, calls, cps) => Op::Trunk(id, calls, cps),
            Action::Jump(_) | Action::Kill => return,
        };
        node.issue(&mut self.env, op);
    }

    /// Controls a batch just while the process is busy with it. A pause is resumed later.
    pub(super) fn ambush(&mut self, batch: BatchId, control: Control) {
        let now = self.env.now();
        let Some(node) = self.nodes.iter_mut().find(|node| node.serves(now)) else { return };
        self.env.note("operator", batch.0, || format!("{} {batch}", control.as_str()));
        node.issue(&mut self.env, Op::Control(batch, control, now));
        if control == Control::Pause {
            let pause = self.env.up_to(Duration::from_secs(20));
            self.env.later(pause, Event::Ambush(batch, Control::Resume));
        }
    }

    /// Gives every batch of a trunk another trunk, or sometimes none, and removes the trunk. Tries
    /// again later, because calls may use the trunk.
    pub(super) fn remove_trunk(&mut self, id: TrunkId, tries: u32) {
        let now = self.env.now();
        let Some(node) = self.nodes.iter_mut().find(|node| node.serves(now)) else { return };
        let Some(other) = self.store.trunks.keys().copied().find(|other| *other != id) else {
            return;
        };
        let stays = |row: &&BatchRow| row.facts.trunk == Some(id) && !row.facts.state.is_final();
        for row in self.store.batches.values().filter(stays) {
            let trunk = (self.env.rng.u8(0..10) > 0).then_some(other);
            node.issue(&mut self.env, Op::Reroute(row.facts.id, trunk));
        }
        self.env.disturb(Duration::from_secs(1));
        node.issue(&mut self.env, Op::RemoveTrunk(id));
        if tries < MOST_TRIES {
            let wait = self.env.faults.store_delay * 2u32.pow(tries);
            self.env.later(wait, Event::Removes(id, tries + 1));
        }
    }

    pub(super) fn close(&mut self) {
        let now = self.env.now();
        let Some(node) = self.nodes.iter_mut().find(|node| node.serves(now)) else {
            return self.env.later(Duration::from_secs(1), Event::Closing);
        };
        let left = self.store.batches.values().filter(|row| !row.facts.state.is_final());
        let left: Vec<_> = left.map(|row| row.facts.id).collect();
        self.env.note("operator", left.len() as i64, || format!("closes {left:?}"));
        for batch in &left {
            node.issue(&mut self.env, Op::Control(*batch, Control::Stop, now));
        }
        if !left.is_empty() {
            self.env.later(Duration::from_secs(60), Event::Closing);
        }
    }

    /// Closes the run early when only the operator could change anything and the operator is done.
    pub(super) fn close_early(&mut self) {
        let waits = |row: &BatchRow| {
            let ends = row.facts.settings.ends_at.is_some();
            match row.facts.state {
                BatchState::Draft => true,
                BatchState::Paused => !ends,
                state => state.is_final(),
            }
        };
        let done = self.acted == self.plan.actions.len() && self.resumes_until <= self.env.now();
        if done && !self.closing && self.store.open.is_empty() {
            self.closing = self.store.batches.values().all(waits);
            if self.closing {
                self.env.later(Duration::from_secs(1), Event::Closing);
            }
        }
    }
}
