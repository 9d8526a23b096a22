//! Telephony against real far ends: sipp, baresip, and peers written here byte by byte.

mod crash;
mod network;
mod peer;
mod sipp;
mod wire;
