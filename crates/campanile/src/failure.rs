//! How a command fails: what is printed and the exit status.

use std::{io::ErrorKind, process::ExitCode};

use crate::{
    client::{Away, Refusal},
    config::BadConfig,
    out::{self, note},
};

/// What each exit status means, as `campanile --help` tells it.
pub const STATUSES: &str = "\
Exit status:
    0  done
    1  it failed; or a file was refused, a batch was stopped, a check found something
    2  wrong usage: options, a file that is missing, a mistake in a file or in a value
    3  the API key is missing a right, unknown, revoked or expired
    4  the network: no Campanile server answered
  130  stopped by Ctrl-C or SIGTERM before the end
  141  nobody reads what it prints";

/// The exit status of a command that was used wrongly, as clap has it.
const WRONG_USE: u8 = 2;

/// The exit status where the key does not allow it.
const NOT_ALLOWED: u8 = 3;

/// The exit status where no server answered.
const NO_SERVER: u8 = 4;

/// The exit status of a run that was stopped before its end.
pub const STOPPED: u8 = 130;

/// The exit status where nobody reads the answer, as a shell knows it of SIGPIPE.
pub const UNREAD: u8 = 141;

/// The command was used wrongly; the message says how to use it.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Usage(pub String);

/// Prints why a command failed and picks its exit status.
pub fn report(error: &anyhow::Error) -> ExitCode {
    // A reader that went away (`campanile … | head`) wants no explanation.
    if out::is_lost(error) == Some(ErrorKind::BrokenPipe) {
        return ExitCode::from(UNREAD);
    }
    note!("campanile: {}", words(error));
    ExitCode::from(status(error))
}

/// The error and its causes, each once: many an error tells its cause itself.
pub fn words(error: &anyhow::Error) -> String {
    let mut words = String::new();
    for cause in error.chain().map(ToString::to_string) {
        if words.contains(&cause) {
            continue;
        }
        if !words.is_empty() {
            words.push_str(": ");
        }
        words.push_str(&cause);
    }
    words
}

fn status(error: &anyhow::Error) -> u8 {
    if error.chain().any(|cause| cause.is::<Usage>() || cause.is::<BadConfig>()) {
        return WRONG_USE;
    }
    if error.chain().any(|cause| cause.is::<Away>()) {
        return NO_SERVER;
    }
    match Refusal::of(error) {
        Some(refusal) if refusal.is_of_the_key() => NOT_ALLOWED,
        Some(refusal) if refusal.is_of_the_user() => WRONG_USE,
        Some(_) | None => 1,
    }
}

#[cfg(test)]
mod tests {
    use anyhow::Context as _;

    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("cannot listen: {source}; choose another port")]
    struct Told {
        source: std::io::Error,
    }

    #[test]
    fn a_cause_is_told_once() {
        let source = std::io::Error::from(ErrorKind::AddrInUse);
        let cause = source.to_string();
        let error = Err::<(), _>(Told { source }).context("the server cannot start").unwrap_err();
        let told = words(&error);
        assert_eq!(told.matches(&cause).count(), 1, "{told}");
        assert!(told.starts_with("the server cannot start: cannot listen: "), "{told}");
    }
}
