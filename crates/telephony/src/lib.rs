//! The way into the telephone network: SIP and RTP.
//!
//! The crate has its own user agent client: a state machine without I/O (`uac`) between a socket
//! layer (`wire`) and one task per call (`call`). We first read a library, rsipstack 0.7.14 (the
//! sandbox is built on it, so that the two ends share no mistakes). We did not use it here, because
//! batch calls need things that its layers hide:
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
