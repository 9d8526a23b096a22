//! Tests of the engine over a store that delays, fails once, fails for ever and answers late. The
//! callee is a sandbox carrier over real SIP, and the checks rely on its records.

mod begin;
mod changes;
mod heard;
mod settling;
mod stopping;
mod transfers;
mod troubled;
mod world;
