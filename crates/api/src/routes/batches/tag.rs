//! ETag and If-Match (RFC 9110 §8.8.3, §13.1.1), so that a change does not silently overwrite
//! another one.

use axum::{
    extract::FromRequestParts,
    http::{HeaderName, header, request::Parts},
    response::{IntoResponseParts, ResponseParts},
};
use campanile_service::{
    Error,
    secret::{hash, hex},
};
use campanile_store::BatchRecord;
use serde_json::json;
use utoipa::{
    IntoParams,
    openapi::{
        ObjectBuilder, Required,
        path::{Parameter, ParameterBuilder, ParameterIn},
        schema::{SchemaType, Type},
    },
};

use crate::http::problem::Problem;

/// The version of a batch for ETag: a hash of its name, settings and state. Progress is not
/// included, because clients cannot change it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ETag(String);

impl ETag {
    /// The current ETag of a batch.
    pub fn of(batch: &BatchRecord) -> ETag {
        let content = json!([batch.id, batch.name, batch.settings, batch.state]).to_string();
        ETag(format!("\"{}\"", &hex(&hash(&content))[..32]))
    }
}

impl IntoResponseParts for ETag {
    type Error = <[(HeaderName, String); 1] as IntoResponseParts>::Error;

    fn into_response_parts(self, parts: ResponseParts) -> Result<ResponseParts, Self::Error> {
        [(header::ETAG, self.0)].into_response_parts(parts)
    }
}

/// The If-Match header of a request. `None` matches any version.
#[derive(Debug, Clone)]
pub struct IfMatch(Option<String>);

impl IfMatch {
    /// Fails with 412 if the batch has changed since.
    pub fn check(&self, tag: &ETag) -> Result<(), Error> {
        let Some(wanted) = &self.0 else { return Ok(()) };
        if wanted.split(',').map(str::trim).any(|one| one == "*" || one == tag.0) {
            return Ok(());
        }
        let words = format!("It was changed meanwhile; its ETag is {} now. Read it again.", tag.0);
        Err(Error::Changed(words))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for IfMatch {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let Some(value) = parts.headers.get(header::IF_MATCH) else { return Ok(IfMatch(None)) };
        match value.to_str() {
            Ok(text) => Ok(IfMatch(Some(text.to_owned()))),
            Err(_) => Err(Problem::unreadable("If-Match is not the ETag of an answer.")),
        }
    }
}

impl IntoParams for IfMatch {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let text = ObjectBuilder::new().schema_type(SchemaType::new(Type::String));
        let header = ParameterBuilder::new()
            .name("If-Match")
            .parameter_in(ParameterIn::Header)
            .required(Required::False)
            .description(Some("The ETag of the version that is to be changed, or *."))
            .schema(Some(text));
        vec![header.build()]
    }
}
