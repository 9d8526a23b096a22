//! The tables: every field with its kind, range and meaning.

use campanile_files::import::Duplicates;
use campanile_rules::{
    attempt::EndReason,
    event::EventKind,
    hours::Day,
    ids,
    recipient::RecipientStatus,
    trunk::{Codec, Transport, TrunkKind},
};
use campanile_store::KeyScope;

use super::{
    Field, Kind,
    rules::{CLOSING_TIME, COUNTRY, HOST, INSTANT, NAME, PHONE_NUMBER as NUMBER, TIME_OF_DAY, URL},
};
use crate::id_rule;

const TRUNK_ID: Kind = Kind::Parsed(&id_rule!(ids::TrunkId, "trunk"));
/// An agent.
pub const AGENT_ID: Kind = Kind::Parsed(&id_rule!(ids::AgentId, "agent"));

/// The fields of a sound besides its file.
pub const SOUND_FILE: &[Field] = &[Field::new("name", Kind::Text(100)).about(
    "What versions write to have it played; it ends in .wav. The file's name when left out.",
)];

const TRUNK_KINDS: [&str; 2] = [TrunkKind::Workspace.as_str(), TrunkKind::Managed.as_str()];

/// A trunk.
pub const TRUNK: &[Field] = &[
    Field::required("name", NAME).about("A label for people, used once in the workspace."),
    Field::new("kind", Kind::OneOf(&TRUNK_KINDS))
        .about("Whose trunk it is: the workspace's own account, the default, or the operator's."),
    Field::required("host", HOST).about("Host name or address of the far end."),
    Field::new("port", Kind::Integer(1, 65_535)).about("Port of the far end; 5060 when left out."),
    Field::new("transport", Kind::OneOf(&Transport::NAMES))
        .about("What carries SIP; udp when left out."),
    Field::new("max_calls", Kind::Integer(1, 100_000))
        .about("Calls at once, ringing ones included; 10 when left out."),
    Field::new("max_cps", Kind::Number(0.001, 10_000.0))
        .about("New calls per second, evenly spaced; 1 when left out."),
    Field::new("username", Kind::Text(200)).about(
        "For digest authentication, with the password; left out when the far end knows \
                our address.",
    ),
    Field::new("password", Kind::Text(200)).about("For digest authentication; never shown again."),
    Field::new("codecs", Kind::List(1, &Kind::OneOf(&Codec::NAMES)))
        .about("Codecs to offer, best first; both when left out."),
];

/// A phone number of the workspace.
pub const PHONE_NUMBER: &[Field] = &[
    Field::required("phone_number", NUMBER).about("The caller ID, E.164."),
    Field::new("label", Kind::Text(200)).about("A label for people."),
    Field::required("trunk_id", TRUNK_ID).about("The trunk that serves it."),
];

/// The changeable fields of a phone number.
pub const PHONE_NUMBER_EDIT: &[Field] = &[
    Field::new("label", Kind::Text(200)).about("A label for people."),
    Field::new("trunk_id", TRUNK_ID).about("The trunk that serves it; null: it cannot dial."),
];

/// The sign-in of a browser.
pub const SESSION: &[Field] =
    &[Field::required("api_key", Kind::Text(200)).about("The key, as `key_id:secret`.")];

/// The first sign-in of a browser.
pub const FIRST_SESSION: &[Field] =
    &[Field::required("secret", Kind::Text(200)).about("What follows `#first=` in the link.")];

/// An API key.
pub const API_KEY: &[Field] = &[
    Field::new("name", NAME).about("A label for people, such as who uses it; none when left out."),
    Field::required("scope", Kind::OneOf(&KeyScope::NAMES)).about(
        "What the key allows; each includes the ones before it. Only an operator makes operators.",
    ),
    Field::new("expires_at", INSTANT).about("From when on it opens nothing; never when left out."),
];

/// A webhook endpoint.
pub const WEBHOOK: &[Field] = &[
    Field::required("url", URL).about("Where it listens."),
    WEBHOOK_DESCRIPTION,
    WEBHOOK_EVENTS,
    WEBHOOK_ENABLED,
];

/// The changeable fields of a webhook endpoint.
pub const WEBHOOK_EDIT: &[Field] = &[
    Field::new("url", URL).about("Where it listens."),
    WEBHOOK_DESCRIPTION,
    WEBHOOK_EVENTS,
    WEBHOOK_ENABLED,
];

const WEBHOOK_DESCRIPTION: Field =
    Field::new("description", Kind::Text(200)).about("A label for people.");
const WEBHOOK_EVENTS: Field = Field::new("events", Kind::List(1, &Kind::OneOf(&EventKind::NAMES)))
    .about("What it is told of; the usual seven kinds when a new one does not say.");
const WEBHOOK_ENABLED: Field = Field::new("enabled", Kind::Boolean)
    .about("Whether it is told anything; a new one is, by default.");

/// The changeable fields of a workspace.
pub const WORKSPACE: &[Field] = &[
    Field::new("max_concurrent_calls", Kind::Integer(0, 100_000))
        .about("Calls at once, ringing ones included."),
    Field::new("default_phone_number_id", Kind::Parsed(&id_rule!(ids::PhoneNumberId, "number")))
        .about("The caller ID of batches that name none; the first one until it is set."),
    Field::new("keep_batches_days", Kind::Integer(1, 36_500)).about(
        "For how many days a batch is kept after its end: then it is deleted with its rows, calls \
         and recordings. null keeps batches for ever, as it is until this is set.",
    ),
];

/// The fields of a batch besides its file.
pub const BATCH: &[Field] = &[
    Field::required("name", NAME).about("A label for people."),
    Field::required("from_number", NUMBER)
        .about("The caller ID, E.164: one of the workspace's phone numbers."),
    Field::required("agent_id", AGENT_ID).about("Who talks."),
    Field::new("agent_version", Kind::Integer(1, 1_000_000))
        .about("Which published version; the latest published when left out."),
    Field::new("starts_at", INSTANT).about("When dialing may begin; at once when left out."),
    Field::new("ends_at", INSTANT).about("When the batch stops by itself."),
    Field::new("time_zone", Kind::Text(64)).about(
        "The IANA time zone on whose clock somebody chose starts_at and ends_at, such as \
         Europe/Berlin. It is kept and shown; the instants count.",
    ),
    Field::new("calling_hours", Kind::Table(CALLING_HOURS))
        .about("When people may be called; always when left out."),
    Field::new("max_concurrent_calls", Kind::Integer(1, 100_000))
        .about("Calls of this batch at once; as many as the workspace may when left out."),
    Field::new("weight", Kind::Integer(1, 1_000))
        .about("Share of the workspace's concurrency, relative to other batches; 1 when left out."),
    Field::new("retry", Kind::Table(RETRY))
        .about("What happens after a call that did not reach a live person."),
    Field::new("default_country", COUNTRY)
        .about("Country of numbers without a country code, ISO 3166-1 alpha-2."),
    Field::new("duplicates", Kind::OneOf(&Duplicates::NAMES))
        .about("What to do with a number that an earlier row has; allow when left out."),
    Field::new("encoding", Kind::Text(40))
        .about("The file's encoding, when its bytes do not tell."),
    PHONE_COLUMN,
    Field::new("header_row", Kind::Integer(1, 1_000)).about(
        "The row of the file that names its columns, as a spreadsheet shows it; the first that is \
         not blank when left out.",
    ),
    COLUMN_MAP,
    Field::new("start", Kind::Boolean).about("false leaves a draft; true when left out."),
    Field::new("test", Kind::Boolean).about(
        "true for a call with which somebody tries an agent, perhaps with a draft of it: one \
         recipient; it stands apart in lists.",
    ),
];

const PHONE_COLUMN: Field = Field::new("phone_column", Kind::Text(1_000)).about(
    "The column that has the numbers; phone_number when left out. A column without a name is \
         called by its letter: Column C.",
);
const COLUMN_MAP: Field = Field::new("column_map", Kind::Texts).about(
    "Placeholders of the agent and the columns that they stand for, where those have other names: \
     {\"day\": \"appointment_date\"}. A column without a name is called by its letter: Column C.",
);

/// The changeable fields of a batch.
pub const BATCH_EDIT: &[Field] = &[
    named(BATCH, "name"),
    named(BATCH, "starts_at"),
    named(BATCH, "ends_at"),
    named(BATCH, "time_zone"),
    named(BATCH, "calling_hours"),
    named(BATCH, "max_concurrent_calls"),
    named(BATCH, "weight"),
    named(BATCH, "retry"),
];

/// The fields of a redial besides `statuses`.
pub const REDIAL: &[Field] = &[
    Field::new("statuses", Kind::List(1, &Kind::OneOf(&FINAL_STATUSES))).about(
        "Whom to call: those who ended so; no_answer, voicemail, failed and cancelled when left \
         out.",
    ),
    Field::new("end_reasons", Kind::List(1, &Kind::OneOf(&EndReason::NAMES))).about(
        "Of those who were called, only whose last call ended for one of these reasons. When left \
         out, everybody but those whose number does not exist (invalid_number).",
    ),
    Field { required: false, ..named(BATCH, "name") },
    Field { required: false, ..named(BATCH, "from_number") },
    Field { required: false, ..named(BATCH, "agent_id") },
    named(BATCH, "agent_version"),
    named(BATCH, "starts_at"),
    named(BATCH, "ends_at"),
    named(BATCH, "time_zone"),
    named(BATCH, "calling_hours"),
    named(BATCH, "max_concurrent_calls"),
    named(BATCH, "weight"),
    named(BATCH, "retry"),
    named(BATCH, "default_country"),
    named(BATCH, "duplicates"),
    PHONE_COLUMN,
    COLUMN_MAP,
    named(BATCH, "start"),
];

const FINAL_STATUSES: [&str; 6] = [
    RecipientStatus::Completed.as_str(),
    RecipientStatus::NoAnswer.as_str(),
    RecipientStatus::Voicemail.as_str(),
    RecipientStatus::Failed.as_str(),
    RecipientStatus::Skipped.as_str(),
    RecipientStatus::Cancelled.as_str(),
];

const CALLING_HOURS: &[Field] = &[
    Field::required("start", TIME_OF_DAY).about("Opening time of day."),
    Field::required("end", CLOSING_TIME)
        .about("Closing time of day; not after start means across midnight, 24:00 is midnight."),
    Field::new("days", Kind::List(1, &Kind::OneOf(&Day::NAMES)))
        .about("Days on which the hours begin; every day when left out."),
    Field::required("time_zone", Kind::Text(64))
        .about("An IANA name such as Europe/Berlin, or recipient: each number's own."),
];

const RETRY: &[Field] = &[
    Field::new("max_retries", Kind::Integer(0, 10))
        .about("Calls after the first; 0 when left out."),
    Field::new("wait_minutes", Kind::Number(0.0, 10_080.0))
        .about("From the end of a call to the next, in minutes; 0 when left out."),
    Field::new("retry_on_no_answer", Kind::Boolean).about("When nobody picked up; on by default."),
    Field::new("retry_on_voicemail", Kind::Boolean)
        .about("When voicemail answered; off by default."),
    Field::new("retry_on_busy", Kind::Boolean).about("When the line was busy; on by default."),
    Field::new("retry_on_declined", Kind::Boolean)
        .about("When the person declined the call; off by default."),
    Field::new("retry_on_failed", Kind::Boolean)
        .about("When the call failed for a reason that may pass; on by default."),
    Field::new("retry_on_interrupted", Kind::Boolean)
        .about("When Campanile died during the call: the phone may have rung; off by default."),
];

/// Finds the field of a table by its name.
const fn named(fields: &[Field], name: &str) -> Field {
    let mut at = 0;
    while !same(fields[at].name.as_bytes(), name.as_bytes()) {
        at += 1;
    }
    fields[at]
}

const fn same(one: &[u8], other: &[u8]) -> bool {
    let mut at = 0;
    while at < one.len() && at < other.len() && one[at] == other[at] {
        at += 1;
    }
    at == one.len() && at == other.len()
}
