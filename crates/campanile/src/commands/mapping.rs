//! Options that map the rows and columns of a file.

use campanile_rules::{mapping::Mapping, template::BUILT_IN};
use serde_json::json;

/// Which row and which columns of the file are what.
#[derive(clap::Args)]
pub struct MappingArgs {
    /// The column that has the numbers; one without a name by its letter: "Column C" [default: phone_number]
    #[arg(long, value_name = "COLUMN")]
    phone_column: Option<String>,
    /// The row that names the columns, as a spreadsheet shows it [default: the first that is not blank]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=1_000))]
    header_row: Option<u64>,
    /// The column of a placeholder that is called otherwise, for example day=appointment_date or
    /// "day=Column C"; once for each
    #[arg(long, value_name = "PLACEHOLDER=COLUMN", value_parser = chosen)]
    map: Vec<(String, String)>,
}

/// Parses `day=appointment_date` or `{{day}}=appointment_date`.
fn chosen(text: &str) -> Result<(String, String), String> {
    let Some((placeholder, column)) = text.split_once('=') else {
        return Err("write placeholder=column, for example day=appointment_date".to_owned());
    };
    let placeholder = placeholder.trim_start_matches('{').trim_end_matches('}').trim();
    if BUILT_IN.contains(&placeholder) {
        return Err(format!("{{{{{placeholder}}}}} is built in and comes from no column"));
    }
    if placeholder.is_empty() || column.is_empty() {
        return Err("a name is missing; write placeholder=column".to_owned());
    }
    Ok((placeholder.to_owned(), column.to_owned()))
}

impl MappingArgs {
    /// The mapping for the import.
    pub fn mapping(&self) -> Mapping {
        Mapping {
            phone_column: self.phone_column.clone(),
            header_row: self.header_row,
            column_map: self.map.iter().cloned().collect(),
        }
    }

    /// The mapping as form fields.
    pub fn fields(&self) -> Vec<(&'static str, String)> {
        let Mapping { phone_column, header_row, column_map } = self.mapping();
        let map = (!column_map.is_empty()).then(|| json!(column_map).to_string());
        let fields = [
            ("phone_column", phone_column),
            ("header_row", header_row.map(|row| row.to_string())),
            ("column_map", map),
        ];
        fields.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
    }
}
