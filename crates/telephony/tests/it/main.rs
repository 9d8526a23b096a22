//! Telephony against real far ends: sipp, baresip, and peers written here byte by byte.

mod answers;
mod baresip;
mod crash;
mod families;
mod keys;
mod ladder;
mod network;
mod offers;
mod outages;
mod peer;
mod ping;
mod pressure;
mod sipp;
mod sources;
mod strangers;
mod streams;
mod torture;
mod wire;
mod within;
