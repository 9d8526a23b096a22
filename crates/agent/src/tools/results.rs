//! The values that an agent records in a call.

use campanile_rules::agent::{ResultField, ResultKind};
use serde_json::{Number, Value};

/// The most characters of a value.
const MOST_CHARS: usize = 2_000;

/// Says what a result means and how its values are written.
pub(super) fn meaning(result: &ResultField) -> String {
    let form = match result.kind {
        ResultKind::Text => "text".to_owned(),
        ResultKind::Number => "a number, in digits".to_owned(),
        ResultKind::Boolean => "true or false".to_owned(),
        ResultKind::Choice => format!("one of: {}", result.choices.join(", ")),
    };
    let ResultField { name, description, .. } = result;
    let because = if description.is_empty() { "" } else { ". " };
    format!("- {name} ({form}){because}{description}")
}

/// Reads the value of a result, as it is kept: a number in digits, `true` or `false`, a choice as
/// the version writes it. The error tells what is wrong.
pub fn read_value(result: &ResultField, value: &Value) -> Result<String, String> {
    let name = &result.name;
    let written = match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        Value::Bool(truth) => truth.to_string(),
        Value::Null | Value::Array(_) | Value::Object(_) => {
            return Err(format!("The value of {name} must be text, a number, true or false."));
        }
    };
    if written.chars().count() > MOST_CHARS {
        return Err(format!("The value of {name} is longer than {MOST_CHARS} characters."));
    }
    let right = match result.kind {
        ResultKind::Text => Some(written.clone()).filter(|text| !text.is_empty()),
        ResultKind::Number => {
            let number: Option<Number> = serde_json::from_str(&written).ok();
            number.map(|number| number.to_string())
        }
        ResultKind::Boolean => match written.to_lowercase().as_str() {
            "true" | "yes" => Some("true".to_owned()),
            "false" | "no" => Some("false".to_owned()),
            _ => None,
        },
        ResultKind::Choice => {
            let lower = written.to_lowercase();
            result.choices.iter().find(|choice| choice.to_lowercase() == lower).cloned()
        }
    };
    right.ok_or_else(|| {
        let shown: String = written.chars().take(100).collect();
        format!(
            "{shown:?} is no value of this result: {}",
            meaning(result).trim_start_matches("- ")
        )
    })
}
