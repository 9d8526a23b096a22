//! Campanile: batch calls by voice agents, over real SIP.

#![deny(clippy::print_stdout, clippy::print_stderr)]

mod certificate;
mod cli;
mod client;
mod commands;
mod config;
mod data;
mod durable;
mod failure;
mod first_link;
mod follow;
mod housekeeping;
mod log;
mod node;
mod options;
mod out;
mod print;
mod progress;
mod runtime;
mod shutdown;
mod signals;

use std::process::ExitCode;

use cli::Verb;

fn main() -> ExitCode {
    let cli = cli::read();
    let serving = matches!(cli.verb, Verb::Serve(_));
    log::start(cli.log.as_deref(), cli.log_format, serving);
    let done = match cli.verb {
        Verb::Demo(args) => args.run(),
        Verb::Run(args) => args.run(),
        Verb::Check(args) => args.run(),
        Verb::Serve(args) => args.run(),
        Verb::Batch(args) => args.run(),
        Verb::Agent(args) => args.run(),
        Verb::Number(args) => args.run(),
        Verb::Trunk(args) => args.run(),
        Verb::Suppression(args) => args.run(),
        Verb::Webhook(args) => args.run(),
        Verb::Voices(args) => args.run(),
        Verb::Erase(args) => args.run(),
        Verb::Key(args) => args.run(),
        Verb::Doctor(args) => args.run(),
        Verb::Db(args) => args.run(),
        Verb::Sandbox(args) => args.run(),
        Verb::Amd(args) => args.run(),
        Verb::Completions(args) => args.run(cli::program()),
        Verb::Man(args) => args.run(cli::program()),
    };
    done.unwrap_or_else(|error| failure::report(&error))
}
