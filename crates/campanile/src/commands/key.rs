//! `campanile key`: manages API keys directly in the data directory, also while a server runs on
//! it.

use std::{path::PathBuf, process::ExitCode, sync::Arc, time::Duration};

use campanile_api::{ApiKeyView, MadeApiKey};
use campanile_rules::{ids::WorkspaceId, time::Timestamp};
use campanile_service::{
    fields::{self, Field},
    secret::Minted,
};
use campanile_store::{ApiKeyRecord, DATABASE_FILE, KeyScope, NewKey, Registry, Store};
use clap::{Subcommand, ValueEnum};
use serde_json::{Value, json};

use crate::{
    data,
    failure::Usage,
    out::{note, say},
    print::{Column, Output, when, word},
    runtime,
};

const DAY: Duration = Duration::from_secs(86_400);

/// Make, list and revoke keys of the HTTP interface; works while the server runs
#[derive(clap::Args)]
pub struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Make a key and print it, and nothing else: key_id:secret
    Create {
        #[command(flatten)]
        whose: Whose,
        /// What people know it by, for example who uses it
        #[arg(long, value_parser = name)]
        name: Option<String>,
        /// What it allows
        #[arg(long, value_enum, default_value = "admin")]
        scope: Scope,
        /// In how many days it opens nothing any more [default: never, until it is revoked]
        #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..=36_500))]
        expires_in_days: Option<u32>,
        /// Make the data directory and its database when they are not there yet, as serve does
        #[arg(long)]
        init: bool,
        #[command(flatten)]
        output: Output,
    },
    /// List the keys of a workspace; their secrets are kept nowhere
    List {
        #[command(flatten)]
        whose: Whose,
        #[command(flatten)]
        output: Output,
    },
    /// Revoke a key for good
    Revoke {
        #[command(flatten)]
        whose: Whose,
        /// The part of the key before the colon
        #[arg(value_name = "KEY_ID")]
        key_id: String,
        #[command(flatten)]
        output: Output,
    },
}

#[derive(clap::Args)]
struct Whose {
    /// The data directory of the server
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// The workspace; `create` makes it when it does not exist
    #[arg(long, default_value = "default", value_name = "NAME")]
    workspace: String,
}

#[derive(Clone, Copy, ValueEnum)]
enum Scope {
    /// Look at everything
    Read,
    /// Also create and control batches
    Operate,
    /// Also change agents, numbers, trunks, limits and keys of the workspace
    Admin,
    /// Also run the installation: every workspace, managed trunks, KYC
    Operator,
}

const COLUMNS: &[Column] = &[
    ("Id", |key| word(&key["id"])),
    ("Name", |key| word(&key["name"])),
    ("Scope", |key| word(&key["scope"])),
    ("State", |key| word(&key["state"])),
    ("Created", |key| when(&key["created_at"])),
    ("Last used", |key| {
        if key["last_used_at"].is_null() { "never".to_owned() } else { when(&key["last_used_at"]) }
    }),
    ("Expires", |key| {
        if key["expires_at"].is_null() { "never".to_owned() } else { when(&key["expires_at"]) }
    }),
];

fn name(text: &str) -> Result<String, String> {
    const NAME: &[Field] = &[fields::API_KEY[0]];
    match fields::check(&json!({"name": text}), NAME).pop() {
        Some(mistake) => Err(mistake.detail),
        None => Ok(text.to_owned()),
    }
}

impl Args {
    /// Runs the command.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        runtime::small()?.block_on(async {
            match self.verb {
                Verb::Create { whose, name, scope, expires_in_days, init, output } => {
                    let store = if init { anew(&whose)? } else { existing(&whose)? };
                    let name = name.unwrap_or_default();
                    create(&*store, &whose, (name, scope, expires_in_days), output).await
                }
                Verb::List { whose, output } => list(&whose, output).await,
                Verb::Revoke { whose, key_id, output } => revoke(&whose, &key_id, output).await,
            }
        })?;
        Ok(ExitCode::SUCCESS)
    }
}

async fn create(
    store: &dyn Registry,
    whose: &Whose,
    (name, scope, days): (String, Scope, Option<u32>),
    output: Output,
) -> anyhow::Result<()> {
    if whose.workspace.trim().is_empty() {
        return Err(Usage("a workspace needs a name".to_owned()).into());
    }
    let workspace = store.ensure_workspace(&whose.workspace, store.now()).await?.id;
    let minted = Minted::new()?;
    let scope = match scope {
        Scope::Read => KeyScope::Read,
        Scope::Operate => KeyScope::Operate,
        Scope::Admin => KeyScope::Admin,
        Scope::Operator => KeyScope::Operator,
    };
    let expires_at = days.map(|days| store.now() + DAY * days);
    let (key_id, secret_hash) = (minted.id.clone(), minted.hash);
    let key = NewKey { key_id, secret_hash, name, scope, workspace, expires_at };
    let made = store.add_key(key, store.now()).await?;
    if output.json {
        let made = MadeApiKey { view: ApiKeyView::from(made), key: Some(minted.bearer()) };
        return Ok(output.one(&json!(made), COLUMNS)?);
    }
    say!("{}", minted.bearer())?;
    Ok(())
}

async fn list(whose: &Whose, output: Output) -> anyhow::Result<()> {
    let (store, workspace) = open(whose).await?;
    let keys = store.list_keys(workspace).await?;
    let shown = keys.into_iter().map(|key| shown(key, store.now(), output));
    Ok(output.list(&json!({"items": shown.collect::<Vec<_>>()}), COLUMNS)?)
}

/// The API's JSON of a key. For people it includes the state.
fn shown(key: ApiKeyRecord, now: Timestamp, output: Output) -> Value {
    let state = match (key.revoked_at, key.opens(now)) {
        (Some(_), _) => "revoked",
        (None, true) => "valid",
        (None, false) => "expired",
    };
    let mut view = json!(ApiKeyView::from(key));
    if !output.json {
        view["state"] = state.into();
    }
    view
}

async fn revoke(whose: &Whose, key_id: &str, output: Output) -> anyhow::Result<()> {
    let (store, workspace) = open(whose).await?;
    let revoked = store.revoke_key(workspace, key_id, store.now()).await?;
    if output.json {
        return Ok(output.one(&json!(ApiKeyView::from(revoked)), COLUMNS)?);
    }
    note!("{} opens nothing any more", revoked.key_id);
    Ok(())
}

/// Opens a data directory, and creates it if it does not exist.
fn anew(whose: &Whose) -> anyhow::Result<Arc<dyn Store>> {
    Ok(data::open_beside(&whose.data)?)
}

/// Opens an existing data directory. A typo in its name must not create another one.
fn existing(whose: &Whose) -> anyhow::Result<Arc<dyn Store>> {
    let database = whose.data.join(DATABASE_FILE);
    if database.is_file() {
        return anew(whose);
    }
    let data = whose.data.display();
    let what = match whose.data.is_dir() {
        true => format!("there is no database in {data} ({DATABASE_FILE})"),
        false => format!("there is no data directory {data}"),
    };
    let words = "is --data right? campanile serve makes one, and so does key create --init";
    Err(Usage(format!("{what}; {words}")).into())
}

/// Opens an existing data directory and finds the workspace.
async fn open(whose: &Whose) -> anyhow::Result<(Arc<dyn Store>, WorkspaceId)> {
    let store = existing(whose)?;
    let workspaces = store.list_workspaces().await?;
    let found = workspaces.iter().find(|workspace| workspace.name == whose.workspace);
    let id = found.map(|workspace| workspace.id).ok_or_else(|| {
        let names: Vec<_> = workspaces.iter().map(|workspace| workspace.name.as_str()).collect();
        Usage(format!(
            "there is no workspace {:?} in {}; there is: {}",
            whose.workspace,
            whose.data.display(),
            if names.is_empty() { "none yet".to_owned() } else { names.join(", ") }
        ))
    })?;
    Ok((store, id))
}
