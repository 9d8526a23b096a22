//! Options that `run` and the verbs of `batch` share: when to call, and when to try again.

use campanile_rules::{
    hours::{CallingHours, Day, HoursZone, TimeOfDay, parse_days, parse_span},
    retry::RetryPolicy,
};
use clap::{ValueEnum, builder::PossibleValue};
use serde_json::{Map, Value, json};

use crate::{failure::Usage, options::NONE};

/// When people may be called.
#[derive(clap::Args)]
pub struct HoursArgs {
    /// Hours of the day in which people may be called, for example 09:00-17:00; 20:00-02:00 goes
    /// across midnight [default: at any time]
    #[arg(long, value_name = "HH:MM-HH:MM", value_parser = parse_span)]
    calling_hours: Option<(TimeOfDay, TimeOfDay)>,
    /// Days on which the calling hours begin: mon-fri, or mon,wed,sat
    #[arg(long, default_value = "mon-sun", requires = "calling_hours", value_parser = days)]
    days: Days,
    /// Whose clock the calling hours are read on: "recipient", by the number's own time zone, or
    /// an IANA name such as Europe/London
    #[arg(long, default_value = "recipient", requires = "calling_hours", value_name = "ZONE")]
    time_zone: String,
}

/// Days of the week; a type of its own because clap reads a `Vec` as a repeated option.
#[derive(Clone)]
struct Days(Vec<Day>);

impl HoursArgs {
    /// The calling hours, if `--calling-hours` was given.
    pub fn hours(&self) -> anyhow::Result<Option<CallingHours>> {
        let Some((start, end)) = self.calling_hours else { return Ok(None) };
        let time_zone = match self.time_zone.as_str() {
            "recipient" => HoursZone::Recipient,
            name => HoursZone::Named(name.to_owned()),
        };
        let hours = CallingHours { start, end, days: self.days.0.clone(), time_zone };
        match hours.mistakes().as_slice() {
            [] => Ok(Some(hours)),
            mistakes => Err(Usage(mistakes.join("; ")).into()),
        }
    }
}

fn days(text: &str) -> Result<Days, String> {
    parse_days(text).map(Days)
}

/// When people may be called from now on.
#[derive(clap::Args)]
pub struct HoursEdit {
    /// Hours of the day in which people may be called, for example 09:00-17:00; none: at any time
    #[arg(long, value_name = "HH:MM-HH:MM", value_parser = span)]
    calling_hours: Option<Span>,
    /// Days on which the calling hours begin: mon-fri, or mon,wed,sat
    #[arg(long, value_parser = days)]
    days: Option<Days>,
    /// Whose clock they are read on: "recipient", or an IANA name such as Europe/London
    #[arg(long, value_name = "ZONE")]
    time_zone: Option<String>,
}

#[derive(Clone)]
enum Span {
    Always,
    Hours(TimeOfDay, TimeOfDay),
}

fn span(text: &str) -> Result<Span, String> {
    match text {
        NONE => Ok(Span::Always),
        text => parse_span(text).map(|(start, end)| Span::Hours(start, end)),
    }
}

impl HoursEdit {
    /// The JSON patch for the API, if there is a change. `before` has the current calling hours.
    pub fn patch(&self, before: &Value) -> Result<Option<Value>, Usage> {
        let mut patch = match &self.calling_hours {
            Some(Span::Always) if self.days.is_none() && self.time_zone.is_none() => {
                return Ok(Some(Value::Null));
            }
            Some(Span::Always) => {
                let words = "--calling-hours none goes without --days and --time-zone";
                return Err(Usage(words.to_owned()));
            }
            Some(Span::Hours(start, end)) => {
                Map::from_iter([("start".to_owned(), json!(start)), ("end".to_owned(), json!(end))])
            }
            None => Map::new(),
        };
        if let Some(days) = &self.days {
            patch.insert("days".to_owned(), json!(days.0));
        }
        if let Some(zone) = &self.time_zone {
            patch.insert("time_zone".to_owned(), json!(zone));
        } else if before.is_null() && self.calling_hours.is_some() {
            patch.insert("time_zone".to_owned(), json!("recipient"));
        }
        if before.is_null() && self.calling_hours.is_none() && !patch.is_empty() {
            let words = "the batch calls at any time; say in which hours with --calling-hours";
            return Err(Usage(words.to_owned()));
        }
        Ok((!patch.is_empty()).then_some(Value::Object(patch)))
    }
}

/// What happens after a call that did not reach a live person.
#[derive(clap::Args)]
pub struct RetryArgs {
    /// Attempts after the first [default: 0]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(0..=10))]
    max_retries: Option<u32>,
    /// Minutes from the end of an attempt to the next; fractions are allowed [default: 0]
    #[arg(long, value_name = "X", value_parser = minutes)]
    wait_minutes: Option<f64>,
    /// After which outcomes to try again [default: no_answer,busy,failed]
    #[arg(long, value_delimiter = ',', value_name = "OUTCOME,…")]
    retry_on: Option<Vec<RetryOn>>,
}

/// An outcome after which one may try again.
#[derive(Clone, Copy, PartialEq, Eq)]
enum RetryOn {
    NoAnswer,
    Busy,
    Declined,
    Voicemail,
    Failed,
    Interrupted,
}

impl ValueEnum for RetryOn {
    fn value_variants<'a>() -> &'a [Self] {
        use RetryOn::*;
        &[NoAnswer, Busy, Declined, Voicemail, Failed, Interrupted]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let help = match self {
            RetryOn::NoAnswer => "Nobody picked up",
            RetryOn::Busy => "The line was busy",
            RetryOn::Declined => "The person declined the call",
            RetryOn::Voicemail => "Voicemail answered",
            RetryOn::Failed => "The call failed for a reason that may pass",
            RetryOn::Interrupted => "The engine died under the call: the phone may have rung",
        };
        Some(PossibleValue::new(self.word()).help(help))
    }
}

impl RetryOn {
    fn word(self) -> &'static str {
        match self {
            RetryOn::NoAnswer => "no_answer",
            RetryOn::Busy => "busy",
            RetryOn::Declined => "declined",
            RetryOn::Voicemail => "voicemail",
            RetryOn::Failed => "failed",
            RetryOn::Interrupted => "interrupted",
        }
    }
}

impl RetryArgs {
    /// The retry policy. Missing options take their default.
    pub fn policy(&self) -> RetryPolicy {
        let default = RetryPolicy::default();
        let on = |outcome, otherwise| {
            self.retry_on.as_ref().map_or(otherwise, |given| given.contains(&outcome))
        };
        RetryPolicy {
            max_retries: self.max_retries.unwrap_or(default.max_retries),
            wait_minutes: self.wait_minutes.unwrap_or(default.wait_minutes),
            retry_on_no_answer: on(RetryOn::NoAnswer, default.retry_on_no_answer),
            retry_on_voicemail: on(RetryOn::Voicemail, default.retry_on_voicemail),
            retry_on_busy: on(RetryOn::Busy, default.retry_on_busy),
            retry_on_declined: on(RetryOn::Declined, default.retry_on_declined),
            retry_on_failed: on(RetryOn::Failed, default.retry_on_failed),
            retry_on_interrupted: on(RetryOn::Interrupted, default.retry_on_interrupted),
        }
    }

    /// The given options as JSON for the API, if there are any.
    pub fn patch(&self) -> Option<Value> {
        let mut patch = Map::new();
        if let Some(max_retries) = self.max_retries {
            patch.insert("max_retries".to_owned(), json!(max_retries));
        }
        if let Some(wait_minutes) = self.wait_minutes {
            patch.insert("wait_minutes".to_owned(), json!(wait_minutes));
        }
        if let Some(given) = &self.retry_on {
            for outcome in RetryOn::value_variants() {
                let name = format!("retry_on_{}", outcome.word());
                patch.insert(name, json!(given.contains(outcome)));
            }
        }
        (!patch.is_empty()).then_some(Value::Object(patch))
    }
}

fn minutes(text: &str) -> Result<f64, String> {
    let minutes = text.parse::<f64>().ok().filter(|minutes| (0.0..=10_080.0).contains(minutes));
    minutes.ok_or_else(|| "write minutes from 0 to 10080, for example 30 or 0.5".to_owned())
}
