//! `campanile batch edit`: changes a batch.

use campanile_service::fields::{self, Field};
use serde_json::Value;

use super::{Batch, Noun, create::NAMES};
use crate::{
    client::{Client, Refusal},
    commands::{
        dialing::{HoursEdit, RetryArgs},
        noun::Target,
    },
    failure::Usage,
    options::{Given, Options},
    print::Output,
};

/// Change a batch: what is not named stays, and `none` clears
///
/// The name can be changed always, the start before the batch has started, the rest until it is
/// over. Whoever waits for a retry keeps the time they were given.
#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    target: Target<Batch>,
    #[command(flatten)]
    given: Given<Edit>,
    /// Calls of this batch at once; none: as many as the workspace may
    #[arg(long, value_name = "N", value_parser = concurrency)]
    concurrency: Option<Concurrency>,
    #[command(flatten)]
    hours: HoursEdit,
    #[command(flatten)]
    retry: RetryArgs,
    #[command(flatten)]
    output: Output,
}

/// The fields of a batch with generated options.
pub struct Edit;

impl Options for Edit {
    // `--time-zone` is the time zone of the calling hours.
    const FIELDS: &'static [Field] = fields::BATCH_EDIT;
    const WITHOUT: &'static [&'static str] = &["max_concurrent_calls", "time_zone"];
    const CLEARS: bool = true;
}

/// A limit of concurrent calls; `None` removes it.
#[derive(Clone)]
pub struct Concurrency(Option<u32>);

/// Parses a limit of concurrent calls, or `none`.
fn concurrency(text: &str) -> Result<Concurrency, String> {
    let number = text.parse().ok().filter(|n| (1..=100_000).contains(n));
    match (text, number) {
        ("none", _) => Ok(Concurrency(None)),
        (_, Some(number)) => Ok(Concurrency(Some(number))),
        (_, None) => Err("write a whole number from 1 to 100000, or none".to_owned()),
    }
}

impl Args {
    /// Runs the command.
    pub fn run(self, client: &Client) -> anyhow::Result<()> {
        let path = self.target.path("");
        let mut patch = self.given.document;
        if let Some(Concurrency(most)) = self.concurrency {
            patch.insert("max_concurrent_calls".to_owned(), most.into());
        }
        let before = client.get(&path)?;
        if let Some(hours) = self.hours.patch(&before["calling_hours"])? {
            patch.insert("calling_hours".to_owned(), hours);
        }
        if let Some(retry) = self.retry.patch() {
            patch.insert("retry".to_owned(), retry);
        }
        if patch.is_empty() {
            let words = "nothing to change; name what is to be different, for example --name";
            return Err(Usage(words.to_owned()).into());
        }
        let after = client.patch(&path, &Value::Object(patch));
        let after = after.map_err(|error| Refusal::named(error, NAMES))?;
        Ok(self.output.one(&after, Batch::FACTS)?)
    }
}
