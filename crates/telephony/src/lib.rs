//! The way into the telephone network: SIP and RTP.
//!
//! A user agent client of our own, as a state machine without I/O (`uac`) between a socket layer
//! (`wire`) and a task for each call (`call`). A library was read first (rsipstack 0.7.14, which
//! the sandbox is built on, so that the two ends share no mistakes). It was not taken here, because
//! batch calls ask for what its layers keep to themselves:
//!
//! - The identity of a dialog must be in the store before the ACK of a 2xx leaves. There, either the
//!   transaction sends that ACK, or it ends with the 2xx and forgets it.
//! - A process that finds a dialog of a dead one in the store must write its CANCEL, BYE and ACKs:
//!   branch and tags have to be functions of the Call-ID, and messages of transactions that this
//!   process never had must be heard. There, they are dropped.
//! - Its CANCEL is sent once and never repeated; a nonce count is one byte; a request with an
//!   unknown method cannot be read, hence not refused; every message is logged with its numbers.
//! - A panic while reading one datagram stops its only reader. Here it costs that datagram.
//! - A finished call costs it some 30 KB for 32 s; here some 200 bytes.

mod audio;
mod call;
mod calls;
mod cause;
mod clock;
mod dialog;
mod digest;
mod digits;
mod ears;
mod frames;
mod latch;
mod message;
mod names;
pub mod outcome;
mod ping;
mod ports;
mod reply;
mod scribe;
mod sdp;
mod sip;
mod uac;
mod wire;

pub use audio::CallAudio;
pub use call::{Call, CallEvent, Hanger};
pub use clock::Clock;
pub use dialog::Dialog;
pub use outcome::{CallEnd, EndKind};
pub use ping::{PingError, Pong};
pub use sip::{Outgoing, PreparedCall, Sip, SipConfig, SipError};
pub use uac::Timers;
