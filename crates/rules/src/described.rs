//! How our own forms of text are described in the API's OpenAPI document.

use utoipa::openapi::{
    KnownFormat, ObjectBuilder, RefOr, Schema, SchemaFormat,
    schema::{SchemaType, Type},
};

/// Text of a pattern (ECMA 262).
pub fn text(pattern: &str, example: &str) -> RefOr<Schema> {
    let text = ObjectBuilder::new().schema_type(SchemaType::new(Type::String));
    text.pattern(Some(pattern)).examples([example]).into()
}

/// One of these words.
pub fn one_of(words: &[&'static str]) -> RefOr<Schema> {
    let text = ObjectBuilder::new().schema_type(SchemaType::new(Type::String));
    text.enum_values(Some(words.iter().copied())).into()
}

/// An instant (RFC 3339).
pub fn instant(example: &str) -> RefOr<Schema> {
    let text = ObjectBuilder::new().schema_type(SchemaType::new(Type::String));
    let format = SchemaFormat::KnownFormat(KnownFormat::DateTime);
    text.format(Some(format)).examples([example]).into()
}
