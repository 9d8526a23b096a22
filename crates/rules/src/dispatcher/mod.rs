//! The state machine that decides who is dialed when.

mod types;

pub use types::*;
