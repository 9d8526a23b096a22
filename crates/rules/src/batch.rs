//! A batch: its settings, its states and what may be done in each (PRODUCT: batch).

use serde::{Deserialize, Serialize};

use crate::{hours::CallingHours, retry::RetryPolicy, time::Timestamp};

/// Where a batch is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BatchState {
    /// Stored, not started.
    Draft,
    /// Starts by itself at `starts_at`.
    Scheduled,
    /// People are being dialed. The page says *Active*.
    Running,
    /// No new call; calls in progress finish; retries wait.
    Paused,
    /// Everybody is final.
    Completed,
    /// Stopped for good. The page says *Stopped*.
    Cancelled,
}

/// The settings of a batch that the rules read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BatchSettings {
    /// When dialing may begin; absent means at once.
    pub starts_at: Option<Timestamp>,
    /// When the batch stops by itself.
    pub ends_at: Option<Timestamp>,
    /// When people may be called; absent means always.
    pub calling_hours: Option<CallingHours>,
    /// Calls of this batch at once; absent means as many as the workspace may.
    pub max_concurrent_calls: Option<u32>,
    /// Share of the workspace's concurrency, relative to other batches. At least 1.
    pub weight: u32,
    /// What happens after a call that did not reach a live person.
    pub retry: RetryPolicy,
    /// Whether two calls to one number may overlap.
    pub allow_overlapping_calls: bool,
}

impl Default for BatchSettings {
    fn default() -> Self {
        BatchSettings {
            starts_at: None,
            ends_at: None,
            calling_hours: None,
            max_concurrent_calls: None,
            weight: 1,
            retry: RetryPolicy::default(),
            allow_overlapping_calls: false,
        }
    }
}

/// What somebody asks of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Control {
    /// Begin a draft: now, or at its `starts_at`.
    Start,
    /// No new calls until further notice.
    Pause,
    /// Go on where it was paused.
    Resume,
    /// For good.
    Stop,
}

/// A control that the batch's state does not allow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a {} batch cannot {}", .state.as_str(), .control.as_str())]
pub struct Refused {
    /// The state it is in.
    pub state: BatchState,
    /// What was asked.
    pub control: Control,
}

impl Control {
    /// The verb, as in the API's path.
    pub fn as_str(self) -> &'static str {
        match self {
            Control::Start => "start",
            Control::Pause => "pause",
            Control::Resume => "resume",
            Control::Stop => "stop",
        }
    }
}

impl BatchState {
    /// Every state.
    pub const ALL: [BatchState; 6] = [
        BatchState::Draft,
        BatchState::Scheduled,
        BatchState::Running,
        BatchState::Paused,
        BatchState::Completed,
        BatchState::Cancelled,
    ];

    /// The name in the API and the database.
    pub fn as_str(self) -> &'static str {
        match self {
            BatchState::Draft => "draft",
            BatchState::Scheduled => "scheduled",
            BatchState::Running => "running",
            BatchState::Paused => "paused",
            BatchState::Completed => "completed",
            BatchState::Cancelled => "cancelled",
        }
    }

    /// The state called `name`, if there is one.
    pub fn from_name(name: &str) -> Option<BatchState> {
        Self::ALL.into_iter().find(|state| state.as_str() == name)
    }

    /// Whether it never changes again.
    pub fn is_final(self) -> bool {
        matches!(self, BatchState::Completed | BatchState::Cancelled)
    }

    /// The state after `control`. Asking for what already holds is no error, so that every
    /// control can be sent twice; `starts_at` is what a started draft waits for.
    pub fn after(
        self,
        control: Control,
        starts_at: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<BatchState, Refused> {
        let refused = Err(Refused { state: self, control });
        let begun = match starts_at {
            Some(at) if at > now => BatchState::Scheduled,
            _ => BatchState::Running,
        };
        match (self, control) {
            (BatchState::Draft, Control::Start) => Ok(begun),
            (BatchState::Scheduled | BatchState::Running, Control::Start) => Ok(self),
            (BatchState::Scheduled | BatchState::Running | BatchState::Paused, Control::Pause) => {
                Ok(BatchState::Paused)
            }
            (BatchState::Paused, Control::Resume) => Ok(begun),
            (BatchState::Scheduled | BatchState::Running, Control::Resume) => Ok(self),
            (BatchState::Completed, Control::Stop) => refused,
            (_, Control::Stop) => Ok(BatchState::Cancelled),
            (
                BatchState::Draft | BatchState::Completed | BatchState::Cancelled,
                Control::Pause | Control::Resume,
            )
            | (
                BatchState::Paused | BatchState::Completed | BatchState::Cancelled,
                Control::Start,
            ) => refused,
        }
    }
}
