//! The pace at which a trunk may be dialed, as an observer sees it who knows only the wire.

use std::time::Duration;

use campanile_rules::time::Timestamp;

/// The pace that the observer assumes, which is never faster than the real one.
#[derive(Debug, Default, Clone)]
pub(super) struct Pace {
    pub cps: f64,
    pub share: f64,
    pub sent: Vec<Timestamp>,
    pub placed_at: Option<Timestamp>,
    pub slowed_at: Option<Timestamp>,
    pub not_before: Timestamp,
    /// Calls after an outage that bring back no pace.
    pub unproved: u32,
    /// When a process began that knows no call of the process before. It assumes that a call has
    /// just left.
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
            unproved: 0,
            led_at: None,
        }
    }

    /// Notes a fault of the trunk: after it, the pace is an eighth. Of the next two calls, the
    /// first may be the one that shows the recovery, and the second follows it.
    pub fn trouble(&mut self) {
        self.share = self.share.min(1.0 / 8.0);
        self.unproved = 2;
    }

    /// Notes that a placed call failed before it left, which proves nothing about the trunk.
    pub fn never_left(&mut self) {
        if self.unproved > 0 {
            self.unproved = 2;
        }
    }

    /// Notes a placed call. After a call that was not refused, the pace grows by 5 % for each
    /// second between the calls, for five seconds at most.
    pub fn placed(&mut self, at: Timestamp) {
        if self.unproved > 0 {
            self.unproved -= 1;
        } else if let Some(last) = self.placed_at.filter(|last| Some(*last) > self.slowed_at) {
            self.share = (self.share + 0.05 * at.since(last).as_secs_f64().min(5.0)).min(1.0);
        }
        self.placed_at = Some(at);
    }

    /// When one more INVITE may leave: at even intervals, and within the limit of any sliding
    /// second.
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
