//! Tables of the fields of configuration files, JSON bodies and forms.
//!
//! serde stops at the first mistake. Users should see all mistakes at once, each with its place and
//! a correction. Therefore a document is validated against a table first, and parsed into its type
//! only if it has no mistakes.

mod agent;
mod calls;
mod destinations;
mod documents;
pub mod rules;
mod script;
mod steps;
mod tables;

use campanile_rules::phone::E164;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Number, Value};

pub use agent::{AGENT, AGENT_EDIT, FROM_ENVIRONMENT};
pub use calls::*;
pub use destinations::*;
pub use documents::{AgentDocument, agent, agent_version, trunk};
pub use rules::{COUNTRY, CURSOR, DIGITS, INSTANT, PHONE_NUMBER as NUMBER, full_number};
pub use tables::*;

/// One key of a document.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    /// The key, case-sensitive.
    pub name: &'static str,
    /// The kind of the value.
    pub kind: Kind,
    /// Whether the key is required.
    pub required: bool,
    /// The meaning of the key, for the OpenAPI document.
    pub about: &'static str,
}

impl Field {
    /// An optional key.
    pub const fn new(name: &'static str, kind: Kind) -> Field {
        Field { name, kind, required: false, about: "" }
    }

    /// A required key.
    pub const fn required(name: &'static str, kind: Kind) -> Field {
        Field { name, kind, required: true, about: "" }
    }

    /// Adds the meaning for the OpenAPI document.
    pub const fn about(self, about: &'static str) -> Field {
        Field { about, ..self }
    }
}

/// The kind of a value.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    /// Text of at most this many characters.
    Text(usize),
    /// Text that follows a rule.
    Parsed(&'static Rule),
    /// A whole number from the first to the second, both included.
    Integer(i64, i64),
    /// A number from the first to the second, both included.
    Number(f64, f64),
    /// `true` or `false`.
    Boolean,
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// At least this many values of one kind.
    List(usize, &'static Kind),
    /// Any keys, with text as values.
    Texts,
    /// Text, a number, or true or false.
    Scalar,
    /// Any table.
    Object,
    /// A table with these keys.
    Table(&'static [Field]),
    /// A table whose key `type` names one of these variants.
    Variants(&'static [Variant]),
}

/// One of several forms of a table.
#[derive(Debug, Clone, Copy)]
pub struct Variant {
    /// The value of the key `type`.
    pub name: &'static str,
    /// The other keys.
    pub fields: &'static [Field],
}

/// A rule for text, used for validation and in the OpenAPI document.
#[derive(Debug)]
pub struct Rule {
    /// The check. Its error says what is wrong and what to write instead.
    pub check: fn(&str) -> Result<(), String>,
    /// The rule as an ECMA 262 pattern. `check` may refuse more than the pattern.
    pub pattern: &'static str,
    /// The longest text, in characters.
    pub longest: usize,
    /// A text that follows the rule.
    pub example: &'static str,
}

/// Something that is wrong with a document, and where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Mistake {
    /// JSON Pointer (RFC 6901) to the value; empty for the whole document.
    pub pointer: String,
    /// What is wrong and what to write instead.
    pub detail: String,
}

impl Mistake {
    /// A mistake at `pointer`.
    pub fn new(pointer: impl Into<String>, detail: impl Into<String>) -> Mistake {
        Mistake { pointer: pointer.into(), detail: detail.into() }
    }
}

/// The most values that a list or table of a document may have.
pub const MAX_VALUES: usize = 1_000;

/// The most recipients in a JSON body. A file may have more.
pub const MAX_RECIPIENTS: usize = 10_000;

/// Validates a document against `fields` and parses it. The error has all mistakes in the
/// document's order. A key with the value null counts as missing.
pub fn read<T: DeserializeOwned>(document: Value, fields: &[Field]) -> Result<T, Vec<Mistake>> {
    let mistakes = check(&document, fields);
    if !mistakes.is_empty() {
        return Err(mistakes);
    }
    into_type(without_nulls(document))
}

/// Parses a validated document into its type. If the type refuses what the table allowed, the
/// mistake is at the key whose removal changes the type's error.
pub fn into_type<T: DeserializeOwned>(document: Value) -> Result<T, Vec<Mistake>> {
    let document = with_whole_numbers(document);
    let read = |document: &Value| T::deserialize(document).map_err(|error| error.to_string());
    read(&document).map_err(|detail| {
        let keys = document.as_object().into_iter().flat_map(Map::keys);
        let culprit = keys.into_iter().find(|key| {
            let mut others = document.clone();
            others.as_object_mut().and_then(|table| table.shift_remove(*key));
            read(&others).err().as_ref() != Some(&detail)
        });
        vec![Mistake::new(culprit.map(|key| join("", key)).unwrap_or_default(), detail)]
    })
}

/// The number at `pointer`.
pub fn number(pointer: &str, text: &str) -> Result<E164, Vec<Mistake>> {
    rules::full_number(text).map_err(|detail| vec![Mistake::new(pointer, detail)])
}

/// A copy of the table in which no key is required.
pub fn optional(fields: &[Field]) -> Vec<Field> {
    fields.iter().map(|field| Field { required: false, ..*field }).collect()
}

/// Returns all mistakes of a document against `fields`.
pub fn check(document: &Value, fields: &[Field]) -> Vec<Mistake> {
    let mut mistakes = Vec::new();
    match document {
        Value::Object(table) => check_table(table, fields, "", &mut mistakes),
        other => mistakes.push(Mistake::new("", format!("must be an object, not {}", kind(other)))),
    }
    mistakes
}

fn check_table(
    table: &Map<String, Value>,
    fields: &[Field],
    at: &str,
    mistakes: &mut Vec<Mistake>,
) {
    for (key, value) in table.iter().take(MAX_VALUES) {
        let pointer = join(at, key);
        match fields.iter().find(|field| field.name == key) {
            Some(_) if value.is_null() => {}
            Some(field) => check_value(value, field.kind, &pointer, mistakes),
            None => {
                let names: Vec<_> = fields.iter().map(|field| field.name).collect();
                mistakes.push(Mistake::new(
                    pointer,
                    format!("is not a known key; {}", instead(key, &names)),
                ));
            }
        }
    }
    for field in fields.iter().filter(|field| field.required) {
        if table.get(field.name).is_none_or(Value::is_null) {
            let detail = format!("is missing; {}", expected(field.kind));
            mistakes.push(Mistake::new(join(at, field.name), detail));
        }
    }
}

fn check_value(value: &Value, kind: Kind, at: &str, mistakes: &mut Vec<Mistake>) {
    match (kind, value) {
        (Kind::Object, Value::Object(_)) => {}
        (Kind::Table(fields), Value::Object(table)) => check_table(table, fields, at, mistakes),
        (Kind::Variants(variants), Value::Object(table)) => {
            check_variant(table, variants, at, mistakes);
        }
        (Kind::List(least, item), Value::Array(values)) => {
            if values.len() < least || values.len() > MAX_VALUES {
                let detail = format!("has {} values; write {least} to {MAX_VALUES}", values.len());
                mistakes.push(Mistake::new(at, detail));
            }
            for (index, value) in values.iter().take(MAX_VALUES).enumerate() {
                check_value(value, *item, &join(at, &index.to_string()), mistakes);
            }
        }
        (Kind::Texts, Value::Object(table)) => {
            for (key, value) in
                table.iter().filter(|(_, value)| !value.is_string() && !value.is_null())
            {
                let detail = format!("must be text, not {}; put it in quotes", self::kind(value));
                mistakes.push(Mistake::new(join(at, key), detail));
            }
        }
        (kind, value) => {
            if let Err(detail) = check_leaf(value, kind) {
                mistakes.push(Mistake::new(at, detail));
            }
        }
    }
}

fn check_variant(
    table: &Map<String, Value>,
    variants: &[Variant],
    at: &str,
    mistakes: &mut Vec<Mistake>,
) {
    let names: Vec<&str> = variants.iter().map(|variant| variant.name).collect();
    let pointer = join(at, "type");
    let detail = match table.get("type") {
        None | Some(Value::Null) => format!("is missing; write {}", list(&names)),
        Some(Value::String(name)) => match variants.iter().find(|known| known.name == name) {
            Some(variant) => {
                let others = table.iter().filter(|(key, _)| *key != "type");
                let others = others.map(|(key, value)| (key.clone(), value.clone())).collect();
                return check_table(&others, variant.fields, at, mistakes);
            }
            None => format!("{name:?} is not known; {}", instead(name, &names)),
        },
        Some(other) => format!("{} is {}; write {}", brief(other), kind(other), list(&names)),
    };
    mistakes.push(Mistake::new(pointer, detail));
}

fn check_leaf(value: &Value, kind: Kind) -> Result<(), String> {
    let wrong = || Err(format!("{} is {}; {}", brief(value), self::kind(value), expected(kind)));
    let outside = || Err(format!("{value} is out of range; {}", expected(kind)));
    match (kind, value) {
        (Kind::Text(most), Value::String(text)) => check_length(text, most),
        (Kind::Boolean, Value::Bool(_)) => Ok(()),
        (Kind::Scalar, Value::String(_) | Value::Number(_) | Value::Bool(_)) => Ok(()),
        (Kind::Parsed(rule), Value::String(text)) => {
            (rule.check)(text).and_then(|()| check_length(text, rule.longest))
        }
        (Kind::OneOf(words), Value::String(word)) if words.contains(&word.as_str()) => Ok(()),
        (Kind::OneOf(words), Value::String(word)) => {
            Err(format!("{word:?} is not known; {}", instead(word, words)))
        }
        (Kind::Integer(least, most), Value::Number(number)) => match whole(number) {
            Some(n) if (least..=most).contains(&n) => Ok(()),
            _ => outside(),
        },
        (Kind::Number(least, most), Value::Number(number)) => match number.as_f64() {
            Some(n) if (least..=most).contains(&n) => Ok(()),
            _ => outside(),
        },
        _ => wrong(),
    }
}

fn check_length(text: &str, most: usize) -> Result<(), String> {
    match text.chars().count() {
        length if length > most => {
            Err(format!("is {length} characters long; at most {most} are allowed"))
        }
        _ => Ok(()),
    }
}

/// The end of a sentence that says what to write for a value of this kind.
fn expected(kind: Kind) -> String {
    format!("write {}", wanted(kind))
}

fn wanted(kind: Kind) -> String {
    match kind {
        Kind::Text(_) | Kind::Parsed(_) => "text in quotes".to_owned(),
        Kind::Integer(least, most) => format!("a whole number from {least} to {most}"),
        Kind::Number(least, most) => format!("a number from {least} to {most}"),
        Kind::Boolean => "true or false".to_owned(),
        Kind::OneOf(words) => list(words),
        Kind::List(_, item) => format!("a list of values, each {}", wanted(*item)),
        Kind::Texts => "a table of names with texts".to_owned(),
        Kind::Scalar => "text, a number, true or false".to_owned(),
        Kind::Object => "a table".to_owned(),
        Kind::Variants(variants) => {
            let names: Vec<_> = variants.iter().map(|variant| variant.name).collect();
            format!("a table whose type is {}", list(&names))
        }
        Kind::Table(fields) => {
            let names: Vec<_> = fields.iter().map(|field| field.name).collect();
            format!("a table with {}", list(&names))
        }
    }
}

/// The end of a sentence with the word that was probably meant, or with all known words.
fn instead(word: &str, known: &[&str]) -> String {
    match nearest(word, known) {
        Some(name) => format!("did you mean {name:?}?"),
        None => format!("known are {}", list(known)),
    }
}

/// The known name of which `word` is probably a misspelling.
pub fn nearest<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    let folded: String = word.chars().take(64).collect::<String>().to_lowercase();
    let folded = folded.replace(['-', ' '], "_");
    known
        .iter()
        .map(|name| (likeness(&folded, &name.to_lowercase()), *name))
        .filter(|&(likeness, _)| likeness >= 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, name)| name)
}

fn likeness(one: &str, other: &str) -> f64 {
    let slip = strsim::damerau_levenshtein(one, other) <= 1;
    strsim::jaro_winkler(one, other).max(if slip { 0.9 } else { 0.0 })
}

fn list(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("{word:?}")).collect();
    match quoted.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        _ => quoted.concat(),
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "empty",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "a table",
    }
}

fn brief(value: &Value) -> String {
    let text: String = value.to_string();
    match text.char_indices().nth(40) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// Appends one token to a JSON pointer (RFC 6901 §3).
pub fn join(at: &str, token: &str) -> String {
    format!("{at}/{}", token.replace('~', "~0").replace('/', "~1"))
}

/// Removes members that are null, because they count as missing.
pub fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(table) => table
            .into_iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(key, value)| (key, without_nulls(value)))
            .collect(),
        Value::Array(values) => values.into_iter().map(without_nulls).collect(),
        leaf => leaf,
    }
}

/// The integer value of a number. 5.0 is an integer (JSON Schema, "integer").
fn whole(number: &Number) -> Option<i64> {
    const MOST: f64 = 9e15;
    let written = number.as_f64().filter(|n| n.fract() == 0.0 && n.abs() < MOST);
    number.as_i64().or(written.map(|n| n as i64))
}

/// Rewrites integers such as 5.0 as 5.
fn with_whole_numbers(value: Value) -> Value {
    match value {
        Value::Object(table) => {
            table.into_iter().map(|(key, value)| (key, with_whole_numbers(value))).collect()
        }
        Value::Array(values) => values.into_iter().map(with_whole_numbers).collect(),
        Value::Number(number) => match whole(&number) {
            Some(n) => n.into(),
            None => number.into(),
        },
        leaf => leaf,
    }
}

/// The JSON value for the text of a form field. A text that cannot be read as its kind stays text,
/// so that [`check`] can report it.
pub fn from_form(text: String, kind: Kind) -> Value {
    match kind {
        Kind::Boolean => match text.to_ascii_lowercase().as_str() {
            "true" | "1" | "yes" | "on" => Value::Bool(true),
            "false" | "0" | "no" | "off" => Value::Bool(false),
            _ => Value::String(text),
        },
        Kind::Integer(..)
        | Kind::Number(..)
        | Kind::List(..)
        | Kind::Texts
        | Kind::Scalar
        | Kind::Object
        | Kind::Table(_)
        | Kind::Variants(_) => match serde_json::from_str(&text) {
            Ok(Value::Null) | Err(_) => Value::String(text),
            Ok(value) => value,
        },
        Kind::Text(_) | Kind::Parsed(_) | Kind::OneOf(_) => Value::String(text),
    }
}

/// The JSON value for a query parameter. Like [`from_form`], but only `true` and `false` are
/// booleans.
pub fn from_query(text: String, kind: Kind) -> Value {
    match kind {
        Kind::Boolean if !["true", "false"].contains(&text.to_ascii_lowercase().as_str()) => {
            Value::String(text)
        }
        _ => from_form(text, kind),
    }
}

/// The JSON value for a form field whose media type is JSON. If it is not JSON, it is read like any
/// other field.
pub fn from_json_form(text: String, kind: Kind) -> Value {
    match serde_json::from_str(&text) {
        Ok(Value::String(text)) => from_form(text, kind),
        Ok(value) => value,
        Err(_) => from_form(text, kind),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_mistake_is_told_with_its_place_and_what_to_write() {
        let document = json!({
            "first_mesage": "Hello",
            "ring_timeout_s": "thirty",
            "max_duration_s": 0,
            "voicemail": "hangup",
            "engine": {"type": "script", "lines": ["a", 5]},
            "variables": {"n": 1},
        });
        let found = check(&document, AGENT);
        let told: Vec<(&str, &str)> =
            found.iter().map(|m| (m.pointer.as_str(), m.detail.as_str())).collect();
        assert_eq!(
            told,
            [
                ("/first_mesage", "is not a known key; did you mean \"first_message\"?"),
                ("/ring_timeout_s", "\"thirty\" is text; write a whole number from 1 to 300"),
                ("/max_duration_s", "0 is out of range; write a whole number from 1 to 86400"),
                ("/voicemail", "\"hangup\" is not known; did you mean \"hang_up\"?"),
                ("/engine/lines/1", "5 is a number; write text in quotes"),
                ("/variables/n", "must be text, not a number; put it in quotes"),
                ("/name", "is missing; write text in quotes"),
            ]
        );
    }

    #[test]
    fn text_that_follows_a_rule_is_no_longer_than_the_rule_says() {
        fn rules(kind: Kind) -> Vec<&'static Rule> {
            let of = |fields: &'static [Field]| fields.iter().flat_map(|field| rules(field.kind));
            match kind {
                Kind::Parsed(rule) => vec![rule],
                Kind::List(_, kind) => rules(*kind),
                Kind::Table(fields) => of(fields).collect(),
                Kind::Variants(all) => all.iter().flat_map(|one| of(one.fields)).collect(),
                _ => Vec::new(),
            }
        }
        let all = [AGENT, BATCH, TRUNK].map(|table| rules(Kind::Table(table))).concat();
        let accepts = |rule: &Rule, text: &str| (rule.check)(text).is_ok();
        let mut unlimited = 0;
        for rule in all {
            let long = "0".repeat(rule.longest + 1);
            unlimited += usize::from(accepts(rule, &long));
            assert!(check_leaf(&json!(long), Kind::Parsed(rule)).is_err(), "{rule:?}");
        }
        assert!(unlimited > 2, "the keys of servers are limited by the rule alone");
    }

    #[test]
    fn a_number_may_be_written_as_people_write_it() {
        let spelled = |number: &str| check(&json!({"phone_number": number}), SUPPRESSION);
        assert_eq!(spelled("+1 (415) 555-0100"), []);
        assert_eq!(spelled("+49 (0) 30 / 12 34 56 78"), []);
    }

    #[test]
    fn a_list_is_described_by_its_values() {
        let found = check(&json!({"calling_hours": {"days": "mon"}}), BATCH);
        let days = found.iter().find(|mistake| mistake.pointer == "/calling_hours/days").unwrap();
        assert_eq!(
            days.detail,
            "\"mon\" is text; write a list of values, each \"mon\", \"tue\", \"wed\", \"thu\", \
             \"fri\", \"sat\" or \"sun\""
        );
    }

    #[test]
    fn a_null_counts_as_left_out() {
        let document =
            json!({"name": "a", "voice": null, "engine": {"type": "script", "goodbye": null}});
        assert_eq!(check(&document, AGENT), []);
        assert!(check(&json!({"name": null}), AGENT)[0].detail.contains("missing"));
    }

    #[test]
    fn what_only_the_type_refuses_is_told_with_its_place() {
        #[derive(Debug, serde::Deserialize)]
        struct Small {
            #[serde(rename = "name")]
            _name: String,
            #[serde(rename = "count")]
            _count: u8,
        }
        const LOOSE: &[Field] =
            &[Field::required("name", Kind::Text(9)), Field::new("count", Kind::Integer(0, 999))];
        let found = read::<Small>(json!({"name": "a", "count": 300}), LOOSE).unwrap_err();
        assert_eq!(found[0].pointer, "/count");
    }

    #[test]
    fn a_name_unlike_all_others_gets_the_whole_list() {
        assert_eq!(nearest("max-calls", &["max_calls", "max_cps"]), Some("max_calls"));
        assert_eq!(nearest("pcmu", &["PCMU", "PCMA"]), Some("PCMU"));
        assert_eq!(nearest("zzz", &["max_calls", "max_cps"]), None);
    }

    #[test]
    fn a_form_field_reads_as_its_kind_or_stays_text() {
        assert_eq!(from_form("5".into(), Kind::Integer(1, 9)), json!(5));
        assert_eq!(from_form("five".into(), Kind::Integer(1, 9)), json!("five"));
        assert_eq!(from_form("5".into(), Kind::Text(9)), json!("5"));
        for (text, value) in [("True", true), ("true", true), ("1", true), ("on", true)]
            .into_iter()
            .chain([("False", false), ("FALSE", false), ("0", false), ("no", false)])
        {
            assert_eq!(from_form(text.into(), Kind::Boolean), json!(value), "{text}");
        }
        assert_eq!(from_form("maybe".into(), Kind::Boolean), json!("maybe"));
        assert_eq!(from_query("False".into(), Kind::Boolean), json!(false));
        assert_eq!(from_query("1".into(), Kind::Boolean), json!("1"));
        assert_eq!(from_query("5".into(), Kind::Integer(1, 9)), json!(5));
    }

    #[test]
    fn a_form_field_that_says_it_is_json_reads_as_such() {
        let read = |text: &str, kind| from_json_form(text.to_owned(), kind);
        assert_eq!(read("\"June\"", Kind::Text(9)), json!("June"));
        assert_eq!(read("June", Kind::Text(9)), json!("June"));
        assert_eq!(read("\"5\"", Kind::Integer(1, 9)), json!(5));
        assert_eq!(read("true", Kind::Boolean), json!(true));
        assert_eq!(read("null", Kind::Boolean), Value::Null);
        assert_eq!(read("{\"max_retries\": 2}", Kind::Table(&[])), json!({"max_retries": 2}));
    }
}
