//! The bodies of requests, each described by the table that checks it.

use serde_json::json;
use utoipa::openapi::{
    Object, ObjectBuilder, RefOr, Schema,
    schema::{SchemaType, Type},
};

use super::schema::{Nulls, object};
use crate::fields::{self, Field};

macro_rules! bodies {
    ($($(#[$doc:meta])* $name:ident = $fields:expr, $example:tt;)*) => {$(
        $(#[$doc])*
        pub struct $name;

        impl utoipa::PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                let mut object = object($fields, Nulls::Allowed);
                object.examples = vec![json!($example)];
                object.into()
            }
        }
        impl utoipa::ToSchema for $name {}
    )*};
}

bodies! {
    /// An agent with its first version.
    NewAgent = fields::AGENT, {
        "name": "Reminder",
        "first_message": "Hello {{customer_name}}. Your appointment is on {{appointment_date}}.",
        "engine": {"type": "script", "lines": ["Can you come?"]},
    };
    /// What a version of an agent says and how it behaves.
    NewAgentVersion = &fields::AGENT[1..], {
        "first_message": "Hello {{customer_name}}.",
        "voicemail": "leave_message",
        "voicemail_message": "Please call us back.",
    };
    /// A trunk.
    NewTrunk = fields::TRUNK, {
        "name": "carrier", "host": "sip.example.com", "max_calls": 10, "max_cps": 5,
    };
    /// An endpoint that is told what happens.
    NewWebhook = fields::WEBHOOK, {
        "url": "https://example.com/campanile", "events": ["batch.completed", "call.ended"],
    };
    /// What may be changed of an endpoint.
    WebhookEdit = fields::WEBHOOK_EDIT, {"enabled": true};
    /// A caller ID.
    NewPhoneNumber = fields::PHONE_NUMBER, {
        "phone_number": "+14155550100", "label": "Reception", "trunk_id": "trunk_1",
    };
    /// A key.
    NewApiKey = fields::API_KEY, {"scope": "read"};
    /// What may be changed of a workspace.
    WorkspaceEdit = fields::WORKSPACE, {"max_concurrent_calls": 20};
}

macro_rules! forms {
    ($($(#[$doc:meta])* $name:ident = $fields:expr;)*) => {$(
        $(#[$doc])*
        pub struct $name;

        impl utoipa::PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                form($fields).into()
            }
        }
        impl utoipa::ToSchema for $name {}
    )*};
}

forms! {
    /// A batch with its file.
    NewBatchForm = fields::BATCH.to_vec();
    /// A file, and as much of its batch as is known.
    BatchToValidate = fields::optional(fields::BATCH);
}

/// The fields of a form, and its file.
fn form(fields: Vec<Field>) -> Object {
    let file = ObjectBuilder::new().schema_type(SchemaType::new(Type::String));
    let file = file
        .content_media_type("text/csv")
        .description(Some("A CSV with a phone_number column; its other columns are variables."));
    let mut form = object(&fields, Nulls::Unknown);
    form.properties.insert("file".to_owned(), file.into());
    form.required.push("file".to_owned());
    form
}
