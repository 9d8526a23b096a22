//! `campanile db`: the database of a data directory.

use std::{
    fmt::Write as _,
    path::{Path, PathBuf},
    process::ExitCode,
};

use campanile_clock::Clock;
use campanile_rules::{batch::BatchState, ids};
use campanile_store::{Backup, DATABASE_FILE, Restored, back_up, check, restore};
use clap::Subcommand;

use serde_json::{Value, json};

use crate::{data, failure::Usage, print::Output};

/// Look after the database of a data directory: back it up, restore it, check it
#[derive(clap::Args)]
pub struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Copy the database to FILE, while a server may run on it
    ///
    /// The copy is the database as it is at one instant: workspaces, batches with their people,
    /// calls, transcripts, agents, trunks, hashes of keys, webhooks, suppressions. FILE.key is
    /// made beside it if there are trunk passwords or secrets of webhooks: it opens them, so keep it apart
    /// from FILE. Not in it: recordings/, sounds/, the configuration file. Nothing is written over.
    Backup {
        #[command(flatten)]
        whose: Whose,
        /// Where to; it must not exist yet
        file: PathBuf,
        /// Leave out FILE.key, because secret.key is kept elsewhere already
        #[arg(long)]
        without_key: bool,
        #[command(flatten)]
        output: Output,
    },
    /// Put a backup in the place of the database; no server may run on it
    ///
    /// FILE is looked at whole first: one that `db backup` made, or another copy of the database.
    /// The old database stays beside it, as campanile.sqlite.before-restore-…
    ///
    /// What happened behind the backup is not in it: people who were called since are still
    /// waiting in it. So every batch that was not over is paused, and this says how many of its
    /// people may be called twice. Call-IDs and ids of webhooks never repeat. Numbers that were
    /// suppressed and keys that were revoked behind the backup are as before; do that again.
    Restore {
        #[command(flatten)]
        whose: Whose,
        /// The backup
        file: PathBuf,
        #[command(flatten)]
        output: Output,
    },
    /// Look for anything that is wrong: the file, the counts, the key of the secrets
    ///
    /// Works while a server runs. Exit status 0: all is well; 1: something is wrong, and what.
    Check {
        #[command(flatten)]
        whose: Whose,
        #[command(flatten)]
        output: Output,
    },
    /// Bring the database up to this version; every other command does so too
    Migrate {
        #[command(flatten)]
        whose: Whose,
        #[command(flatten)]
        output: Output,
    },
}

#[derive(clap::Args)]
struct Whose {
    /// The data directory
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
}

impl Args {
    /// Runs the command.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        match self.verb {
            Verb::Backup { whose, file, without_key, output } => {
                let made = back_up(existing(&whose)?, &file, !without_key, Clock::default().now())?;
                let told = json!({
                    "file": file,
                    "bytes": made.bytes,
                    "key_file": made.key,
                    "has_secrets": made.secrets,
                    "recordings": made.recordings,
                });
                output.remark(&told, &backed_up(&made, &file, &whose.data))?;
            }
            Verb::Restore { whose, file, output } => {
                if !file.is_file() {
                    return Err(Usage(format!("there is no backup {}", file.display())).into());
                }
                let done = restore(&whose.data, &file, Clock::default().now())?;
                ids::conceal(done.cipher.clone());
                output.remark(&restored_json(&done), &restored(&done))?;
            }
            Verb::Check { whose, output } => {
                let wrong = check(existing(&whose)?)?;
                let whole = wrong.is_empty();
                let words = match whole {
                    true => format!("the database in {} is whole", whose.data.display()),
                    false => format!("{}\n{}", wrong.join("\n"), if_wrong(&whose.data)),
                };
                output.remark(&json!({"ok": whole, "problems": wrong}), &words)?;
                if !whole {
                    return Ok(ExitCode::FAILURE);
                }
            }
            Verb::Migrate { whose, output } => {
                data::open_beside(&whose.data)?;
                let words = format!("the database in {} is up to date", whose.data.display());
                output.remark(&json!({"ok": true}), &words)?;
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Checks that the data directory has a database.
fn existing(whose: &Whose) -> anyhow::Result<&Path> {
    let database = whose.data.join(DATABASE_FILE);
    if database.is_file() {
        return Ok(&whose.data);
    }
    Err(Usage(format!("there is no database {}", database.display())).into())
}

fn backed_up(made: &Backup, file: &Path, data: &Path) -> String {
    let mut words = format!("{} has the whole database, {} bytes.", file.display(), made.bytes);
    match (&made.key, made.secrets) {
        (Some(key), _) => {
            let _ = write!(
                words,
                "\n{} opens the secrets in it: a restoration needs both. Whoever has both reads \
                 them, so keep them apart.",
                key.display()
            );
        }
        (None, true) => {
            let _ = write!(
                words,
                "\nThe key of its secrets is NOT in it: without a copy of {}/secret.key trunk \
                 passwords and webhook secrets cannot be read again.",
                data.display()
            );
        }
        (None, false) => {}
    }
    let _ = write!(
        words,
        "\nNot in it: recordings ({} are named), sounds, the configuration file. Copy {}/recordings \
         and {}/sounds too.",
        made.recordings,
        data.display(),
        data.display()
    );
    words
}

fn restored(done: &Restored) -> String {
    let mut words = format!(
        "Restored. The backup {} {}; what happened since then is not known here.",
        if done.exact { "was made at" } else { "knows of nothing behind" },
        done.backed_up_at
    );
    if let Some(kept) = &done.kept {
        let _ = write!(words, "\nThe database that was here before is {}.", kept.display());
    }
    if done.batches.is_empty() {
        words.push_str("\nNo batch was waiting for calls.");
    } else {
        words.push_str(
            "\n\nThese batches wait until you resume (or start) them. Whoever of their people was \
             called since the backup would be called TWICE: compare with the carrier's call \
             records first, or stop the batch.\n",
        );
    }
    for batch in &done.batches {
        let state = match batch.state {
            BatchState::Draft => "draft",
            BatchState::Scheduled
            | BatchState::Running
            | BatchState::Paused
            | BatchState::Completed
            | BatchState::Cancelled => "paused",
        };
        let _ = write!(
            words,
            "\n  {}  {state}  {} may be called twice  {}",
            batch.id,
            people(batch.people),
            batch.name
        );
    }
    words.push_str(
        "\n\nAlso as they were at the backup: suppressions (who asked since not to be called is \
         not on the list), API keys (one that was revoked since opens again), limits and settings.",
    );
    words
}

fn restored_json(done: &Restored) -> Value {
    let batches = done.batches.iter().map(|batch| {
        json!({
            "id": batch.id,
            "name": batch.name,
            "status": batch.state,
            "people": batch.people,
        })
    });
    json!({
        "backed_up_at": done.backed_up_at,
        "exact": done.exact,
        "kept_file": done.kept,
        "batches": batches.collect::<Vec<_>>(),
    })
}

fn people(count: u64) -> String {
    if count == 1 { "1 person".to_owned() } else { format!("{count} people") }
}

fn if_wrong(data: &Path) -> String {
    format!(
        "Something is wrong with the database in {data}. Stop the server, copy the whole directory \
         away, and restore the newest backup that is whole: campanile db restore FILE --data {data} \
         (docs/operating.md)",
        data = data.display()
    )
}
