//! `campanile number`: the caller IDs of a workspace.

use std::process::ExitCode;

use clap::Subcommand;
use serde_json::{Map, Value};

use super::{
    id,
    noun::{self, Noun, One, Target},
};
use crate::{
    client::{Refusal, Server},
    failure::Usage,
    options::NONE,
    print::{Column, Output, when, word},
};

/// Phone numbers of a server: the caller IDs, and the trunk that serves each
#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    server: Server,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// List the phone numbers
    List(Output),
    /// Show a phone number
    #[command(visible_alias = "get")]
    Show(One<Number>),
    /// Add a phone number
    Create {
        /// The number, for example +14155550100
        #[arg(value_name = "E.164")]
        number: String,
        /// The trunk that serves it (campanile trunk list)
        #[arg(long, value_name = "TRUNK", value_parser = id::trunk)]
        trunk: String,
        /// A label for people
        #[arg(long)]
        label: Option<String>,
        #[command(flatten)]
        output: Output,
    },
    /// Give a phone number another label or trunk; batches that use it go on through the new one
    Edit {
        #[command(flatten)]
        target: Target<Number>,
        /// The trunk that serves it; none: it cannot dial
        #[arg(long, value_name = "TRUNK", value_parser = trunk_or_none)]
        trunk: Option<String>,
        /// A label for people
        #[arg(long)]
        label: Option<String>,
        #[command(flatten)]
        output: Output,
    },
    /// Delete a phone number that no batch has used
    Delete(One<Number>),
}

fn trunk_or_none(text: &str) -> Result<String, String> {
    if text == NONE { Ok(text.to_owned()) } else { id::trunk(text) }
}

struct Number;

impl Noun for Number {
    const WORD: &'static str = "number";
    const CALLED: &'static str = "phone number";
    const PATH: &'static str = "/v1/phone-numbers";
    const COLUMNS: &'static [Column] = &[
        ("Id", |number| word(&number["id"])),
        ("Number", |number| word(&number["phone_number"])),
        ("Label", |number| word(&number["label"])),
        ("Trunk", |number| word(&number["trunk_id"])),
        ("Created", |number| when(&number["created_at"])),
    ];
    const FACTS: &'static [Column] = Self::COLUMNS;
}

const NAMES: &[(&str, &str)] =
    &[("/phone_number", "E.164"), ("/trunk_id", "--trunk"), ("/label", "--label")];

impl Args {
    /// Runs the command.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        let client = self.server.client()?;
        let named = |error| Refusal::named(error, NAMES);
        match self.verb {
            Verb::List(output) => noun::list::<Number>(&client, output)?,
            Verb::Show(one) => one.show(&client)?,
            Verb::Create { number, trunk, label, output } => {
                let mut body = Map::new();
                body.insert("phone_number".to_owned(), number.into());
                body.insert("trunk_id".to_owned(), trunk.into());
                if let Some(label) = label {
                    body.insert("label".to_owned(), label.into());
                }
                let made = client.post(Number::PATH, &body.into()).map_err(named)?;
                output.done(&made, &word(&made["id"]))?;
            }
            Verb::Edit { target, trunk, label, output } => {
                let mut patch = Map::new();
                if let Some(trunk) = trunk {
                    let trunk = if trunk == NONE { Value::Null } else { trunk.into() };
                    patch.insert("trunk_id".to_owned(), trunk);
                }
                if let Some(label) = label {
                    patch.insert("label".to_owned(), label.into());
                }
                if patch.is_empty() {
                    let words = "nothing to change; name a --trunk or a --label";
                    return Err(Usage(words.to_owned()).into());
                }
                let after = client.patch(&target.path(""), &patch.into()).map_err(named)?;
                output.one(&after, Number::FACTS)?;
            }
            Verb::Delete(one) => one.delete(&client)?,
        }
        Ok(ExitCode::SUCCESS)
    }
}
