//! `campanile amd`: runs voicemail detection on recordings.

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::Context as _;
use campanile_media::{
    amd::{self, AmdConfig, Class, Examination},
    wav,
};
use serde_json::json;

use super::files;
use crate::out::{note, say};

/// The longest recording that is read, in seconds.
const MAX_S: u32 = 600;

/// Say whether a person or voicemail answers in recordings, how surely, and when the beep is over
///
/// A recording begins with the answer. One line a file: class (human, voicemail, screening,
/// announcement, fax, silence or unsure), confidence from 0 to 1, when the first decision was made
/// and when the beep ended, both in seconds after the answer.
#[derive(clap::Args)]
pub struct Args {
    /// WAV files of any rate; of several channels the first is heard, as in a call's recording
    #[arg(required = true, value_name = "FILE.wav")]
    files: Vec<PathBuf>,
    /// Print a JSON object for each file instead
    #[arg(long)]
    json: bool,
}

impl Args {
    /// Runs the command. If a file cannot be read, the others are still examined and the exit
    /// status is a failure.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        let mut code = ExitCode::SUCCESS;
        for path in &self.files {
            let file = path.display().to_string();
            match examine(path) {
                Ok(found) if self.json => say!("{}", as_json(&file, &found))?,
                Ok(found) => say!("{}", as_line(&file, &found))?,
                Err(error) => {
                    note!("campanile: {error:#}");
                    code = ExitCode::FAILURE;
                }
            }
        }
        Ok(code)
    }
}

fn examine(path: &Path) -> anyhow::Result<Examination> {
    let source = std::io::BufReader::new(files::open(path)?);
    let sound = wav::read_first_channel_from(source, MAX_S)
        .with_context(|| format!("cannot read {} as a WAV file", path.display()))?;
    Ok(amd::examine(&sound, AmdConfig::default()))
}

fn as_line(file: &str, found: &Examination) -> String {
    let beep = found.beep.map_or("none".to_owned(), |beep| seconds(beep.end_ms));
    format!(
        "{file}: {} confidence={:.2} decided={} beep={beep}",
        class(found.last.class),
        found.last.confidence,
        seconds(found.first.at_ms),
    )
}

fn as_json(file: &str, found: &Examination) -> serde_json::Value {
    json!({
        "file": file,
        "class": class(found.last.class),
        "confidence": (f64::from(found.last.confidence) * 100.0).round() / 100.0,
        "decided_ms": found.first.at_ms,
        "beep_ms": found.beep.map(|beep| beep.end_ms),
    })
}

fn seconds(ms: u32) -> String {
    format!("{:.2}s", f64::from(ms) / 1000.0)
}

fn class(class: Class) -> &'static str {
    match class {
        Class::Human => "human",
        Class::Voicemail => "voicemail",
        Class::Screening => "screening",
        Class::Announcement => "announcement",
        Class::Fax => "fax",
        Class::Silence => "silence",
        Class::Unsure => "unsure",
    }
}
