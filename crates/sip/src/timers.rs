//! The timers of RFC 3261 §17.

use std::time::Duration;

/// The timers of RFC 3261 §17.1. Only tests change them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timers {
    /// The round-trip estimate: 500 ms. After 64 of these a far end counts as gone.
    pub t1: Duration,
    /// The longest interval between two repetitions: 4 s.
    pub t2: Duration,
    /// The longest time that the network keeps a message: 5 s.
    pub t4: Duration,
}

impl Default for Timers {
    fn default() -> Self {
        let (t1, t2, t4) =
            (Duration::from_millis(500), Duration::from_secs(4), Duration::from_secs(5));
        Timers { t1, t2, t4 }
    }
}

impl Timers {
    /// The time after which the far end has given up too: timers B, D, F, H and J.
    pub fn patience(&self) -> Duration {
        self.t1 * 64
    }

    /// The time without any response after which a far end may be gone. A working one sends a 100
    /// within 200 ms (RFC 3261 §17.2.1), and we have sent three repetitions by then.
    pub fn silence(&self) -> Duration {
        self.t1 * 8
    }
}
