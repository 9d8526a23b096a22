//! A stand-in telephone network on loopback, for demos and tests.

mod behaviour;
mod speech;
mod voices;
