//! `campanile batch list` and `show`.

use serde_json::Value;

use super::{Batch, Noun, One, words::State};
use crate::{
    client::{Client, with_query},
    commands::id,
    print::Output,
};

/// List the batches, newest first
#[derive(clap::Args)]
pub struct List {
    /// Only those in this state
    #[arg(long, value_enum, ignore_case = true)]
    status: Option<State>,
    /// Only those whose name contains this
    #[arg(long, short, value_name = "TEXT")]
    query: Option<String>,
    /// Only those of this agent
    #[arg(long, value_name = "AGENT", value_parser = id::agent)]
    agent: Option<String>,
    /// At most so many [default: all]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    limit: Option<u64>,
    #[command(flatten)]
    output: Output,
}

impl List {
    /// Runs the command.
    pub fn run(self, client: &Client) -> anyhow::Result<()> {
        let asked = [
            ("status", self.status.map(State::code)),
            ("q", self.query.as_deref()),
            ("agent_id", self.agent.as_deref()),
        ];
        let pages = client.numbered_pages(with_query(Batch::PATH, &asked), self.limit);
        self.output.pages(pages, Batch::COLUMNS)
    }
}

/// Prints a batch. Without `--json` this includes the forecast.
pub fn show(client: &Client, one: &One<Batch>) -> anyhow::Result<()> {
    let mut batch = client.get(&one.target.path(""))?;
    if !one.output.json {
        let told: Value = client.get(&one.target.path("/forecast"))?;
        batch["forecast"] = told["detail"].clone();
    }
    Ok(one.output.one(&batch, Batch::FACTS)?)
}
