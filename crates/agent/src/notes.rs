//! News of a conversation while it goes on.

use tokio::sync::mpsc;

use crate::Piece;

/// News that may wait for their reader, of one call.
const MAX_WAITING: usize = 64;

/// Sends the news of a conversation. It never waits: when too many news wait for the reader, the
/// newest is lost and counted. The transcript at the end of the conversation is whole in any case.
#[derive(Debug, Default)]
pub struct Notes {
    sender: Option<mpsc::Sender<Note>>,
    lost: u64,
}

impl Notes {
    /// Creates a sender and its reader.
    pub fn channel() -> (Notes, mpsc::Receiver<Note>) {
        let (sender, reader) = mpsc::channel(MAX_WAITING);
        (Notes { sender: Some(sender), lost: 0 }, reader)
    }

    /// Creates a sender that nobody reads.
    pub fn unread() -> Notes {
        Notes::default()
    }

    /// Sends a piece of news, if there is room.
    pub fn send(&mut self, note: Note) {
        if let Some(sender) = &self.sender {
            self.lost += u64::from(sender.try_send(note).is_err());
        }
    }

    /// Returns how many news were lost.
    pub fn lost(&self) -> u64 {
        self.lost
    }
}

/// A piece of news. Instants are milliseconds after the answer.
#[derive(Debug, Clone, PartialEq)]
pub enum Note {
    /// A turn began, grew or ended.
    Piece(Piece),
    /// The person pressed a digit.
    Digit {
        /// The digit.
        digit: char,
        /// When it was pressed.
        at_ms: u64,
    },
    /// The agent calls a tool.
    Tool {
        /// The tool's name.
        name: String,
        /// Its arguments, as JSON.
        arguments: String,
        /// When it was called.
        at_ms: u64,
    },
    /// The agent records a result of the call.
    Result {
        /// The result's name.
        name: String,
        /// Its value.
        value: String,
        /// When it was recorded.
        at_ms: u64,
    },
    /// The agent answered a turn of the person.
    Latency(Latency),
}

/// When each step between a person's turn and the agent's answer was done. Steps that the engine
/// does not have, or does not see, are none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Latency {
    /// The person was heard to stop.
    pub vad_end_ms: Option<u64>,
    /// The person's words were known.
    pub stt_final_ms: Option<u64>,
    /// The first word of the answer was there.
    pub llm_first_ms: Option<u64>,
    /// The first sound of the answer was there.
    pub tts_first_ms: Option<u64>,
    /// The first sound of the answer left on the wire.
    pub first_sample_ms: Option<u64>,
}
