//! `campanile voices`: lists and previews voices.

use std::{path::PathBuf, process::ExitCode};

use serde_json::{Value, json};

use super::files::download;
use crate::{
    client::{Client, Refusal, Server, with_query},
    print::{Column, Output, word},
};

/// List the languages and voices of a server, or hear one
///
/// A voice is a language, such as en-gb, or a language with a variant, such as en-gb+f3: both are
/// listed, variants with their plus.
#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    server: Server,
    /// List only this language and its dialects; with --say, what the text is written in
    #[arg(long, value_name = "TAG")]
    language: Option<String>,
    /// Say this text as an agent would, on a telephone
    #[arg(long, value_name = "TEXT", requires = "output", conflicts_with = "json")]
    say: Option<String>,
    /// With which voice it is said [default: the language's own]
    #[arg(long, value_name = "VOICE", requires = "say")]
    voice: Option<String>,
    /// Where to write what is said; - is standard output
    #[arg(long, short, alias = "out", value_name = "FILE.wav", requires = "say")]
    output: Option<PathBuf>,
    #[command(flatten)]
    print: Output,
}

const COLUMNS: &[Column] = &[
    ("Voice", |voice| match voice["variant"].as_str() {
        Some(variant) => format!("+{variant}"),
        None => word(&voice["language"]),
    }),
    ("Name", |voice| word(&voice["name"])),
    ("Gender", |voice| word(&voice["gender"])),
];

const NAMES: &[(&str, &str)] =
    &[("/text", "--say"), ("/language", "--language"), ("/voice", "--voice")];

impl Args {
    /// Runs the command.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        let client = self.server.client()?;
        match &self.say {
            Some(text) => {
                let asked = [
                    ("text", Some(text.as_str())),
                    ("language", self.language.as_deref()),
                    ("voice", self.voice.as_deref()),
                ];
                let path = with_query("/v1/voices/preview.wav", &asked);
                let heard = download(&client, &path, self.output);
                heard.map_err(|error| Refusal::named(error, NAMES))?;
            }
            None => self.list(&client)?,
        }
        Ok(ExitCode::SUCCESS)
    }

    fn list(&self, client: &Client) -> anyhow::Result<()> {
        let mut voices = client.get("/v1/voices")?;
        if let (Some(tag), Some(known)) = (&self.language, voices["languages"].as_array_mut()) {
            known.retain(|voice| is_of(&word(&voice["language"]), tag));
        }
        if self.print.json {
            return Ok(self.print.one(&voices, &[])?);
        }
        let both = ["languages", "variants"].into_iter().filter_map(|name| voices[name].as_array());
        let items: Vec<&Value> = both.flatten().collect();
        Ok(self.print.list(&json!({"items": items}), COLUMNS)?)
    }
}

/// Whether `language` is `tag` or a dialect of it.
fn is_of(language: &str, tag: &str) -> bool {
    let rest = language.to_lowercase();
    let rest = rest.strip_prefix(&tag.to_lowercase());
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
}
