//! A stand-in telephone network on loopback, for demos and tests.

mod behaviour;
mod cdr;
mod message;
mod person;
mod sdp;
mod speech;
mod voices;
