//! Secrets from environment variables: `password = "env:NAME"`.

use campanile_service::fields::{FROM_ENVIRONMENT, Mistake, join};
use serde_json::Value;

/// Keys that hold secrets.
const SECRETS: [&str; 3] = ["password", "api_key", "auth_token"];

/// The key of a table whose values may all be secrets.
const HEADERS: &str = "headers";

/// Replaces the references to environment variables by their values. An unset variable is a
/// mistake.
pub fn fill(document: &mut Value) -> Vec<Mistake> {
    let mut mistakes = Vec::new();
    walk(document, "", &mut mistakes, &|name| std::env::var(name).ok());
    mistakes
}

fn walk(
    value: &mut Value,
    at: &str,
    mistakes: &mut Vec<Mistake>,
    environment: &dyn Fn(&str) -> Option<String>,
) {
    match value {
        Value::Object(table) => {
            let is_header = at.ends_with(&join("", HEADERS));
            for (key, value) in table {
                let pointer = join(at, key);
                let name = value.as_str().and_then(|text| text.strip_prefix(FROM_ENVIRONMENT));
                let is_secret = SECRETS.contains(&key.as_str()) || is_header;
                match name.filter(|_| is_secret) {
                    Some(name) => match environment(name) {
                        Some(secret) => *value = secret.into(),
                        None => {
                            let detail = format!("the environment has no {name}; set it");
                            mistakes.push(Mistake::new(pointer, detail));
                        }
                    },
                    None => walk(value, &pointer, mistakes, environment),
                }
            }
        }
        Value::Array(values) => {
            for (index, value) in values.iter_mut().enumerate() {
                walk(value, &join(at, &index.to_string()), mistakes, environment);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn secrets_come_from_the_environment_and_nothing_else_does() {
        let mut document = json!({
            "password": "env:A", "first_message": "env:A", "engine": {"stt": {"api_key": "env:B"}},
            "tools": [{"headers": {"Authorization": "env:A"}}],
        });
        let mut mistakes = Vec::new();
        let environment = |name: &str| (name == "A").then(|| "hidden".to_owned());
        walk(&mut document, "", &mut mistakes, &environment);
        assert_eq!(
            (&document["password"], &document["first_message"]),
            (&json!("hidden"), &json!("env:A"))
        );
        assert_eq!(document["tools"][0]["headers"]["Authorization"], "hidden");
        assert_eq!(
            mistakes,
            [Mistake::new("/engine/stt/api_key", "the environment has no B; set it")]
        );
    }
}
