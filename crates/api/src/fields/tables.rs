//! The tables: every key that people write, with its kind and range.

use campanile_rules::{hours::TimeOfDay, ids, phone::E164, time::Timestamp};

use super::{Field, Kind};

const NAME: Kind = Kind::Parsed(name);
const SENTENCES: Kind = Kind::Text(20_000);
const WEEKDAYS: &[&str] = &["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// An agent: its name and the fields of a version.
pub const AGENT: &[Field] = &[
    Field::required("name", NAME),
    Field::new("prompt", SENTENCES),
    Field::new("first_message", SENTENCES),
    Field::new("voicemail", Kind::OneOf(&["hang_up", "leave_message"])),
    Field::new("voicemail_message", SENTENCES),
    Field::new("variables", Kind::Texts),
    Field::new("language", Kind::Text(35)),
    Field::new("voice", Kind::Text(100)),
    Field::new("engine", Kind::Table(SCRIPT)),
    Field::new("ring_timeout_s", Kind::Integer(1, 300)),
    Field::new("max_duration_s", Kind::Integer(1, 86_400)),
    Field::new("silence_timeout_s", Kind::Integer(1, 3_600)),
    Field::new("voicemail_detection", Kind::Boolean),
];

const SCRIPT: &[Field] = &[
    Field::required("type", Kind::OneOf(&["script"])),
    Field::new("lines", Kind::List(0, &SENTENCES)),
    Field::new("goodbye", SENTENCES),
];

/// A trunk.
pub const TRUNK: &[Field] = &[
    Field::required("name", NAME),
    Field::new("kind", Kind::OneOf(&["workspace", "managed"])),
    Field::required("host", Kind::Parsed(host)),
    Field::new("port", Kind::Integer(1, 65_535)),
    Field::new("transport", Kind::OneOf(&["udp", "tcp"])),
    Field::new("max_calls", Kind::Integer(1, 100_000)),
    Field::new("max_cps", Kind::Number(0.001, 10_000.0)),
    Field::new("username", Kind::Text(200)),
    Field::new("password", Kind::Text(200)),
    Field::new("codecs", Kind::List(1, &Kind::OneOf(&["PCMU", "PCMA"]))),
];

/// A phone number of the workspace.
pub const PHONE_NUMBER: &[Field] = &[
    Field::required("phone_number", Kind::Parsed(number)),
    Field::new("label", Kind::Text(200)),
    Field::required("trunk_id", Kind::Parsed(id::<ids::TrunkId>)),
];

/// An API key.
pub const API_KEY: &[Field] =
    &[Field::required("scope", Kind::OneOf(&["read", "operate", "admin"]))];

/// What may be changed of a workspace.
pub const WORKSPACE: &[Field] =
    &[Field::required("max_concurrent_calls", Kind::Integer(0, 100_000))];

/// A batch, beside its file.
pub const BATCH: &[Field] = &[
    Field::required("name", NAME),
    Field::required("from_number", Kind::Parsed(number)),
    Field::required("agent_id", Kind::Parsed(id::<ids::AgentId>)),
    Field::new("agent_version", Kind::Integer(1, 1_000_000)),
    Field::new("starts_at", Kind::Parsed(instant)),
    Field::new("ends_at", Kind::Parsed(instant)),
    Field::new("calling_hours", Kind::Table(CALLING_HOURS)),
    Field::new("max_concurrent_calls", Kind::Integer(1, 100_000)),
    Field::new("weight", Kind::Integer(1, 1_000)),
    Field::new("retry", Kind::Table(RETRY)),
    Field::new("default_country", Kind::Parsed(country)),
    Field::new("duplicates", Kind::OneOf(&["allow", "reject"])),
    Field::new("encoding", Kind::Text(40)),
    Field::new("start", Kind::Boolean),
];

const CALLING_HOURS: &[Field] = &[
    Field::required("start", Kind::Parsed(time_of_day)),
    Field::required("end", Kind::Parsed(time_of_day)),
    Field::new("days", Kind::List(1, &Kind::OneOf(WEEKDAYS))),
    Field::required("time_zone", Kind::Text(64)),
];

const RETRY: &[Field] = &[
    Field::new("max_retries", Kind::Integer(0, 10)),
    Field::new("wait_minutes", Kind::Number(0.0, 10_080.0)),
    Field::new("retry_on_no_answer", Kind::Boolean),
    Field::new("retry_on_voicemail", Kind::Boolean),
    Field::new("retry_on_busy", Kind::Boolean),
    Field::new("retry_on_failed", Kind::Boolean),
    Field::new("retry_on_interrupted", Kind::Boolean),
];

fn name(text: &str) -> Result<(), String> {
    let control = text.chars().any(char::is_control);
    match text.len() {
        1..=200 if !text.trim().is_empty() && !control => Ok(()),
        _ => Err("is not a name; write 1 to 200 bytes of visible text".to_owned()),
    }
}

fn host(text: &str) -> Result<(), String> {
    let is_name = text.len() <= 253
        && text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || ".-_".contains(c));
    let address = text.trim_start_matches('[').trim_end_matches(']');
    match is_name || address.parse::<std::net::IpAddr>().is_ok() {
        true => Ok(()),
        false => Err(format!(
            "{text:?} is not a host; write a name or an address without sip: and without a port, \
             for example sip.example.com"
        )),
    }
}

fn number(text: &str) -> Result<(), String> {
    E164::parse_strict(text).map(|_| ()).ok_or_else(|| {
        format!(
            "{text:?} is not a full number; write + and the country code, for example +14155550100"
        )
    })
}

fn instant(text: &str) -> Result<(), String> {
    text.parse::<Timestamp>().map(|_| ()).map_err(|_| {
        format!(
            "{text:?} is not an instant; write it as RFC 3339, for example 2026-12-01T09:00:00Z"
        )
    })
}

fn time_of_day(text: &str) -> Result<(), String> {
    text.parse::<TimeOfDay>().map(|_| ())
}

fn country(text: &str) -> Result<(), String> {
    match text.len() == 2 && text.bytes().all(|b| b.is_ascii_uppercase()) {
        true => Ok(()),
        false => {
            Err(format!("{text:?} is not a country; write two capital letters, for example US"))
        }
    }
}

fn id<T: std::str::FromStr<Err = ids::BadId>>(text: &str) -> Result<(), String> {
    text.parse::<T>().map(|_| ()).map_err(|error| error.to_string())
}
