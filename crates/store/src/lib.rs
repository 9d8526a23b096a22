//! The storage of Campanile: SQLite behind a few verbs of batch calling.
//!
//! The store never decides whether to retry or when to dial. It stores what the rules decided, and
//! refuses what would break an invariant: a second open attempt of a recipient, a number in two
//! calls, a slot beyond a limit.
//!
//! [`Store`] is made of traits, one a noun: [`Dialing`] for the engine, and a trait beside the
//! records of each noun for all others. [`SqliteStore`] implements them.

mod dialing;
mod error;
pub mod owner;
mod records;
mod sqlite;
mod store;
mod vault;

pub use dialing::*;
pub use error::*;
pub use records::*;
pub use sqlite::*;
pub use store::*;
pub use vault::{KEY_FILE, Vault};
