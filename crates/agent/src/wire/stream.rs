//! The messages of media streaming, apart from how a dialect such as Twilio's writes them.

use std::collections::BTreeMap;

use bytes::Bytes;
use campanile_media::g711::Payload;
use serde_json::value::RawValue;

use super::Outgoing;

/// A message to a bot.
#[derive(Debug, Clone)]
pub enum ToBot {
    /// The connection is there.
    Connected,
    /// The call was answered. Comes once, with the values that the bot is given.
    Start(BTreeMap<String, String>),
    /// 20 ms of the person's sound, in mu-law.
    Sound {
        /// When the sound began, in milliseconds after the start.
        at_ms: u64,
        /// The sound.
        payload: Payload,
    },
    /// A digit that the person pressed.
    Digit(char),
    /// All sound before this mark of the bot has been played, or was cleared.
    Mark(Option<Name>),
    /// The call is over. The last message.
    Stop,
}

impl Outgoing for ToBot {
    fn is_sound(&self) -> bool {
        matches!(self, ToBot::Sound { .. })
    }
}

/// A message from a bot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FromBot {
    /// Sound to play, in mu-law; at most [`MAX_PIECE`] bytes. Longer sound comes as several messages.
    Sound(Bytes),
    /// A mark to return when the sound before it has been played.
    Mark(Option<Name>),
    /// Drop the sound that has not been played.
    Clear,
}

/// The most sound in one message from a bot, in bytes: 125 ms.
pub const MAX_PIECE: usize = 1_000;

/// The name of a mark: any JSON value, which is returned as it came.
#[derive(Debug, Clone)]
pub struct Name(Box<RawValue>);

impl Name {
    /// The longest name, in bytes of JSON.
    pub const MAX: usize = 256;

    /// Keeps a JSON value as a name. None: it is longer than [`Name::MAX`].
    pub fn new(value: &RawValue) -> Option<Name> {
        (value.get().len() <= Name::MAX).then(|| Name(value.to_owned()))
    }

    /// Returns the JSON value.
    pub fn value(&self) -> &RawValue {
        &self.0
    }
}

impl PartialEq for Name {
    fn eq(&self, other: &Name) -> bool {
        self.0.get() == other.0.get()
    }
}

impl Eq for Name {}

/// Splits sound into pieces of at most [`MAX_PIECE`] bytes, which share its memory. Empty sound has
/// no pieces.
pub fn pieces(mut sound: Bytes) -> Vec<FromBot> {
    let mut pieces = Vec::with_capacity(sound.len().div_ceil(MAX_PIECE));
    while !sound.is_empty() {
        pieces.push(FromBot::Sound(sound.split_to(sound.len().min(MAX_PIECE))));
    }
    pieces
}
