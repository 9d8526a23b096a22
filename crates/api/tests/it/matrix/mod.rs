//! Every route with every kind of caller. The routes come from the OpenAPI document, so a new route
//! is tested as well, or fails until its path parameters are known.

mod keys;
mod log;
mod owners;
pub mod things;

use serde_json::Value;

use super::support::World;

/// An operation of the OpenAPI document.
#[derive(Debug, Clone)]
pub struct Operation {
    /// The HTTP method, in capitals.
    pub method: String,
    pub path: String,
    pub id: String,
    /// The weakest scope that is allowed. `None` if no key is needed.
    pub scope: Option<campanile_store::KeyScope>,
    /// The example body of the document. `null` if there is none.
    pub example: Value,
    /// Whether the body is a form.
    pub form: bool,
}

impl Operation {
    /// Whether the operation concerns the whole installation.
    pub fn is_operators(&self) -> bool {
        self.path.starts_with("/v1/operator/")
    }

    /// Whether the response never ends by itself.
    pub fn is_a_stream(&self) -> bool {
        self.path.ends_with("/events")
    }
}

/// All operations of the server's OpenAPI document.
pub async fn operations(world: &World) -> Vec<Operation> {
    let document = world.get("/openapi.json").await.expect(200);
    let mut operations = Vec::new();
    for (path, methods) in document["paths"].as_object().expect("paths") {
        for (method, told) in methods.as_object().expect("methods") {
            let scope = told["security"][0]["key"][0].as_str();
            let content = &told["requestBody"]["content"];
            operations.push(Operation {
                method: method.to_uppercase(),
                path: path.clone(),
                id: told["operationId"].as_str().expect("an id").to_owned(),
                scope: scope.and_then(campanile_store::KeyScope::from_name),
                example: example(&document, &content["application/json"]),
                form: content.get("multipart/form-data").is_some(),
            });
        }
    }
    assert!(operations.len() > 30, "only {} operations", operations.len());
    operations
}

fn example(document: &Value, content: &Value) -> Value {
    let schema = &content["schema"];
    let schema = match schema["$ref"].as_str() {
        Some(at) => document.pointer(at.trim_start_matches('#')).expect("a schema"),
        None => schema,
    };
    schema["examples"][0].clone()
}
