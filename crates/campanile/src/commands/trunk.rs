//! `campanile trunk`: manages trunks.

use std::{path::PathBuf, process::ExitCode};

use campanile_service::fields::{self, Field};
use clap::Subcommand;
use serde_json::{Map, Value, json};

use super::{
    noun::{self, Noun, One, Target},
    secret,
};
use crate::{
    client::{Client, Server},
    config::Document,
    failure::Usage,
    options::{Given, Options},
    print::{Column, Output, when, word, yes_no},
};

/// The environment variable for the password of a trunk.
const PASSWORD_VARIABLE: &str = "CAMPANILE_TRUNK_PASSWORD";

/// The JSON pointer of the password and its name in error messages.
const PASSWORD: (&str, &str) = ("/password", PASSWORD_VARIABLE);

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
    List(Output),
    /// Show a trunk; its password is never shown
    #[command(visible_alias = "get")]
    Show(One<Trunk>),
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
        target: Target<Trunk>,
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
    Test(One<Trunk>),
    /// Delete a trunk that nothing dials through any more
    Delete(One<Trunk>),
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

struct Trunk;

impl Noun for Trunk {
    const WORD: &'static str = "trunk";
    const CALLED: &'static str = "trunk";
    const PATH: &'static str = "/v1/trunks";
    const COLUMNS: &'static [Column] = &[
        ("Id", |trunk| word(&trunk["id"])),
        ("Name", |trunk| word(&trunk["name"])),
        ("Kind", |trunk| word(&trunk["kind"])),
        ("Host", host),
        ("Calls", |trunk| word(&trunk["max_calls"])),
        ("Per second", |trunk| word(&trunk["max_cps"])),
        ("Health", |trunk| word(&trunk["health"]["state"])),
    ];
    const FACTS: &'static [Column] = &[
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
            let (state, detail) =
                (word(&trunk["health"]["state"]), word(&trunk["health"]["detail"]));
            if detail.is_empty() { state } else { format!("{state}: {detail}") }
        }),
        ("Created", |trunk| when(&trunk["created_at"])),
    ];
}

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
    /// Runs the command.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        let client = self.server.client()?;
        match self.verb {
            Verb::List(output) => noun::list::<Trunk>(&client, output)?,
            Verb::Show(one) => one.show(&client)?,
            Verb::Create { file, given, password, output } => {
                let given = with_password(given.document, &password)?;
                let post = |body: Value| client.post(Trunk::PATH, &body);
                let made = match &file {
                    Some(file) => Document::open(file)?.send(|body| post(over(body, &given)))?,
                    None => Given::<New>::named(post(Value::Object(given)), PASSWORD)?,
                };
                output.done(&made, &word(&made["id"]))?;
            }
            Verb::Edit { target, file, given, password, output } => {
                let given = with_password(given.document, &password)?;
                let after = edit(&client, &target, (file, given))?;
                output.one(&after, Trunk::FACTS)?;
            }
            Verb::Test(One { target, output }) => {
                let told = client.post(&target.path("/test"), &json!({}))?;
                output.done(&told, &word(&told["detail"]))?;
                if told["reachable"] != true {
                    return Ok(ExitCode::FAILURE);
                }
            }
            Verb::Delete(one) => one.delete(&client)?,
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Adds the password to the given options, if there is one.
fn with_password(
    mut given: Map<String, Value>,
    password: &Password,
) -> anyhow::Result<Map<String, Value>> {
    if let Some(password) = secret::read(PASSWORD_VARIABLE, password.password_stdin)? {
        given.insert("password".to_owned(), password.into());
    }
    Ok(given)
}

/// Merges the options into the content of a file. Options win.
fn over(mut body: Value, given: &Map<String, Value>) -> Value {
    if let Some(fields) = body.as_object_mut() {
        fields.extend(given.clone());
    }
    body
}

/// Replaces a trunk by the content of a file or, without a file, by its current state. Options
/// override either.
fn edit(
    client: &Client,
    trunk: &Target<Trunk>,
    (file, given): (Option<PathBuf>, Map<String, Value>),
) -> anyhow::Result<Value> {
    let put = |body: Value| client.put(&trunk.path(""), &body);
    if let Some(file) = file {
        return Document::open(&file)?.send(|body| put(over(body, &given)));
    }
    if given.is_empty() {
        let words = "nothing to change; name a file, or what is to be different, for example \
                     --max-calls";
        return Err(Usage(words.to_owned()).into());
    }
    let Value::Object(mut now) = client.get(&trunk.path(""))? else {
        return Err(Usage("the server told no trunk".to_owned()).into());
    };
    now.retain(|name, value| {
        !value.is_null() && fields::TRUNK.iter().any(|field| field.name == name)
    });
    Given::<Edit>::named(put(over(Value::Object(now), &given)), PASSWORD)
}
