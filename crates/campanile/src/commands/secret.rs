//! Reads secrets from standard input or the environment. Arguments are visible to every user of the
//! machine, so secrets are never arguments.

use std::io::{BufRead as _, Read as _};

use crate::failure::Usage;

/// The longest secret, in bytes.
const LONGEST: u64 = 4_096;

/// Reads a secret: a line of standard input if `from_stdin`, otherwise the environment variable, if
/// it is set.
pub fn read(variable: &str, from_stdin: bool) -> Result<Option<String>, Usage> {
    if !from_stdin {
        return Ok(std::env::var(variable).ok().filter(|secret| !secret.is_empty()));
    }
    let mut line = String::new();
    let read = std::io::stdin().lock().take(LONGEST).read_line(&mut line);
    let secret = line.trim_end_matches(['\r', '\n']);
    match read {
        Ok(_) if secret.is_empty() => Err(Usage("standard input has no password".to_owned())),
        Ok(_) => Ok(Some(secret.to_owned())),
        Err(error) => Err(Usage(format!("cannot read the password: {error}"))),
    }
}
