//! How a batch reads its file.

use serde::{Deserialize, Serialize};

use crate::template::ColumnMap;

/// The name of the column with the numbers, unless another column is chosen.
pub const PHONE_NUMBER: &str = "phone_number";

/// Which row is the header and which columns have which meaning, if that differs from the default.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Mapping {
    /// The column with the numbers. `None` means `phone_number`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone_column: Option<String>,
    /// The row of the header, as a spreadsheet numbers it. `None` means the first row that is not
    /// blank.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub header_row: Option<u64>,
    /// The columns of placeholders that have another name than their column.
    #[serde(skip_serializing_if = "ColumnMap::is_empty")]
    pub column_map: ColumnMap,
}

impl Mapping {
    /// The name of the column with the numbers.
    pub fn phone(&self) -> &str {
        self.phone_column.as_deref().unwrap_or(PHONE_NUMBER)
    }
}
