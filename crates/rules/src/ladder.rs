//! The SIP messages of a call, as they are kept and shown. Data only.

use serde::{Deserialize, Serialize};

use crate::time::Timestamp;

/// The messages that one call put on the wire or got from it, oldest first, without secrets.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Ladder {
    /// The messages; one that was repeated stands here once.
    pub messages: Vec<LadderMessage>,
    /// Messages that there was no room for.
    pub left_out: u32,
}

/// One SIP message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LadderMessage {
    /// When it left or came, the first time.
    pub at: Timestamp,
    /// Whether we sent it.
    pub sent: bool,
    /// How often it was repeated after that.
    pub repeats: u32,
    /// The message without credentials and keys; lines end in a line feed.
    pub text: String,
}

impl LadderMessage {
    /// Its first line, such as `SIP/2.0 180 Ringing`.
    pub fn start_line(&self) -> &str {
        self.text.lines().next().unwrap_or_default()
    }
}
