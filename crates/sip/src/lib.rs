//! SIP without sockets: what a call says, when, and what the answers mean.
//!
//! Messages, commands and the time go in; messages and events come out. The crate `telephony` has the
//! sockets and one task per call, which drives [`Uac`].
//!
//! The user agent client is our own. We first read a library, rsipstack 0.7.14 (the sandbox is built
//! on it, so that the two ends share no mistakes). We did not use it here, because batch calls need
//! things that its layers hide:
//!
//! - The dialog must be in the store before the ACK of a 2xx leaves. In rsipstack, the transaction
//!   either sends that ACK itself or ends with the 2xx and forgets it.
//! - A process that finds the dialog of a dead process in the store must write its CANCEL, BYE and
//!   ACKs. So branch and tags must be functions of the Call-ID, and messages of transactions that
//!   this process never opened must be read. rsipstack drops them.
//! - rsipstack sends its CANCEL once and never repeats it; its nonce count is one byte; it cannot
//!   read a request with an unknown method, so it cannot refuse one; it logs every message with its
//!   phone numbers.
//! - In rsipstack, a panic while reading one datagram stops the only reader. Here it costs that
//!   datagram.
//! - A finished call costs rsipstack about 30 KB for 32 s, and us about 200 bytes.

mod cause;
mod dialog;
mod digest;
mod flow;
mod frames;
mod info;
mod late;
mod message;
pub mod outcome;
mod recorder;
mod repeat;
mod reply;
mod request;
mod sdp;
mod timers;
pub mod transaction;
mod uac;
mod write;

pub use dialog::{Dialog, Ends};
pub use digest::{Login, Nonces};
pub use flow::Flow;
pub use frames::{Frames, NotSip};
pub use late::{Late, on_late_message};
pub use message::{MAX_MESSAGE, Message};
pub use outcome::{CallEnd, EndKind};
pub use recorder::Recorder;
pub use reply::to_stranger;
pub use request::Request;
pub use sdp::{EVENTS, Local, Media, PayloadTypes};
pub use timers::Timers;
pub use uac::{Now, Output, Setup, Uac};
