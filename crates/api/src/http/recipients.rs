//! Recipients in a JSON body. The body stays in memory as received, and each recipient is parsed
//! when its row is read, so that nothing is stored twice.

use std::{collections::HashMap, fmt, io, vec};

use axum::body::Bytes;
use campanile_files::import::Table;
use campanile_service::fields::{self, Field, MAX_RECIPIENTS, Mistake, join};
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value, value::RawValue};

use crate::http::problem::{Answer, Problem};

/// The longest member besides the recipients, in bytes.
const MAX_MEMBER_BYTES: usize = 64 << 10;

/// The most members of an object and the most columns that are collected. The import allows fewer
/// columns.
const MAX_MEMBERS: usize = 2_000;

/// The most mistakes in recipients that are reported. A client with ten thousand recipients usually
/// repeats one mistake.
const MAX_MISTAKES: usize = 100;

/// Recipients in a valid shape. Their numbers are not validated yet.
pub struct Recipients {
    columns: Vec<String>,
    /// The JSON text of each recipient. All share the memory of the body.
    each: Vec<Bytes>,
}

impl Recipients {
    /// The number of recipients.
    pub fn len(&self) -> usize {
        self.each.len()
    }

    /// The rows for the import.
    pub fn table(self) -> Table {
        let column = self.columns.iter().cloned().zip(0..).collect();
        Table {
            columns: self.columns,
            rows: Box::new(Rows { column, each: self.each.into_iter() }),
        }
    }
}

/// A parsed body and its mistakes.
pub struct Body {
    /// The members beside the recipients.
    pub document: Value,
    /// The recipients. `None` if they are missing or have mistakes.
    pub recipients: Option<Recipients>,
    /// The mistakes found so far.
    pub mistakes: Vec<Mistake>,
}

impl Body {
    /// Reads a JSON body. `table` names its members besides the recipients.
    pub fn read(body: &Bytes, table: &[Field]) -> Answer<Body> {
        let text = if body.is_empty() { b"{}" } else { body.as_ref() };
        let whole: &RawValue = serde_json::from_slice(text)
            .map_err(|error| Problem::unreadable(format!("The body is not JSON: {error}.")))?;
        let mut read = Body { document: Value::Null, recipients: None, mistakes: Vec::new() };
        let Some(members) = members(whole) else {
            // The check against the table reports that the body must be an object.
            read.document = match what(whole) {
                "a list" => Value::Array(Vec::new()),
                _ => serde_json::from_str(whole.get()).unwrap_or_default(),
            };
            return Ok(read);
        };
        let mut document = Map::new();
        let mut listed = false;
        for (name, value) in members {
            if document.contains_key(&name) || (listed && name == "recipients") {
                let detail = "is there twice; send it once";
                read.mistakes.push(Mistake::new(join("", &name), detail));
            } else if name == "recipients" {
                listed = true;
                read.recipients = recipients(value, body, &mut read.mistakes);
            } else if table.iter().all(|field| field.name != name) {
                // The name is already a mistake, so the value does not matter.
                document.insert(name, Value::Bool(false));
            } else if value.get().len() > MAX_MEMBER_BYTES {
                let words = format!("The member {name:?} is longer than {MAX_MEMBER_BYTES} bytes.");
                return Err(Problem::too_large(words));
            } else {
                let value = serde_json::from_str(value.get()).map_err(|error| {
                    Problem::unreadable(format!("The member {name:?} cannot be read: {error}."))
                })?;
                document.insert(name, value);
            }
        }
        if !listed {
            let detail = "is missing; write a list of objects with phone_number, or send a form \
                          with a file";
            read.mistakes.push(Mistake::new("/recipients", detail));
        }
        read.document = fields::without_nulls(Value::Object(document));
        Ok(read)
    }
}

fn recipients(list: &RawValue, body: &Bytes, mistakes: &mut Vec<Mistake>) -> Option<Recipients> {
    let mut wrong = |detail: String| {
        mistakes.push(Mistake::new("/recipients", detail));
        None
    };
    let Ok(Elements(each)) = serde_json::from_str(list.get()) else {
        return wrong("is no list; write a list of objects with phone_number".to_owned());
    };
    if each.is_empty() || each.len() > MAX_RECIPIENTS {
        let count =
            if each.is_empty() { "no".to_owned() } else { format!("over {MAX_RECIPIENTS}") };
        return wrong(format!(
            "has {count} values; write 1 to {MAX_RECIPIENTS}, or upload a file, which may have more"
        ));
    }
    let before = mistakes.len();
    let mut columns = Columns::default();
    for (index, recipient) in each.iter().enumerate() {
        let at = join("/recipients", &index.to_string());
        columns.add(recipient, &at, mistakes);
        if mistakes.len() - before >= MAX_MISTAKES {
            break;
        }
    }
    (mistakes.len() == before).then(|| Recipients {
        columns: columns.names,
        each: each.iter().map(|recipient| body.slice_ref(recipient.get().as_bytes())).collect(),
    })
}

/// The columns of all recipients, in the order of first use.
#[derive(Default)]
struct Columns {
    names: Vec<String>,
    /// The last recipient with each column, to find a column that a recipient has twice.
    seen: HashMap<String, usize>,
    recipient: usize,
}

impl Columns {
    fn add(&mut self, recipient: &RawValue, at: &str, mistakes: &mut Vec<Mistake>) {
        self.recipient += 1;
        let Some(members) = members(recipient) else {
            let detail = format!("is {}; write an object with phone_number", what(recipient));
            return mistakes.push(Mistake::new(at, detail));
        };
        if members.len() > MAX_MEMBERS {
            let detail = format!("has over {MAX_MEMBERS} members; send fewer");
            mistakes.push(Mistake::new(at, detail));
        }
        for (name, value) in members {
            if let Err(detail) = cell(value) {
                mistakes.push(Mistake::new(join(at, &name), detail));
            }
            match self.seen.get_mut(&name) {
                Some(last) if *last == self.recipient => {
                    let detail = "is there twice; send it once";
                    mistakes.push(Mistake::new(join(at, &name), detail));
                }
                Some(last) => *last = self.recipient,
                None if self.names.len() < MAX_MEMBERS => {
                    self.seen.insert(name.clone(), self.recipient);
                    self.names.push(name);
                }
                None => {}
            }
        }
    }
}

/// The cell for a JSON value: a string as it is, a number or boolean as it is written.
fn cell(value: &RawValue) -> Result<String, String> {
    match value.get().as_bytes().first() {
        Some(b'"') => serde_json::from_str(value.get())
            .map_err(|_| "is no valid text; check its \\u escapes".to_owned()),
        Some(b'-' | b'0'..=b'9' | b't' | b'f') => Ok(value.get().to_owned()),
        _ => Err(format!("is {}; write a text, or leave it out", what(value))),
    }
}

fn what(value: &RawValue) -> &'static str {
    match value.get().as_bytes().first() {
        Some(b'"') => "text",
        Some(b'{') => "an object",
        Some(b'[') => "a list",
        Some(b'n') => "null",
        Some(b't' | b'f') => "true or false",
        _ => "a number",
    }
}

fn members(value: &RawValue) -> Option<Vec<(String, &RawValue)>> {
    serde_json::from_str(value.get()).ok().map(|Members(members)| members)
}

struct Rows {
    column: HashMap<String, usize>,
    each: vec::IntoIter<Bytes>,
}

impl Iterator for Rows {
    type Item = io::Result<Vec<String>>;

    fn next(&mut self) -> Option<io::Result<Vec<String>>> {
        let text = self.each.next()?;
        let mut cells = vec![String::new(); self.column.len()];
        let Members(members) = serde_json::from_slice(&text).unwrap_or_default();
        for (name, value) in members {
            let at = self.column.get(&name).and_then(|at| cells.get_mut(*at));
            if let (Some(at), Ok(text)) = (at, cell(value)) {
                *at = text;
            }
        }
        Some(Ok(cells))
    }
}

/// The members of an object in order, including duplicates. Stops one after [`MAX_MEMBERS`].
#[derive(Default)]
struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members<'de>, A::Error> {
                let mut members = Vec::new();
                while members.len() <= MAX_MEMBERS {
                    match map.next_entry()? {
                        Some(member) => members.push(member),
                        None => return Ok(Members(members)),
                    }
                }
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(InOrder)
    }
}

/// The values of a list. Stops one after [`MAX_RECIPIENTS`].
struct Elements<'a>(Vec<&'a RawValue>);

impl<'de> Deserialize<'de> for Elements<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct UpTo;
        impl<'de> Visitor<'de> for UpTo {
            type Value = Elements<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Elements<'de>, A::Error> {
                let mut each = Vec::new();
                while each.len() <= MAX_RECIPIENTS {
                    match seq.next_element()? {
                        Some(value) => each.push(value),
                        None => return Ok(Elements(each)),
                    }
                }
                while seq.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Elements(each))
            }
        }
        deserializer.deserialize_seq(UpTo)
    }
}
