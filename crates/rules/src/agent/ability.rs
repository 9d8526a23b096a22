//! What an agent may do in a call beside talking: record results, call functions (PRODUCT §7).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

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
