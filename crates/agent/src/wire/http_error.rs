//! What goes wrong with requests.

use std::time::Duration;

use super::ConnectError;
use crate::{Blame, Failure};

/// Why a request has no answer, in words for the agent's owner. None of them has more of the URL
/// than its host, because the rest may be secret.
#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    /// There is no connection.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// The request cannot be written.
    #[error("{0} cannot be sent in a header")]
    Header(String),
    /// The server answered with an error.
    #[error("{host} answered {status}{}{}", advice(*.status), quoted(.said))]
    Status {
        /// The host.
        host: String,
        /// The HTTP status.
        status: u16,
        /// What the server said, shortened.
        said: String,
    },
    /// The server took too long.
    #[error("{host} is too slow: {doing} took longer than {} s", within.as_secs_f32())]
    Late {
        /// The host.
        host: String,
        /// What did not come.
        doing: &'static str,
        /// How long it was waited for.
        within: Duration,
    },
    /// The connection broke, or the server does not speak HTTP.
    #[error("{host} is there, but its answer broke off: {error}")]
    Broken {
        /// The host.
        host: String,
        /// The error.
        error: String,
    },
    /// The answer is too long.
    #[error("{host} sent more than {max} bytes")]
    TooLong {
        /// The host.
        host: String,
        /// The limit in bytes.
        max: usize,
    },
}

impl HttpError {
    /// Whether the same request may succeed a moment later.
    pub fn is_passing(&self) -> bool {
        match self {
            HttpError::Status { status, .. } => matches!(status, 408 | 425 | 429 | 500..=599),
            HttpError::Broken { .. } => true,
            HttpError::Connect(_)
            | HttpError::Header(_)
            | HttpError::Late { .. }
            | HttpError::TooLong { .. } => false,
        }
    }
}

impl From<&HttpError> for Failure {
    fn from(error: &HttpError) -> Failure {
        let is_shortage = matches!(error, HttpError::Connect(error) if error.is_shortage());
        let blame = if is_shortage { Blame::Machine } else { Blame::Agent };
        Failure { cause: error.to_string(), blame }
    }
}

fn advice(status: u16) -> &'static str {
    match status {
        300..=399 => ", a redirect, and redirects are not followed: give the URL it leads to",
        401 | 403 => ": it refuses the key; check api_key and what the key may do",
        404 => ": there is nothing at the path of the URL, or it has no such model",
        429 => ": it has no room now, or the account's quota is used up",
        500.. => ": it has an error of its own, or there is no server behind it",
        _ => ": it does not understand the request",
    }
}

fn quoted(said: &str) -> String {
    if said.is_empty() { String::new() } else { format!("; it says: {said}") }
}
