//! `campanile batch create`: uploads a file as a batch.

use std::path::PathBuf;

use serde_json::json;

use super::words;
use crate::{
    client::{Client, Refusal, Upload},
    commands::{
        dialing::{HoursArgs, RetryArgs},
        files, id,
        mapping::MappingArgs,
    },
    out::{note, say},
    print::{Output, batch_state},
};

/// Upload a file and start calling
///
/// Prints the id of the batch, and nothing else; what it makes of the file goes to standard error.
/// campanile check looks at a file before anybody is called.
#[derive(clap::Args)]
pub struct Args {
    /// The recipients: a CSV or an XLSX with a phone_number column
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// A label for people [default: the file's name]
    #[arg(long)]
    name: Option<String>,
    /// The caller ID, a phone number of the workspace (campanile number list)
    #[arg(long, value_name = "E.164")]
    from: String,
    /// The agent (campanile agent list)
    #[arg(long, value_name = "AGENT", value_parser = id::agent)]
    agent: String,
    /// Its version [default: the latest published]
    #[arg(long, value_name = "N")]
    agent_version: Option<u32>,
    /// When to begin, RFC 3339 [default: now]
    #[arg(long, value_name = "INSTANT")]
    starts_at: Option<String>,
    /// When to end in any case, RFC 3339
    #[arg(long, value_name = "INSTANT")]
    ends_at: Option<String>,
    /// Calls of this batch at once, ringing ones included
    #[arg(long, value_name = "N")]
    concurrency: Option<u32>,
    /// Share of the workspace's calls at once, relative to other batches
    #[arg(long, value_name = "N")]
    weight: Option<u32>,
    /// The country of numbers that are written without a country code
    #[arg(long, value_name = "CC")]
    default_country: Option<String>,
    /// Whether a number may be in the file twice
    #[arg(long, value_name = "HOW", value_parser = ["allow", "reject"])]
    duplicates: Option<String>,
    /// The file's encoding, when it is guessed wrong, for example windows-1252
    #[arg(long)]
    encoding: Option<String>,
    /// Store it without starting it; batch start begins it
    #[arg(long)]
    draft: bool,
    #[command(flatten)]
    mapping: MappingArgs,
    #[command(flatten)]
    hours: HoursArgs,
    #[command(flatten)]
    retry: RetryArgs,
    #[command(flatten)]
    output: Output,
}

/// The options for the fields of a batch, by JSON pointer.
pub const NAMES: &[(&str, &str)] = &[
    ("/name", "--name"),
    ("/from_number", "--from"),
    ("/agent_id", "--agent"),
    ("/agent_version", "--agent-version"),
    ("/starts_at", "--starts-at"),
    ("/ends_at", "--ends-at"),
    ("/max_concurrent_calls", "--concurrency"),
    ("/weight", "--weight"),
    ("/default_country", "--default-country"),
    ("/duplicates", "--duplicates"),
    ("/encoding", "--encoding"),
    ("/phone_column", "--phone-column"),
    ("/header_row", "--header-row"),
    ("/column_map", "--map"),
    ("/calling_hours", "--calling-hours"),
    ("/calling_hours/days", "--days"),
    ("/calling_hours/time_zone", "--time-zone"),
    ("/retry/max_retries", "--max-retries"),
    ("/retry/wait_minutes", "--wait-minutes"),
    ("/statuses", "--status"),
    ("/end_reasons", "--end-reasons"),
    ("/file", "FILE"),
];

impl Args {
    /// Runs the command.
    pub fn run(self, client: &Client) -> anyhow::Result<()> {
        let content = files::open(&self.file)?;
        let file = Upload { name: files::name(&self.file), content };
        let name = self.name.unwrap_or_else(|| file.name.clone());
        let mut fields = vec![("name", name), ("from_number", self.from), ("agent_id", self.agent)];
        fields.push(("retry", json!(self.retry.policy()).to_string()));
        fields.push(("start", (!self.draft).to_string()));
        fields.extend(self.mapping.fields());
        let optional = [
            ("agent_version", self.agent_version.map(|n| n.to_string())),
            ("starts_at", self.starts_at),
            ("ends_at", self.ends_at),
            ("calling_hours", self.hours.hours()?.map(|hours| json!(hours).to_string())),
            ("max_concurrent_calls", self.concurrency.map(|n| n.to_string())),
            ("weight", self.weight.map(|n| n.to_string())),
            ("default_country", self.default_country),
            ("duplicates", self.duplicates),
            ("encoding", self.encoding),
        ];
        fields.extend(optional.into_iter().filter_map(|(name, value)| Some((name, value?))));
        let made = client.post_form("/v1/batch-calls", &fields, file);
        made_batch(made, self.output)
    }
}

/// Prints a new batch, or the error with its mistakes under the names of the options.
pub fn made_batch(made: anyhow::Result<serde_json::Value>, output: Output) -> anyhow::Result<()> {
    let batch = made.map_err(|error| Refusal::named(error, NAMES))?;
    if output.json {
        return Ok(output.one(&batch, &[])?);
    }
    say!("{}", batch["id"].as_str().unwrap_or_default())?;
    note!("{}: {}", batch_state(&batch["status"]), words::tally(&batch));
    words::warn(&batch);
    Ok(())
}
