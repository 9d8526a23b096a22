//! What Campanile remembers: SQLite behind a few verbs of the domain.
//!
//! The store never decides whether to retry or when to dial; it keeps what the rules decided, and
//! refuses what would break an invariant: a second open attempt of a recipient, a number in two
//! calls, a slot beyond a limit.

mod verbs;

pub use verbs::*;
