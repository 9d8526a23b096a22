//! One file a command: its arguments, then what it does.

pub mod amd;
pub mod batch;
pub mod check;
pub mod db;
pub mod demo;
pub mod erase;
pub mod key;
pub mod run;
pub mod sandbox;
pub mod serve;

mod dialing;
mod files;
mod watch;
