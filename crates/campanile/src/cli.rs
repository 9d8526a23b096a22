//! The command line: all commands and global options.

use clap::{Arg, Command, CommandFactory as _, FromArgMatches as _, Parser, Subcommand};

use crate::{commands, failure::STATUSES, log};

/// Calls everybody in a file, with a voice agent, over SIP.
#[derive(Parser)]
#[command(name = "campanile", version, about, long_about = LONG_ABOUT, arg_required_else_help = true)]
pub struct Cli {
    /// What to log, to standard error: error, warn, info, debug, or filters such as
    /// campanile_engine=debug. Telephone numbers are masked.
    #[arg(long, global = true, value_name = "FILTER", env = "CAMPANILE_LOG")]
    pub log: Option<String>,
    /// How a line of the log is written
    #[arg(long, global = true, value_name = "FORMAT", env = "CAMPANILE_LOG_FORMAT")]
    #[arg(value_enum, default_value_t = log::Format::Text)]
    pub log_format: log::Format,
    /// What to do.
    #[command(subcommand)]
    pub verb: Verb,
}

const LONG_ABOUT: &str = "\
Calls everybody in a file, with a voice agent, over SIP.

You give it a CSV or an XLSX of recipients, a caller ID, an agent and a trunk. It dials everyone \
within the limits of the trunk, in calling hours, with retries, tells voicemail from people, and \
writes a report with every row of the file.";

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
    export CAMPANILE_API_KEY=$(campanile key create --data ./data --init)
    export CAMPANILE_URL=http://127.0.0.1:8080
    campanile serve --data ./data --listen 127.0.0.1:8080 &
    campanile trunk create trunk.toml
    campanile number create +14155550100 --trunk TRUNK
    campanile agent create agent.toml --publish
    campanile batch create recipients.csv --from +14155550100 --agent AGENT
    campanile batch list --status active

Lists and what is shown come as columns on a terminal, as lines with tabs elsewhere, and with
--json as the API answers them. --log and --log-format go with every command.";

/// A command, one file each.
#[derive(Subcommand)]
#[allow(missing_docs)]
pub enum Verb {
    Demo(commands::demo::Args),
    Run(Box<commands::run::Args>),
    Check(commands::check::Args),
    Serve(commands::serve::Args),
    Batch(commands::batch::Args),
    Agent(commands::agent::Args),
    Number(commands::number::Args),
    Trunk(Box<commands::trunk::Args>),
    Suppression(commands::suppression::Args),
    Webhook(Box<commands::webhook::Args>),
    Voices(commands::voices::Args),
    Erase(commands::erase::Args),
    Key(commands::key::Args),
    Doctor(commands::doctor::Args),
    Db(commands::db::Args),
    Sandbox(commands::sandbox::Args),
    Amd(commands::amd::Args),
    Completions(commands::completions::Args),
    Man(commands::man::Args),
}

/// Parses the command line. Exits with status 2 if it is wrong.
pub fn read() -> Cli {
    let matches = program().get_matches();
    Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.exit())
}

/// Builds the command with its help. The help of a command lists its global options, and the help
/// of its subcommands leaves them out.
pub fn program() -> Command {
    let program = Cli::command().after_long_help(format!("{EXAMPLES}\n\n{STATUSES}"));
    quiet(program, &[])
}

/// The last paragraph in the help of each command that calls a server.
const ASKS: &str = "CAMPANILE_URL and CAMPANILE_API_KEY, or --url and --api-key, say which server \
                    is asked and with which key.";

fn quiet(mut command: Command, inherited: &[Arg]) -> Command {
    let own: Vec<Arg> =
        command.get_arguments().filter(|arg| arg.is_global_set()).cloned().collect();
    let hidden = own.into_iter().map(|arg| arg.hide(true));
    let below: Vec<Arg> = inherited.iter().cloned().chain(hidden).collect();
    let asks = inherited.iter().any(|arg| arg.get_id() == "url");
    command = command.args(inherited);
    if asks && command.get_after_help().is_none() {
        command = command.after_help(ASKS);
    }
    for verb in command.get_subcommands_mut() {
        let taken = std::mem::take(verb);
        *verb = quiet(taken, &below);
    }
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_put_together_rightly() {
        Cli::command().debug_assert();
        program().debug_assert();
    }

    /// Commands without `--json`, and what they print.
    const WITHOUT_JSON: [(&str, &str); 6] = [
        ("demo", "words for people, until it is ended"),
        ("serve", "a line when it is ready, then its log, which --log-format json writes as JSON"),
        ("sandbox", "a line when it is ready; its calls are in --cdr"),
        ("batch report", "the report itself"),
        ("completions", "a script"),
        ("man", "nothing: it writes files"),
    ];

    #[test]
    fn whatever_prints_has_json() {
        fn look(command: &Command, words: &str, without: &mut Vec<String>) {
            if command.has_subcommands() {
                for verb in command.get_subcommands() {
                    let words = format!("{words} {}", verb.get_name());
                    look(verb, words.trim(), without);
                }
            } else if !command.get_arguments().any(|arg| arg.get_long() == Some("json")) {
                without.push(words.to_owned());
            }
        }
        let mut program = Cli::command();
        program.build();
        let mut without = Vec::new();
        look(&program, "", &mut without);
        without.retain(|words| !words.split(' ').any(|word| word == "help"));
        without.sort();
        let mut known = WITHOUT_JSON.map(|(words, _)| words).to_vec();
        known.sort();
        assert_eq!(without, known);
    }

    #[test]
    fn a_doctor_takes_what_serve_takes() {
        let told = |name: &str| -> Vec<String> {
            let program = Cli::command();
            let command = program.find_subcommand(name).expect(name);
            let options = command.get_arguments().filter(|arg| {
                // Each command describes these arguments itself.
                !["json", "skip_check"].contains(&arg.get_id().as_str())
            });
            options.map(|arg| format!("{}: {:?}", arg.get_id(), arg.get_help())).collect()
        };
        assert!(told("serve").len() > 6, "{:?}", told("serve"));
        assert_eq!(told("doctor"), told("serve"));
    }

    #[test]
    fn what_goes_with_every_command_is_told_once() {
        fn look(command: &mut Command, depth: usize, seen: &mut usize) {
            let help = command.render_long_help().to_string();
            let name = command.get_name().to_owned();
            assert_eq!(help.contains("--log-format <"), depth == 0, "{name}: {help}");
            let asks = help.contains("CAMPANILE_URL and CAMPANILE_API_KEY");
            assert!(!asks || !help.contains("--url <URL>"), "{name} tells both: {help}");
            *seen += 1;
            for verb in command.get_subcommands_mut() {
                if verb.get_name() != "help" {
                    look(verb, depth + 1, seen);
                }
            }
        }
        let mut program = program();
        program.build();
        let mut seen = 0;
        look(&mut program, 0, &mut seen);
        assert!(seen > 50, "{seen} commands");
    }
}
