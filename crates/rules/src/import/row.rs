//! A row of a file, and what became of it.

use crate::{
    phone::E164,
    rejection::{RejectCause, RejectReason},
    zones::ZoneSet,
};

/// A row of the file below its header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Its number, as a spreadsheet shows it.
    pub position: u64,
    /// Its cells as they are, one per column: a ragged row is filled up with empty cells, and
    /// cells too many are joined by commas in the last column.
    pub cells: Vec<String>,
    /// Whether it is called.
    pub verdict: Result<Accepted, Rejected>,
}

/// A row that is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// The number.
    pub number: E164,
    /// Where it may be.
    pub zones: ZoneSet,
    /// The earlier row with the same number, if there is one.
    pub repeats: Option<u64>,
}

/// A row that is not called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejected {
    /// Why.
    pub reason: RejectReason,
    /// What exactly is wrong, where the reason has several causes.
    pub cause: Option<RejectCause>,
    /// Why, for people: `row 17: phone_number "98123" is not a full number; …`.
    pub message: String,
}
