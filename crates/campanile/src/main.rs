//! Campanile: batch calls by voice agents, over real SIP.

#![deny(clippy::print_stdout, clippy::print_stderr)]

mod client;
mod commands;
mod config;
mod data;
mod durable;
mod failure;
mod follow;
mod housekeeping;
mod line_up;
mod log;
mod node;
mod out;
mod progress;
mod runtime;
mod shutdown;
mod signals;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Calls everybody in a file, with a voice agent, over SIP.
#[derive(Parser)]
#[command(version, about, long_about = LONG_ABOUT, after_long_help = EXAMPLES)]
struct Cli {
    /// What to log, to standard error: error, warn, info, debug, or filters such as
    /// campanile_engine=debug. Telephone numbers are masked.
    #[arg(long, global = true, value_name = "FILTER", env = "CAMPANILE_LOG")]
    log: Option<String>,
    /// How a line of the log is written
    #[arg(long, global = true, value_name = "FORMAT", env = "CAMPANILE_LOG_FORMAT")]
    #[arg(value_enum, default_value_t = log::Format::Text)]
    log_format: log::Format,
    #[command(subcommand)]
    command: Command,
}

const LONG_ABOUT: &str = "\
Calls everybody in a file, with a voice agent, over SIP.

You give it a CSV or an XLSX of recipients, a caller ID, an agent and a trunk. It dials everyone within the \
limits of the trunk, in calling hours, with retries, tells voicemail from people, and writes a \
report with every row of the file.";

const EXAMPLES: &str = "\
Examples:
  See it work, without a telephone line:
    campanile demo

  Look at a file before calling anybody:
    campanile check recipients.csv --agent agent.toml

  Call everybody in a file, here and now:
    campanile sandbox --listen 127.0.0.1:5062 --cdr cdr.csv &
    campanile run recipients.csv --from +14155550100 --agent agent.toml --trunk trunk.toml \\
        --max-retries 2 --wait-minutes 30 --data ./data --report report.csv

  Run a server and drive it from elsewhere:
    campanile serve --data ./data --listen 127.0.0.1:8080 &
    export CAMPANILE_URL=http://127.0.0.1:8080
    export CAMPANILE_API_KEY=$(campanile key create --data ./data)
    campanile batch list

Exit status: 0 done, 1 it failed (or: the batch would be refused), 2 wrong usage (a missing file \
or a mistake in a configuration file is wrong usage), 130 stopped by Ctrl-C or SIGTERM before the \
end, 141 nobody reads what it prints.";

#[derive(Subcommand)]
enum Command {
    Demo(commands::demo::Args),
    Run(Box<commands::run::Args>),
    Check(commands::check::Args),
    Serve(commands::serve::Args),
    Batch(commands::batch::Args),
    Erase(commands::erase::Args),
    Key(commands::key::Args),
    Sandbox(commands::sandbox::Args),
    Amd(commands::amd::Args),
    Db(commands::db::Args),
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let serving = matches!(cli.command, Command::Serve(_));
    log::start(cli.log.as_deref(), cli.log_format, serving);
    let done = match cli.command {
        Command::Demo(args) => args.run(),
        Command::Run(args) => args.run(),
        Command::Check(args) => args.run(),
        Command::Serve(args) => args.run(),
        Command::Batch(args) => args.run(),
        Command::Erase(args) => args.run(),
        Command::Key(args) => args.run(),
        Command::Sandbox(args) => args.run(),
        Command::Amd(args) => args.run(),
        Command::Db(args) => args.run(),
    };
    done.unwrap_or_else(|error| failure::report(&error))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_put_together_rightly() {
        super::Cli::command().debug_assert();
    }
}
