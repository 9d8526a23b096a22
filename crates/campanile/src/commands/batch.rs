//! `campanile batch`: the batches of a server.

use std::{fs::File, io::Write as _, path::PathBuf, process::ExitCode};

use anyhow::Context as _;
use campanile_api::fields;
use clap::{Subcommand, builder::PossibleValuesParser};
use serde_json::{Value, json};

use super::{
    dialing::{HoursArgs, RetryArgs},
    files, watch,
};
use crate::{
    client::{Client, Server},
    out::{Answer, note, say},
    progress::Tally,
};

/// What kinds of file a report can be, the usual one first.
const FORMATS: [&str; 2] = ["csv", "xlsx"];

/// Batches of a server: CAMPANILE_URL says where it is, CAMPANILE_API_KEY who asks
#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    server: Server,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Upload a file and start calling
    Create(Box<Create>),
    /// List the batches, newest first
    List {
        /// Only those in this state: draft, scheduled, running, paused, completed or cancelled
        #[arg(long, value_parser = PossibleValuesParser::new(fields::BATCH_STATES))]
        status: Option<String>,
    },
    /// Show one batch as JSON, with its progress, why it is not dialing, and when it will be done
    Show { id: String },
    /// Show the progress of a batch until it is over, also across restarts of the server
    ///
    /// The exit status is 0 when the batch completed, 1 when it was stopped or cannot be watched.
    Watch { id: String },
    /// No new calls until further notice; calls in progress finish
    Pause { id: String },
    /// Go on where it was paused
    Resume { id: String },
    /// End it for good; calls in progress finish
    Stop { id: String },
    /// Delete a draft, or a batch that is over, with all that is kept of it
    Delete { id: String },
    /// Download the report
    Report {
        id: String,
        /// Where to write it [default: standard output]
        #[arg(long, short)]
        output: Option<PathBuf>,
        /// A line for every attempt instead of one for every row
        #[arg(long)]
        attempts: bool,
        /// csv, or a workbook, which keeps numbers and letters as they are in any spreadsheet
        /// [default: what the name of the output ends in, or else csv]
        #[arg(long, value_parser = FORMATS)]
        format: Option<String>,
    },
}

#[derive(clap::Args)]
struct Create {
    /// The recipients: a CSV or an XLSX with a phone_number column
    file: PathBuf,
    /// A label for people [default: the file's name]
    #[arg(long)]
    name: Option<String>,
    /// The caller ID, a phone number of the workspace
    #[arg(long, value_name = "E.164")]
    from: String,
    /// The agent, for example agent_1
    #[arg(long, value_name = "ID")]
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
    /// Whether a number may be in the file twice: allow or reject
    #[arg(long, value_name = "HOW")]
    duplicates: Option<String>,
    /// The file's encoding, when it is guessed wrong, for example windows-1252
    #[arg(long)]
    encoding: Option<String>,
    /// Store it without starting it
    #[arg(long)]
    draft: bool,
    #[command(flatten)]
    hours: HoursArgs,
    #[command(flatten)]
    retry: RetryArgs,
}

impl Args {
    /// Does it.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        let client = self.server.client()?;
        match self.verb {
            Verb::Create(create) => create.send(&client)?,
            Verb::List { status } => list(&client, status.as_deref())?,
            Verb::Show { id } => show(&client, &id)?,
            Verb::Watch { id } => return watch::watch(&client, &id),
            Verb::Pause { id } => control(&client, &id, "pause")?,
            Verb::Resume { id } => control(&client, &id, "resume")?,
            Verb::Stop { id } => control(&client, &id, "stop")?,
            Verb::Delete { id } => client.delete(&path_of(&id, ""))?,
            Verb::Report { id, output, attempts, format } => {
                report(&client, &id, output, (attempts, format))?;
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl Create {
    fn send(self, client: &Client) -> anyhow::Result<()> {
        let file = files::open(&self.file)?;
        let file_name = files::name(&self.file);
        let name = self.name.unwrap_or_else(|| file_name.clone());
        let mut fields = vec![("name", name), ("from_number", self.from), ("agent_id", self.agent)];
        fields.push(("retry", json!(self.retry.policy()).to_string()));
        fields.push(("start", (!self.draft).to_string()));
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
        let created = client.post_form("/v1/batch-calls", &fields, (&file_name, file))?;
        say!("{}", words(&created["id"]))?;
        note!("{}: {}", words(&created["status"]), tally(&created));
        for warning in created["warnings"].as_array().into_iter().flatten() {
            note!("Warning: {}", words(&warning["detail"]));
        }
        Ok(())
    }
}

/// Where a batch is in the API.
pub fn path_of(id: &str, rest: &str) -> String {
    let id: String = id.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
    format!("/v1/batch-calls/{id}{rest}")
}

fn list(client: &Client, status: Option<&str>) -> anyhow::Result<()> {
    let query = status.map(|status| format!("&status={status}")).unwrap_or_default();
    for page in 1.. {
        let found = client.get(&format!("/v1/batch-calls?limit=100&page={page}{query}"))?;
        let items = found["items"].as_array().map_or(&[][..], Vec::as_slice);
        for item in items {
            let (id, status) = (words(&item["id"]), words(&item["status"]));
            say!("{id}\t{status}\t{}\t{}", words(&item["name"]), tally(item))?;
        }
        if items.len() < 100 {
            break;
        }
    }
    Ok(())
}

/// The batch as JSON, and beside it the forecast in words.
fn show(client: &Client, id: &str) -> anyhow::Result<()> {
    say!("{:#}", client.get(&path_of(id, ""))?)?;
    let told = client.get(&path_of(id, "/forecast"))?;
    note!("Forecast: {}", words(&told["detail"]));
    Ok(())
}

fn control(client: &Client, id: &str, verb: &str) -> anyhow::Result<()> {
    let done = client.post(&path_of(id, &format!("/{verb}")), &json!({}))?;
    say!("{done:#}")?;
    Ok(())
}

fn report(
    client: &Client,
    id: &str,
    output: Option<PathBuf>,
    (attempts, format): (bool, Option<String>),
) -> anyhow::Result<()> {
    let ends_so = |output: &PathBuf| {
        let end = output.extension()?.to_str()?.to_ascii_lowercase();
        FORMATS.contains(&end.as_str()).then_some(end)
    };
    let format = format.or_else(|| output.as_ref().and_then(ends_so));
    let file = format!("/report.{}", format.as_deref().unwrap_or(FORMATS[0]));
    let path = path_of(id, &file) + if attempts { "?detail=attempts" } else { "" };
    match output {
        Some(output) => {
            let told = || format!("cannot write {}", output.display());
            let mut file = File::create(&output).with_context(told)?;
            client.download(&path, &mut file)?;
            file.sync_all().with_context(told)?;
        }
        None => {
            let mut out = Answer::new();
            client.download(&path, &mut out)?;
            out.flush()?;
        }
    }
    Ok(())
}

/// The counts of a batch as the API shows it.
pub fn tally(batch: &Value) -> Tally {
    serde_json::from_value(batch["progress"].clone()).unwrap_or_default()
}

/// A value that is text.
pub fn words(value: &Value) -> &str {
    value.as_str().unwrap_or("-")
}
