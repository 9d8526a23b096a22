//! A TOML file with the line of each value, so that each mistake can name its line.

use std::{collections::BTreeMap, fmt, io::Read as _, ops::Range, path::Path};

use campanile_service::fields::{Mistake, join};
use serde_json::{Map, Value};
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::environment;
use crate::{client::Refusal, failure::Usage};

/// The largest file that is read, in bytes. An agent with long prompts has a few thousand.
const MAX_BYTES: u64 = 1 << 20;

/// All mistakes in configuration files, each with file, line and message.
#[derive(Debug)]
pub struct BadConfig(Vec<(String, usize, String)>);

impl std::error::Error for BadConfig {}

/// Prints one line per mistake, as compilers do: `agent.toml:3: voicemail: …`.
impl fmt::Display for BadConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (file, line, text)) in self.0.iter().enumerate() {
            let end = if index == 0 { "" } else { "\n" };
            write!(f, "{end}{file}:{line}: {text}")?;
        }
        Ok(())
    }
}

/// Returns both values, or the mistakes of both files.
pub fn all<A, B>(
    one: Result<A, BadConfig>,
    other: Result<B, BadConfig>,
) -> Result<(A, B), BadConfig> {
    match (one, other) {
        (Ok(one), Ok(other)) => Ok((one, other)),
        (one, other) => {
            let mistakes = [one.err(), other.err()].into_iter().flatten();
            Err(BadConfig(mistakes.flat_map(|bad| bad.0).collect()))
        }
    }
}

/// A file that was read but not yet parsed.
pub struct Document {
    file: String,
    text: String,
}

impl Document {
    /// Reads the file at `path`. A file that cannot be read is wrong usage.
    pub fn open(path: &Path) -> Result<Document, Usage> {
        let file = path.display().to_string();
        let text = std::fs::File::open(path).and_then(|opened| {
            let mut text = String::new();
            opened.take(MAX_BYTES + 1).read_to_string(&mut text).map(|_| text)
        });
        let text = text.map_err(|error| Usage(format!("cannot read {file}: {error}")))?;
        match text.len() as u64 <= MAX_BYTES {
            true => Ok(Document { file, text }),
            false => Err(Usage(format!("{file} is longer than {MAX_BYTES} bytes"))),
        }
    }

    /// Parses the file with `reader`. The error has all mistakes that TOML and `reader` find.
    pub fn read<T>(
        &self,
        reader: impl FnOnce(Value) -> Result<T, Vec<Mistake>>,
    ) -> Result<T, BadConfig> {
        let (table, slips) = DeTable::parse_recoverable(&self.text);
        let mut lines = Lines { text: &self.text, of: BTreeMap::new() };
        let mut value = lines.table(table.get_ref(), "");
        let missing = environment::fill(&mut value);
        let read = if missing.is_empty() { reader(value) } else { Err(missing) };
        let mut mistakes: Vec<(usize, String)> = slips
            .iter()
            .map(|slip| (lines.at(slip.span().unwrap_or_default()), slip.message().to_owned()))
            .collect();
        match read {
            Ok(read) if mistakes.is_empty() => return Ok(read),
            Ok(_) => {}
            Err(found) => mistakes.extend(
                found
                    .into_iter()
                    // After a TOML syntax error, a key may only seem to be missing.
                    .filter(|mistake| slips.is_empty() || lines.of.contains_key(&mistake.pointer))
                    .map(|mistake| (lines.of_pointer(&mistake.pointer), sentence(&mistake))),
            ),
        }
        mistakes.sort();
        let told = mistakes.into_iter().map(|(line, text)| (self.file.clone(), line, text));
        Err(BadConfig(told.collect()))
    }
}

impl Document {
    /// Sends the document with `act`. Mistakes that TOML or the server finds get their line.
    pub fn send(&self, act: impl FnOnce(Value) -> anyhow::Result<Value>) -> anyhow::Result<Value> {
        let answered = act(self.read(Ok)?);
        let mistakes = |error: &anyhow::Error| {
            Refusal::of(error).map(|refusal| refusal.mistakes.clone()).unwrap_or_default()
        };
        match answered {
            Err(error) if !mistakes(&error).is_empty() => {
                Ok(self.read(|_| Err::<Value, _>(mistakes(&error)))?)
            }
            answered => answered,
        }
    }
}

/// Formats a mistake: `engine.lines.1: 5 is a number; …`.
fn sentence(mistake: &Mistake) -> String {
    let place = mistake.pointer.trim_start_matches('/').replace('/', ".");
    let place = place.replace("~1", "/").replace("~0", "~");
    match place.is_empty() {
        true => mistake.detail.clone(),
        false => format!("{place}: {}", mistake.detail),
    }
}

/// The line of every value by its JSON pointer.
struct Lines<'t> {
    text: &'t str,
    of: BTreeMap<String, usize>,
}

impl Lines<'_> {
    fn at(&self, span: Range<usize>) -> usize {
        let end = span.start.min(self.text.len());
        1 + self.text.as_bytes()[..end].iter().filter(|&&byte| byte == b'\n').count()
    }

    /// The line of the value at `pointer`. For a missing value, the line of its nearest parent.
    fn of_pointer(&self, pointer: &str) -> usize {
        let mut at = pointer;
        loop {
            match (self.of.get(at), at.rsplit_once('/')) {
                (Some(line), _) => return *line,
                (None, Some((holder, _))) => at = holder,
                (None, None) => return 1,
            }
        }
    }

    fn table(&mut self, table: &DeTable<'_>, at: &str) -> Value {
        let mut map = Map::new();
        for (key, value) in table {
            let pointer = join(at, key.get_ref());
            self.of.insert(pointer.clone(), self.at(key.span()));
            map.insert(key.get_ref().to_string(), self.value(value, &pointer));
        }
        Value::Object(map)
    }

    fn value(&mut self, value: &Spanned<DeValue<'_>>, at: &str) -> Value {
        match value.get_ref() {
            DeValue::String(text) => Value::from(text.as_ref()),
            DeValue::Integer(n) => {
                let small = i64::from_str_radix(n.as_str(), n.radix()).map(Value::from);
                small.unwrap_or_else(|_| Value::from(f64::MAX))
            }
            DeValue::Float(n) => n.as_str().parse::<f64>().map_or(Value::Null, Value::from),
            DeValue::Boolean(is) => Value::from(*is),
            DeValue::Datetime(instant) => Value::from(instant.to_string()),
            DeValue::Table(table) => self.table(table, at),
            DeValue::Array(values) => values
                .iter()
                .enumerate()
                .map(|(index, value)| {
                    let pointer = join(at, &index.to_string());
                    self.of.insert(pointer.clone(), self.at(value.span()));
                    self.value(value, &pointer)
                })
                .collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use campanile_service::fields;

    fn complaints<T>(
        text: &str,
        reader: impl FnOnce(Value) -> Result<T, Vec<Mistake>>,
    ) -> Vec<String> {
        let document = Document { file: "x.toml".to_owned(), text: text.to_owned() };
        match document.read(reader) {
            Ok(_) => Vec::new(),
            Err(bad) => bad.to_string().lines().map(str::to_owned).collect(),
        }
    }

    #[test]
    fn every_mistake_comes_with_its_line_and_a_suggestion() {
        let text = "name = \"carrier\"\nhots = \"127.0.0.1\"\nport = \"5060\"\nmax_calls = 0\n\
                    transport = \"utp\"\ncodecs = [\n  \"PCMU\",\n  \"G711\",\n]\n";
        let told = complaints(text, fields::trunk);
        assert_eq!(
            told,
            [
                "x.toml:1: host: is missing; write text in quotes",
                "x.toml:2: hots: is not a known key; did you mean \"host\"?",
                "x.toml:3: port: \"5060\" is text; write a whole number from 1 to 65535",
                "x.toml:4: max_calls: 0 is out of range; write a whole number from 1 to 100000",
                "x.toml:5: transport: \"utp\" is not known; did you mean \"udp\"?",
                "x.toml:8: codecs.1: \"G711\" is not known; known are \"PCMU\" or \"PCMA\"",
            ]
        );
    }

    #[test]
    fn a_slip_of_syntax_hides_no_other_mistake() {
        let told = complaints("name = \"a\nhost = \"b\"\nmax_cals = 3\n", fields::trunk);
        assert!(told[0].starts_with("x.toml:1: "), "{told:?}");
        assert!(told.iter().any(|line| line.contains("did you mean \"max_calls\"")), "{told:?}");
    }

    #[test]
    fn the_forms_that_the_documentation_shows_are_read() {
        let agent = "name = \"Reminder\"\nfirst_message = \"Hello {{customer_name}}.\"\n\
                     voicemail = \"leave_message\"\nvoicemail_message = \"Call us back.\"\n\
                     engine = { type = \"script\", lines = [\"Can you come?\"] }\n\
                     [variables]\ncustomer_name = \"there\"\n";
        assert_eq!(complaints(agent, fields::agent), Vec::<String>::new());
        let trunk = "name = \"sandbox\"\nkind = \"workspace\"\nhost = \"127.0.0.1\"\nport = 5062\n\
                     transport = \"udp\"\nmax_calls = 50\nmax_cps = 20\nusername = \"u\"\n\
                     password = \"p\"\ncodecs = [\"PCMU\", \"PCMA\"]\n";
        assert_eq!(complaints(trunk, fields::trunk), Vec::<String>::new());
    }
}
