//! How to read a file, and its limits.

use campanile_numbers::{Country, destination::DestinationCheck};
use campanile_rules::{mapping::Mapping, words};
use serde::{Deserialize, Serialize};

/// How to read a file.
#[derive(Default)]
pub struct ImportOptions {
    /// The country of numbers without a country code. `None` rejects such numbers.
    pub default_country: Option<Country>,
    /// What to do with a number that an earlier row has.
    pub duplicates: Duplicates,
    /// The encoding (a label of the WHATWG Encoding Standard) of a file without a byte order mark.
    /// `None` determines it from the bytes of the file.
    pub encoding: Option<String>,
    /// The limits of a file.
    pub limits: Limits,
    /// Whether the route accepts a number. `None` accepts what a workspace's own trunk accepts.
    pub destination: Option<DestinationCheck>,
    /// Which row is the header, and which columns have which meaning.
    pub mapping: Mapping,
}

words! {
    /// What to do with a row whose number an earlier accepted row has.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
    pub enum Duplicates {
        /// Call the number again, with a warning.
        #[default]
        Allow = "allow",
        /// Reject the row.
        Reject = "reject",
    }
}

/// The limits of a file. Too many rows or columns refuse the file; a cell or record that is too
/// long makes a bad row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The most rows, without the header.
    pub max_rows: u64,
    /// The most columns.
    pub max_columns: usize,
    /// The most bytes of one cell, as UTF-8.
    pub max_cell_bytes: usize,
    /// The most bytes of all cells of one row, as UTF-8.
    pub max_record_bytes: usize,
    /// The most bytes of all cells of a workbook, as UTF-8. One shared text can be in a million
    /// cells, so the size of the workbook is no bound.
    pub max_text_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            max_rows: 1_000_000,
            max_columns: 1_000,
            max_cell_bytes: 64 * 1024,
            max_record_bytes: 1024 * 1024,
            max_text_bytes: 1 << 30,
        }
    }
}
