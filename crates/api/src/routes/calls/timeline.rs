//! The timeline of a call.

use std::time::Duration;

use campanile_rules::{conversation::Action, time::Timestamp};
use campanile_store::CallRecord;
use serde::Serialize;
use utoipa::ToSchema;

/// Something that happened in a call.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
pub struct Moment {
    /// What: `claimed`, `dialed`, `ringing`, `answered`, `amd_decided`, `first_words`, `beep`,
    /// `tool` (the agent called one; the detail is its name and its arguments as JSON), `result` (the
    /// agent recorded one: `name = value`), `digit` (the person pressed it), `transfer` (the agent
    /// asked for it; the detail is its outcome), `hung_up` (an answered call ended) or `ended` (it
    /// was never answered).
    pub event: &'static str,
    /// When.
    pub at: Timestamp,
    /// The same, in milliseconds after the first moment.
    pub offset_ms: u64,
    /// Who or what, such as `agent`, `human` or an end reason; null when there is nothing to add.
    pub detail: Option<String>,
}

/// A moment before it is numbered: its time, its event and its detail.
type Known = (Timestamp, &'static str, Option<String>);

/// Sorts moments by cause and time. Their timestamps come from several clocks of a call: the
/// network, the store, and the audio, which counts from the first sound. No moment may be after the
/// end or before its cause.
fn put_in_order(known: &mut [Known], ended_at: Option<Timestamp>) {
    let mut follows_at = Timestamp(i64::MIN);
    for (at, event, _) in known.iter_mut() {
        *at = (*at).max(follows_at);
        if CAUSES.contains(event) {
            follows_at = *at;
        } else if let Some(ended_at) = ended_at {
            *at = (*at).min(ended_at.max(follows_at));
        }
    }
    known.sort_by_key(|(at, ..)| *at);
}

/// The events that come first, in this order.
const CAUSES: [&str; 4] = ["claimed", "dialed", "ringing", "answered"];

/// The known moments of a call, oldest first.
pub fn of(call: &CallRecord) -> Vec<Moment> {
    let attempt = &call.attempt;
    let evidence = &attempt.evidence;
    let answered_at = attempt.answered_at.or(evidence.answered_at);
    let mut moments: Vec<(&'static str, Option<Timestamp>, Option<String>)> = vec![
        ("claimed", Some(attempt.claimed_at), None),
        ("dialed", attempt.dialed_at, None),
        ("ringing", evidence.ringing_at, None),
        ("answered", answered_at, None),
    ];
    let within = |ms: u64| answered_at.map(|at| at + Duration::from_millis(ms));
    if let (Some(who), Some(ms)) = (evidence.answered_by, evidence.amd_decided_ms) {
        moments.push(("amd_decided", within(ms), Some(who.as_str().to_owned())));
    }
    let said = &call.log.transcript;
    let is_beep = |text: &str, speaker: &str| speaker == "user" && text == "beep";
    for speaker in ["user", "agent"] {
        let first = said.iter().find(|u| u.speaker == speaker && !is_beep(&u.text, speaker));
        let at = first.and_then(|first| within(first.start_ms));
        moments.push(("first_words", at, Some(speaker.to_owned())));
    }
    let beep = said.iter().find(|u| is_beep(&u.text, &u.speaker));
    moments.push(("beep", beep.and_then(|beep| within(beep.end_ms)), None));
    for (ms, event, detail) in done(&call.log.actions) {
        moments.push((event, within(ms), Some(detail)));
    }
    if let Some(transfer) = &evidence.transfer {
        let outcome = transfer.result.outcome.as_str().to_owned();
        moments.push(("transfer", Some(transfer.asked_at), Some(outcome)));
    }
    let end = attempt.end_reason.map(|reason| reason.as_str().to_owned());
    moments.push(match evidence.hung_up_by {
        Some(by) => {
            let by = serde_json::to_value(by).ok().and_then(|by| by.as_str().map(str::to_owned));
            ("hung_up", attempt.ended_at, by)
        }
        None => ("ended", attempt.ended_at, end),
    });
    let known = moments.into_iter().filter_map(|(event, at, detail)| Some((at?, event, detail)));
    let mut known: Vec<_> = known.collect();
    put_in_order(&mut known, attempt.ended_at);
    let began_at = known.first().map_or(attempt.claimed_at, |(at, ..)| *at);
    let moment = |(at, event, detail): (Timestamp, _, _)| Moment {
        event,
        at,
        offset_ms: at.since(began_at).as_millis() as u64,
        detail,
    };
    known.into_iter().map(moment).collect()
}

/// What was done in a call beside talking: when, and how a timeline tells it. The tool that records a
/// result is left out where the result is there.
fn done(actions: &[Action]) -> impl Iterator<Item = (u64, &'static str, String)> {
    let is_recorded = |name: &str, ms: u64| {
        let mut results = actions.iter();
        name == "record_result"
            && results.any(|it| matches!(it, Action::Result { at_ms, .. } if *at_ms == ms))
    };
    actions.iter().filter_map(move |action| match action {
        Action::Tool { name, at_ms, .. } if is_recorded(name, *at_ms) => None,
        Action::Tool { name, arguments, at_ms } => {
            let arguments = if arguments == "{}" { "" } else { arguments };
            Some((*at_ms, "tool", format!("{name} {arguments}").trim_end().to_owned()))
        }
        Action::Result { name, value, at_ms } => {
            Some((*at_ms, "result", format!("{name} = {value}")))
        }
        Action::Digit { digit, at_ms } => Some((*at_ms, "digit", digit.to_string())),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recorded_result_is_told_once() {
        let tool = |name: &str, arguments: &str, at_ms| Action::Tool {
            name: name.to_owned(),
            arguments: arguments.to_owned(),
            at_ms,
        };
        let (name, value) = ("answer".to_owned(), "yes".to_owned());
        let actions = [
            tool("record_result", r#"{"name":"answer","value":"yes"}"#, 40),
            Action::Result { name, value, at_ms: 40 },
            tool("record_result", r#"{"name":"none"}"#, 60),
            Action::Digit { digit: '5', at_ms: 80 },
            tool("end_call", "{}", 100),
        ];
        let told = [
            (40, "result", "answer = yes".to_owned()),
            (60, "tool", r#"record_result {"name":"none"}"#.to_owned()),
            (80, "digit", "5".to_owned()),
            (100, "tool", "end_call".to_owned()),
        ];
        assert_eq!(done(&actions).collect::<Vec<_>>(), told);
    }

    fn order(moments: &[(&'static str, i64)], ended_at: Option<i64>) -> Vec<(&'static str, i64)> {
        let known = moments.iter().map(|&(event, at)| (Timestamp(at), event, None));
        let mut known: Vec<Known> = known.collect();
        put_in_order(&mut known, ended_at.map(Timestamp));
        known.into_iter().map(|(at, event, _)| (event, at.0)).collect()
    }

    #[test]
    fn what_follows_is_never_told_before_its_cause() {
        let noted = [("claimed", 10), ("dialed", 20), ("ringing", 18), ("answered", 40)];
        let told = [("claimed", 10), ("dialed", 20), ("ringing", 20), ("answered", 40)];
        assert_eq!(order(&noted, None), told);
    }

    #[test]
    fn nothing_is_told_after_the_end() {
        let noted = [
            ("claimed", 10),
            ("dialed", 20),
            ("answered", 40),
            ("amd_decided", 70),
            ("first_words", 95),
            ("first_words", 50),
            ("hung_up", 90),
        ];
        let told = order(&noted, Some(90));
        let events: Vec<_> = told.iter().map(|(event, _)| *event).collect();
        let wanted = [
            "claimed",
            "dialed",
            "answered",
            "first_words",
            "amd_decided",
            "first_words",
            "hung_up",
        ];
        assert_eq!(events, wanted);
        assert!(told.iter().all(|(_, at)| *at <= 90));
    }
}
