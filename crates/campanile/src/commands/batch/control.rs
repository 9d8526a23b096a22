//! `campanile batch start|pause|resume|stop`.

use campanile_rules::words::counted;
use serde_json::{Value, json};

use super::{Batch, One};
use crate::{client::Client, print::batch_state};

/// Starts, pauses, resumes or stops a batch, and prints the result.
pub fn control(client: &Client, one: &One<Batch>, verb: &str) -> anyhow::Result<()> {
    let done = client.post(&one.target.path(&format!("/{verb}")), &json!({}))?;
    Ok(one.output.done(&done, &words(&done))?)
}

/// Formats the result: `batch_…: Paused. 3 calls in progress, 12 people to be called, 4 wait for a
/// retry`.
fn words(done: &Value) -> String {
    let count = |name: &str| done[name].as_u64().unwrap_or_default();
    let people = |count: u64, rest: &str| match count {
        1 => format!("1 person {rest}"),
        count => format!("{count} people {rest}"),
    };
    let told = [
        (count("in_progress"), counted(count("in_progress"), "call") + " in progress"),
        (count("pending"), people(count("pending"), "not called yet")),
        (
            count("waiting_retries"),
            counted(count("waiting_retries"), "retry").replace("retrys", "retries"),
        ),
        (count("cancelled"), people(count("cancelled"), "cancelled")),
    ];
    let told: Vec<String> =
        told.into_iter().filter(|(count, _)| *count > 0).map(|(_, words)| words).collect();
    let rest = if told.is_empty() { String::new() } else { format!(": {}", told.join(", ")) };
    let id = done["id"].as_str().unwrap_or_default();
    format!("{id} is {}{rest}", batch_state(&done["status"]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_control_did_is_a_sentence() {
        let done = json!({"id": "batch_1", "status": "cancelled", "in_progress": 1, "cancelled": 12,
            "waiting_retries": 2, "pending": 0});
        assert_eq!(
            words(&done),
            "batch_1 is Stopped: 1 call in progress, 2 retries, 12 people cancelled"
        );
        let done = json!({"id": "batch_1", "status": "running"});
        assert_eq!(words(&done), "batch_1 is Active");
    }
}
