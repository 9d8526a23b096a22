//! `campanile batch redial`: a new batch with the recipients who were not reached.

use campanile_service::fields::{self, Field};
use serde_json::{Value, json};

use super::{Batch, create::made_batch};
use crate::{
    client::Client,
    commands::{
        dialing::{HoursArgs, RetryArgs},
        id,
        noun::Target,
        recipient_status::Status,
    },
    options::{Given, Options},
    print::Output,
};

/// Make a new batch of those whom this one did not reach
///
/// Its columns and settings are the same, but for what is named here; every number is checked
/// again. The batch must be paused or over. Prints the id of the new batch.
#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    target: Target<Batch>,
    /// Whom to call: those who ended so [default: no_answer, voicemail, failed and cancelled]
    #[arg(long, value_enum, value_delimiter = ',', ignore_case = true, value_name = "STATUS,…")]
    status: Vec<Status>,
    /// The caller ID [default: as before]
    #[arg(long, value_name = "E.164")]
    from: Option<String>,
    /// The agent [default: as before]
    #[arg(long, value_name = "AGENT", value_parser = id::agent)]
    agent: Option<String>,
    /// Calls of the new batch at once
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    concurrency: Option<u32>,
    /// Store it without starting it
    #[arg(long)]
    draft: bool,
    #[command(flatten)]
    given: Given<Redial>,
    #[command(flatten)]
    hours: HoursArgs,
    #[command(flatten)]
    retry: RetryArgs,
    #[command(flatten)]
    output: Output,
}

/// The fields of a redial with generated options.
pub struct Redial;

impl Options for Redial {
    const FIELDS: &'static [Field] = fields::REDIAL;
    const WITHOUT: &'static [&'static str] =
        &["statuses", "from_number", "agent_id", "time_zone", "max_concurrent_calls", "start"];
}

impl Args {
    /// Runs the command.
    pub fn run(self, client: &Client) -> anyhow::Result<()> {
        let mut body = self.given.document;
        let mut put = |name: &str, value: Option<Value>| {
            if let Some(value) = value {
                body.insert(name.to_owned(), value);
            }
        };
        let statuses: Vec<&str> = self.status.iter().map(|status| status.code()).collect();
        put("statuses", (!statuses.is_empty()).then(|| json!(statuses)));
        put("from_number", self.from.map(Value::from));
        put("agent_id", self.agent.map(Value::from));
        put("max_concurrent_calls", self.concurrency.map(Value::from));
        put("start", self.draft.then(|| false.into()));
        put("calling_hours", self.hours.hours()?.map(|hours| json!(hours)));
        put("retry", self.retry.patch());
        let path = self.target.path("/redial");
        made_batch(client.post(&path, &Value::Object(body)), self.output)
    }
}
