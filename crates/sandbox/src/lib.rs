//! A stand-in telephone network on loopback, for demos and tests.

mod behaviour;
mod cdr;
mod person;
mod speech;
mod voices;
