//! Tests of the sandbox from a caller's view.

mod behaviours;
mod many;
mod phone;
mod protocol;
mod sound;
mod transfers;
