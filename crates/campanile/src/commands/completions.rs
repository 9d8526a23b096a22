//! `campanile completions`: prints shell completions.

use std::process::ExitCode;

use clap_complete::Shell;

use crate::out::answer;

/// Print what a shell needs to complete the command line
///
/// For bash: campanile completions bash > /etc/bash_completion.d/campanile
/// For zsh: campanile completions zsh > "${fpath[1]}/_campanile"
/// For fish: campanile completions fish > ~/.config/fish/completions/campanile.fish
#[derive(clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Args {
    /// Which shell
    #[arg(value_enum)]
    shell: Shell,
}

impl Args {
    /// Runs the command.
    pub fn run(self, mut program: clap::Command) -> anyhow::Result<ExitCode> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut program, "campanile", &mut script);
        answer(format_args!("{}", String::from_utf8_lossy(&script)))?;
        Ok(ExitCode::SUCCESS)
    }
}
