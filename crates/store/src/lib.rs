//! The storage of Campanile: SQLite behind a few verbs of batch calling.
//!
//! The store never decides whether to retry or when to dial. It stores what the rules decided, and
//! refuses what would break an invariant: a second open attempt of a recipient, a number in two
//! calls, a slot beyond a limit.
//!
//! [`Store`] holds the verbs of dialing. All other reads and writes are methods of [`SqliteStore`],
//! one file per noun.

pub mod owner;
mod records;
mod sqlite;
mod vault;
mod verbs;

pub use records::*;
pub use sqlite::*;
pub use vault::{KEY_FILE, Vault};
pub use verbs::*;
