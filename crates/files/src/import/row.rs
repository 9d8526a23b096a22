//! A row of a file, with its verdict.

use campanile_rules::{
    phone::E164,
    rejection::{RejectCause, RejectReason},
    zones::ZoneSet,
};

/// A row of the file below the header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The row number that a spreadsheet shows.
    pub position: u64,
    /// The unchanged cells, one per column. Missing cells of a ragged row are empty; surplus cells
    /// are joined by commas in the last column.
    pub cells: Vec<String>,
    /// Whether the row is accepted.
    pub verdict: Result<Accepted, Rejected>,
}

/// An accepted row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// The number.
    pub number: E164,
    /// The zones in which the number may be.
    pub zones: ZoneSet,
    /// The earlier row with the same number, if there is one.
    pub repeats: Option<u64>,
}

/// A rejected row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejected {
    /// The reason.
    pub reason: RejectReason,
    /// The exact cause, if the reason has several.
    pub cause: Option<RejectCause>,
    /// The message for users: `row 17: phone_number "98123" is not a full number; …`.
    pub message: String,
}
