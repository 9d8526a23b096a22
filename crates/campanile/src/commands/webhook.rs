//! `campanile webhook`: manages webhook endpoints.

use std::{
    process::ExitCode,
    thread,
    time::{Duration, Instant},
};

use campanile_service::fields::{self, Field};
use clap::Subcommand;
use serde_json::{Value, json};

use super::noun::{self, Noun, One, Target};
use crate::{
    client::{Client, Server},
    failure::Usage,
    options::{Given, Options},
    out::note,
    print::{Column, Output, when, word, yes_no},
};

/// How long a test waits for the endpoint's response.
const PATIENCE: Duration = Duration::from_secs(20);

/// Pause between two polls of a delivery.
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
    List(Output),
    /// Show an endpoint
    #[command(visible_alias = "get")]
    Show(One<Webhook>),
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
        target: Target<Webhook>,
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
    Test(One<Webhook>),
    /// List what an endpoint was told, the newest first
    Deliveries {
        #[command(flatten)]
        target: Target<Webhook>,
        /// At most so many
        #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..))]
        limit: u64,
        #[command(flatten)]
        output: Output,
    },
    /// Replace the secret of an endpoint, and print the new one; the old one signs nothing more
    RotateSecret(One<Webhook>),
    /// Delete an endpoint and the log of what it was told
    Delete(One<Webhook>),
}

/// The fields of an endpoint that are options. The URL is not, because `--url` names the server.
struct New;

impl Options for New {
    const FIELDS: &'static [Field] = fields::WEBHOOK_EDIT;
    const WITHOUT: &'static [&'static str] = &["url"];
}

struct Webhook;

impl Noun for Webhook {
    const WORD: &'static str = "webhook";
    const CALLED: &'static str = "endpoint";
    const PATH: &'static str = "/v1/webhooks";
    const COLUMNS: &'static [Column] = &[
        ("Id", |hook| word(&hook["id"])),
        ("Address", |hook| word(&hook["url"])),
        ("Enabled", |hook| yes_no(&hook["enabled"])),
        ("Description", |hook| word(&hook["description"])),
        ("Events", events),
    ];
    const FACTS: &'static [Column] = &[
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
}

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
    /// Runs the command.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        let client = self.server.client()?;
        match self.verb {
            Verb::List(output) => noun::list::<Webhook>(&client, output)?,
            Verb::Show(one) => one.show(&client)?,
            Verb::Create { address, given, output } => {
                let mut body = given.document;
                body.insert("url".to_owned(), address.into());
                let made = client.post(Webhook::PATH, &body.into());
                let made = Given::<New>::named(made, ("/url", "URL"))?;
                output.one(&made, Webhook::FACTS)?;
                if !output.json {
                    note!("The secret is shown this once.");
                }
            }
            Verb::Edit { target, address, given, output } => {
                let mut patch = given.document;
                if let Some(address) = address {
                    patch.insert("url".to_owned(), address.into());
                }
                if patch.is_empty() {
                    let words =
                        "nothing to change; name what is to be different, for example --events";
                    return Err(Usage(words.to_owned()).into());
                }
                let after = client.patch(&target.path(""), &patch.into());
                let after = Given::<New>::named(after, ("/url", "--address"))?;
                output.one(&after, Webhook::FACTS)?;
            }
            Verb::Test(one) => return test(&client, &one),
            Verb::Deliveries { target, limit, output } => {
                let pages = client.pages(target.path("/deliveries"), Some(limit));
                output.pages(pages, DELIVERY)?;
            }
            Verb::RotateSecret(One { target, output }) => {
                let made = client.post(&target.path("/rotate-secret"), &json!({}))?;
                output.done(&made, &word(&made["secret"]))?;
            }
            Verb::Delete(one) => one.delete(&client)?,
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Sends a test event and prints the result.
fn test(client: &Client, one: &One<Webhook>) -> anyhow::Result<ExitCode> {
    let mut delivery = client.post(&one.target.path("/test"), &json!({}))?;
    let begun = Instant::now();
    while is_waiting(&delivery) && begun.elapsed() < PATIENCE {
        thread::sleep(PAUSE);
        let told = client.get(&one.target.path("/deliveries?limit=50"))?;
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
            "no answer within {} s; campanile webhook deliveries {} shows it later",
            PATIENCE.as_secs(),
            one.target.id
        ),
    };
    one.output.done(&delivery, &words)?;
    Ok(if taken { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Whether the delivery has not been tried yet.
fn is_waiting(delivery: &Value) -> bool {
    delivery["state"] == "pending" && delivery["tries"] == 0
}
