//! What Campanile remembers: SQLite behind a few verbs of the domain.
//!
//! The store never decides whether to retry or when to dial; it keeps what the rules decided, and
//! refuses what would break an invariant: a second open attempt of a recipient, a number in two
//! calls, a slot beyond a limit.
//!
//! [`Store`] holds the verbs of dialing; everything else that the program reads and writes is a
//! method of [`SqliteStore`], one file per noun.

mod call_log;
pub mod owner;
mod sqlite;
mod vault;
mod verbs;

pub use call_log::*;
pub use sqlite::*;
pub use vault::{KEY_FILE, Vault};
pub use verbs::*;
