//! Reads what a model asks for. Every mistake is told to the model in words.

use campanile_rules::agent::HttpTool;
use serde_json::{Map, Value};

use super::{MOST_PRESSED, Tools, read_value};

/// The longest arguments, in bytes of JSON.
const MAX_ARGUMENTS: usize = 32 << 10;

/// What a model asks for, checked.
#[derive(Debug, PartialEq)]
pub(super) enum Act<'t> {
    EndCall,
    Transfer { to: String },
    Press { digits: String },
    Suppress,
    Voicemail,
    Record { name: String, value: String },
    Call { function: &'t HttpTool, arguments: Map<String, Value> },
}

impl Tools {
    /// Reads the call of a tool. The error tells the model what is wrong.
    pub(super) fn read(&self, name: &str, arguments: &str) -> Result<Act<'_>, String> {
        if self.definitions.iter().all(|known| known.name != name) {
            let names: Vec<_> = self.definitions.iter().map(|known| known.name.as_str()).collect();
            return Err(format!("There is no such tool. The tools are: {}.", names.join(", ")));
        }
        let arguments = object(arguments)?;
        match name {
            "end_call" => Ok(Act::EndCall),
            "suppress" => Ok(Act::Suppress),
            "voicemail" => Ok(Act::Voicemail),
            "transfer" => self.transfer(&arguments),
            "press_digits" => press(&arguments),
            "record_result" => self.record(&arguments),
            _ => self.function(name, arguments),
        }
    }

    fn transfer(&self, arguments: &Map<String, Value>) -> Result<Act<'_>, String> {
        let asked = digits_of(text(arguments, "to")?);
        let allowed = self.transfer_to.iter().find(|number| digits_of(number) == asked);
        match allowed {
            Some(number) => Ok(Act::Transfer { to: number.clone() }),
            None => Err(format!(
                "Calls cannot be transferred to this number. The numbers are: {}.",
                self.transfer_to.join(", ")
            )),
        }
    }

    fn record(&self, arguments: &Map<String, Value>) -> Result<Act<'_>, String> {
        let name = text(arguments, "name")?;
        let Some(result) = self.results.iter().find(|result| result.name == name) else {
            let names: Vec<_> = self.results.iter().map(|result| result.name.as_str()).collect();
            return Err(format!("There is no such result. The results are: {}.", names.join(", ")));
        };
        let value = arguments.get("value").ok_or("The argument \"value\" is missing.")?;
        let value = read_value(result, value)?;
        Ok(Act::Record { name: name.to_owned(), value })
    }

    fn function(&self, name: &str, arguments: Map<String, Value>) -> Result<Act<'_>, String> {
        let function = self.functions.iter().find(|function| function.name == name);
        let function = function.ok_or("There is no such tool.")?;
        let required = function.parameters.get("required").and_then(Value::as_array);
        for field in required.into_iter().flatten().filter_map(Value::as_str) {
            if !arguments.contains_key(field) {
                return Err(format!("The argument {field:?} is missing."));
            }
        }
        Ok(Act::Call { function, arguments })
    }
}

fn press(arguments: &Map<String, Value>) -> Result<Act<'static>, String> {
    let digits = match arguments.get("digits") {
        Some(Value::Number(number)) => number.to_string(),
        Some(_) | None => text(arguments, "digits")?.to_owned(),
    };
    let keys = digits.chars().filter(|key| !key.is_whitespace());
    let digits: String = keys
        .map(|key| if matches!(key, 'a'..='d') { key.to_ascii_uppercase() } else { key })
        .collect();
    let is_right = (1..=MOST_PRESSED).contains(&digits.len())
        && digits.chars().all(|key| matches!(key, '0'..='9' | '*' | '#' | 'A'..='D' | 'w'));
    if is_right {
        return Ok(Act::Press { digits });
    }
    Err(format!(
        "The argument \"digits\" must be 1 to {MOST_PRESSED} of 0 to 9, *, #, A to D, and w for a \
         pause."
    ))
}

/// Reads arguments. No text at all is no arguments.
fn object(arguments: &str) -> Result<Map<String, Value>, String> {
    if arguments.len() > MAX_ARGUMENTS {
        return Err(format!("The arguments are longer than {MAX_ARGUMENTS} bytes."));
    }
    if arguments.trim().is_empty() {
        return Ok(Map::new());
    }
    match serde_json::from_str(arguments) {
        Ok(Value::Object(arguments)) => Ok(arguments),
        Ok(Value::Null) => Ok(Map::new()),
        Ok(_) => Err("The arguments must be a JSON object.".to_owned()),
        Err(error) => Err(format!("The arguments are not JSON: {error}.")),
    }
}

fn text<'a>(arguments: &'a Map<String, Value>, field: &str) -> Result<&'a str, String> {
    match arguments.get(field) {
        Some(Value::String(text)) => Ok(text),
        Some(_) => Err(format!("The argument {field:?} must be a text.")),
        None => Err(format!("The argument {field:?} is missing.")),
    }
}

fn digits_of(number: &str) -> String {
    number.chars().filter(char::is_ascii_digit).collect()
}
