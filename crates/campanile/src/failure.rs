//! Errors of commands: the message and the exit status.

use std::{io::ErrorKind, process::ExitCode};

use crate::{
    client::{Away, Refusal},
    config::BadConfig,
    out::{self, note},
};

/// The exit statuses as `campanile --help` lists them.
pub const STATUSES: &str = "\
Exit status:
    0  done
    1  it failed; or a file was refused, a batch was stopped, a check found something
    2  wrong usage: options, a file that is missing, a mistake in a file or in a value
    3  the API key is missing a right, unknown, revoked or expired
    4  the network: no Campanile server answered
  130  stopped by Ctrl-C or SIGTERM before the end
  141  nobody reads what it prints";

/// The exit status for wrong usage, the same as clap's.
const WRONG_USE: u8 = 2;

/// The exit status if the API key does not allow the request.
const NOT_ALLOWED: u8 = 3;

/// The exit status if no server answered.
const NO_SERVER: u8 = 4;

/// The exit status of a run that was stopped before its end.
pub const STOPPED: u8 = 130;

/// The exit status if standard output was closed, the same as a shell reports for SIGPIPE.
pub const UNREAD: u8 = 141;

/// Wrong usage. The message says how to use the command.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Usage(pub String);

/// Prints the error and returns the exit status.
pub fn report(error: &anyhow::Error) -> ExitCode {
    // A reader that closed the pipe (`campanile … | head`) needs no message.
    if out::is_lost(error) == Some(ErrorKind::BrokenPipe) {
        return ExitCode::from(UNREAD);
    }
    note!("campanile: {}", words(error));
    ExitCode::from(status(error))
}

/// The error and its causes in one text. A cause that the text already contains is left out.
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
