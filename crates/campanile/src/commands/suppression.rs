//! `campanile suppression`: manages numbers that are not called.

use std::{path::PathBuf, process::ExitCode};

use campanile_rules::words::counted;
use clap::Subcommand;
use serde_json::{Value, json};

use super::files;
use crate::{
    client::{Refusal, Server, Upload, with_query},
    out::{note, say},
    print::{Column, Output, when, word},
};

/// Suppressions of a server: numbers that are not called, whatever a file says
#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    server: Server,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// List the suppressed numbers
    List {
        /// Only numbers that begin with these digits
        #[arg(long, short, value_name = "DIGITS")]
        query: Option<String>,
        /// At most so many [default: all]
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
        limit: Option<u64>,
        #[command(flatten)]
        output: Output,
    },
    /// Suppress numbers: calls that are due to them are skipped from now on
    Add {
        /// The numbers, for example +14155550101
        #[arg(required = true, value_name = "E.164")]
        numbers: Vec<String>,
        /// Why, for people
        #[arg(long, default_value = "", hide_default_value = true)]
        reason: String,
        #[command(flatten)]
        output: Output,
    },
    /// Let numbers be called again; who was skipped meanwhile stays so
    Remove {
        /// The numbers
        #[arg(required = true, value_name = "E.164")]
        numbers: Vec<String>,
        #[command(flatten)]
        output: Output,
    },
    /// Suppress every number of a file, in its column phone_number
    Upload {
        /// A CSV or an XLSX
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// The country of numbers that are written without a country code
        #[arg(long, value_name = "CC")]
        default_country: Option<String>,
        /// The file's encoding, when it is guessed wrong, for example windows-1252
        #[arg(long)]
        encoding: Option<String>,
        #[command(flatten)]
        output: Output,
    },
}

const COLUMNS: &[Column] = &[
    ("Number", |item| word(&item["phone_number"])),
    ("Source", |item| word(&item["source"])),
    ("Reason", |item| word(&item["reason"])),
    ("Since", |item| when(&item["created_at"])),
];

const NAMES: &[(&str, &str)] = &[
    ("/phone_number", "E.164"),
    ("/reason", "--reason"),
    ("/default_country", "--default-country"),
    ("/encoding", "--encoding"),
    ("/file", "FILE"),
    ("/q", "--query"),
];

impl Args {
    /// Runs the command.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        let client = self.server.client()?;
        let named = |error| Refusal::named(error, NAMES);
        match self.verb {
            Verb::List { query, limit, output } => {
                let path = with_query("/v1/suppressions", &[("q", query.as_deref())]);
                output.pages(client.pages(path, limit), COLUMNS).map_err(named)?;
            }
            Verb::Add { numbers, reason, output } => {
                let mut added = Vec::new();
                for number in numbers {
                    let body = json!({"phone_number": number, "reason": reason});
                    added.push(client.post("/v1/suppressions", &body).map_err(named)?);
                    if !output.json {
                        say!("{number} is not called any more")?;
                    }
                }
                if output.json {
                    output.list(&json!({"items": added}), COLUMNS)?;
                }
            }
            Verb::Remove { numbers, output } => {
                let mut removed = Vec::new();
                for number in numbers {
                    let digits = number.trim_start_matches('+');
                    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
                        let words = format!(
                            "{number:?} is not a full number; write one such as +14155550101"
                        );
                        return Err(crate::failure::Usage(words).into());
                    }
                    client.delete(&format!("/v1/suppressions/{digits}"))?;
                    if !output.json {
                        note!("{number} may be called again");
                    }
                    removed.push(json!({"phone_number": number, "deleted": true}));
                }
                if output.json {
                    output.list(&json!({"items": removed}), &[])?;
                }
            }
            Verb::Upload { file, default_country, encoding, output } => {
                let content = files::open(&file)?;
                let upload = Upload { name: files::name(&file), content };
                let fields = [("default_country", default_country), ("encoding", encoding)];
                let fields: Vec<_> =
                    fields.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
                let took = client.post_form("/v1/suppressions/upload", &fields, upload);
                let took = took.map_err(named)?;
                output.done(&took, &words(&took))?;
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Formats the result: `3 rows: 2 numbers added, 1 known before`, and below it the rejected rows.
fn words(took: &Value) -> String {
    let count = |name: &str| took[name].as_u64().unwrap_or_default();
    let mut words = format!(
        "{}: {} added, {} known before, {} rejected",
        counted(count("total"), "row"),
        counted(count("added"), "number"),
        count("known"),
        count("rejected")
    );
    for group in took["rejections"].as_array().into_iter().flatten() {
        let rows = group["rows"].as_array().into_iter().flatten().take(8).map(word);
        let rows: Vec<String> = rows.collect();
        words += &format!("\n{}: rows {}", word(&group["label"]), rows.join(", "));
    }
    for warning in took["warnings"].as_array().into_iter().flatten() {
        words += &format!("\nWarning: {}", word(&warning["detail"]));
    }
    words
}
