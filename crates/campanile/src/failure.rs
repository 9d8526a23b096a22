//! How a command fails: what is printed and the exit status.

use std::process::ExitCode;

use crate::config::BadConfig;

/// The exit status of a run that was stopped before its end.
pub const STOPPED: u8 = 130;

/// The command was used wrongly; the message says how to use it.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Usage(pub String);

/// Prints why a command failed and picks its exit status.
pub fn report(error: &anyhow::Error) -> ExitCode {
    let usage = error.chain().any(|cause| cause.is::<Usage>() || cause.is::<BadConfig>());
    // A reader that went away (`campanile … | head`) wants no explanation.
    let pipe = error.chain().any(|cause| {
        cause
            .downcast_ref::<std::io::Error>()
            .is_some_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
    });
    if !pipe {
        eprintln!("campanile: {error:#}");
    }
    ExitCode::from(if usage { 2 } else { 1 })
}
