//! The wall clock, which can be set under everybody.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::{SystemTime, UNIX_EPOCH},
};

use campanile_rules::time::Timestamp;

/// The machine's wall clock, as calls, the engine and the API read it. Clones are the same clock.
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

    /// Sets it forward by so many microseconds, or back, as an administrator does to a machine:
    /// a test need not wait for tomorrow.
    pub fn set_by(&self, by_us: i64) {
        self.ahead_us.fetch_add(by_us, Ordering::SeqCst);
    }
}
