//! The errors of a server: what they mean for the call.

use std::fmt;

use crate::{Blame, Failure, wire::realtime::Failed};

/// Errors without any response in between, after which the model is given up.
const MOST_ERRORS: u32 = 20;

/// Codes that come when nothing is wrong.
const HARMLESS: [&str; 2] = ["response_cancel_not_active", "input_audio_buffer_commit_empty"];

/// Codes that will come again, whatever is tried.
const FATAL: [&str; 9] = [
    "account_deactivated",
    "authentication_error",
    "beta_api_shape_disabled",
    "billing_hard_limit_reached",
    "insufficient_quota",
    "invalid_api_key",
    "model_load_error",
    "model_not_found",
    "permission_denied",
];

/// The code of a session that has lasted for too long.
const EXPIRED: &str = "session_expired";

/// The code of a request for a response while there is one.
pub(super) const BUSY: &str = "conversation_already_has_active_response";

/// Whether an error ends every call to this agent.
pub(super) fn is_fatal(code: &str) -> bool {
    FATAL.contains(&code)
}

/// What an error means.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    /// Nothing.
    None,
    /// The session has to be set up again.
    Expired,
    /// The model cannot go on.
    Fatal(Failure),
}

/// The errors of one call.
#[derive(Debug, Default)]
pub(super) struct Troubles {
    in_a_row: u32,
    all: u64,
}

impl Troubles {
    /// Takes an error of the server.
    pub fn take(&mut self, error: &Failed) -> Trouble {
        if HARMLESS.contains(&error.code.as_str()) {
            tracing::debug!(%error, "the model's server reports what does no harm");
            return Trouble::None;
        }
        self.all += 1;
        self.in_a_row += 1;
        if error.code == EXPIRED {
            return Trouble::Expired;
        }
        if is_fatal(&error.code) || self.in_a_row > MOST_ERRORS {
            let cause = format!("the agent's server cannot go on: {error}");
            return Trouble::Fatal(Failure { cause, blame: Blame::Agent });
        }
        if self.all == 1 {
            tracing::warn!(%error, "the model's server reports an error");
        } else {
            tracing::debug!(%error, "the model's server reports a further error");
        }
        Trouble::None
    }

    /// A response was made.
    pub fn is_well(&mut self) {
        self.in_a_row = 0;
    }

    /// Returns how many errors there were.
    pub fn all(&self) -> u64 {
        self.all
    }
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.message.as_str(), self.code.as_str()) {
            ("", "") => f.write_str("it gives no reason"),
            (message, "") => f.write_str(message),
            ("", code) => f.write_str(code),
            (message, code) => write!(f, "{message} ({code})"),
        }
    }
}
