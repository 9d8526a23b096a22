//! Tables: aligned columns on a terminal, tab-separated lines elsewhere.

use std::{fmt, io::IsTerminal as _};

use serde_json::Value;

use super::Column;

/// The widest column on a terminal, in characters.
const MAX_WIDTH: usize = 48;

/// Rows and their layout.
pub struct Table {
    rows: Vec<Vec<String>>,
    aligned: bool,
    titled: bool,
}

impl Table {
    /// A list with titles.
    pub fn list(columns: &[Column], items: &[Value]) -> Table {
        Table::begin(columns).more(columns, items)
    }

    /// A list with titles, to which rows are added later.
    pub fn begin(columns: &[Column]) -> Table {
        let aligned = std::io::stdout().is_terminal();
        let titles = columns.iter().map(|(title, _)| title.to_uppercase()).collect();
        let rows = if aligned { vec![titles] } else { Vec::new() };
        Table { rows, aligned, titled: aligned }
    }

    /// The rows of these items. The first call also returns the titles.
    pub fn more(&mut self, columns: &[Column], items: &[Value]) -> Table {
        let titles = std::mem::take(&mut self.rows);
        let cells = |item: &Value| columns.iter().map(|(_, cell)| plain(&cell(item))).collect();
        let rows = titles.into_iter().chain(items.iter().map(cells)).collect();
        Table { rows, aligned: self.aligned, titled: std::mem::take(&mut self.titled) }
    }

    /// The facts of one object, one per line.
    pub fn facts(facts: Vec<(String, String)>) -> Table {
        let aligned = std::io::stdout().is_terminal();
        let rows = facts.into_iter().map(|(title, value)| vec![format!("{title}:"), plain(&value)]);
        Table { rows: rows.collect(), aligned, titled: false }
    }
}

/// Replaces control characters, which a terminal would interpret, by spaces.
fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.aligned {
            return self.rows.iter().try_for_each(|row| writeln!(f, "{}", row.join("\t")));
        }
        if self.titled && self.rows.len() == 1 {
            return writeln!(f, "Nothing.");
        }
        let columns = self.rows.first().map_or(0, Vec::len);
        let last = columns.saturating_sub(1);
        let width = |column: usize| {
            let cells = self.rows.iter().filter_map(|row| row.get(column));
            cells.map(|cell| cell.chars().count()).max().unwrap_or_default().min(MAX_WIDTH)
        };
        let widths: Vec<usize> = (0..columns).map(width).collect();
        for row in &self.rows {
            for (column, cell) in row.iter().enumerate() {
                match column == last {
                    true => writeln!(f, "{cell}")?,
                    false => write!(f, "{:<width$}  ", cut(cell), width = widths[column])?,
                }
            }
        }
        Ok(())
    }
}

/// Truncates a cell to the column width.
fn cut(cell: &str) -> String {
    match cell.chars().count() > MAX_WIDTH {
        true => cell.chars().take(MAX_WIDTH - 1).chain(['…']).collect(),
        false => cell.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const COLUMNS: &[Column] = &[
        ("Name", |item| item["name"].as_str().unwrap_or_default().to_owned()),
        ("Calls", |item| item["calls"].to_string()),
    ];

    fn table(aligned: bool) -> String {
        let items = [
            json!({"name": "June\treminders\u{1b}[2J", "calls": 7}),
            json!({"name": "x".repeat(60), "calls": 12}),
        ];
        let mut begun =
            Table { rows: vec![vec!["NAME".into(), "CALLS".into()]], aligned, titled: aligned };
        if !aligned {
            begun.rows.clear();
        }
        begun.more(COLUMNS, &items).to_string()
    }

    #[test]
    fn a_terminal_gets_columns_and_a_program_whole_cells() {
        let long = "x".repeat(60);
        let seen = table(true);
        let lines: Vec<&str> = seen.lines().collect();
        assert_eq!(lines[0], format!("{:<48}  CALLS", "NAME"));
        assert_eq!(lines[2], format!("{}…  12", "x".repeat(47)));
        assert_eq!(table(false), format!("June reminders [2J\t7\n{long}\t12\n"));
    }

    #[test]
    fn an_empty_list_says_so_to_people_only() {
        let mut begun = Table { rows: vec![vec!["NAME".into()]], aligned: true, titled: true };
        assert_eq!(begun.more(COLUMNS, &[]).to_string(), "Nothing.\n");
        // Rows after the first screenful have no titles.
        assert_eq!(begun.more(COLUMNS, &[json!({"name": "a", "calls": 1})]).to_string(), "a  1\n");
        assert_eq!(begun.more(COLUMNS, &[]).to_string(), "");
        let mut begun = Table { rows: Vec::new(), aligned: false, titled: false };
        assert_eq!(begun.more(COLUMNS, &[]).to_string(), "");
    }
}
