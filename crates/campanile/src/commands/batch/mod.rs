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

use super::id;
use crate::{client::Server, print::Output};

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
    Show(One),
    /// Show the progress of a batch until it is over, also across restarts of the server
    ///
    /// The exit status is 0 when the batch completed, 1 when it was stopped or cannot be watched.
    Watch(One),
    /// Begin a draft: now, or at its start
    Start(One),
    /// No new calls until further notice; calls in progress finish
    Pause(One),
    /// Go on where it was paused
    Resume(One),
    /// End it for good; calls in progress finish
    Stop(One),
    Edit(edit::Args),
    Redial(redial::Args),
    Delete(control::Delete),
    Recipients(rows::Recipients),
    Rejections(rows::Rejections),
    Report(rows::Report),
}

/// One batch, and how to print.
#[derive(clap::Args)]
struct One {
    /// The batch, for example batch_k7d20xv9m41qa
    #[arg(value_parser = id::batch, value_name = "BATCH")]
    id: String,
    #[command(flatten)]
    output: Output,
}

impl Args {
    /// Does it.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        let client = self.server.client()?;
        match self.verb {
            Verb::Create(args) => args.run(&client)?,
            Verb::List(args) => args.run(&client)?,
            Verb::Show(One { id, output }) => show::show(&client, &id, output)?,
            Verb::Watch(One { id, output }) => return watch::watch(&client, &id, output),
            Verb::Start(one) => control::control(&client, one, "start")?,
            Verb::Pause(one) => control::control(&client, one, "pause")?,
            Verb::Resume(one) => control::control(&client, one, "resume")?,
            Verb::Stop(one) => control::control(&client, one, "stop")?,
            Verb::Edit(args) => args.run(&client)?,
            Verb::Redial(args) => args.run(&client)?,
            Verb::Delete(args) => args.run(&client)?,
            Verb::Recipients(args) => args.run(&client)?,
            Verb::Rejections(args) => args.run(&client)?,
            Verb::Report(args) => args.run(&client)?,
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Where a batch is in the API.
fn path_of(id: &str, rest: &str) -> String {
    format!("/v1/batch-calls/{id}{rest}")
}
