//! `campanile check`: validates a file before anybody is called.

use std::{
    io::{BufWriter, IntoInnerError},
    path::{Path, PathBuf},
    process::ExitCode,
};

use campanile_agent::{Mute, Speech, SpeechConfig};
use campanile_clock::Clock;
use campanile_files::{
    import::{Duplicates, ImportError, ImportOptions, RowReader, Source},
    preflight::{Preflight, Proposed, RefusalCode, Refused, RejectedCell},
    rejected_file::{RejectedLayout, RejectedLine, RejectedWriter},
    report::Format,
};
use campanile_numbers::Country;
use campanile_rules::{agent::AgentVersion, forecast::Forecast, trunk::Trunk, words::counted};
use campanile_service::{batches, fields};
use clap::ValueEnum;

use super::{files, mapping::MappingArgs};
use crate::{
    config::Document,
    durable::Draft,
    failure::Usage,
    out::{answer, note, say},
    runtime,
};

/// The most row numbers shown per reason.
const MAX_ROWS_SHOWN: usize = 12;

/// Bytes of rejected rows per write.
const PIECE_BYTES: usize = 64 * 1024;

/// The most cells shown per cause.
const MAX_CELLS_SHOWN: usize = 3;

/// Look at a file before calling anybody: rejected rows by reason, columns, warnings
///
/// Exit status: 0 the batch could start, 1 it would be refused, 2 wrong usage.
#[derive(clap::Args)]
pub struct Args {
    /// The recipients: a CSV or an XLSX with a phone_number column
    file: PathBuf,
    /// The agent, whose placeholders are compared with the columns
    #[arg(long, value_name = "agent.toml")]
    agent: Option<PathBuf>,
    /// The trunk to call through: then it says how long that would take
    #[arg(long, value_name = "trunk.toml")]
    trunk: Option<PathBuf>,
    /// Calls at once, ringing ones included [default: the trunk's max_calls]
    #[arg(long, value_name = "N", requires = "trunk",
        value_parser = clap::value_parser!(u32).range(1..=100_000))]
    concurrency: Option<u32>,
    #[command(flatten)]
    reading: Reading,
    /// Where to write the rejected rows, with why and what to do; mended, it can be used as it is
    #[arg(long, value_name = "OUT.csv")]
    rejections: Option<PathBuf>,
    /// Print the report as JSON, as POST /v1/batch-calls/validate answers it
    #[arg(long)]
    json: bool,
}

/// How a file is read.
#[derive(clap::Args)]
pub struct Reading {
    /// The country of numbers that are written without a country code, for example US
    #[arg(long, value_name = "CC")]
    pub default_country: Option<Country>,
    /// Whether a number may be in the file twice
    #[arg(long, value_enum, default_value = "allow", value_name = "HOW")]
    duplicates: OnDuplicates,
    /// The file's encoding, when it is guessed wrong, for example windows-1252
    #[arg(long)]
    encoding: Option<String>,
    #[command(flatten)]
    mapping: MappingArgs,
}

#[derive(Clone, Copy, ValueEnum)]
enum OnDuplicates {
    /// Call it twice, with a warning
    Allow,
    /// Reject the later row
    Reject,
}

impl Reading {
    /// The import options.
    pub fn options(&self) -> ImportOptions {
        ImportOptions {
            default_country: self.default_country,
            duplicates: match self.duplicates {
                OnDuplicates::Allow => Duplicates::Allow,
                OnDuplicates::Reject => Duplicates::Reject,
            },
            encoding: self.encoding.clone(),
            mapping: self.mapping.mapping(),
            ..ImportOptions::default()
        }
    }
}

impl Args {
    /// Runs the command.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        let agent = match &self.agent {
            Some(path) => Some(Document::open(path)?.read(fields::agent)?.version),
            None => None,
        };
        let trunk = match &self.trunk {
            Some(path) => Some(Document::open(path)?.read(fields::trunk)?),
            None => None,
        };
        let mut report = self.read(agent.as_ref())?;
        if let (Some(path), Some(agent)) = (&self.agent, &agent)
            && report.refused.is_none()
        {
            report.refused = mute(path, agent)?;
        }
        if let Some(trunk) = &trunk {
            report.forecast = outlook(&report, trunk, (agent.as_ref(), self.concurrency));
        }
        if let Some(path) = self.rejections.as_ref().filter(|_| report.total > 0) {
            note!("{} in {}", counted(report.rejected, "rejected row"), path.display());
        }
        match self.json {
            true => say!("{}", serde_json::to_string_pretty(&report)?)?,
            false => answer(format_args!("{}", words(&report)))?,
        }
        Ok(if report.refused.is_some() { ExitCode::FAILURE } else { ExitCode::SUCCESS })
    }
}

/// Why the agent of a file cannot be spoken, if it cannot.
fn mute(file: &Path, agent: &AgentVersion) -> anyhow::Result<Option<Refused>> {
    let sounds_dir = file.parent().map_or_else(PathBuf::new, PathBuf::from);
    let config = SpeechConfig { sounds_dir, wav_anywhere: true, ..SpeechConfig::default() };
    let found = runtime::small()?.block_on(Speech::new(config).check(agent));
    let words: Vec<String> = found.iter().map(Mute::to_string).collect();
    Ok((!words.is_empty()).then(|| Refused {
        code: RefusalCode::AgentCannotSpeak,
        detail: format!("the agent cannot speak: {}", words.join("; ")),
    }))
}

impl Args {
    /// Reads the file, and writes its rejected rows if `--rejections` is given.
    fn read(&self, agent: Option<&AgentVersion>) -> anyhow::Result<Preflight> {
        let cannot =
            |error: std::io::Error| Usage(format!("cannot read {}: {error}", self.file.display()));
        let source = Source::file(files::open(&self.file)?);
        let mut rows = match RowReader::open(source, self.reading.options()) {
            Ok(rows) => rows,
            Err(ImportError::Read(error)) => return Err(cannot(error).into()),
            Err(ImportError::Refused(refusal)) => return Ok(refusal.into()),
        };
        let mut rejected = match &self.rejections {
            Some(path) => {
                let draft = Draft::new(path).map_err(|error| Usage(format!("{error:#}")))?;
                let layout = RejectedLayout {
                    columns: rows.columns(),
                    phone: rows.phone_column(),
                    format: Format::Csv { mark: false },
                    longest: &[],
                };
                let out = BufWriter::with_capacity(PIECE_BYTES, draft);
                Some(RejectedWriter::new(out, layout)?)
            }
            None => None,
        };
        for row in &mut rows {
            let row = match row {
                Ok(row) => row,
                Err(ImportError::Read(error)) => return Err(cannot(error).into()),
                Err(ImportError::Refused(_)) => continue,
            };
            if let (Some(writer), Err(why)) = (&mut rejected, &row.verdict) {
                writer.row(&RejectedLine {
                    position: row.position,
                    cells: &row.cells,
                    reason: why.reason,
                    cause: why.cause,
                })?;
            }
        }
        if let Some(writer) = rejected {
            writer.finish()?.into_inner().map_err(IntoInnerError::into_error)?.publish()?;
        }
        Ok(rows.finish(agent))
    }
}

/// The duration of the batch if the trunk carried no other calls.
fn outlook(
    report: &Preflight,
    trunk: &Trunk,
    of: (Option<&AgentVersion>, Option<u32>),
) -> Option<Forecast> {
    let places = report.places.clone().into_iter().collect();
    report
        .refused
        .is_none()
        .then(|| batches::alone(places, trunk, of, Clock::default().now()))
        .flatten()
}

/// The report for people.
pub fn words(report: &Preflight) -> String {
    let verdict = match &report.refused {
        Some(refused) => format!("Refused ({}): {}", refused.code.as_str(), refused.detail),
        None => "The batch could start.".to_owned(),
    };
    let options = report.proposed.as_ref().map(options).unwrap_or_default();
    let forecast = report.forecast.as_ref();
    let forecast = forecast.map(|told| format!("Forecast: {}\n", told.detail)).unwrap_or_default();
    format!("{verdict}\n{options}{forecast}{}", findings(report))
}

/// The options that probably make the file readable.
fn options(proposed: &Proposed) -> String {
    let header = proposed.header_row.map(|row| format!(" --header-row {row}"));
    let phone = proposed.phone_column.as_ref().map(|name| format!(" --phone-column {name:?}"));
    format!("Try again with{}{}\n", header.unwrap_or_default(), phone.unwrap_or_default())
}

/// Formats the findings: counts, rejected rows by reason, columns, warnings.
pub fn findings(report: &Preflight) -> String {
    let (total, accepted, rejected) = (report.total, report.accepted, report.rejected);
    let mut text = format!("{}: {accepted} accepted, {rejected} rejected\n", counted(total, "row"));
    let mut say = |line: String| {
        text.push_str(&line);
        text.push('\n');
    };
    for group in &report.rejections {
        say(format!("\n{} ({}): {}", group.label, group.reason.as_str(), rows(&group.rows)));
        if group.causes.is_empty() {
            say(format!("  {}", group.help));
            cells(&group.examples).for_each(&mut say);
        }
        for cause in &group.causes {
            let name = cause.cause.as_str();
            say(format!("  {} ({name}): {}", cause.label, listed(&cause.rows, cause.count)));
            say(format!("    {}", cause.help));
            cells(&cause.examples).for_each(&mut say);
        }
    }
    for near in &report.placeholders.near_misses {
        say(format!(
            "\nThe agent says {{{{{0}}}}} and the file has a column {1:?}: names must be the same, \
             capitals included; or choose it with --map {0}={1:?}",
            near.placeholder, near.column
        ));
    }
    if !report.placeholders.missing.is_empty() {
        let missing = &report.placeholders.missing;
        say(format!(
            "\nColumns that the agent needs: {} (choose one with --map {}=COLUMN)",
            missing.join(", "),
            missing[0]
        ));
    }
    for warning in &report.warnings {
        let where_ = if warning.rows.is_empty() {
            String::new()
        } else {
            format!(": {}", rows(&warning.rows))
        };
        say(format!("\nWarning: {}{where_}", warning.detail));
    }
    if !report.placeholders.unused.is_empty() {
        say(format!("\nNote: no placeholder uses {}", report.placeholders.unused.join(", ")));
    }
    text
}

fn rows(rows: &[u32]) -> String {
    listed(rows, rows.len() as u64)
}

/// Formats a count of rows and the first row numbers.
fn listed(rows: &[u32], count: u64) -> String {
    let shown: Vec<String> = rows.iter().take(MAX_ROWS_SHOWN).map(u32::to_string).collect();
    let noun = if count == 1 { "row" } else { "rows" };
    match count - shown.len() as u64 {
        0 => format!("{noun} {}", shown.join(", ")),
        more => format!("{noun} {} and {more} more", shown.join(", ")),
    }
}

/// The invalid cells of the first rejected rows. Empty cells are left out.
fn cells(examples: &[RejectedCell]) -> impl Iterator<Item = String> {
    let filled = examples.iter().filter(|example| !example.cell.is_empty());
    let shown = filled.take(MAX_CELLS_SHOWN);
    shown.map(|RejectedCell { row, cell }| format!("    row {row} has {cell:?}"))
}
