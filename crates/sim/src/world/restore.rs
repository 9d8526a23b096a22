//! A backup that is restored while recipients wait and some recipients have been called since the
//! backup.

use std::time::Duration;

use campanile_rules::batch::Control;

use super::World;
use crate::env::Event;

/// How much later the operator checks again whether every batch exists.
const LATER: Duration = Duration::from_secs(1);

/// How long a restored store excuses delays: one process ends and another one starts.
const DISTURBED: Duration = Duration::from_secs(10);

impl World {
    /// Takes a backup, once every batch exists.
    pub(super) fn backs_up(&mut self) {
        if self.store.batches.len() < self.plan.batches.len() {
            return self.env.later(LATER, Event::BacksUp);
        }
        self.env.note("operator", 0, || "takes a backup".to_owned());
        self.backup = Some(self.store.back_up());
    }

    /// Restores the backup: the process ends in order, the backup replaces the contents of the
    /// store, another process starts, and the operator resumes most of the paused batches.
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
