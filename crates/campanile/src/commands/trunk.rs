//! `campanile trunk`: ways into the telephone network.

use std::{path::PathBuf, process::ExitCode};

use campanile_api::fields::{self, Field};
use clap::Subcommand;
use serde_json::{Map, Value, json};

use super::{id, secret};
use crate::{
    client::{Client, Refusal, Server},
    config::Document,
    failure::Usage,
    options::{Given, Options},
    out::note,
    print::{Column, Output, when, word, yes_no},
};

/// The variable that has the password of a trunk.
const PASSWORD_VARIABLE: &str = "CAMPANILE_TRUNK_PASSWORD";

/// Trunks of a server: ways into the telephone network
#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    server: Server,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// List the trunks, and how each is
    List {
        #[command(flatten)]
        output: Output,
    },
    /// Show a trunk; its password is never shown
    #[command(visible_alias = "get")]
    Show {
        #[command(flatten)]
        which: Which,
        #[command(flatten)]
        output: Output,
    },
    /// Add a trunk: from a file as run --trunk reads it, from options, or both
    ///
    /// What an option says goes before the file. The password stands in the file (or there as
    /// "env:NAME"), in CAMPANILE_TRUNK_PASSWORD, or comes on standard input: never on the command
    /// line, where others on the machine see it.
    Create {
        /// The trunk
        #[arg(value_name = "trunk.toml")]
        file: Option<PathBuf>,
        #[command(flatten)]
        given: Box<Given<New>>,
        #[command(flatten)]
        password: Password,
        #[command(flatten)]
        output: Output,
    },
    /// Change a trunk; with a file, all of it is as the file says
    ///
    /// A password that is not given stays as it is, as long as the user name does.
    Edit {
        #[command(flatten)]
        which: Which,
        /// The trunk as it is to be
        #[arg(value_name = "trunk.toml")]
        file: Option<PathBuf>,
        #[command(flatten)]
        given: Box<Given<Edit>>,
        #[command(flatten)]
        password: Password,
        #[command(flatten)]
        output: Output,
    },
    /// Ask a trunk whether it is there: a SIP OPTIONS; nobody is called
    ///
    /// The exit status is 0 when it answered anything, 1 when it did not.
    Test {
        #[command(flatten)]
        which: Which,
        #[command(flatten)]
        output: Output,
    },
    /// Delete a trunk that nothing dials through any more
    Delete {
        #[command(flatten)]
        which: Which,
    },
}

#[derive(clap::Args)]
struct Which {
    /// The trunk, for example trunk_k7d20xv9m41qa
    #[arg(value_parser = id::trunk, value_name = "TRUNK")]
    id: String,
}

#[derive(clap::Args)]
struct Password {
    /// Read the password from standard input, one line
    #[arg(long)]
    password_stdin: bool,
}

/// The fields of a new trunk that are options.
struct New;
/// The fields of a trunk that may be changed by options.
struct Edit;

const SECRETS: &[&str] = &["password"];

impl Options for New {
    const FIELDS: &'static [Field] = fields::TRUNK;
    const WITHOUT: &'static [&'static str] = SECRETS;
}

impl Options for Edit {
    const FIELDS: &'static [Field] = fields::TRUNK;
    const WITHOUT: &'static [&'static str] = SECRETS;
    const CLEARS: bool = true;
}

const COLUMNS: &[Column] = &[
    ("Id", |trunk| word(&trunk["id"])),
    ("Name", |trunk| word(&trunk["name"])),
    ("Kind", |trunk| word(&trunk["kind"])),
    ("Host", host),
    ("Calls", |trunk| word(&trunk["max_calls"])),
    ("Per second", |trunk| word(&trunk["max_cps"])),
    ("Health", |trunk| word(&trunk["health"]["state"])),
];

const FACTS: &[Column] = &[
    ("Id", |trunk| word(&trunk["id"])),
    ("Name", |trunk| word(&trunk["name"])),
    ("Kind", |trunk| word(&trunk["kind"])),
    ("Host", host),
    ("Transport", |trunk| word(&trunk["transport"])),
    ("Calls at once", |trunk| word(&trunk["max_calls"])),
    ("Calls per second", |trunk| word(&trunk["max_cps"])),
    ("User name", |trunk| word(&trunk["username"])),
    ("Password", |trunk| yes_no(&trunk["has_password"])),
    ("Codecs", |trunk| {
        let codecs = trunk["codecs"].as_array().into_iter().flatten();
        codecs.map(word).collect::<Vec<_>>().join(", ")
    }),
    ("Health", |trunk| {
        let (state, detail) = (word(&trunk["health"]["state"]), word(&trunk["health"]["detail"]));
        if detail.is_empty() { state } else { format!("{state}: {detail}") }
    }),
    ("Created", |trunk| when(&trunk["created_at"])),
];

fn host(trunk: &Value) -> String {
    match trunk["host"].as_str() {
        Some(host) if host.contains(':') => {
            format!("[{}]:{}", host.trim_matches(['[', ']']), trunk["port"])
        }
        Some(host) => format!("{host}:{}", trunk["port"]),
        None => String::new(),
    }
}

impl Args {
    /// Does it.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        let client = self.server.client()?;
        match self.verb {
            Verb::List { output } => output.list(&client.get("/v1/trunks")?, COLUMNS)?,
            Verb::Show { which, output } => {
                output.one(&client.get(&path_of(&which.id, ""))?, FACTS)?
            }
            Verb::Create { file, given, password, output } => {
                let given = with_password(given.document, &password)?;
                let post = |body: Value| client.post("/v1/trunks", &body);
                let made = match &file {
                    Some(file) => Document::open(file)?.send(|body| post(over(body, &given)))?,
                    None => named::<New>(post(Value::Object(given)))?,
                };
                output.done(&made, &word(&made["id"]))?;
            }
            Verb::Edit { which, file, given, password, output } => {
                let given = with_password(given.document, &password)?;
                let after = edit(&client, &which.id, (file, given))?;
                output.one(&after, FACTS)?;
            }
            Verb::Test { which, output } => {
                let told = client.post(&path_of(&which.id, "/test"), &json!({}))?;
                output.done(&told, &word(&told["detail"]))?;
                if told["reachable"] != true {
                    return Ok(ExitCode::FAILURE);
                }
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
    format!("/v1/trunks/{id}{rest}")
}

/// The options with the password, if one comes beside them.
fn with_password(
    mut given: Map<String, Value>,
    password: &Password,
) -> anyhow::Result<Map<String, Value>> {
    if let Some(password) = secret::read(PASSWORD_VARIABLE, password.password_stdin)? {
        given.insert("password".to_owned(), password.into());
    }
    Ok(given)
}

/// What a file says under what the options say.
fn over(mut body: Value, given: &Map<String, Value>) -> Value {
    if let Some(fields) = body.as_object_mut() {
        fields.extend(given.clone());
    }
    body
}

/// Replaces a trunk: by what a file says, or by what it is, each under what the options say.
fn edit(
    client: &Client,
    id: &str,
    (file, given): (Option<PathBuf>, Map<String, Value>),
) -> anyhow::Result<Value> {
    let put = |body: Value| client.put(&path_of(id, ""), &body);
    if let Some(file) = file {
        return Document::open(&file)?.send(|body| put(over(body, &given)));
    }
    if given.is_empty() {
        let words = "nothing to change; name a file, or what is to be different, for example \
                     --max-calls";
        return Err(Usage(words.to_owned()).into());
    }
    let Value::Object(mut trunk) = client.get(&path_of(id, ""))? else {
        return Err(Usage("the server told no trunk".to_owned()).into());
    };
    trunk.retain(|name, value| {
        !value.is_null() && fields::TRUNK.iter().any(|field| field.name == name)
    });
    named::<Edit>(put(over(Value::Object(trunk), &given)))
}

/// An answer whose mistakes are told by the options.
fn named<T: Options>(answered: anyhow::Result<Value>) -> anyhow::Result<Value> {
    let names = Given::<T>::names();
    let mut names: Vec<(&str, &str)> =
        names.iter().map(|(pointer, option)| (pointer.as_str(), option.as_str())).collect();
    names.push(("/password", PASSWORD_VARIABLE));
    answered.map_err(|error| Refusal::named(error, &names))
}
