//! `campanile man`: writes manual pages.

use std::{path::PathBuf, process::ExitCode};

use anyhow::Context as _;

use crate::out::note;

/// Write the manual pages, one a command, into a directory
#[derive(clap::Args)]
pub struct Args {
    /// Where to, for example /usr/local/share/man/man1; made when it does not exist
    #[arg(value_name = "DIR")]
    dir: PathBuf,
}

impl Args {
    /// Runs the command.
    pub fn run(self, program: clap::Command) -> anyhow::Result<ExitCode> {
        let told = || format!("cannot write manual pages into {}", self.dir.display());
        std::fs::create_dir_all(&self.dir).with_context(told)?;
        clap_mangen::generate_to(program, &self.dir).with_context(told)?;
        note!("The manual pages are in {}", self.dir.display());
        Ok(ExitCode::SUCCESS)
    }
}
