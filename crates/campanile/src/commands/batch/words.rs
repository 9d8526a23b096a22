//! Formats batches.

use clap::builder::PossibleValue;
use serde_json::Value;

use crate::{
    out::note,
    print::{Column, batch_state, when, word},
    progress::Tally,
};

/// The states of a batch: the word of the page, and the API's where it is another.
#[derive(Clone, Copy)]
pub struct State(&'static str);

const STATES: [(&str, &str); 6] = [
    ("draft", "draft"),
    ("scheduled", "scheduled"),
    ("active", "running"),
    ("paused", "paused"),
    ("completed", "completed"),
    ("stopped", "cancelled"),
];

impl State {
    /// The API's spelling.
    pub fn code(self) -> &'static str {
        self.0
    }
}

impl clap::ValueEnum for State {
    fn value_variants<'a>() -> &'a [Self] {
        const ALL: [State; 6] = {
            let mut all = [State(""); 6];
            let mut at = 0;
            while at < all.len() {
                all[at] = State(STATES[at].1);
                at += 1;
            }
            all
        };
        &ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let (word, code) = STATES.iter().find(|(_, code)| *code == self.0)?;
        Some(PossibleValue::new(*word).alias(*code))
    }
}

/// The columns of a list of batches.
pub const COLUMNS: &[Column] = &[
    ("Id", |batch| word(&batch["id"])),
    ("State", |batch| batch_state(&batch["status"])),
    ("Name", |batch| word(&batch["name"])),
    ("People", |batch| tally(batch).to_string()),
    ("Created", |batch| when(&batch["created_at"])),
];

/// The facts of a single batch.
pub const FACTS: &[Column] = &[
    ("Id", |batch| word(&batch["id"])),
    ("Name", |batch| word(&batch["name"])),
    ("State", |batch| batch_state(&batch["status"])),
    ("Why", |batch| word(&batch["blocker"]["detail"])),
    ("People", |batch| format!("{} of {} done", tally(batch).done(), tally(batch).total)),
    ("Became", |batch| tally(batch).to_string()),
    ("Attempts", |batch| word(&batch["progress"]["attempts"])),
    ("From", |batch| word(&batch["from_number"])),
    ("Agent", |batch| format!("{}, version {}", word(&batch["agent_id"]), batch["agent_version"])),
    ("File", |batch| word(&batch["file_name"])),
    ("Starts", |batch| when(&batch["starts_at"])),
    ("Ends", |batch| when(&batch["ends_at"])),
    ("Calling hours", hours),
    ("Calls at once", |batch| word(&batch["max_concurrent_calls"])),
    ("Weight", |batch| word(&batch["weight"])),
    ("Retries", retries),
    ("Created", |batch| when(&batch["created_at"])),
    ("Started", |batch| when(&batch["started_at"])),
    ("Finished", |batch| when(&batch["finished_at"])),
    ("Forecast", |batch| word(&batch["forecast"])),
];

fn hours(batch: &Value) -> String {
    let hours = &batch["calling_hours"];
    if hours.is_null() {
        return "at any time".to_owned();
    }
    let days: Vec<String> = hours["days"].as_array().into_iter().flatten().map(word).collect();
    let clock = match hours["time_zone"].as_str() {
        Some("recipient") => "on the recipient's clock",
        _ => hours["time_zone"].as_str().unwrap_or_default(),
    };
    format!("{}-{} {} {clock}", word(&hours["start"]), word(&hours["end"]), days.join(","))
}

fn retries(batch: &Value) -> String {
    let retry = &batch["retry"];
    match retry["max_retries"].as_u64() {
        None | Some(0) => "none".to_owned(),
        Some(most) => {
            let on = retry.as_object().into_iter().flatten();
            let on = on.filter(|(_, is)| **is == Value::Bool(true));
            let on: Vec<String> = on
                .filter_map(|(name, _)| name.strip_prefix("retry_on_"))
                .map(|outcome| outcome.replace('_', " "))
                .collect();
            format!("up to {most}, {} min apart, on {}", retry["wait_minutes"], on.join(", "))
        }
    }
}

/// The counts in a batch's JSON.
pub fn tally(batch: &Value) -> Tally {
    serde_json::from_value(batch["progress"].clone()).unwrap_or_default()
}

/// Prints the warnings about a new batch's file.
pub fn warn(batch: &Value) {
    for warning in batch["warnings"].as_array().into_iter().flatten() {
        note!("Warning: {}", word(&warning["detail"]));
    }
}
