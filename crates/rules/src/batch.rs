//! A batch: its settings, its states and what each state permits (PRODUCT: batch).

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    hours::{self, CallingHours},
    retry::RetryPolicy,
    time::Timestamp,
    words,
};

words! {
    /// Where a batch is in its life.
    #[derive(
        Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
    )]
    pub enum BatchState {
        /// Stored, not started.
        Draft = "draft",
        /// Starts by itself at `starts_at`.
        Scheduled = "scheduled",
        /// People are being dialed. The page says *Active*.
        Running = "running",
        /// No new call; calls in progress finish; retries wait.
        Paused = "paused",
        /// Everybody is final.
        Completed = "completed",
        /// Stopped for good. The page says *Stopped*.
        Cancelled = "cancelled",
    }
}

/// The settings of a batch that the rules read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BatchSettings {
    /// When dialing may begin. `None` means at once.
    pub starts_at: Option<Timestamp>,
    /// When the batch stops by itself.
    pub ends_at: Option<Timestamp>,
    /// The IANA time zone in which the user chose `starts_at` and `ends_at`. It has no effect on
    /// dialing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
    /// When recipients may be called. `None` means always.
    pub calling_hours: Option<CallingHours>,
    /// The batch's own limit of concurrent calls. `None` means that only the workspace's limit
    /// applies.
    pub max_concurrent_calls: Option<u32>,
    /// The batch's share of the workspace's concurrency, relative to other batches. At least 1.
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
            time_zone: None,
            calling_hours: None,
            max_concurrent_calls: None,
            weight: 1,
            retry: RetryPolicy::default(),
            allow_overlapping_calls: false,
        }
    }
}

impl BatchSettings {
    /// All mistakes in these settings, each as a sentence. Empty if the settings are valid.
    pub fn mistakes(&self) -> Vec<String> {
        let mut mistakes = Vec::new();
        if let (Some(starts_at), Some(ends_at)) = (self.starts_at, self.ends_at)
            && ends_at <= starts_at
        {
            mistakes.push(format!("ends_at {ends_at} is not after starts_at {starts_at}"));
        }
        mistakes.extend(self.time_zone.as_deref().and_then(hours::zone_mistake));
        if self.max_concurrent_calls == Some(0) {
            mistakes.push(
                "max_concurrent_calls is 0, so nobody could ever be called; \
                 leave it out for as many as the workspace may"
                    .to_owned(),
            );
        }
        if self.weight == 0 {
            mistakes.push("weight is 0; it can be 1 or more".to_owned());
        }
        mistakes.extend(self.calling_hours.iter().flat_map(|hours| hours.mistakes()));
        mistakes.extend(self.retry.mistakes());
        mistakes
    }
}

words! {
    /// The fields of a batch that can be changed after it was created: its name, and settings by
    /// the names that [`BatchSettings`] gives them.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
    pub enum BatchField {
        /// The name.
        Name = "name",
        /// When dialing may begin.
        StartsAt = "starts_at",
        /// When the batch stops by itself.
        EndsAt = "ends_at",
        /// The time zone in which the user chose these two.
        TimeZone = "time_zone",
        /// When recipients may be called.
        CallingHours = "calling_hours",
        /// The batch's own limit of concurrent calls.
        MaxConcurrentCalls = "max_concurrent_calls",
        /// The batch's share of the workspace's calls.
        Weight = "weight",
        /// What happens after a call that did not reach a live person.
        Retry = "retry",
    }
}

/// A control of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Control {
    /// Start a draft: now, or at its `starts_at`.
    Start,
    /// Make no new calls until the batch is resumed.
    Pause,
    /// Resume a paused batch where it stopped.
    Resume,
    /// Stop the batch for good.
    Stop,
}

/// The error for a control that the state of the batch does not allow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a {} batch cannot {}", .state.as_str(), .control.as_str())]
pub struct Refused {
    /// The state of the batch.
    pub state: BatchState,
    /// The control that was refused.
    pub control: Control,
}

impl Control {
    /// The verb in the path of the API.
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
    /// Whether the state never changes again.
    pub fn is_final(self) -> bool {
        matches!(self, BatchState::Completed | BatchState::Cancelled)
    }

    /// Whether `field` may be changed in this state: the name always, fields of the start before
    /// the start, the others until the batch is over.
    pub fn may_change(self, field: BatchField) -> bool {
        match field {
            BatchField::Name => true,
            BatchField::StartsAt => matches!(self, BatchState::Draft | BatchState::Scheduled),
            BatchField::EndsAt
            | BatchField::TimeZone
            | BatchField::CallingHours
            | BatchField::MaxConcurrentCalls
            | BatchField::Weight
            | BatchField::Retry => !self.is_final(),
        }
    }

    /// The state after `control`. A control that asks for the present state is not an error, so
    /// that every control can be sent twice. A started draft waits for `starts_at`.
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

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_780_315_200_000_000);
    const LATER: Timestamp = Timestamp(1_780_315_260_000_000);

    fn after(state: BatchState, control: Control) -> Option<BatchState> {
        state.after(control, None, NOW).ok()
    }

    #[test]
    fn each_control_does_what_the_table_says_in_each_state() {
        use BatchState::{Cancelled, Completed, Draft, Paused, Running, Scheduled};
        let table = [
            (Draft, [Some(Running), None, None, Some(Cancelled)]),
            (Scheduled, [Some(Scheduled), Some(Paused), Some(Scheduled), Some(Cancelled)]),
            (Running, [Some(Running), Some(Paused), Some(Running), Some(Cancelled)]),
            (Paused, [None, Some(Paused), Some(Running), Some(Cancelled)]),
            (Completed, [None, None, None, None]),
            (Cancelled, [None, None, None, Some(Cancelled)]),
        ];
        let controls = [Control::Start, Control::Pause, Control::Resume, Control::Stop];
        for (state, expected) in table {
            assert_eq!(controls.map(|control| after(state, control)), expected, "{state:?}");
        }
    }

    #[test]
    fn what_may_be_changed_depends_on_how_far_it_is() {
        let may = |field: BatchField| BatchState::ALL.map(|state| state.may_change(field));
        assert_eq!(may(BatchField::Name), [true; 6]);
        assert_eq!(may(BatchField::StartsAt), [true, true, false, false, false, false]);
        for field in &BatchField::ALL[2..] {
            assert_eq!(may(*field), [true, true, true, true, false, false], "{field:?}");
        }
    }

    #[test]
    fn what_starts_later_waits() {
        for (state, control) in
            [(BatchState::Draft, Control::Start), (BatchState::Paused, Control::Resume)]
        {
            let after = |starts_at| state.after(control, Some(starts_at), NOW);
            assert_eq!(after(LATER), Ok(BatchState::Scheduled));
            assert_eq!(after(NOW), Ok(BatchState::Running));
        }
    }

    #[test]
    fn a_refusal_says_what_was_asked_of_what() {
        let refused = BatchState::Cancelled.after(Control::Resume, None, NOW).unwrap_err();
        assert_eq!(refused.to_string(), "a cancelled batch cannot resume");
    }

    #[test]
    fn every_state_has_a_name_of_its_own() {
        for state in BatchState::ALL {
            assert_eq!(BatchState::from_name(state.as_str()), Some(state));
        }
    }

    #[test]
    fn all_mistakes_are_reported_together() {
        let settings = BatchSettings {
            starts_at: Some(LATER),
            ends_at: Some(NOW),
            max_concurrent_calls: Some(0),
            weight: 0,
            retry: RetryPolicy { max_retries: 11, ..RetryPolicy::default() },
            ..BatchSettings::default()
        };
        assert_eq!(settings.mistakes().len(), 4);
        assert!(BatchSettings::default().mistakes().is_empty());
    }
}
