//! Connections to servers that users name: webhooks' and agents'. Names are looked up, and private
//! addresses refused, at the very connection that is made.

mod address;
mod connect;

pub use address::is_public;
pub use connect::{Guard, Lookups, Reach, Unreachable, connect_to};
