//! Keys and passwords of servers that agents use.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{RefOr, Schema},
};

/// A key or password. It is written as null and printed as `…`, so that it is in no answer, log or
/// copy by accident. Whoever saves settings again without a secret keeps the one that is stored.
#[derive(Clone, Default)]
pub struct Secret(Option<String>);

impl Secret {
    /// A secret with this value.
    pub fn new(value: impl Into<String>) -> Secret {
        Secret(Some(value.into()))
    }

    /// The value, for the server that it is meant for.
    pub fn reveal(&self) -> &str {
        self.0.as_deref().unwrap_or_default()
    }

    /// Whether there is no secret.
    pub fn is_empty(&self) -> bool {
        self.reveal().is_empty()
    }

    /// Whether somebody gave a value, perhaps an empty one.
    pub fn is_given(&self) -> bool {
        self.0.is_some()
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Secret) -> bool {
        self.reveal() == other.reveal()
    }
}

impl Eq for Secret {}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_empty() { "none" } else { "…" })
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_none()
    }
}

impl<'de> Deserialize<'de> for Secret {
    /// Reads text; null is no secret.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Secret, D::Error> {
        Option::deserialize(deserializer).map(Secret)
    }
}

impl PartialSchema for Secret {
    fn schema() -> RefOr<Schema> {
        Option::<String>::schema()
    }
}

impl ToSchema for Secret {}
