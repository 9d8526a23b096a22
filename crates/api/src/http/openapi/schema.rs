//! JSON schemas from the tables of [`campanile_service::fields`], so that one table validates and describes a
//! body.

use campanile_service::fields::{Field, Kind, MAX_VALUES, Variant};
use serde_json::json;
use utoipa::openapi::{
    Object, ObjectBuilder, RefOr, Required, Schema,
    path::{Parameter, ParameterBuilder, ParameterIn},
    schema::{AdditionalProperties, ArrayBuilder, OneOfBuilder, SchemaType, Type},
};

/// The meaning of null in a body. A form has no null.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Nulls {
    /// Null is the same as a missing key.
    Allowed,
    /// Null clears an optional key, and no key is required: a patch.
    Clear,
    /// Null is not allowed.
    Unknown,
}

/// The schema of a table: an object with these keys and no others.
pub fn object(fields: &[Field], nulls: Nulls) -> Object {
    let mut object = ObjectBuilder::new()
        .additional_properties(Some(AdditionalProperties::<Schema>::FreeForm(false)));
    for field in fields {
        let nullable = nulls != Nulls::Unknown && !field.required;
        object = object.property(field.name, property(field, nullable, nulls));
        if field.required && nulls != Nulls::Clear {
            object = object.required(field.name);
        }
    }
    object.build()
}

/// The query parameters of a table.
pub fn parameters(fields: &[Field]) -> Vec<Parameter> {
    let parameter = |field: &Field| {
        ParameterBuilder::new()
            .name(field.name)
            .parameter_in(ParameterIn::Query)
            .required(if field.required { Required::True } else { Required::False })
            .description(Some(field.about))
            .schema(Some(value(field.kind, false, Nulls::Unknown)))
            .build()
    };
    fields.iter().map(parameter).collect()
}

fn property(field: &Field, nullable: bool, nulls: Nulls) -> RefOr<Schema> {
    let mut schema = value(field.kind, nullable, nulls);
    let about = (!field.about.is_empty()).then(|| field.about.to_owned());
    match &mut schema {
        Schema::Object(object) => object.description = about,
        Schema::Array(array) => array.description = about,
        Schema::OneOf(one) => one.description = about,
        _ => {}
    }
    schema.into()
}

fn value(kind: Kind, nullable: bool, nulls: Nulls) -> Schema {
    let of = |name: Type| match nullable {
        true => SchemaType::from_iter([name, Type::Null]),
        false => SchemaType::new(name),
    };
    let plain = |name| ObjectBuilder::new().schema_type(of(name));
    match kind {
        Kind::Text(most) => plain(Type::String).max_length(Some(most)).into(),
        Kind::Parsed(rule) => plain(Type::String)
            .pattern(Some(rule.pattern))
            .max_length(Some(rule.longest))
            .examples([rule.example])
            .into(),
        Kind::Integer(least, most) => {
            plain(Type::Integer).minimum(Some(least as f64)).maximum(Some(most as f64)).into()
        }
        Kind::Number(least, most) => {
            plain(Type::Number).minimum(Some(least)).maximum(Some(most)).into()
        }
        Kind::Boolean => plain(Type::Boolean).into(),
        Kind::OneOf(words) => {
            let null = nullable.then_some(json!(null));
            let words = words.iter().map(|word| json!(word)).chain(null);
            plain(Type::String).enum_values(Some(words)).into()
        }
        Kind::List(least, item) => ArrayBuilder::new()
            .schema_type(of(Type::Array))
            .items(RefOr::T(value(*item, false, nulls)))
            .min_items(Some(least))
            .max_items(Some(MAX_VALUES))
            .into(),
        Kind::Texts => plain(Type::Object)
            .additional_properties(Some(value(Kind::Text(usize::MAX), false, nulls)))
            .into(),
        Kind::Table(fields) => {
            // A nested table in a form is JSON, so null is allowed there.
            let nulls = if nulls == Nulls::Unknown { Nulls::Allowed } else { nulls };
            let mut table = object(fields, nulls);
            table.schema_type = of(Type::Object);
            table.into()
        }
        Kind::Scalar => ObjectBuilder::new()
            .schema_type(SchemaType::from_iter([Type::String, Type::Number, Type::Boolean]))
            .into(),
        Kind::Object => plain(Type::Object).into(),
        Kind::Variants(variants) => {
            let nulls = if nulls == Nulls::Unknown { Nulls::Allowed } else { nulls };
            let one = variants.iter().fold(OneOfBuilder::new(), |one, Variant { name, fields }| {
                let word =
                    ObjectBuilder::new().schema_type(Type::String).enum_values(Some([json!(name)]));
                let mut table = object(fields, nulls);
                table.properties.insert("type".to_owned(), RefOr::T(word.into()));
                table.required.insert(0, "type".to_owned());
                one.item(table)
            });
            match nullable {
                true => one.item(ObjectBuilder::new().schema_type(Type::Null)).into(),
                false => one.into(),
            }
        }
    }
}
