//! How a command fails: what is printed and the exit status.

use std::{io::ErrorKind, process::ExitCode};

use crate::{
    config::BadConfig,
    out::{self, note},
};

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
    note!("campanile: {error:#}");
    let usage = error.chain().any(|cause| cause.is::<Usage>() || cause.is::<BadConfig>());
    ExitCode::from(if usage { 2 } else { 1 })
}
