//! How a file is read, and what is too large.

use serde::{Deserialize, Serialize};

use super::columns::PHONE_NUMBER;
use crate::{
    phone::{Country, E164, Reject},
    template::ColumnMap,
};

/// A check of a number against the way that it would go: the workspace's enabled networks, KYC,
/// suppressions. Its rejection is the row's.
pub type DestinationCheck = Box<dyn Fn(E164) -> Result<(), Reject> + Send>;

/// How to read a file.
#[derive(Default)]
pub struct ImportOptions {
    /// Where numbers without a country code are; none rejects them.
    pub default_country: Option<Country>,
    /// What to do with a number that an earlier row has.
    pub duplicates: Duplicates,
    /// Encoding (a label of the WHATWG Encoding Standard) of a file that has no byte order mark;
    /// none means that its bytes tell.
    pub encoding: Option<String>,
    /// What is too large.
    pub limits: Limits,
    /// Whether the route takes a number; none takes what a workspace's own trunk does.
    pub destination: Option<DestinationCheck>,
    /// Which row and which columns are what.
    pub mapping: Mapping,
}

/// Which row and which columns of a file are what, where that is not as usual.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Mapping {
    /// The column that has the numbers; none means `phone_number`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone_column: Option<String>,
    /// The row of the header, as a spreadsheet shows it; none means the first that is not blank.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub header_row: Option<u64>,
    /// The columns of placeholders that are called otherwise.
    #[serde(skip_serializing_if = "ColumnMap::is_empty")]
    pub column_map: ColumnMap,
}

impl Mapping {
    /// The name of the column that has the numbers.
    pub fn phone(&self) -> &str {
        self.phone_column.as_deref().unwrap_or(PHONE_NUMBER)
    }
}

/// What to do with a row whose number an earlier accepted row has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Duplicates {
    /// Call it too, with a warning.
    #[default]
    Allow,
    /// Reject the row.
    Reject,
}

/// What is too large. More rows or columns refuse the file; a longer cell or record is a bad row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Rows without the header.
    pub max_rows: u64,
    /// Columns.
    pub max_columns: usize,
    /// Bytes of one cell, as UTF-8.
    pub max_cell_bytes: usize,
    /// Bytes of all cells of one row, as UTF-8.
    pub max_record_bytes: usize,
    /// Bytes of all cells of a workbook, as UTF-8. One text can stand in a million of its cells,
    /// so that its own size bounds nothing.
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
