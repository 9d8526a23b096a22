//! The way into the telephone network: SIP and RTP.

mod digest;
mod message;
mod sdp;
