//! Formats API values in the words of the dashboard.

use serde_json::Value;

/// A value as a cell. `null` is empty.
pub fn word(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// A timestamp in UTC, to the second.
pub fn when(value: &Value) -> String {
    let text = word(value);
    match text.split_once('.') {
        Some((seconds, _)) => format!("{seconds}Z"),
        None => text,
    }
}

/// `yes` or `no`.
pub fn yes_no(value: &Value) -> String {
    match value.as_bool() {
        Some(true) => "yes".to_owned(),
        Some(false) => "no".to_owned(),
        None => String::new(),
    }
}

/// The state of a batch.
pub fn batch_state(value: &Value) -> String {
    match value.as_str() {
        Some("running") => "Active".to_owned(),
        Some("cancelled") => "Stopped".to_owned(),
        _ => sentence(value),
    }
}

/// The status of a recipient or the outcome of an attempt.
pub fn recipient_status(value: &Value) -> String {
    sentence(value)
}

/// The end reason of a call, or the reason for a skipped row.
pub fn end_reason(value: &Value) -> String {
    word(value).replace('_', " ")
}

/// Formats `no_answer` as `No answer`.
fn sentence(value: &Value) -> String {
    let words = word(value).replace('_', " ");
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn words_are_those_of_the_page() {
        assert_eq!(batch_state(&json!("running")), "Active");
        assert_eq!(batch_state(&json!("cancelled")), "Stopped");
        assert_eq!(batch_state(&json!("draft")), "Draft");
        assert_eq!(recipient_status(&json!("no_answer")), "No answer");
        assert_eq!(recipient_status(&json!("cancelled")), "Cancelled");
        assert_eq!(when(&json!("2026-12-01T09:00:00.123456Z")), "2026-12-01T09:00:00Z");
        assert_eq!(when(&json!("2026-12-01T09:00:00Z")), "2026-12-01T09:00:00Z");
    }
}
