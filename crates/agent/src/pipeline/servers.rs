//! The three servers of a pipeline: whether they are there, and what is said when one is not.

use std::{fmt::Display, time::Duration};

use campanile_rules::agent::Secret;

use crate::{
    Blame, Failure, OPEN_WITHIN,
    wire::{Http, HttpError, Limits, Request},
};

/// The limits of a question that only shows whether a server is there.
const LIMITS: Limits = Limits { first: OPEN_WITHIN, next: Duration::from_secs(2), max: 256 << 10 };

/// What a server does.
#[derive(Debug, Clone, Copy)]
pub struct Role(&'static str);

/// Speech to text.
pub const RECOGNITION: Role = Role("speech recognition");
/// The language model.
pub const MODEL: Role = Role("the language model");
/// Text to speech.
pub const SPEECH: Role = Role("speech synthesis");

impl Role {
    /// Returns the failure of a server for this cause.
    pub fn failed(self, cause: impl Display) -> Failure {
        Failure { cause: format!("{}: {cause}", self.0), blame: Blame::Agent }
    }

    /// Returns the failure of a server that did not answer well.
    pub fn refused(self, error: &HttpError) -> Failure {
        Failure { blame: Failure::from(error).blame, ..self.failed(error) }
    }

    /// Waits for a step before the call, for as long as all of them may take.
    pub async fn in_time<T>(
        self,
        step: impl Future<Output = Result<T, Failure>>,
    ) -> Result<T, Failure> {
        let late = || self.failed(format!("it was not ready within {} s", OPEN_WITHIN.as_secs()));
        tokio::time::timeout(OPEN_WITHIN, step).await.unwrap_or_else(|_| Err(late()))
    }
}

/// Makes sure that a server is there and that a connection to it is open. With `careful`, also that it
/// accepts the key and is ready: it is asked for its models. Any other answer will do, because not
/// every server has such a list.
pub async fn reach(http: &Http, url: &str, key: &Secret, careful: bool) -> Result<(), HttpError> {
    if careful {
        let models = format!("{}/models", url.trim_end_matches('/'));
        match http.send(&Request::get(models).bearer(key), LIMITS).await {
            // A list that is not read to its end costs the connection.
            Ok(mut answer) => drop(answer.text().await),
            Err(HttpError::Status { status, .. }) if !matches!(status, 401 | 403 | 503) => {}
            Err(error) => return Err(error),
        }
    }
    http.warm(url).await
}
