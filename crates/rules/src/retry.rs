//! What follows after an attempt: nothing more, or another try at a later time.

use serde::{Deserialize, Serialize};

use crate::{recipient::RecipientStatus, time::Timestamp};

/// What happens after a call that did not reach a live person (PRODUCT: retries).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RetryPolicy {
    /// Charged attempts after the first, 0 to 10.
    pub max_retries: u32,
    /// From the end of an attempt to the next, in minutes; fractions are allowed.
    pub wait_minutes: f64,
    /// Try again when nobody picked up.
    pub retry_on_no_answer: bool,
    /// Try again when voicemail answered.
    pub retry_on_voicemail: bool,
    /// Try again when the line was busy.
    pub retry_on_busy: bool,
    /// Try again when the call failed for a reason that may pass.
    pub retry_on_failed: bool,
    /// Try again when the engine died under the call: the phone may have rung.
    pub retry_on_interrupted: bool,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        RetryPolicy {
            max_retries: 0,
            wait_minutes: 0.0,
            retry_on_no_answer: true,
            retry_on_voicemail: false,
            retry_on_busy: true,
            retry_on_failed: true,
            retry_on_interrupted: false,
        }
    }
}

/// What follows for the recipient after an attempt ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Nobody dials this recipient again.
    Final(RecipientStatus),
    /// Due again at `at`; `otherwise` is the status it gets if the batch stops before.
    Retry {
        /// Not before this instant.
        at: Timestamp,
        /// The status its last attempt alone would give it.
        otherwise: RecipientStatus,
    },
}
