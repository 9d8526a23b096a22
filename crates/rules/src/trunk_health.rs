//! The health of a trunk, judged by its calls.

use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    attempt::{EndReason, Ending},
    dispatcher::Outage,
    time::Timestamp,
};

/// How many calls in a row must fail at the trunk before it counts as failing, unless all calls
/// failed.
const FAILURES: u32 = 3;

/// How a trunk is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct TrunkHealth {
    /// For programs.
    pub state: TrunkState,
    /// Calls through it now, ringing ones included; of a managed trunk everybody but the operator
    /// sees those of the workspace.
    pub calls_now: u32,
    /// When it last answered anything since the server started.
    pub last_answer_at: Option<Timestamp>,
    /// For people.
    pub detail: String,
}

/// The states of a trunk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TrunkState {
    /// Nothing is known of it since the server started.
    Unused,
    /// It answers.
    Ok,
    /// It said that it is full, and calls go out more slowly.
    BackingOff,
    /// Calls fail at it.
    Failing,
}

/// What is known about a trunk since the process started.
#[derive(Debug, Clone, Copy, Default)]
pub struct TrunkRecord {
    last_answer_at: Option<Timestamp>,
    /// The number of calls that ended.
    endings: u32,
    /// How the latest calls failed at the trunk, and how many in a row.
    trouble: Option<(EndReason, u32)>,
}

impl TrunkRecord {
    /// Notes the end of a call through the trunk.
    pub fn ended(&mut self, ending: &Ending) {
        self.endings = self.endings.saturating_add(1);
        if ending.evidence.sip_code.is_some() {
            self.last_answer_at = self.last_answer_at.max(Some(ending.ended_at));
        }
        let reason = ending.end_reason;
        let at_trunk = [EndReason::TrunkUnreachable, EndReason::TrunkAuthFailed].contains(&reason);
        let in_a_row = self.trouble.map_or(1, |(_, before)| before.saturating_add(1));
        self.trouble = at_trunk.then_some((reason, in_a_row));
    }

    /// Notes a response of the trunk, which shows that it can be reached.
    pub fn answered(&mut self, at: Timestamp) {
        self.last_answer_at = self.last_answer_at.max(Some(at));
        self.trouble.take_if(|(reason, _)| *reason == EndReason::TrunkUnreachable);
    }

    /// The present health of the trunk.
    pub fn health(
        &self,
        calls_now: u32,
        backing_off: bool,
        outage: Option<&Outage>,
    ) -> TrunkHealth {
        let failing = self.trouble.filter(|(_, n)| *n >= FAILURES || *n == self.endings);
        if let Some(outage) = outage {
            let (state, detail) = (TrunkState::Failing, in_words(outage));
            return TrunkHealth { state, calls_now, last_answer_at: self.last_answer_at, detail };
        }
        let (state, detail) = match failing {
            Some((EndReason::TrunkAuthFailed, n)) => (
                TrunkState::Failing,
                format!("It refused our user name or password, {}; set them anew.", times(n)),
            ),
            Some((_, n)) => (
                TrunkState::Failing,
                format!(
                    "It did not answer, {}; check its host, its port, what carries SIP to it, and \
                     the network.",
                    times(n)
                ),
            ),
            None if backing_off => (
                TrunkState::BackingOff,
                "It was full or out of reach; calls go out more slowly for a while.".to_owned(),
            ),
            None if self.endings == 0 && self.last_answer_at.is_none() => {
                (TrunkState::Unused, "Nothing is known of it since the server started.".to_owned())
            }
            None => (TrunkState::Ok, "It answers.".to_owned()),
        };
        TrunkHealth { state, calls_now, last_answer_at: self.last_answer_at, detail }
    }
}

fn times(n: u32) -> String {
    if n == 1 { "the only time so far".to_owned() } else { format!("{n} times in a row") }
}

fn in_words(outage: &Outage) -> String {
    let Outage { since, cause, probe_at } = outage;
    let next = probe_at
        .map_or("It is being asked now".to_owned(), |at| format!("It is asked again at {at}"));
    format!("No call gets through since {since}: {cause}. {next}; nobody is charged for that.")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attempt::{Evidence, Outcome};

    fn ending(end_reason: EndReason, sip_code: Option<u16>) -> Ending {
        Ending {
            outcome: Outcome::Failed,
            end_reason,
            permanent: false,
            retry_after: None,
            ended_at: Timestamp(7),
            evidence: Evidence { sip_code, ..Evidence::default() },
        }
    }

    fn state(record: &TrunkRecord) -> TrunkState {
        record.health(0, false, None).state
    }

    #[test]
    fn a_trunk_fails_when_all_calls_do_or_three_in_a_row() {
        let (dead, busy) =
            (ending(EndReason::TrunkUnreachable, None), ending(EndReason::UserBusy, Some(486)));
        let mut record = TrunkRecord::default();
        assert_eq!(state(&record), TrunkState::Unused);
        record.ended(&dead);
        assert_eq!(state(&record), TrunkState::Failing, "its only call");
        record.ended(&busy);
        assert_eq!(state(&record), TrunkState::Ok);
        assert_eq!(record.health(2, true, None).state, TrunkState::BackingOff);
        for expected in [TrunkState::Ok, TrunkState::Ok, TrunkState::Failing] {
            record.ended(&dead);
            assert_eq!(state(&record), expected);
        }
        assert_eq!(record.health(0, false, None).last_answer_at, Some(Timestamp(7)));
    }

    #[test]
    fn an_answer_proves_that_it_is_reached_and_not_that_it_knows_us() {
        let mut record = TrunkRecord::default();
        record.ended(&ending(EndReason::TrunkUnreachable, None));
        record.answered(Timestamp(9));
        assert_eq!(state(&record), TrunkState::Ok);
        record.ended(&ending(EndReason::TrunkAuthFailed, Some(401)));
        let mut refused = TrunkRecord::default();
        refused.ended(&ending(EndReason::TrunkAuthFailed, Some(401)));
        refused.answered(Timestamp(9));
        assert!(refused.health(0, false, None).detail.contains("password"));
    }
}
