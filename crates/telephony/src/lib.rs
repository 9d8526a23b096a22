//! The way into the telephone network: the sockets and tasks that carry SIP and RTP.
//!
//! What SIP says is decided in `campanile_sip`, a state machine without I/O. Here it stands between
//! a socket layer (`wire`) and one task per call (`call`).

mod audio;
mod call;
mod calls;
mod config;
mod digits;
mod ears;
mod endpoint;
mod error;
mod exchange;
mod latch;
mod names;
mod ping;
mod ports;
mod shared;
mod wire;

pub use audio::CallAudio;
pub use call::{Call, CallEvent, Hanger};
pub use config::SipConfig;
pub use endpoint::{Outgoing, PreparedCall, Sip};
pub use error::{PingError, SipError};
pub use ping::Pong;
