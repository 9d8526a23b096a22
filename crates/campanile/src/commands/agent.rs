//! `campanile agent`: who talks.

use std::{path::PathBuf, process::ExitCode};

use clap::Subcommand;
use serde_json::{Value, json};

use super::noun::{self, Noun, One, Target};
use crate::{
    client::{Client, Refusal, Server},
    config::Document,
    failure::Usage,
    out::note,
    print::{Column, Output, when, word},
};

/// Agents of a server: make them from a file, change drafts, publish versions
#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    server: Server,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// List the agents
    List(Output),
    /// Show an agent with its newest version, or the version that is named
    #[command(visible_alias = "get")]
    Show {
        #[command(flatten)]
        target: Target<Agent>,
        /// Which version [default: the newest]
        #[arg(long, value_name = "N")]
        version: Option<u32>,
        #[command(flatten)]
        output: Output,
    },
    /// Make an agent from a file, as run --agent reads it
    ///
    /// Its first version is a draft, which campanile agent publish makes usable. A key in the file
    /// that says "env:NAME" reads the environment.
    Create {
        /// The agent
        #[arg(value_name = "agent.toml")]
        file: PathBuf,
        /// Publish its first version at once
        #[arg(long)]
        publish: bool,
        #[command(flatten)]
        output: Output,
    },
    /// Give an agent another name, or another text from a file
    ///
    /// The newest draft takes what the file says; when every version is published, a new draft
    /// does. A published version never changes.
    Edit {
        #[command(flatten)]
        target: Target<Agent>,
        /// What it says from now on; its name there counts, too
        #[arg(value_name = "agent.toml", required_unless_present = "name")]
        file: Option<PathBuf>,
        /// Another name
        #[arg(long, conflicts_with = "file")]
        name: Option<String>,
        /// Publish the version that was changed at once
        #[arg(long, requires = "file")]
        publish: bool,
        #[command(flatten)]
        output: Output,
    },
    /// Publish a version: from then on it never changes and batches may use it
    Publish {
        #[command(flatten)]
        target: Target<Agent>,
        /// Which version [default: the newest]
        #[arg(long, value_name = "N")]
        version: Option<u32>,
        #[command(flatten)]
        output: Output,
    },
    /// Try whether a version can talk: its servers are connected to as before a call; nobody is called
    ///
    /// The exit status is 0 when it can, 1 when it cannot.
    Test {
        #[command(flatten)]
        target: Target<Agent>,
        /// Which version [default: the newest]
        #[arg(long, value_name = "N")]
        version: Option<u32>,
        #[command(flatten)]
        output: Output,
    },
    /// List the versions of an agent, oldest first
    Versions(One<Agent>),
    /// Delete an agent that no batch has used
    Delete(One<Agent>),
}

struct Agent;

impl Noun for Agent {
    const WORD: &'static str = "agent";
    const CALLED: &'static str = "agent";
    const PATH: &'static str = "/v1/agents";
    const COLUMNS: &'static [Column] = &[
        ("Id", |agent| word(&agent["id"])),
        ("Name", |agent| word(&agent["name"])),
        ("Published", |agent| word(&agent["published_version"])),
        ("Newest", |agent| word(&agent["latest_version"])),
        ("Created", |agent| when(&agent["created_at"])),
    ];
    const FACTS: &'static [Column] = &[
        ("Id", |agent| word(&agent["id"])),
        ("Name", |agent| word(&agent["name"])),
        ("Version", |agent| word(&version(agent)["number"])),
        ("Status", |agent| word(&version(agent)["status"])),
        ("Engine", |agent| word(&version(agent)["engine"]["type"])),
        ("Prompt", |agent| word(&version(agent)["prompt"])),
        ("First message", |agent| word(&version(agent)["first_message"])),
        ("Voicemail", |agent| word(&version(agent)["voicemail"])),
        ("Voicemail message", |agent| word(&version(agent)["voicemail_message"])),
        ("Language", |agent| word(&version(agent)["language"])),
        ("Voice", |agent| word(&version(agent)["voice"])),
        ("Published version", |agent| word(&agent["published_version"])),
        ("Created", |agent| when(&agent["created_at"])),
    ];
}

const VERSION: &[Column] = &[
    ("Version", |version| word(&version["number"])),
    ("Status", |version| word(&version["status"])),
    ("Engine", |version| word(&version["engine"]["type"])),
    ("First message", |version| word(&version["first_message"])),
    ("Created", |version| when(&version["created_at"])),
    ("Published", |version| when(&version["published_at"])),
];

/// The version in an agent's JSON, or the JSON itself if it is a version.
fn version(agent: &Value) -> &Value {
    if agent["version"].is_object() { &agent["version"] } else { agent }
}

impl Args {
    /// Runs the command.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        let client = self.server.client()?;
        match self.verb {
            Verb::List(output) => noun::list::<Agent>(&client, output)?,
            Verb::Show { target, version, output } => {
                let rest = version.map(|number| format!("/versions/{number}")).unwrap_or_default();
                output.one(&client.get(&target.path(&rest))?, Agent::FACTS)?;
            }
            Verb::Create { file, publish, output } => {
                let made = create(&client, &Document::open(&file)?, publish)?;
                output.done(&made, &word(&made["id"]))?;
                if !output.json {
                    note!("{}", standing(&made));
                }
            }
            Verb::Edit { target, file: Some(file), publish, output, .. } => {
                let agent = rewrite(&client, &target, (&Document::open(&file)?, publish))?;
                output.one(&agent, Agent::FACTS)?;
            }
            Verb::Edit { target, name, output, .. } => {
                let after = client.patch(&target.path(""), &json!({"name": name}));
                let after = after.map_err(|error| Refusal::named(error, &[("/name", "--name")]))?;
                output.one(&after, Agent::COLUMNS)?;
            }
            Verb::Publish { target, version, output } => {
                let number = chosen(&client, &target, version)?;
                let published = publish(&client, &target, number)?;
                output
                    .done(&published, &format!("version {number} of {} is published", target.id))?;
            }
            Verb::Test { target, version, output } => {
                let number = chosen(&client, &target, version)?;
                let path = target.path(&format!("/versions/{number}/test"));
                let told = client.post(&path, &json!({}))?;
                output.done(&told, &word(&told["detail"]))?;
                if told["ready"] != true {
                    return Ok(ExitCode::FAILURE);
                }
            }
            Verb::Versions(One { target, output }) => {
                output.list(&client.get(&target.path("/versions"))?, VERSION)?;
            }
            Verb::Delete(one) => one.delete(&client)?,
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Creates an agent from a file and returns its JSON.
fn create(client: &Client, file: &Document, publish_it: bool) -> anyhow::Result<Value> {
    let made = file.send(|agent| client.post(Agent::PATH, &agent))?;
    if !publish_it {
        return Ok(made);
    }
    let agent = Target::<Agent>::of(word(&made["id"]));
    publish(client, &agent, newest(&made)?)?;
    client.get(&agent.path(""))
}

/// Writes the content of a file into the agent's newest draft, or into a new draft. Returns the
/// agent's JSON.
fn rewrite(
    client: &Client,
    target: &Target<Agent>,
    (file, publish_it): (&Document, bool),
) -> anyhow::Result<Value> {
    let before = client.get(&target.path(""))?;
    let number = newest(&before)?;
    let draft = before["version"]["status"] == "draft";
    let written = file.send(|mut agent| {
        let name = agent.as_object_mut().and_then(|fields| fields.shift_remove("name"));
        let version = match draft {
            true => client.put(&target.path(&format!("/versions/{number}")), &agent),
            false => client.post(&target.path("/versions"), &agent),
        }?;
        if name.as_ref().is_some_and(|name| *name != before["name"]) {
            client.patch(&target.path(""), &json!({"name": name}))?;
        }
        Ok(version)
    })?;
    if publish_it {
        let number = written["number"].as_u64().unwrap_or(number);
        publish(client, target, number)?;
    }
    client.get(&target.path(""))
}

fn publish(client: &Client, target: &Target<Agent>, number: u64) -> anyhow::Result<Value> {
    client.post(&target.path(&format!("/versions/{number}/publish")), &json!({}))
}

/// The number of the version that was named, or else of the newest.
fn chosen(client: &Client, target: &Target<Agent>, named: Option<u32>) -> anyhow::Result<u64> {
    match named {
        Some(number) => Ok(u64::from(number)),
        None => newest(&client.get(&target.path(""))?),
    }
}

/// The number of an agent's newest version.
fn newest(agent: &Value) -> anyhow::Result<u64> {
    let number = agent["version"]["number"].as_u64();
    number.ok_or_else(|| Usage("the agent has no version".to_owned()).into())
}

/// A sentence on whether a new agent can be used yet.
fn standing(agent: &Value) -> String {
    match agent["version"]["status"] == "published" {
        true => "version 1 is published: batches may use it".to_owned(),
        false => format!(
            "version 1 is a draft; campanile agent publish {} makes it usable",
            word(&agent["id"])
        ),
    }
}
