//! Extractors for handlers. A request that an extractor rejects is answered with a [`Problem`].

use std::str::FromStr;

use axum::{
    extract::{FromRequest, FromRequestParts, Path, Request},
    http::request::Parts,
};
use campanile_rules::ids::BadId;
use campanile_service::fields::{self, Field, Kind, Mistake};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use utoipa::{
    IntoParams, PartialSchema,
    openapi::{
        ObjectBuilder, RefOr, Required, Schema,
        path::{Parameter, ParameterBuilder, ParameterIn},
        schema::{SchemaType, Type},
    },
};

use crate::http::{
    body::{MAX_JSON_BYTES, kind_of, read_body},
    openapi,
    problem::Problem,
};

/// A JSON body, not yet validated against a table.
pub struct Document(pub Value);

impl<S: Send + Sync> FromRequest<S> for Document {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        let body = json(request).await?;
        let missing = || Problem::unreadable("There is no body; send a JSON object.");
        body.ok_or_else(missing).map(Document)
    }
}

/// An optional JSON body. Without one, the value is an empty object.
pub struct MaybeDocument(pub Value);

impl<S: Send + Sync> FromRequest<S> for MaybeDocument {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        let body = json(request).await?;
        Ok(MaybeDocument(body.unwrap_or_else(|| Value::Object(Map::new()))))
    }
}

async fn json(request: Request) -> Result<Option<Value>, Problem> {
    let kind = kind_of(request.headers());
    let bytes = read_body(request, MAX_JSON_BYTES).await?;
    if bytes.is_empty() {
        return Ok(None);
    }
    if kind != "application/json" {
        return Err(Problem::unsupported_media(format!(
            "The body is of type {kind:?}; send JSON with Content-Type: application/json."
        )));
    }
    let body = serde_json::from_slice(&bytes);
    body.map_err(|error| Problem::unreadable(format!("The body is not JSON: {error}.")))
}

/// An ID in the path, such as `batch_12`.
pub struct Id<T>(pub T);

impl<S: Send + Sync, T: FromStr<Err = BadId>> FromRequestParts<S> for Id<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Word(text) = Word::from_request_parts(parts, state).await?;
        text.parse().map(Id).map_err(|error| Problem::not_found(format!("{error}.")))
    }
}

/// An agent's ID and a version number in the path.
pub struct IdAndNumber<T>(pub T, pub u32);

impl<S: Send + Sync, T: FromStr<Err = BadId>> FromRequestParts<S> for IdAndNumber<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let path: Result<Path<(String, String)>, _> = Path::from_request_parts(parts, state).await;
        let Path((id, number)) = path.map_err(|error| Problem::not_found(error.body_text()))?;
        let id = id.parse().map_err(|error: BadId| Problem::not_found(format!("{error}.")))?;
        let number = number.parse().map_err(|_| {
            Problem::not_found(format!("{number:?} is not the number of a version."))
        })?;
        Ok(IdAndNumber(id, number))
    }
}

/// Two IDs in the path.
pub struct Ids<A, B>(pub A, pub B);

impl<S, A, B> FromRequestParts<S> for Ids<A, B>
where
    S: Send + Sync,
    A: FromStr<Err = BadId>,
    B: FromStr<Err = BadId>,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let path: Result<Path<(String, String)>, _> = Path::from_request_parts(parts, state).await;
        let Path((first, second)) = path.map_err(|error| Problem::not_found(error.body_text()))?;
        let unknown = |error: BadId| Problem::not_found(format!("{error}."));
        Ok(Ids(first.parse().map_err(unknown)?, second.parse().map_err(unknown)?))
    }
}

/// An ID and a word in the path.
pub struct IdAndWord<T>(pub T, pub String);

impl<S: Send + Sync, T: FromStr<Err = BadId>> FromRequestParts<S> for IdAndWord<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let path: Result<Path<(String, String)>, _> = Path::from_request_parts(parts, state).await;
        let Path((id, word)) = path.map_err(|error| Problem::not_found(error.body_text()))?;
        let id = id.parse().map_err(|error: BadId| Problem::not_found(format!("{error}.")))?;
        Ok(IdAndWord(id, word))
    }
}

/// One word in the path, without a check.
pub struct Word(pub String);

impl<S: Send + Sync> FromRequestParts<S> for Word {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let path: Result<Path<String>, _> = Path::from_request_parts(parts, state).await;
        let Path(text) = path.map_err(|error| Problem::not_found(error.body_text()))?;
        Ok(Word(text))
    }
}

/// The parameters of a URL's query.
pub trait Query: DeserializeOwned {
    /// Its parameters.
    const FIELDS: &'static [Field];
}

/// The query of a URL, validated against its table.
pub struct Asked<T>(pub T);

impl<S: Send + Sync, T: Query> FromRequestParts<S> for Asked<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let pairs = axum::extract::Query::<Vec<(String, String)>>::try_from_uri(&parts.uri);
        let axum::extract::Query(pairs) = pairs.map_err(|error| {
            Problem::unreadable(format!("The query cannot be read: {}.", error.body_text()))
        })?;
        let (mut query, mut mistakes) = (Map::new(), Vec::new());
        for (name, text) in pairs {
            if query.contains_key(&name) {
                mistakes.push(Mistake::new(fields::join("", &name), "is there twice"));
            }
            let kind = T::FIELDS.iter().find(|field| field.name == name).map(|field| field.kind);
            query.insert(name, fields::from_query(text, kind.unwrap_or(Kind::Boolean)));
        }
        let query = Value::Object(query);
        mistakes.extend(fields::check(&query, T::FIELDS));
        match mistakes.is_empty() {
            true => Ok(Asked(fields::read(query, T::FIELDS)?)),
            false => Err(Problem::invalid(mistakes)),
        }
    }
}

impl<T: Query> IntoParams for Asked<T> {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        openapi::parameters(T::FIELDS)
    }
}

impl<T: PartialSchema> IntoParams for Id<T> {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        vec![in_path("id", "Its identity.", T::schema())]
    }
}

impl<T: PartialSchema> IntoParams for IdAndNumber<T> {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let number = ObjectBuilder::new().schema_type(SchemaType::new(Type::Integer));
        let number = number.minimum(Some(1)).maximum(Some(u32::MAX)).into();
        vec![
            in_path("id", "Its identity.", T::schema()),
            in_path("n", "The number of the version, from 1.", number),
        ]
    }
}

impl<A: PartialSchema, B: PartialSchema> IntoParams for Ids<A, B> {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        vec![
            in_path("id", "Its identity.", A::schema()),
            in_path("delivery_id", "The identity of the delivery.", B::schema()),
        ]
    }
}

fn in_path(name: &str, about: &str, schema: RefOr<Schema>) -> Parameter {
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Path)
        .required(Required::True)
        .description(Some(about))
        .schema(Some(schema))
        .build()
}
