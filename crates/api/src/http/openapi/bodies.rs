//! The request bodies of the OpenAPI document. Each is described by the table that validates it.

use campanile_service::fields::{self, Field, MAX_RECIPIENTS};
use serde_json::json;
use utoipa::openapi::{
    Object, ObjectBuilder, RefOr, Schema,
    schema::{ArrayBuilder, SchemaType, Type},
};

use super::schema::{Nulls, object};
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
    /// What may be changed of an agent.
    AgentEdit = fields::AGENT_EDIT, {"name": "Reminder"};
    /// Network groups to switch on and off.
    GroupSwitch = fields::GROUP_SWITCH, {
        "enable": ["us-geographic-and-mobile"], "disable": ["gb-mobile"],
    };
    /// A group of the installation's own.
    NewCustomGroup = fields::CUSTOM_GROUP, {
        "id": "custom-islands", "name": "Islands", "country": "GB", "prefixes": ["+441481"],
    };
    /// A group of the installation's own as it is to be.
    CustomGroupEdit = fields::CUSTOM_GROUP_EDIT, {
        "name": "Islands", "country": "GB", "prefixes": ["+441481", "+441534"],
    };
    /// What is handed in to call a regulated country.
    KycSubmission = fields::KYC_SUBMISSION, {
        "documents": [{
            "name": "Certificate of incorporation", "kind": "registration", "reference": "file 17",
        }],
    };
    /// What is decided about it.
    KycDecision = fields::KYC_DECISION, {"state": "approved", "note": "Valid until 2028."};
    /// A number that is not to be called.
    NewSuppression = fields::SUPPRESSION, {
        "phone_number": "+14155550101", "reason": "Asked on the phone.",
    };
    /// A person to erase.
    NewErasure = fields::ERASURE, {"phone_number": "+14155550199"};
    /// The operator's rules that are to change.
    SettingsEdit = fields::OPERATOR_SETTINGS, {
        "home_countries": ["US", "CA"], "daily_attempts": 500,
    };
    /// A workspace to make.
    NewWorkspace = fields::NEW_WORKSPACE, {"name": "acme", "max_concurrent_calls": 50};
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
    /// The secret of the link for the first sign-in.
    NewFirstSession = fields::FIRST_SESSION, {
        "secret": "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
    };
    /// A key to sign in with.
    NewSession = fields::SESSION, {"api_key": "key_0123456789abcdef:secret"};
    /// A key.
    NewApiKey = fields::API_KEY, {"name": "Nightly export", "scope": "read"};
    /// How a call is to end.
    CallHangUp = fields::CALL_HANG_UP, {"at_once": false};
    /// A result of a call.
    CallResult = fields::CALL_RESULT, {"name": "appointment", "value": "confirmed"};
    /// Where a call is to go.
    CallTransfer = fields::CALL_TRANSFER, {"to": "+14155550123"};
    /// Digits to press in a call.
    CallDigits = fields::CALL_DIGITS, {"digits": "1w2"};
    /// What may be changed of a workspace.
    WorkspaceEdit = fields::WORKSPACE, {"max_concurrent_calls": 20};
}

macro_rules! patches {
    ($($(#[$doc:meta])* $name:ident = $fields:expr, $example:tt;)*) => {$(
        $(#[$doc])*
        pub struct $name;

        impl utoipa::PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                let mut object = object($fields, Nulls::Clear);
                object.examples = vec![json!($example)];
                object.into()
            }
        }
        impl utoipa::ToSchema for $name {}
    )*};
}

patches! {
    /// What may be changed of a batch; null clears.
    BatchEdit = fields::BATCH_EDIT, {
        "ends_at": null, "max_concurrent_calls": 5, "retry": {"max_retries": 3},
    };
    /// Whom to call again, and what is different this time.
    Redial = fields::REDIAL, {"statuses": ["no_answer", "failed"], "name": "June, second try"};
    /// What may be changed of a phone number.
    PhoneNumberEdit = fields::PHONE_NUMBER_EDIT, {"label": "Reception", "trunk_id": "trunk_2"};
}

macro_rules! forms {
    ($($(#[$doc:meta])* $name:ident = $fields:expr;)*) => {$(
        $(#[$doc])*
        pub struct $name;

        impl utoipa::PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                form($fields, PEOPLE).into()
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
    /// A file of numbers that are not to be called.
    SuppressionFile = fields::SUPPRESSION_FILE.to_vec();
}

/// The description of a file of recipients.
const PEOPLE: &str =
    "A CSV or an XLSX with a phone_number column; its other columns are variables.";

/// A sound and what it is called.
pub struct SoundFile;

impl utoipa::PartialSchema for SoundFile {
    fn schema() -> RefOr<Schema> {
        form(fields::SOUND_FILE.to_vec(), "A WAV file of up to five minutes and 25 MiB.").into()
    }
}
impl utoipa::ToSchema for SoundFile {}

/// A batch with its recipients.
pub struct NewBatchJson;

impl utoipa::PartialSchema for NewBatchJson {
    fn schema() -> RefOr<Schema> {
        let mut body = with_recipients(fields::BATCH);
        body.examples = vec![json!({
            "name": "June reminders", "from_number": "+14155550100", "agent_id": "agent_1",
            "recipients": [{"phone_number": "+14155550101", "customer_name": "Jordan Lee"}],
        })];
        body.into()
    }
}
impl utoipa::ToSchema for NewBatchJson {}

/// Recipients, and as much of their batch as is known.
pub struct RecipientsToValidate;

impl utoipa::PartialSchema for RecipientsToValidate {
    fn schema() -> RefOr<Schema> {
        with_recipients(&fields::optional(fields::BATCH)).into()
    }
}
impl utoipa::ToSchema for RecipientsToValidate {}

/// The schema of a JSON body with recipients.
fn with_recipients(fields: &[Field]) -> Object {
    let text = |kind| ObjectBuilder::new().schema_type(SchemaType::new(kind));
    let cell = SchemaType::from_iter([Type::String, Type::Number, Type::Boolean]);
    let recipient = ObjectBuilder::new()
        .property("phone_number", text(Type::String))
        .additional_properties(Some(Schema::from(ObjectBuilder::new().schema_type(cell).build())))
        .description(Some("The phone_number, and a variable for each other member."));
    let recipients = ArrayBuilder::new()
        .items(recipient)
        .min_items(Some(1))
        .max_items(Some(MAX_RECIPIENTS))
        .description(Some("Who is to be called; the n-th is row n + 1 in messages."));
    let mut body = object(fields, Nulls::Allowed);
    body.properties.insert("recipients".to_owned(), recipients.into());
    body.required.push("recipients".to_owned());
    body
}

/// The schema of a form with a file.
fn form(fields: Vec<Field>, about: &str) -> Object {
    let mut file = super::binary();
    file.description = Some(about.to_owned());
    let mut form = object(&fields, Nulls::Unknown);
    form.properties.insert("file".to_owned(), file.into());
    form.required.push("file".to_owned());
    form
}
