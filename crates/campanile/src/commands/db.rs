//! `campanile db`: the database of a data directory.

use std::{path::PathBuf, process::ExitCode};

use campanile_store::SqliteStore;
use clap::Subcommand;

/// Look after the database of a data directory
#[derive(clap::Args)]
pub struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Bring the database up to this version; every other command does so too
    Migrate {
        /// The data directory
        #[arg(long, value_name = "DIR")]
        data: PathBuf,
    },
}

impl Args {
    /// Does it.
    pub fn run(self) -> anyhow::Result<ExitCode> {
        let Verb::Migrate { data } = self.verb;
        SqliteStore::open(&data)?;
        eprintln!("the database in {} is up to date", data.display());
        Ok(ExitCode::SUCCESS)
    }
}
