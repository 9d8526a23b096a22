//! What people may ask for. The HTTP API and the command line both ask here; nothing here knows how
//! the question came or what the answer looks like.

pub mod fields;
pub mod report;
pub mod secret;
