//! `campanile batch`: the batches of a server.

mod control;
mod create;
mod edit;
mod redial;
mod rows;
mod show;
mod watch;
mod words;

use std::process::ExitCode;

use clap::Subcommand;

use super::noun::{Noun, One};
use crate::{client::Server, print::Column};

/// Batches of a server: make, watch, control, and get reports of them
#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    server: Server,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    Create(Box<create::Args>),
    List(show::List),
    /// Show one batch: its progress, why it is not dialing, and when it will be done
    #[command(visible_alias = "get")]
    Show(One<Batch>),
    /// Show the progress of a batch until it is over, also across restarts of the server
    ///
    /// The exit status is 0 when the batch completed, 1 when it was stopped or cannot be watched.
    Watch(One<Batch>),
    /// Begin a draft: now, or at its start
    Start(One<Batch>),
    /// No new calls until further notice; calls in progress finish
    Pause(One<Batch>),
    /// Go on where it was paused
    Resume(One<Batch>),
    /// End it for good; calls in progress finish
    Stop(One<Batch>),
    Edit(edit::Args),
    Redial(redial::Args),
    /// Delete a draft, or a batch that is over, with all that is kept of it
    ///
    /// Its rows, calls, transcripts, recordings and report go. This cannot be undone.
    Delete(One<Batch>),
    Recipients(rows::Recipients),
    Rejections(rows::Rejections),
    Report(rows::Report),
}

struct Batch;

impl Noun for Batch {
    const WORD: &'static str = "batch";
    const CALLED: &'static str = "batch";
    const PATH: &'static str = "/v1/batch-calls";
    const COLUMNS: &'static [Column] = words::COLUMNS;
    const FACTS: &'static [Column] = words::FACTS;
}

impl Args {
    /// Runs the command.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        let client = self.server.client()?;
        match self.verb {
            Verb::Create(args) => args.run(&client)?,
            Verb::List(args) => args.run(&client)?,
            Verb::Show(one) => show::show(&client, &one)?,
            Verb::Watch(one) => return watch::watch(&client, &one),
            Verb::Start(one) => control::control(&client, &one, "start")?,
            Verb::Pause(one) => control::control(&client, &one, "pause")?,
            Verb::Resume(one) => control::control(&client, &one, "resume")?,
            Verb::Stop(one) => control::control(&client, &one, "stop")?,
            Verb::Edit(args) => args.run(&client)?,
            Verb::Redial(args) => args.run(&client)?,
            Verb::Delete(one) => one.delete(&client)?,
            Verb::Recipients(args) => args.run(&client)?,
            Verb::Rejections(args) => args.run(&client)?,
            Verb::Report(args) => args.run(&client)?,
        }
        Ok(ExitCode::SUCCESS)
    }
}
