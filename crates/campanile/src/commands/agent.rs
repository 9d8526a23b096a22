//! `campanile agent`: who talks.

use std::{path::PathBuf, process::ExitCode};

use clap::Subcommand;
use serde_json::{Value, json};

use super::id;
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
    List {
        #[command(flatten)]
        output: Output,
    },
    /// Show an agent with its newest version, or the version that is named
    #[command(visible_alias = "get")]
    Show {
        #[command(flatten)]
        whose: Whose,
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
        whose: Whose,
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
        whose: Whose,
        /// Which version [default: the newest]
        #[arg(long, value_name = "N")]
        version: Option<u32>,
        #[command(flatten)]
        output: Output,
    },
    /// List the versions of an agent, oldest first
    Versions {
        #[command(flatten)]
        whose: Whose,
        #[command(flatten)]
        output: Output,
    },
    /// Delete an agent that no batch has used
    Delete {
        #[command(flatten)]
        whose: Whose,
    },
}

#[derive(clap::Args)]
struct Whose {
    /// The agent, for example agent_k7d20xv9m41qa
    #[arg(value_parser = id::agent, value_name = "AGENT")]
    id: String,
}

const COLUMNS: &[Column] = &[
    ("Id", |agent| word(&agent["id"])),
    ("Name", |agent| word(&agent["name"])),
    ("Published", |agent| word(&agent["published_version"])),
    ("Newest", |agent| word(&agent["latest_version"])),
    ("Created", |agent| when(&agent["created_at"])),
];

const VERSION: &[Column] = &[
    ("Version", |version| word(&version["number"])),
    ("Status", |version| word(&version["status"])),
    ("Engine", |version| word(&version["engine"]["type"])),
    ("First message", |version| word(&version["first_message"])),
    ("Created", |version| when(&version["created_at"])),
    ("Published", |version| when(&version["published_at"])),
];

const FACTS: &[Column] = &[
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

/// The version of an agent that is shown, or the version itself.
fn version(agent: &Value) -> &Value {
    if agent["version"].is_object() { &agent["version"] } else { agent }
}

impl Args {
    /// Does it.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        let client = self.server.client()?;
        match self.verb {
            Verb::List { output } => output.list(&client.get("/v1/agents")?, COLUMNS)?,
            Verb::Show { whose, version, output } => {
                let path = match version {
                    Some(number) => path_of(&whose.id, &format!("/versions/{number}")),
                    None => path_of(&whose.id, ""),
                };
                output.one(&client.get(&path)?, FACTS)?;
            }
            Verb::Create { file, publish, output } => {
                let made = create(&client, &Document::open(&file)?, publish)?;
                output.done(&made, &word(&made["id"]))?;
                if !output.json {
                    note!("{}", standing(&made));
                }
            }
            Verb::Edit { whose, file: Some(file), publish, output, .. } => {
                let agent = rewrite(&client, &whose.id, (&Document::open(&file)?, publish))?;
                output.one(&agent, FACTS)?;
            }
            Verb::Edit { whose, name, output, .. } => {
                let after = client.patch(&path_of(&whose.id, ""), &json!({"name": name}));
                let after = after.map_err(|error| Refusal::named(error, &[("/name", "--name")]))?;
                output.one(&after, COLUMNS)?;
            }
            Verb::Publish { whose, version, output } => {
                let number = match version {
                    Some(number) => u64::from(number),
                    None => newest(&client.get(&path_of(&whose.id, ""))?)?,
                };
                let published = publish(&client, &whose.id, number)?;
                output
                    .done(&published, &format!("version {number} of {} is published", whose.id))?;
            }
            Verb::Versions { whose, output } => {
                output.list(&client.get(&path_of(&whose.id, "/versions"))?, VERSION)?;
            }
            Verb::Delete { whose } => {
                client.delete(&path_of(&whose.id, ""))?;
                note!("{} is deleted", whose.id);
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn path_of(id: &str, rest: &str) -> String {
    format!("/v1/agents/{id}{rest}")
}

/// Makes an agent of a file; as it is afterwards.
fn create(client: &Client, file: &Document, publish_it: bool) -> anyhow::Result<Value> {
    let made = file.send(|agent| client.post("/v1/agents", &agent))?;
    if !publish_it {
        return Ok(made);
    }
    let id = word(&made["id"]);
    publish(client, &id, newest(&made)?)?;
    client.get(&path_of(&id, ""))
}

/// Gives the newest draft of an agent what a file says, or a new draft; the agent as it is
/// afterwards.
fn rewrite(
    client: &Client,
    id: &str,
    (file, publish_it): (&Document, bool),
) -> anyhow::Result<Value> {
    let before = client.get(&path_of(id, ""))?;
    let number = newest(&before)?;
    let draft = before["version"]["status"] == "draft";
    let written = file.send(|mut agent| {
        let name = agent.as_object_mut().and_then(|fields| fields.shift_remove("name"));
        let version = match draft {
            true => client.put(&path_of(id, &format!("/versions/{number}")), &agent),
            false => client.post(&path_of(id, "/versions"), &agent),
        }?;
        if name.as_ref().is_some_and(|name| *name != before["name"]) {
            client.patch(&path_of(id, ""), &json!({"name": name}))?;
        }
        Ok(version)
    })?;
    if publish_it {
        let number = written["number"].as_u64().unwrap_or(number);
        publish(client, id, number)?;
    }
    client.get(&path_of(id, ""))
}

fn publish(client: &Client, id: &str, number: u64) -> anyhow::Result<Value> {
    client.post(&path_of(id, &format!("/versions/{number}/publish")), &json!({}))
}

/// The number of an agent's newest version.
fn newest(agent: &Value) -> anyhow::Result<u64> {
    let number = agent["version"]["number"].as_u64();
    number.ok_or_else(|| Usage("the agent has no version".to_owned()).into())
}

/// What can be done with an agent that was just made.
fn standing(agent: &Value) -> String {
    match agent["version"]["status"] == "published" {
        true => "version 1 is published: batches may use it".to_owned(),
        false => format!(
            "version 1 is a draft; campanile agent publish {} makes it usable",
            word(&agent["id"])
        ),
    }
}
