//! The rules of batch calling, deterministic and without I/O.
//!
//! Inputs and *the time* go in; commands and *the next wake-up, with its reason* come out. The
//! crate has no socket, database, clock or randomness, so that pacing, calling hours, retries,
//! fairness, completion and crash recovery all run in a seeded simulator.

pub mod agent;
pub mod attempt;
pub mod batch;
pub mod blocker;
mod closed;
pub mod conversation;
pub mod described;
pub mod dispatcher;
pub mod event;
pub mod forecast;
pub mod hours;
pub mod ids;
pub mod ladder;
pub mod mapping;
pub mod node;
pub mod pacer;
pub mod phone;
pub mod recipient;
pub mod rejection;
pub mod retry;
pub mod series;
pub mod template;
pub mod time;
pub mod trunk;
pub mod trunk_health;
pub mod webhook;
pub mod words;
pub mod zones;
