//! `campanile batch recipients|rejections|report`: the rows of a batch.

use std::path::{Path, PathBuf};

use super::Batch;
use crate::{
    client::{Client, with_query},
    commands::{files::download, noun::Target, recipient_status::Status},
    print::{Column, Output, end_reason, recipient_status, when, word},
};

/// List the rows of a batch and what became of each, in the order of the file
#[derive(clap::Args)]
pub struct Recipients {
    #[command(flatten)]
    target: Target<Batch>,
    /// Only those with this status
    #[arg(long, value_enum, ignore_case = true)]
    status: Option<Status>,
    /// Only those whose number or values contain this
    #[arg(long, short, value_name = "TEXT")]
    query: Option<String>,
    /// At most so many [default: all]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    limit: Option<u64>,
    #[command(flatten)]
    output: Output,
}

const RECIPIENT: &[Column] = &[
    ("Row", |row| word(&row["row"])),
    ("Number", |row| word(&row["phone_number"])),
    ("Status", |row| recipient_status(&row["status"])),
    ("Attempts", |row| word(&row["attempts_made"])),
    ("Why", |row| {
        let why = if row["reason"].is_null() { &row["last_end_reason"] } else { &row["reason"] };
        end_reason(why)
    }),
    ("Last attempt", |row| when(&row["last_attempt_at"])),
    ("Next attempt", |row| when(&row["next_attempt_at"])),
    ("Id", |row| word(&row["id"])),
];

impl Recipients {
    /// Runs the command.
    pub fn run(self, client: &Client) -> anyhow::Result<()> {
        let asked = [("status", self.status.map(Status::code)), ("q", self.query.as_deref())];
        let path = with_query(&self.target.path("/recipients"), &asked);
        self.output.pages(client.pages(path, self.limit), RECIPIENT)
    }
}

/// Show the rows that were rejected before launch, by reason; --output downloads them
#[derive(clap::Args)]
pub struct Rejections {
    #[command(flatten)]
    target: Target<Batch>,
    /// Write the rejected rows to this file, to be mended and uploaded again; - is standard output
    #[arg(long, short, value_name = "FILE.csv", conflicts_with = "json")]
    output: Option<PathBuf>,
    #[command(flatten)]
    print: Output,
}

const REJECTION: &[Column] = &[
    ("Reason", |group| word(&group["label"])),
    ("Rows", |group| word(&group["count"])),
    ("First rows", |group| {
        let rows = group["rows"].as_array().map_or(&[][..], Vec::as_slice);
        let shown: Vec<String> = rows.iter().take(MAX_ROWS_SHOWN).map(word).collect();
        let more = if rows.len() > shown.len() { ", …" } else { "" };
        format!("{}{more}", shown.join(", "))
    }),
    ("What to do", |group| word(&group["help"])),
];

/// The most row numbers shown per reason.
const MAX_ROWS_SHOWN: usize = 8;

impl Rejections {
    /// Runs the command.
    pub fn run(self, client: &Client) -> anyhow::Result<()> {
        match self.output {
            Some(file) => {
                let format = format_of(&file);
                let query = [("format", format.as_deref())];
                let path = with_query(&self.target.path("/rejections.csv"), &query);
                download(client, &path, Some(file))
            }
            None => {
                let found = client.get(&self.target.path("/rejections"))?;
                Ok(self.print.list(&found, REJECTION)?)
            }
        }
    }
}

/// File formats of reports and rejected rows, the default first.
const FORMATS: [&str; 2] = ["csv", "xlsx"];

/// Download the report
#[derive(clap::Args)]
pub struct Report {
    #[command(flatten)]
    target: Target<Batch>,
    /// Where to write it [default: standard output]
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// A line for every attempt instead of one for every row
    #[arg(long)]
    attempts: bool,
    /// csv, or a workbook, which keeps numbers and letters as they are in any spreadsheet
    /// [default: what the name of the output ends in, or else csv]
    #[arg(long, value_parser = FORMATS)]
    format: Option<String>,
}

impl Report {
    /// Runs the command.
    pub fn run(self, client: &Client) -> anyhow::Result<()> {
        let detail = self.attempts.then_some("attempts");
        let format = self.format.or_else(|| self.output.as_deref().and_then(format_of));
        let file = format!("/report.{}", format.as_deref().unwrap_or(FORMATS[0]));
        let path = with_query(&self.target.path(&file), &[("detail", detail)]);
        download(client, &path, self.output)
    }
}

/// The file format of an output name's extension, if it is one of `FORMATS`.
fn format_of(output: &Path) -> Option<String> {
    let end = output.extension()?.to_str()?.to_ascii_lowercase();
    FORMATS.contains(&end.as_str()).then_some(end)
}
