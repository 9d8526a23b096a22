//! Command-line options that are generated from the API's field tables, so that each field is
//! declared once.

use std::marker::PhantomData;

use campanile_service::fields::{self, Field, Kind};
use clap::{
    Arg, ArgMatches, Command,
    builder::{PossibleValuesParser, TypedValueParser as _, ValueParser},
    error::Error,
};
use serde_json::{Map, Value};

use crate::client::Refusal;

/// The word that clears a value.
pub const NONE: &str = "none";

/// A field table whose fields become options.
pub trait Options {
    /// The table.
    const FIELDS: &'static [Field];
    /// Fields without a generated option: secrets, and fields with an option of their own.
    const WITHOUT: &'static [&'static str] = &[];
    /// Whether `none` clears an optional value.
    const CLEARS: bool = false;
}

/// The values of the given options by field name. `null` clears a field.
pub struct Given<T> {
    /// The values.
    pub document: Map<String, Value>,
    of: PhantomData<T>,
}

impl<T: Options> Given<T> {
    fn fields() -> impl Iterator<Item = &'static Field> {
        let is_option = |field: &&Field| {
            let fits = !matches!(
                field.kind,
                Kind::Texts | Kind::Object | Kind::Table(_) | Kind::Variants(_)
            );
            fits && !T::WITHOUT.contains(&field.name)
        };
        T::FIELDS.iter().filter(is_option)
    }

    /// Renames fields to options in the mistakes of an error. `more` is one more pair of pointer
    /// and name.
    pub fn named(answered: anyhow::Result<Value>, more: (&str, &str)) -> anyhow::Result<Value> {
        let pairs = Self::fields().map(|field| (format!("/{}", field.name), option(field.name)));
        let pairs: Vec<(String, String)> = pairs.collect();
        let names = pairs.iter().map(|(pointer, option)| (pointer.as_str(), option.as_str()));
        let names: Vec<(&str, &str)> = names.chain([more]).collect();
        answered.map_err(|error| Refusal::named(error, &names))
    }
}

/// The option for a field name: `--max-calls` for `max_calls`.
fn option(name: &str) -> String {
    format!("--{}", name.replace('_', "-"))
}

impl<T: Options> clap::FromArgMatches for Given<T> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        let mut document = Map::new();
        for field in Self::fields() {
            let given = matches.get_many::<Value>(field.name).into_iter().flatten();
            let mut values: Vec<Value> = given.cloned().collect();
            let value = match field.kind {
                Kind::List(..) if values == [Value::Null] => Value::Null,
                Kind::List(..) if !values.is_empty() => Value::Array(values),
                _ => match values.pop() {
                    Some(value) => value,
                    None => continue,
                },
            };
            document.insert(field.name.to_owned(), value);
        }
        Ok(Given { document, of: PhantomData })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl<T: Options> clap::Args for Given<T> {
    fn augment_args(command: Command) -> Command {
        command.args(Self::fields().map(|field| argument(field, T::CLEARS)))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

fn argument(field: &Field, clears: bool) -> Arg {
    let clears = clears && !field.required;
    let about = field.about.trim_end_matches('.').to_owned();
    let about = if clears { format!("{about} ({NONE} clears it)") } else { about };
    let one = match field.kind {
        Kind::List(_, one) => *one,
        kind => kind,
    };
    let name = match one {
        Kind::Integer(..) | Kind::Number(..) => "N",
        Kind::Boolean => "BOOL",
        Kind::OneOf(_) => "WORD",
        Kind::Parsed(_)
        | Kind::Text(_)
        | Kind::List(..)
        | Kind::Texts
        | Kind::Scalar
        | Kind::Object
        | Kind::Table(_)
        | Kind::Variants(_) => "TEXT",
    };
    let argument = Arg::new(field.name)
        .long(field.name.replace('_', "-"))
        .value_name(name)
        .help(about)
        .value_parser(parser(Field { required: false, kind: one, ..*field }, clears));
    match field.kind {
        Kind::List(..) => argument.value_delimiter(',').num_args(1),
        _ => argument,
    }
}

/// The parser for a field's value. Its error says what is wrong.
fn parser(field: Field, clears: bool) -> ValueParser {
    if let Kind::OneOf(words) = field.kind
        && words.len() <= MOST_LISTED
    {
        let words = words.iter().copied().chain(clears.then_some(NONE));
        let parser = PossibleValuesParser::new(words.collect::<Vec<_>>());
        return parser
            .map(move |word| if clears && word == NONE { Value::Null } else { word.into() })
            .into();
    }
    if matches!(field.kind, Kind::Boolean) {
        return PossibleValuesParser::new(["true", "false"])
            .map(|word| Value::Bool(word == "true"))
            .into();
    }
    let read = move |text: &str| -> Result<Value, String> {
        if clears && text == NONE {
            return Ok(Value::Null);
        }
        let value = fields::from_form(text.to_owned(), field.kind);
        let document = Value::Object(Map::from_iter([(field.name.to_owned(), value.clone())]));
        match fields::check(&document, &[field]).into_iter().next() {
            Some(mistake) => Err(mistake.detail),
            None => Ok(value),
        }
    };
    ValueParser::new(read)
}

/// The most words that the help lists. Longer sets are listed only in the error for an unknown
/// word.
const MOST_LISTED: usize = 12;

#[cfg(test)]
mod tests {
    use clap::{Args as _, FromArgMatches as _};
    use serde_json::json;

    use super::*;

    struct Trunk;
    impl Options for Trunk {
        const FIELDS: &'static [Field] = fields::TRUNK;
        const WITHOUT: &'static [&'static str] = &["password"];
        const CLEARS: bool = true;
    }

    fn read(line: &[&str]) -> Result<Value, String> {
        let command = Given::<Trunk>::augment_args(Command::new("test"));
        let matches = command.try_get_matches_from([&["test"], line].concat());
        let matches = matches.map_err(|error| error.to_string())?;
        Ok(Value::Object(Given::<Trunk>::from_arg_matches(&matches).unwrap().document))
    }

    #[test]
    fn values_have_the_types_of_their_fields() {
        let line = ["--name", "a", "--max-calls", "5", "--max-cps", "0.5", "--codecs", "PCMA,PCMU"];
        let expected =
            json!({"name": "a", "max_calls": 5, "max_cps": 0.5, "codecs": ["PCMA", "PCMU"]});
        // In the order of the table.
        assert_eq!(read(&line), Ok(expected));
        assert_eq!(read(&["--username", "none"]), Ok(json!({"username": null})));
    }

    #[test]
    fn a_wrong_value_is_told_as_in_a_body() {
        let told = read(&["--max-calls", "0"]).unwrap_err();
        assert!(
            told.contains("0 is out of range; write a whole number from 1 to 100000"),
            "{told}"
        );
        assert!(read(&["--transport", "utp"]).unwrap_err().contains("udp"));
        assert!(read(&["--password", "x"]).is_err(), "a secret is no option");
    }
}
