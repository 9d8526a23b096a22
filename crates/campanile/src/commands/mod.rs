//! The commands. Each file has the arguments of one command and its code.

pub mod agent;
pub mod amd;
pub mod batch;
pub mod check;
pub mod completions;
pub mod db;
pub mod demo;
pub mod doctor;
pub mod erase;
pub mod key;
pub mod man;
pub mod number;
pub mod run;
pub mod sandbox;
pub mod serve;
pub mod suppression;
pub mod trunk;
pub mod voices;
pub mod webhook;

mod dialing;
mod files;
mod id;
mod mapping;
mod noun;
mod recipient_status;
mod secret;
mod serving;
