//! The OpenAPI 3.1 document. Handlers describe themselves; what all operations share is added here.

pub mod bodies;
mod docs;
mod problems;
mod schema;

pub use docs::{document, page};
pub use schema::parameters;

use campanile_service::fields::Mistake;
use serde_json::{Map, Value, json};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        ComponentsBuilder, InfoBuilder, LicenseBuilder, OpenApi, OpenApiBuilder, RefOr,
        ServerBuilder,
        schema::{KnownFormat, Object, ObjectBuilder, Schema, SchemaFormat, SchemaType, Type},
        security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme},
        tag::TagBuilder,
    },
};

use crate::http::{
    cookie,
    problem::{Code, Details},
};

const TAGS: &[(&str, &str)] = &[
    ("Batch calls", "Lists of people, called one after another."),
    ("Recipients", "Rows of a batch and what became of them."),
    ("Calls", "What attempts put on the wire, and what was said."),
    ("Agents", "Who talks. Versions are drafts until they are published; then they never change."),
    ("Phone numbers", "The caller IDs of the workspace."),
    ("Trunks", "Ways into the telephone network."),
    ("Events", "What happens, while it happens."),
    ("Destinations", "Where the workspace may call: network groups, KYC, suppressions."),
    ("Privacy", "People of whom nothing is to be kept."),
    ("Webhooks", "Endpoints that are told what happens."),
    ("Session", "A browser that is signed in; programs need none."),
    ("Workspace", "The workspace of the key, and who may use it."),
    ("Operator", "What holds for the whole installation."),
    ("Server", "For whoever watches the process."),
];

const ABOUT: &str = "Batch calls by voice agents. Send a key as `Authorization: Bearer \
    key_id:secret`. Scopes include each other: read, operate, admin, operator. Every mistake is \
    answered with problem details (RFC 9457). Any POST may have an `Idempotency-Key`.";

/// A file: bytes, which JSON cannot hold.
pub struct Binary;

impl PartialSchema for Binary {
    fn schema() -> RefOr<Schema> {
        binary().into()
    }
}
impl ToSchema for Binary {}

/// The schema of a binary body. OpenAPI 3.1 does not need `format: binary`, but client generators
/// do.
fn binary() -> Object {
    let text = ObjectBuilder::new().schema_type(SchemaType::new(Type::String));
    text.format(Some(SchemaFormat::KnownFormat(KnownFormat::Binary))).build()
}

/// The document without routes.
pub fn beginning() -> OpenApi {
    let key = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("key_id:secret");
    let key = SecurityScheme::Http(key.build());
    let about = "What `POST /v1/session` sets; `__Host-campanile_session` where the connection is \
                 encrypted. Only a page of this server changes something by it.";
    let session = ApiKey::Cookie(ApiKeyValue::with_description(cookie::COOKIE, about));
    let components = ComponentsBuilder::new()
        .security_scheme("key", key)
        .security_scheme("session", SecurityScheme::ApiKey(session))
        .schema_from::<Details>()
        .schema_from::<Mistake>()
        .schema_from::<Code>();
    let license = LicenseBuilder::new().name("Apache-2.0").identifier(Some("Apache-2.0")).build();
    let info = InfoBuilder::new()
        .title("Campanile")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(ABOUT))
        .license(Some(license));
    let tags = TAGS
        .iter()
        .map(|(name, about)| TagBuilder::new().name(*name).description(Some(*about)).build());
    OpenApiBuilder::new()
        .info(info)
        .servers(Some([ServerBuilder::new().url("/").description(Some("This server.")).build()]))
        .components(Some(components.build()))
        .tags(Some(tags))
        .build()
}

/// Completes the document from all routes.
pub fn complete(gathered: OpenApi) -> Value {
    let mut document = serde_json::to_value(gathered).unwrap_or_default();
    document["openapi"] = json!("3.1.0");
    document["components"]["responses"] = problems::components().into();
    document["components"]["parameters"] = json!({"IdempotencyKey": idempotency_key()});
    if let Some(paths) = document["paths"].as_object_mut() {
        for (path, methods) in paths {
            for (method, described) in methods.as_object_mut().into_iter().flatten() {
                complete_operation(path, method, described);
            }
        }
    }
    let schemas = &mut document["components"]["schemas"];
    name_variants(schemas);
    open_parts(schemas);
    document
}

/// Moves the `type` of each variant into the schema of its fields, of which each variant of an engine
/// has one of its own. Otherwise a variant is two schemas of which one forbids the keys of the other.
fn name_variants(schemas: &mut Value) {
    const PREFIX: &str = "#/components/schemas/";
    let Some(schemas) = schemas.as_object_mut() else { return };
    let mut named = Vec::new();
    let unions = schemas.values_mut().filter_map(|schema| schema.get_mut("oneOf")?.as_array_mut());
    for variant in unions.flatten() {
        let parts = variant["allOf"].as_array().map(Vec::as_slice);
        let Some([fields, tag]) = parts else { continue };
        let (reference, word) = (fields["$ref"].clone(), tag["properties"]["type"].clone());
        if let Some(name) = reference.as_str().and_then(|at| at.strip_prefix(PREFIX)) {
            named.push((name.to_owned(), word));
            *variant = json!({ "$ref": reference });
        }
    }
    for (name, word) in named {
        let Some(schema) = schemas.get_mut(&name) else { continue };
        schema["properties"]["type"] = word;
        match schema["required"].as_array_mut() {
            Some(required) => required.insert(0, "type".into()),
            None => schema["required"] = json!(["type"]),
        }
    }
}

/// An operation of the document.
struct Operation<'a> {
    method: &'a str,
    path: &'a str,
    described: &'a Value,
}

impl Operation<'_> {
    fn has_body(&self) -> bool {
        self.described.get("requestBody").is_some()
    }

    fn has_query(&self) -> bool {
        let parameters = self.described["parameters"].as_array();
        parameters.into_iter().flatten().any(|parameter| parameter["in"] == "query")
    }

    fn is_v1(&self) -> bool {
        self.path.starts_with("/v1/")
    }

    fn needs_key(&self) -> bool {
        self.scope().is_some()
    }

    fn changes_something(&self) -> bool {
        self.method != "get"
    }

    /// The weakest scope that allows the operation.
    fn scope(&self) -> Option<&str> {
        self.described["security"][0]["key"][0].as_str()
    }
}

fn complete_operation(path: &str, method: &str, described: &mut Value) {
    let operation = Operation { method, path, described };
    let common = problems::of(&operation);
    let scope = operation.scope().map(str::to_owned);
    let repeatable = method == "post" && operation.needs_key();
    if let Some(scope) = scope {
        if let Some(ways) = described["security"].as_array_mut() {
            ways.push(json!({"session": [scope]}));
        }
        let scope = format!("Needs a key of scope `{scope}`.");
        let about = described["description"].as_str().map(|about| format!("{about}\n\n{scope}"));
        described["description"] = about.unwrap_or(scope).into();
    }
    if repeatable {
        let key = json!({"$ref": "#/components/parameters/IdempotencyKey"});
        match described["parameters"].as_array_mut() {
            Some(parameters) => parameters.push(key),
            None => described["parameters"] = json!([key]),
        }
    }
    let Some(answers) = described["responses"].as_object_mut() else { return };
    for (status, answer) in answers.iter_mut() {
        if let Some(content) = answer.get_mut("content").and_then(Value::as_object_mut)
            && let Some(bytes) = content.values().find(|kind| kind["schema"]["format"] == "binary")
        {
            // Every client generator treats this media type as bytes.
            content.insert("application/octet-stream".to_owned(), bytes.clone());
        }
        let fails = status.starts_with('4') || status.starts_with('5');
        if fails && answer.get("content").is_none() {
            answer["content"] = problems::content(None);
        }
    }
    for (status, answer) in common {
        answers.entry(status.to_string()).or_insert(answer);
    }
    answers.sort_keys();
}

fn idempotency_key() -> Value {
    json!({
        "name": "Idempotency-Key",
        "in": "header",
        "description": "The same request sent again by the same API key with this key gets the \
                        same answer, for 24 hours; another request with it is 409.",
        "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
    })
}

/// Allows additional members in schemas that are part of an `allOf`, because each part would
/// otherwise reject the members of the others.
fn open_parts(schemas: &mut Value) {
    let mut parts = Vec::new();
    for schema in schemas.as_object().into_iter().flat_map(Map::values) {
        for part in schema["allOf"].as_array().into_iter().flatten() {
            let name = part["$ref"].as_str().and_then(|at| at.rsplit('/').next());
            parts.extend(name.map(str::to_owned));
        }
    }
    for part in parts {
        if let Some(schema) = schemas.get_mut(&part).and_then(Value::as_object_mut) {
            schema.shift_remove("additionalProperties");
        }
    }
}
