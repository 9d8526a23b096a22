//! The SIP messages of a call, as they are stored and shown. Data only.

use serde::{Deserialize, Serialize};

use crate::time::Timestamp;

/// The messages that one call sent and received, oldest first, without secrets.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Ladder {
    /// The messages. A repeated message is listed once.
    pub messages: Vec<LadderMessage>,
    /// The number of messages left out because the ladder was full.
    pub left_out: u32,
}

/// One SIP message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LadderMessage {
    /// When the message was first sent or received.
    pub at: Timestamp,
    /// Whether we sent the message.
    pub sent: bool,
    /// How often the message was repeated.
    pub repeats: u32,
    /// The message without credentials and keys. Lines end in a line feed.
    pub text: String,
}

impl LadderMessage {
    /// The start line, such as `SIP/2.0 180 Ringing`.
    pub fn start_line(&self) -> &str {
        self.text.lines().next().unwrap_or_default()
    }
}
