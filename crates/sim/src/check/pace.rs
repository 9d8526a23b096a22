//! How fast a trunk may be dialed, as somebody sees it who only hears the wire.

use std::time::Duration;

use campanile_rules::time::Timestamp;

/// What the watcher believes of a trunk's pace: never faster than it really is.
#[derive(Debug, Default, Clone)]
pub(super) struct Pace {
    pub cps: f64,
    pub share: f64,
    pub sent: Vec<Timestamp>,
    pub placed_at: Option<Timestamp>,
    pub slowed_at: Option<Timestamp>,
    pub not_before: Timestamp,
    /// For how much time, in seconds, calls have left since anything was wrong with the trunk.
    pub proved_s: f64,
    /// When a process began that knows no call of the one before: to it, one has just left.
    pub led_at: Option<Timestamp>,
}

impl Pace {
    pub fn full() -> Pace {
        Pace {
            cps: 0.0,
            share: 1.0,
            sent: Vec::new(),
            placed_at: None,
            slowed_at: None,
            not_before: Timestamp(i64::MIN),
            proved_s: 0.0,
            led_at: None,
        }
    }

    /// Whether the pace after an outage is whole again: from an eighth, 5 % come back with each
    /// second of calls; the first of them may be the one that showed that the trunk is back.
    pub fn is_whole(&self) -> bool {
        self.proved_s > 20.0 + 5.0
    }

    /// A call is placed. After one that was not refused the pace grows by 5 % with each second
    /// between them, five at most.
    pub fn placed(&mut self, at: Timestamp) {
        if let Some(last) = self.placed_at.filter(|last| Some(*last) > self.slowed_at) {
            self.share = (self.share + 0.05 * at.since(last).as_secs_f64().min(5.0)).min(1.0);
        }
        if let Some(last) = self.placed_at {
            self.proved_s += at.since(last).as_secs_f64().min(5.0);
        }
        self.placed_at = Some(at);
    }

    /// From when one more INVITE may leave: even distances, and no more in any sliding second.
    pub fn next_at(&self) -> Timestamp {
        if self.cps <= 0.0 {
            return Timestamp(i64::MAX);
        }
        let (most, window) = match self.cps {
            slow if slow < 1.0 => (1, 1.0 / slow),
            fast => (fast as usize, 1.0),
        };
        let window = window + 0.01;
        let apart = Duration::from_secs_f64(window / (most as f64 * self.share));
        let spaced = self.sent.last().copied().max(self.placed_at).map(|last| last + apart);
        let oldest = self.sent.len().checked_sub(most).map(|index| self.sent[index]);
        let slid = oldest.map(|oldest| oldest + Duration::from_secs_f64(window));
        let led = self.led_at.map(|at| at + Duration::from_secs_f64(window.max(1.0) * 1.02));
        [spaced, slid, led].into_iter().flatten().fold(self.not_before, Timestamp::max)
    }
}
