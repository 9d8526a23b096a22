//! What an agent may do in a call beside talking: record results, call functions (PRODUCT §7).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Number, Value};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        ObjectBuilder, RefOr, Schema,
        schema::{SchemaType, Type},
    },
};

use crate::{agent::Secret, words};

/// A value that the agent records in a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ResultField {
    /// Its name in the report, in filters and for the agent.
    pub name: String,
    /// What it means, for the agent.
    #[serde(default)]
    pub description: String,
    /// The kind of its values.
    #[serde(default, rename = "type")]
    pub kind: ResultKind,
    /// The values to choose from, when it is a choice.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<String>,
}

words! {
    /// The kind of a result's values.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
    pub enum ResultKind {
        /// Any text.
        #[default]
        Text = "text",
        /// A number.
        Number = "number",
        /// Yes or no.
        Boolean = "boolean",
        /// One of `choices`.
        Choice = "choice",
    }
}

/// What an agent recorded in a call: values by the name of their result.
pub type Results = BTreeMap<String, ResultValue>;

/// The value of a result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum ResultValue {
    /// Of a boolean.
    Boolean(bool),
    /// Of a number.
    Number(Number),
    /// Of a text or a choice.
    Text(String),
}

impl ResultValue {
    /// A value of a given kind, as text: a number in digits, `true` or `false`. What is no value of
    /// the kind stays a text.
    pub fn of(kind: ResultKind, text: String) -> ResultValue {
        let typed = match kind {
            ResultKind::Boolean => text.parse().map(ResultValue::Boolean).ok(),
            ResultKind::Number => serde_json::from_str(&text).map(ResultValue::Number).ok(),
            ResultKind::Text | ResultKind::Choice => None,
        };
        typed.unwrap_or(ResultValue::Text(text))
    }
}

impl PartialSchema for ResultValue {
    fn schema() -> RefOr<Schema> {
        let types = SchemaType::Array(vec![Type::Boolean, Type::Number, Type::String]);
        ObjectBuilder::new().schema_type(types).into()
    }
}
impl ToSchema for ResultValue {}

impl std::fmt::Display for ResultValue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            ResultValue::Boolean(value) => value.fmt(f),
            ResultValue::Number(value) => value.fmt(f),
            ResultValue::Text(value) => f.write_str(value),
        }
    }
}

/// A function of the user's own, which Campanile calls by HTTP POST when the agent asks for it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HttpTool {
    /// Its name for the agent.
    pub name: String,
    /// What it does, for the agent.
    #[serde(default)]
    pub description: String,
    /// Its parameters as a JSON Schema object.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub parameters: Map<String, Value>,
    /// Where it listens.
    pub url: String,
    /// Headers of the request; they may be secret.
    #[serde(default)]
    pub headers: BTreeMap<String, Secret>,
    /// How long it may take, in seconds.
    #[serde(default = "default_timeout_s")]
    pub timeout_s: u32,
}

fn default_timeout_s() -> u32 {
    10
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_has_the_type_of_its_result_and_is_written_as_it_was_said() {
        for (kind, text, json) in [
            (ResultKind::Boolean, "true", "true"),
            (ResultKind::Number, "3", "3"),
            (ResultKind::Number, "-0.50", "-0.5"),
            (ResultKind::Number, "three", "\"three\""),
            (ResultKind::Choice, "7", "\"7\""),
            (ResultKind::Text, "true", "\"true\""),
        ] {
            let value = ResultValue::of(kind, text.to_owned());
            assert_eq!(serde_json::to_string(&value).unwrap(), json, "{text}");
            assert_eq!(serde_json::from_str::<ResultValue>(json).unwrap(), value);
            assert_eq!(value.to_string(), json.trim_matches('"'));
        }
    }
}
