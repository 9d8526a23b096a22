//! The use of daily limits.

use campanile_rules::time::Timestamp;
use serde::Serialize;

/// What a workspace has used of its daily limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct DailyUsage {
    /// Attempts.
    pub attempts: u64,
    /// Talk time in milliseconds; a call counts when it is over.
    pub talk_ms: u64,
    /// When the limits first postponed a call to the next day.
    pub reached_at: Option<Timestamp>,
}
