//! `campanile number`: the caller IDs of a workspace.

use std::process::ExitCode;

use clap::Subcommand;
use serde_json::{Map, Value};

use super::id;
use crate::{
    client::{Refusal, Server},
    failure::Usage,
    options::NONE,
    out::note,
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
    List {
        #[command(flatten)]
        output: Output,
    },
    /// Show a phone number
    #[command(visible_alias = "get")]
    Show {
        #[command(flatten)]
        which: Which,
        #[command(flatten)]
        output: Output,
    },
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
        which: Which,
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
    Delete {
        #[command(flatten)]
        which: Which,
    },
}

#[derive(clap::Args)]
struct Which {
    /// The phone number, for example number_k7d20xv9m41qa
    #[arg(value_parser = id::number, value_name = "NUMBER")]
    id: String,
}

fn trunk_or_none(text: &str) -> Result<String, String> {
    if text == NONE { Ok(text.to_owned()) } else { id::trunk(text) }
}

const COLUMNS: &[Column] = &[
    ("Id", |number| word(&number["id"])),
    ("Number", |number| word(&number["phone_number"])),
    ("Label", |number| word(&number["label"])),
    ("Trunk", |number| word(&number["trunk_id"])),
    ("Created", |number| when(&number["created_at"])),
];

const NAMES: &[(&str, &str)] =
    &[("/phone_number", "E.164"), ("/trunk_id", "--trunk"), ("/label", "--label")];

impl Args {
    /// Does it.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        let client = self.server.client()?;
        let named = |error| Refusal::named(error, NAMES);
        match self.verb {
            Verb::List { output } => output.list(&client.get("/v1/phone-numbers")?, COLUMNS)?,
            Verb::Show { which, output } => {
                output.one(&client.get(&path_of(&which.id))?, COLUMNS)?
            }
            Verb::Create { number, trunk, label, output } => {
                let mut body = Map::new();
                body.insert("phone_number".to_owned(), number.into());
                body.insert("trunk_id".to_owned(), trunk.into());
                if let Some(label) = label {
                    body.insert("label".to_owned(), label.into());
                }
                let made = client.post("/v1/phone-numbers", &body.into()).map_err(named)?;
                output.done(&made, &word(&made["id"]))?;
            }
            Verb::Edit { which, trunk, label, output } => {
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
                let after = client.patch(&path_of(&which.id), &patch.into()).map_err(named)?;
                output.one(&after, COLUMNS)?;
            }
            Verb::Delete { which } => {
                client.delete(&path_of(&which.id))?;
                note!("{} is deleted", which.id);
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn path_of(id: &str) -> String {
    format!("/v1/phone-numbers/{id}")
}
