//! Connections to the servers of agents. [`Connector`] makes one. [`Link`] joins a WebSocket to the
//! 20 ms loop of a call, and a [`Codec`] writes and reads its messages without any I/O. [`Http`] sends
//! requests over kept connections.

mod address;
mod allowance;
pub mod chat;
mod connect;
mod connectors;
mod events;
mod http;
mod http_error;
mod link;
pub mod listen;
mod outbox;
pub mod realtime;
mod said;
mod speech;
pub mod stream;
mod thoughts;
pub mod transcribe;
pub mod twilio;

pub use address::{Origin, Protocol, check_url};
pub use connect::{Connect, ConnectError, Connector, Dial, Doing, Socket, Transport};
pub use connectors::{Connectors, SETTING};
pub use http::{Answer, Http, Limits, Request};
pub use http_error::HttpError;
pub use link::{End, Link};
pub use speech::{Speaking, SpeechServer, VoiceError};
pub use tokio_tungstenite::tungstenite::Message;

/// A protocol between Campanile and the server of an agent.
pub trait Codec: Send + 'static {
    /// A message to the server.
    type Out: Outgoing;
    /// A message from the server.
    type In: Send + 'static;

    /// Writes a message. Messages are written in the order in which they are sent.
    fn write(&mut self, message: Self::Out) -> Message;

    /// Writes the message that keeps a connection open on which nothing was sent for some seconds, if the
    /// protocol needs one.
    fn keep_alive(&mut self) -> Option<Message> {
        None
    }

    /// Reads a JSON text, which may stand for several messages.
    fn read(text: &[u8]) -> Result<Vec<Self::In>, Unread>;
}

/// A message to a server.
pub trait Outgoing: Send + 'static {
    /// Whether the message is 20 ms of sound, which is dropped when the server reads too slowly.
    fn is_sound(&self) -> bool;
}

/// Why a message from a server was ignored.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unread {
    /// The message is not JSON of the expected shape.
    #[error("it is malformed: {0}")]
    Malformed(String),
    /// The protocol has no such message.
    #[error("the event {0:?} is unknown")]
    Unknown(String),
    /// A field of the message is longer than allowed.
    #[error("its {0} is too long")]
    TooLong(&'static str),
}
