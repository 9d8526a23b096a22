//! The Realtime protocol of speech-to-speech models, in the shape that OpenAI calls GA. What a server
//! says is read by its beta names as well, because servers of others still use them.
//!
//! Source: <https://platform.openai.com/docs/api-reference/realtime>, and the types of PyPI `openai`
//! 3.57.0.

mod read;
mod write;

use bytes::Bytes;
use serde_json::Value;

use super::{Codec, Message, Outgoing, Unread};

pub use campanile_rules::conversation::Usage;
pub use read::{Failed, Format, Taken};

/// The most sound in one message from a model, in bytes. Longer sound comes as several messages.
pub const MAX_PIECE: usize = 1_000;

/// The longest id of an item, a response or a call, in bytes.
const MAX_ID: usize = 512;

/// A message to a model.
#[derive(Debug, Clone)]
pub enum ToModel {
    /// Sets up the session.
    Update(Box<Value>),
    /// 20 ms of the person's sound, in the format of the session.
    Sound(Bytes),
    /// Ends the person's turn.
    Commit,
    /// A turn of a person in words.
    PersonSaid(String),
    /// A turn of the model itself in words.
    ModelSaid(String),
    /// What a call of a function returned.
    Output {
        /// The model's id of the call.
        call_id: String,
        /// What it returned.
        output: String,
    },
    /// Asks for a response.
    Respond {
        /// The id that an error of this request refers to.
        event_id: String,
        /// What to do in this response, instead of the instructions of the session.
        instructions: Option<String>,
    },
    /// Ends the response that is being made.
    Cancel,
    /// Says how much of an item was heard.
    Truncate {
        /// The item.
        item_id: String,
        /// The sound that was heard, in milliseconds.
        heard_ms: u64,
    },
    /// Removes an item, of which nothing was heard.
    Delete {
        /// The item.
        item_id: String,
    },
}

impl Outgoing for ToModel {
    fn is_sound(&self) -> bool {
        matches!(self, ToModel::Sound(_))
    }
}

/// A message from a model. Ids that a server leaves out are empty.
#[derive(Debug, Clone, PartialEq)]
pub enum FromModel {
    /// The session is there, with the server's own settings.
    Created,
    /// The session has these settings now.
    Updated(Taken),
    /// The person began to speak.
    SpeechStarted {
        /// The item that the turn will be.
        item_id: String,
        /// When, in milliseconds of the sound that the server was sent.
        at_ms: Option<u64>,
    },
    /// The person stopped speaking.
    SpeechStopped {
        /// The item that the turn will be.
        item_id: String,
        /// When, in milliseconds of the sound that the server was sent.
        at_ms: Option<u64>,
    },
    /// The words of a turn of the person.
    Heard {
        /// The item of the turn.
        item_id: String,
        /// The words.
        text: String,
    },
    /// A response has begun.
    Responding {
        /// The response.
        response_id: String,
    },
    /// Sound of a response; at most [`MAX_PIECE`] bytes.
    Sound {
        /// The response.
        response_id: String,
        /// The item of the response.
        item_id: String,
        /// The sound.
        sound: Bytes,
    },
    /// Further words of a response.
    Words {
        /// The response.
        response_id: String,
        /// The item of the response.
        item_id: String,
        /// The words.
        words: String,
    },
    /// All words of an item.
    AllWords {
        /// The response.
        response_id: String,
        /// The item of the response.
        item_id: String,
        /// The words.
        text: String,
    },
    /// A function is to be called.
    Call {
        /// The response.
        response_id: String,
        /// The model's id of the call.
        call_id: String,
        /// The name of the function.
        name: String,
        /// Its arguments, as JSON.
        arguments: String,
    },
    /// A response has ended.
    Responded {
        /// The response.
        response_id: String,
        /// Why it failed, if it did.
        failed: Option<Failed>,
        /// What it cost.
        usage: Usage,
    },
    /// Something went wrong.
    Error(Failed),
}

/// The writer of a session.
#[derive(Debug, Default)]
pub struct Realtime;

impl Codec for Realtime {
    type Out = ToModel;
    type In = FromModel;

    fn write(&mut self, message: ToModel) -> Message {
        Message::text(write::event(message).to_string())
    }

    fn read(text: &[u8]) -> Result<Vec<FromModel>, Unread> {
        read::event(text)
    }
}
