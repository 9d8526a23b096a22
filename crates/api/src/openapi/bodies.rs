//! The bodies of requests, each described by the table that checks it.

use serde_json::json;
use utoipa::openapi::{RefOr, Schema};

use super::schema::{Nulls, object};
use crate::fields;

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
}
