//! What an agent may do in a call beside talking: end it, pass it on, press digits, record results,
//! and call functions of the user's own. The names and their effects are the same in every engine
//! that has a model: it is given [`Tools::definitions`], and [`Supervised::use_tool`] does the rest.
//!
//! [`Supervised::use_tool`]: crate::Supervised::use_tool

mod act;
mod function;
mod results;
mod stop_calling;
mod uses;

use std::sync::Arc;

use campanile_rules::agent::{AgentVersion, HttpTool, ResultField};
use serde_json::{Map, Value, json};

pub use function::{Post, Posted};
pub use results::read_value;
pub use stop_calling::asks_to_stop;
pub use uses::{Answer, Used};

pub(crate) use uses::Uses;

/// The most characters that press_digits takes.
const MOST_PRESSED: usize = 32;

/// A tool as a model is told of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Definition {
    /// Its name.
    pub name: String,
    /// What it does and when to use it.
    pub description: String,
    /// Its arguments: a JSON Schema of type object.
    pub parameters: Map<String, Value>,
}

/// The tools of one agent version.
#[derive(Clone)]
pub struct Tools {
    definitions: Vec<Definition>,
    results: Vec<ResultField>,
    functions: Vec<HttpTool>,
    transfer_to: Vec<String>,
    post: Arc<dyn Post>,
}

impl Tools {
    /// Returns the tools of a version. Its functions are called through `post`.
    pub fn of(version: &AgentVersion, post: Arc<dyn Post>) -> Tools {
        let mut definitions = built_in(version);
        for function in &version.tools {
            // A name that a built-in tool has stays with the built-in tool.
            if definitions.iter().all(|known| known.name != function.name) {
                definitions.push(defined(function));
            }
        }
        Tools {
            definitions,
            results: version.results.clone(),
            functions: version.tools.clone(),
            transfer_to: version.transfer_to.clone(),
            post,
        }
    }

    /// Returns what to tell the model.
    pub fn definitions(&self) -> &[Definition] {
        &self.definitions
    }
}

fn built_in(version: &AgentVersion) -> Vec<Definition> {
    let reason = json!({"reason": text("Why the call ends, in a few words.")});
    let mut tools = vec![
        definition(
            "end_call",
            "Ends the call. Say goodbye first: the call ends when the person has heard what you \
             said, and goes on if the person speaks before that.",
            reason,
            &[],
        ),
        definition(
            "press_digits",
            "Presses keys of the telephone, for example in a menu, when all you said has been heard.",
            json!({"digits": {
                "type": "string",
                "pattern": format!("^[0-9*#A-Dw]{{1,{MOST_PRESSED}}}$"),
                "description": "The keys in order: 0 to 9, *, #, A to D; w waits half a second.",
            }}),
            &["digits"],
        ),
        definition(
            "suppress",
            "Puts the person's number on the list of numbers that are never called again, and ends \
             the call when the person has heard what you said. Use it when the person asks not to \
             be called any more.",
            json!({}),
            &[],
        ),
        definition(
            "voicemail",
            "Says that an answering machine and no person has answered. You say nothing more; a \
             message is left where that is wanted.",
            json!({}),
            &[],
        ),
    ];
    if !version.transfer_to.is_empty() {
        let to = json!({"to": {
            "type": "string",
            "enum": version.transfer_to,
            "description": "The number to transfer to.",
        }});
        let description = "Transfers the call to another number and ends your part in it. Tell the \
                           person first: the transfer begins when you have been heard.";
        tools.push(definition("transfer", description, to, &["to"]));
    }
    if !version.results.is_empty() {
        tools.push(record_result(&version.results));
    }
    tools
}

fn record_result(results: &[ResultField]) -> Definition {
    let names: Vec<_> = results.iter().map(|result| result.name.as_str()).collect();
    let meanings: Vec<_> = results.iter().map(results::meaning).collect();
    let description = format!(
        "Records a result of the call, as soon as you know it. A later value replaces an earlier \
         one. The results are:\n{}",
        meanings.join("\n")
    );
    let parameters = json!({
        "name": {"type": "string", "enum": names, "description": "The name of the result."},
        "value": text("The value, written as the description of the result says."),
    });
    definition("record_result", &description, parameters, &["name", "value"])
}

fn text(description: &str) -> Value {
    json!({"type": "string", "description": description})
}

fn definition(name: &str, description: &str, properties: Value, required: &[&str]) -> Definition {
    let mut parameters = Map::new();
    parameters.insert("type".to_owned(), json!("object"));
    parameters.insert("properties".to_owned(), properties);
    parameters.insert("required".to_owned(), json!(required));
    Definition { name: name.to_owned(), description: description.to_owned(), parameters }
}

fn defined(function: &HttpTool) -> Definition {
    let mut parameters = function.parameters.clone();
    parameters.entry("type").or_insert_with(|| json!("object"));
    parameters.entry("properties").or_insert_with(|| json!({}));
    let (name, description) = (function.name.clone(), function.description.clone());
    Definition { name, description, parameters }
}
