//! Options that `run` and `batch create` share: when to call, and when to try again.

use campanile_rules::{
    hours::{CallingHours, Day, HoursZone, TimeOfDay, parse_days, parse_span},
    retry::RetryPolicy,
};
use clap::ValueEnum;

use crate::failure::Usage;

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
    /// The calling hours, if any were given.
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

/// What happens after a call that did not reach a live person.
#[derive(clap::Args)]
pub struct RetryArgs {
    /// Attempts after the first
    #[arg(long, default_value_t = 0, value_name = "N", value_parser = clap::value_parser!(u32).range(0..=10))]
    max_retries: u32,
    /// Minutes from the end of an attempt to the next; fractions are allowed
    #[arg(long, default_value_t = 0.0, value_name = "X", value_parser = minutes)]
    wait_minutes: f64,
    /// After which outcomes to try again
    #[arg(
        long,
        value_delimiter = ',',
        value_name = "OUTCOME,…",
        default_value = "no_answer,busy,failed"
    )]
    retry_on: Vec<RetryOn>,
}

/// An outcome after which one may try again.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
enum RetryOn {
    /// Nobody picked up
    NoAnswer,
    /// The line was busy
    Busy,
    /// The person declined the call
    Declined,
    /// Voicemail answered
    Voicemail,
    /// The call failed for a reason that may pass
    Failed,
    /// The engine died under the call: the phone may have rung
    Interrupted,
}

impl RetryArgs {
    /// The policy.
    pub fn policy(&self) -> RetryPolicy {
        let on = |outcome| self.retry_on.contains(&outcome);
        RetryPolicy {
            max_retries: self.max_retries,
            wait_minutes: self.wait_minutes,
            retry_on_no_answer: on(RetryOn::NoAnswer),
            retry_on_voicemail: on(RetryOn::Voicemail),
            retry_on_busy: on(RetryOn::Busy),
            retry_on_declined: on(RetryOn::Declined),
            retry_on_failed: on(RetryOn::Failed),
            retry_on_interrupted: on(RetryOn::Interrupted),
        }
    }
}

fn minutes(text: &str) -> Result<f64, String> {
    let minutes = text.parse::<f64>().ok().filter(|minutes| (0.0..=10_080.0).contains(minutes));
    minutes.ok_or_else(|| "write minutes from 0 to 10080, for example 30 or 0.5".to_owned())
}
