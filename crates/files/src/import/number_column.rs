//! Help for a file without the column of the numbers. Its cells show which column has the numbers,
//! and where the header is if something else is above it.

use campanile_numbers::{Country, looks_like_number, normalise};

use super::{ImportOptions, Refusal, columns, rows::Record, source::Rows};
use crate::preflight::{Proposed, folded};

/// The most rows that are examined.
const SAMPLE_ROWS: usize = 50;

/// Names for columns of numbers in the languages of many exports, folded.
const WORDS: [&str; 24] = [
    "phone",
    "mobile",
    "telephone",
    "msisdn",
    "cell",
    "tel",
    "telefon",
    "handy",
    "rufnummer",
    "mobil",
    "movil",
    "móvil",
    "telefono",
    "teléfono",
    "téléphone",
    "portable",
    "celular",
    "telefone",
    "cellulare",
    "телефон",
    "电话",
    "手机",
    "電話",
    "فون",
];

/// What the sampled cells of one column contain.
#[derive(Default, Clone, Copy)]
struct Seen {
    filled: u32,
    /// Numbers that can be called.
    full: u32,
    /// Digits that may be a number without its country code.
    likely: u32,
}

impl Seen {
    fn look(&mut self, cell: &str, country: Option<Country>) {
        if cell.trim().is_empty() {
            return;
        }
        self.filled += 1;
        self.full += u32::from(normalise(cell, country).is_ok());
        self.likely += u32::from(looks_like_number(cell));
    }

    /// Whether most filled cells may be numbers.
    fn is_candidate(self) -> bool {
        self.filled > 0 && self.likely.max(self.full) * 2 > self.filled
    }
}

/// An examined row: its number and its cells.
type Looked = (u64, Vec<String>);

/// The refusal of a file whose `header` lacks the column, with a proposal based on the rows below.
pub(super) fn help(
    refusal: Refusal,
    (header, rows): (&Record, &mut Rows),
    options: &ImportOptions,
) -> Refusal {
    let country = options.default_country;
    let wanted = options.mapping.phone_column.as_deref();
    let names = refusal.columns.clone();
    let mut seen = vec![(header.row, names.clone())];
    sample(&mut seen, rows);
    let exact = options.mapping.phone();
    if let Some((row, _)) = seen.iter().find(|(_, cells)| cells.iter().any(|cell| cell == exact)) {
        let detail = format!(
            "{}; take row {row} as the header (header_row), or delete the rows above row {row}, \
             which has it",
            columns::missing_detail((&names, wanted), &[], &[])
        );
        let proposed = Some(Proposed { header_row: Some(*row), phone_column: None });
        return Refusal { detail, proposed, ..refusal };
    }
    if names.iter().any(|name| is_number(name, country)) {
        let detail = "the file has no header: row 1 has a number already; put a row above it \
                      that names each column, and name the column with the numbers phone_number";
        let detail = detail.replace("row 1", &format!("row {}", header.row));
        return Refusal { detail, ..refusal };
    }
    let at = header_among(&seen, country);
    let (row, names) = seen[at].clone();
    let columns = look(&names, &seen[at + 1..], country);
    let choosable = choosable(&names);
    let best = likely(&choosable, &columns);
    let candidates: Vec<&String> = best.iter().take(3).map(|&at| &choosable[at]).collect();
    let phone_column = candidates.first().map(|name| (*name).clone());
    if at > 0
        && let Some(column) = &phone_column
    {
        let detail = format!(
            "row {} is not the header: row {row} is, and {:?} has the numbers; take row {row} as \
             the header (header_row), and that column for the numbers (phone_column)",
            header.row,
            columns::shown(column)
        );
        let proposed = Some(Proposed { header_row: Some(row), phone_column });
        return Refusal { detail, proposed, ..refusal };
    }
    let is_filled = |at: usize| columns[at].filled > 0 || columns.iter().all(|c| c.filled == 0);
    let filled = (0..columns.len()).filter(|&at| is_filled(at)).map(|at| names[at].clone());
    let filled: Vec<String> = filled.collect();
    let detail = columns::missing_detail((&names, wanted), &candidates, &filled);
    let proposed =
        phone_column.map(|column| Proposed { header_row: None, phone_column: Some(column) });
    Refusal { detail, proposed, ..refusal }
}

/// The names by which the columns can be chosen.
fn choosable(header: &[String]) -> Vec<String> {
    let mut names = header.to_vec();
    for (at, name) in columns::nameless(header, |at| at) {
        names[at] = name;
    }
    names
}

fn sample(seen: &mut Vec<Looked>, rows: &mut Rows) {
    let mut record = Record::default();
    // The file is already refused; an unreadable row proves nothing.
    while seen.len() <= SAMPLE_ROWS && matches!(rows.read(&mut record), Ok(true)) {
        let cells = record.cells().map(|cell| String::from_utf8_lossy(cell).into_owned());
        seen.push((record.row, cells.collect()));
    }
}

/// The index of the header among the rows: the first row that has as many cells as the fullest row,
/// among the rows above all numbers. A title fills one or two cells and is not a header.
fn header_among(seen: &[Looked], country: Option<Country>) -> usize {
    let width = seen.iter().map(|(_, cells)| cells.len()).max().unwrap_or(0);
    let cell = |row: &Looked, at: usize| row.1.get(at).cloned().unwrap_or_default();
    let numbers = |at: usize| seen.iter().filter(|row| is_number(&cell(row, at), country)).count();
    let Some(column) = (0..width).max_by_key(|&at| (numbers(at), width - at)) else { return 0 };
    let Some(first) = seen.iter().position(|row| is_number(&cell(row, column), country)) else {
        return 0;
    };
    let filled = |row: &Looked| row.1.iter().filter(|cell| !cell.trim().is_empty()).count();
    let above = &seen[..first];
    let fullest = above.iter().map(filled).max().unwrap_or(0);
    let header = above.iter().position(|row| filled(row) * 2 > fullest);
    header.filter(|&at| !cell(&seen[at], column).trim().is_empty()).unwrap_or(0)
}

/// Counts what the cells of each column contain.
fn look(names: &[String], rows: &[Looked], country: Option<Country>) -> Vec<Seen> {
    let mut columns = vec![Seen::default(); names.len()];
    for (_, cells) in rows {
        for (column, cell) in columns.iter_mut().zip(cells) {
            column.look(cell, country);
        }
    }
    columns
}

/// The columns that may have the numbers, the most likely first.
fn likely(names: &[String], columns: &[Seen]) -> Vec<usize> {
    // A column with such a name may have many badly written numbers.
    let is_one = |at: &usize| {
        let Seen { full, likely, .. } = columns[*at];
        let is_called_so = is_named_so(&names[*at]) && full.max(likely) > 0;
        (columns[*at].is_candidate() || is_called_so) && !names[*at].is_empty()
    };
    let mut candidates: Vec<usize> = (0..names.len()).filter(is_one).collect();
    candidates.sort_by_key(|&at| {
        let Seen { filled, full, .. } = columns[at];
        std::cmp::Reverse((full * 2 > filled, is_named_so(&names[at]), full, filled))
    });
    candidates
}

fn is_number(name: &str, country: Option<Country>) -> bool {
    normalise(name, country).is_ok() || (name.len() >= 7 && looks_like_number(name))
}

fn is_named_so(name: &str) -> bool {
    let folded = folded(name);
    WORDS.iter().any(|word| folded.contains(word))
}
