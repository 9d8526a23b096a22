//! The wall clock, which an administrator may set at any time. A process reads one clock: that of its
//! store ([`Clock`] is held there), from which calls, the engine, webhooks and the API get theirs.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::{SystemTime, UNIX_EPOCH},
};

use campanile_rules::time::Timestamp;

/// The machine's wall clock. Clones share one clock.
#[derive(Debug, Clone, Default)]
pub struct Clock {
    ahead_us: Arc<AtomicI64>,
}

impl Clock {
    /// The time, in microseconds UTC.
    pub fn now(&self) -> Timestamp {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let micros = i64::try_from(since_epoch.as_micros()).unwrap_or(i64::MAX);
        Timestamp(micros.saturating_add(self.ahead_us.load(Ordering::SeqCst)))
    }

    /// Sets the clock forward (or back) by this many microseconds. Tests use it instead of waiting
    /// for tomorrow.
    pub fn set_by(&self, by_us: i64) {
        self.ahead_us.fetch_add(by_us, Ordering::SeqCst);
    }
}
