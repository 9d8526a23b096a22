//! What a server says about its own error.

use serde_json::Value;

/// The most characters that are repeated.
const MAX: usize = 300;

/// Returns the message in an answer that is an error, in one line: the text in `error.message` or the
/// like if the answer is JSON, nothing if it is HTML, else the answer itself.
pub(super) fn words_of(answer: &str) -> String {
    let answer = answer.trim();
    let words = match serde_json::from_str(answer) {
        Ok(value) => message_in(&value).unwrap_or_default().to_owned(),
        Err(_) if answer.starts_with('<') => String::new(),
        Err(_) => answer.to_owned(),
    };
    in_one_line(&words)
}

/// Returns the message in a JSON error, as servers of many kinds write it.
pub(super) fn message_in(value: &Value) -> Option<&str> {
    match value {
        Value::String(text) => Some(text),
        Value::Object(fields) => ["error", "message", "detail", "err_msg", "msg", "reason"]
            .iter()
            .find_map(|name| fields.get(*name).and_then(message_in)),
        Value::Array(values) => values.first().and_then(message_in),
        Value::Null | Value::Bool(_) | Value::Number(_) => None,
    }
}

/// Returns a text without line breaks and control characters, shortened.
pub(super) fn in_one_line(text: &str) -> String {
    let words: Vec<&str> =
        text.split(|letter: char| letter.is_whitespace() || letter.is_control()).collect();
    let line = words.into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(MAX) {
        Some((end, _)) => format!("{} …", &line[..end]),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_message_of_an_error_is_found_in_every_form() {
        for (answer, words) in [
            (r#"{"error":{"message":"no such\nmodel","type":"x"}}"#, "no such model"),
            (r#"{"error":"loading"}"#, "loading"),
            (r#"{"detail":[{"loc":["body"],"msg":"field required"}]}"#, "field required"),
            (
                r#"{"err_code":"INVALID_AUTH","err_msg":"Invalid credentials."}"#,
                "Invalid credentials.",
            ),
            (r#"{"a":1}"#, ""),
            ("<html><body>502</body></html>", ""),
            (" out of\tmemory\r\n", "out of memory"),
            ("", ""),
        ] {
            assert_eq!(words_of(answer), words, "{answer}");
        }
        let long = words_of(&"é".repeat(1_000));
        assert_eq!(long.chars().count(), MAX + 2);
    }
}
