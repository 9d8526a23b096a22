//! `campanile webhook`: endpoints that are told what happens.

use std::{
    process::ExitCode,
    thread,
    time::{Duration, Instant},
};

use campanile_api::fields::{self, Field};
use clap::Subcommand;
use serde_json::{Value, json};

use super::id;
use crate::{
    client::{Client, Refusal, Server},
    failure::Usage,
    options::{Given, Options},
    out::note,
    print::{Column, Output, when, word, yes_no},
};

/// How long a test waits for the endpoint's answer.
const PATIENCE: Duration = Duration::from_secs(20);

/// From one look at a delivery to the next.
const PAUSE: Duration = Duration::from_millis(200);

/// Webhooks of a server: endpoints that are told what happens
#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    server: Server,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// List the endpoints
    List {
        #[command(flatten)]
        output: Output,
    },
    /// Show an endpoint
    #[command(visible_alias = "get")]
    Show {
        #[command(flatten)]
        which: Which,
        #[command(flatten)]
        output: Output,
    },
    /// Add an endpoint; prints its id and, this once, the secret that signs what it is told
    Create {
        /// Where it listens, for example https://example.com/campanile
        #[arg(value_name = "URL")]
        address: String,
        #[command(flatten)]
        given: Given<New>,
        #[command(flatten)]
        output: Output,
    },
    /// Change an endpoint; what is not named stays
    Edit {
        #[command(flatten)]
        which: Which,
        /// Where it listens
        #[arg(long, value_name = "URL")]
        address: Option<String>,
        #[command(flatten)]
        given: Given<New>,
        #[command(flatten)]
        output: Output,
    },
    /// Send an endpoint a webhook.test and wait for what it answers
    ///
    /// The exit status is 0 when it took it, 1 when it did not.
    Test {
        #[command(flatten)]
        which: Which,
        #[command(flatten)]
        output: Output,
    },
    /// List what an endpoint was told, the newest first
    Deliveries {
        #[command(flatten)]
        which: Which,
        /// At most so many
        #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..))]
        limit: u64,
        #[command(flatten)]
        output: Output,
    },
    /// Replace the secret of an endpoint, and print the new one; the old one signs nothing more
    RotateSecret {
        #[command(flatten)]
        which: Which,
        #[command(flatten)]
        output: Output,
    },
    /// Delete an endpoint and the log of what it was told
    Delete {
        #[command(flatten)]
        which: Which,
    },
}

#[derive(clap::Args)]
struct Which {
    /// The endpoint, for example webhook_k7d20xv9m41qa
    #[arg(value_parser = id::webhook, value_name = "WEBHOOK")]
    id: String,
}

/// The fields of an endpoint that are options; its address would be taken for the server's.
struct New;

impl Options for New {
    const FIELDS: &'static [Field] = fields::WEBHOOK_EDIT;
    const WITHOUT: &'static [&'static str] = &["url"];
}

const COLUMNS: &[Column] = &[
    ("Id", |hook| word(&hook["id"])),
    ("Address", |hook| word(&hook["url"])),
    ("Enabled", |hook| yes_no(&hook["enabled"])),
    ("Description", |hook| word(&hook["description"])),
    ("Events", events),
];

const FACTS: &[Column] = &[
    ("Id", |hook| word(&hook["id"])),
    ("Address", |hook| word(&hook["url"])),
    ("Description", |hook| word(&hook["description"])),
    ("Enabled", |hook| yes_no(&hook["enabled"])),
    ("Disabled because", |hook| word(&hook["disabled_reason"])),
    ("Failing since", |hook| when(&hook["failing_since"])),
    ("Events", events),
    ("Created", |hook| when(&hook["created_at"])),
    ("Secret", |hook| word(&hook["secret"])),
];

const DELIVERY: &[Column] = &[
    ("Id", |delivery| word(&delivery["id"])),
    ("Type", |delivery| word(&delivery["type"])),
    ("State", |delivery| word(&delivery["state"])),
    ("Tries", |delivery| word(&delivery["tries"])),
    ("Answer", |delivery| {
        let answer = &delivery["last_status"];
        word(if answer.is_null() { &delivery["last_error"] } else { answer })
    }),
    ("Created", |delivery| when(&delivery["created_at"])),
];

fn events(hook: &Value) -> String {
    hook["events"].as_array().into_iter().flatten().map(word).collect::<Vec<_>>().join(", ")
}

impl Args {
    /// Does it.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        let client = self.server.client()?;
        match self.verb {
            Verb::List { output } => output.list(&client.get("/v1/webhooks")?, COLUMNS)?,
            Verb::Show { which, output } => {
                output.one(&client.get(&path_of(&which.id, ""))?, FACTS)?
            }
            Verb::Create { address, given, output } => {
                let mut body = given.document;
                body.insert("url".to_owned(), address.into());
                let made = named(client.post("/v1/webhooks", &body.into()), "URL")?;
                output.one(&made, FACTS)?;
                if !output.json {
                    note!("The secret is shown this once.");
                }
            }
            Verb::Edit { which, address, given, output } => {
                let mut patch = given.document;
                if let Some(address) = address {
                    patch.insert("url".to_owned(), address.into());
                }
                if patch.is_empty() {
                    let words =
                        "nothing to change; name what is to be different, for example --events";
                    return Err(Usage(words.to_owned()).into());
                }
                let path = path_of(&which.id, "");
                output.one(&named(client.patch(&path, &patch.into()), "--address")?, FACTS)?;
            }
            Verb::Test { which, output } => return test(&client, &which.id, output),
            Verb::Deliveries { which, limit, output } => {
                let pages = client.pages(path_of(&which.id, "/deliveries"), Some(limit));
                output.pages(pages, DELIVERY)?;
            }
            Verb::RotateSecret { which, output } => {
                let made = client.post(&path_of(&which.id, "/rotate-secret"), &json!({}))?;
                output.done(&made, &word(&made["secret"]))?;
            }
            Verb::Delete { which } => {
                client.delete(&path_of(&which.id, ""))?;
                note!("{} is deleted", which.id);
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn path_of(id: &str, rest: &str) -> String {
    format!("/v1/webhooks/{id}{rest}")
}

fn named(answered: anyhow::Result<Value>, address: &str) -> anyhow::Result<Value> {
    let names = Given::<New>::names();
    let mut names: Vec<(&str, &str)> =
        names.iter().map(|(pointer, option)| (pointer.as_str(), option.as_str())).collect();
    names.push(("/url", address));
    answered.map_err(|error| Refusal::named(error, &names))
}

/// Sends a test and tells how it went.
fn test(client: &Client, id: &str, output: Output) -> anyhow::Result<ExitCode> {
    let mut delivery = client.post(&path_of(id, "/test"), &json!({}))?;
    let begun = Instant::now();
    while is_waiting(&delivery) && begun.elapsed() < PATIENCE {
        thread::sleep(PAUSE);
        let told = client.get(&path_of(id, "/deliveries?limit=50"))?;
        let found = told["items"].as_array().into_iter().flatten();
        let found = found.into_iter().find(|item| item["id"] == delivery["id"]);
        delivery = found.cloned().unwrap_or(delivery);
    }
    let taken = delivery["state"] == "delivered";
    let words = match (taken, word(&delivery["last_status"]), word(&delivery["last_error"])) {
        (true, status, _) => {
            format!("taken: it answered {status} in {} ms", delivery["duration_ms"])
        }
        (false, status, _) if !status.is_empty() => format!("not taken: it answered {status}"),
        (false, _, error) if !error.is_empty() => format!("not taken: {error}"),
        _ => format!(
            "no answer within {} s; campanile webhook deliveries {id} shows it later",
            PATIENCE.as_secs()
        ),
    };
    output.done(&delivery, &words)?;
    Ok(if taken { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Whether it was not even tried yet.
fn is_waiting(delivery: &Value) -> bool {
    delivery["state"] == "pending" && delivery["tries"] == 0
}
