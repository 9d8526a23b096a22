//! The only place that reads the wall clock.

use std::time::{SystemTime, UNIX_EPOCH};

use campanile_rules::time::Timestamp;

/// The time, in microseconds UTC.
pub fn now() -> Timestamp {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp(i64::try_from(since_epoch.as_micros()).unwrap_or(i64::MAX))
}
