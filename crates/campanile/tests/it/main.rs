//! The binary as a user drives it.

mod amd;
mod check;
mod clients;
mod config;
mod demo;
mod doctor;
mod documents;
mod doors;
mod exits;
mod help;
mod json;
mod keys;
mod nouns;
mod repeat;
mod schemathesis;
mod server;
mod stopping;
mod support;
mod unread;
mod uploads;
mod voices;
mod walk;
mod world;
