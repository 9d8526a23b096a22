//! The store from outside.

mod dialing;
mod world;
