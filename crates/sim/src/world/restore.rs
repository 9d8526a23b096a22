//! A backup that is restored while people wait, and some were called since.

use std::time::Duration;

use campanile_rules::batch::Control;

use super::World;
use crate::env::Event;

/// The operator looks so much later whether every batch is there.
const LATER: Duration = Duration::from_secs(1);

/// What a restored store excuses: a process that ends and another that begins.
const DISTURBED: Duration = Duration::from_secs(10);

impl World {
    /// The operator takes a backup, once every batch is there.
    pub(super) fn backs_up(&mut self) {
        if self.store.batches.len() < self.plan.batches.len() {
            return self.env.later(LATER, Event::BacksUp);
        }
        self.env.note("operator", 0, || "takes a backup".to_owned());
        self.backup = Some(self.store.back_up());
    }

    /// The process ends in order, the backup takes the place of what is stored, another process begins,
    /// and the operator resumes most of what was paused.
    pub(super) fn restores(&mut self) {
        let Some(backup) = self.backup.take() else { return };
        let now = self.env.now();
        for node in &mut self.nodes {
            self.carrier.ends(node.life, now);
            node.die(&mut self.env);
        }
        let paused = self.store.restore(backup, now);
        self.env.note("operator", 0, || format!("restores the backup: {paused:?}"));
        self.env.disturb(DISTURBED);
        for &batch in &paused {
            if self.env.chance(0.8) {
                let pause = DISTURBED + self.env.up_to(Duration::from_secs(600));
                self.resumes_until = self.resumes_until.max(now + pause);
                self.env.later(pause, Event::Ambush(batch, Control::Resume));
            }
        }
        self.env.tap.restored.push((now, paused));
    }
}
