//! `campanile batch watch`: shows the progress of a batch live.

use std::process::ExitCode;

use serde_json::Value;

use super::{Batch, One, words::tally};
use crate::{
    client::Client,
    follow::{Follower, News},
    print::{batch_state, word},
    progress::Progress,
};

/// Shows a batch until it is over. The exit status is 0 if it completed and 1 if it was stopped.
pub fn watch(client: &Client, one: &One<Batch>) -> anyhow::Result<ExitCode> {
    let mut progress = Progress::new();
    let mut events = Follower::new(client, one.target.path("/events"));
    while let Some(news) = events.next()? {
        match news {
            News::Broken => progress.say("The connection broke; connecting again."),
            News::Event(name, data) => match name.as_str() {
                "snapshot" => show(&mut progress, &data["batches"][0]),
                "progress" => show(&mut progress, &data),
                "end" => break,
                name => say(&progress, name, &data),
            },
        }
    }
    progress.clear();
    let batch = client.get(&one.target.path(""))?;
    one.output.done(&batch, &format!("{}: {}", batch_state(&batch["status"]), tally(&batch)))?;
    Ok(if batch["status"] == "completed" { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn show(progress: &mut Progress, batch: &Value) {
    progress.show(&tally(batch), batch["blocker"]["detail"].as_str());
}

/// Prints events of the batch itself. Events of recipients only change the counts.
fn say(progress: &Progress, name: &str, event: &Value) {
    if let Some(what) = name.strip_prefix("batch.") {
        progress.say(&format!("{} {what}", word(&event["at"])));
    }
}
