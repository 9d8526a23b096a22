//! `campanile key`: keys of the HTTP interface, made in the data directory itself, also while a
//! server runs on it.

use std::{path::PathBuf, process::ExitCode, time::Duration};

use campanile_api::{now, secret::Minted};
use campanile_rules::ids::WorkspaceId;
use campanile_store::{KeyScope, NewKey, SqliteStore};
use clap::{Subcommand, ValueEnum};

use crate::{
    data,
    failure::Usage,
    out::{note, say},
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
        /// What it allows: look (read), create and control batches (operate), everything in the
        /// workspace (admin), run the installation (operator)
        #[arg(long, value_enum, default_value = "admin")]
        scope: Scope,
        /// In how many days it opens nothing any more [default: never, until it is revoked]
        #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..=36_500))]
        expires_in_days: Option<u32>,
    },
    /// List the keys of a workspace; their secrets are kept nowhere
    List {
        #[command(flatten)]
        whose: Whose,
    },
    /// Revoke a key for good
    Revoke {
        #[command(flatten)]
        whose: Whose,
        /// The part of the key before the colon
        key_id: String,
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
    Read,
    Operate,
    Admin,
    Operator,
}

impl Args {
    /// Does it.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        runtime::small()?.block_on(async {
            match self.verb {
                Verb::Create { whose, scope, expires_in_days } => {
                    create(whose, scope, expires_in_days).await
                }
                Verb::List { whose } => list(whose).await,
                Verb::Revoke { whose, key_id } => revoke(whose, &key_id).await,
            }
        })?;
        Ok(ExitCode::SUCCESS)
    }
}

async fn create(whose: Whose, scope: Scope, days: Option<u32>) -> anyhow::Result<()> {
    if whose.workspace.trim().is_empty() {
        return Err(Usage("a workspace needs a name".to_owned()).into());
    }
    let store = data::open_beside(&whose.data)?;
    let workspace = store.ensure_workspace(&whose.workspace, now()).await?.id;
    let minted = Minted::new()?;
    let scope = match scope {
        Scope::Read => KeyScope::Read,
        Scope::Operate => KeyScope::Operate,
        Scope::Admin => KeyScope::Admin,
        Scope::Operator => KeyScope::Operator,
    };
    let expires_at = days.map(|days| now() + DAY * days);
    let (key_id, secret_hash) = (minted.id.clone(), minted.hash);
    let name = String::new();
    let key = NewKey { key_id, secret_hash, name, scope, workspace, expires_at };
    store.add_key(key, now()).await?;
    say!("{}", minted.bearer())?;
    Ok(())
}

async fn list(whose: Whose) -> anyhow::Result<()> {
    let (store, workspace) = open(&whose).await?;
    for key in store.list_keys(workspace).await? {
        let used = key.last_used_at.map_or("never".to_owned(), |at| at.to_string());
        let state = match (key.revoked_at, key.opens(now())) {
            (Some(_), _) => "revoked",
            (None, true) => "valid",
            (None, false) => "expired",
        };
        say!(
            "{}\t{}\t{state}\tmade {}\tused {used}",
            key.key_id,
            key.scope.as_str(),
            key.created_at
        )?;
    }
    Ok(())
}

async fn revoke(whose: Whose, key_id: &str) -> anyhow::Result<()> {
    let (store, workspace) = open(&whose).await?;
    let revoked = store.revoke_key(workspace, key_id, now()).await?;
    note!("{} opens nothing any more", revoked.key_id);
    Ok(())
}

/// Opens a data directory that is there already.
async fn open(whose: &Whose) -> anyhow::Result<(SqliteStore, WorkspaceId)> {
    if !whose.data.is_dir() {
        let words = format!("there is no data directory {}", whose.data.display());
        return Err(Usage(words).into());
    }
    let store = data::open_beside(&whose.data)?;
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
