//! The layout of a file, recognised from its beginning.

use std::collections::HashMap;

use super::{
    ImportError, Limits,
    columns::{Added, nameless_at},
    encoding::Utf8Stream,
    rows::{Record, Records},
};
use crate::preflight::RefusalCode::{NotATable, Undecodable};

const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// The most rows that are used to recognise the separator, including the header.
const MAX_SNIFFED_ROWS: usize = 50;

/// The separator of cells, and the position of the header.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Dialect {
    pub delimiter: u8,
    /// The length of a `sep=` line in bytes. A spreadsheet reads this line but does not show it.
    pub skipped_bytes: usize,
    /// Whether the header has the column of the numbers, which shows that the file is a table.
    pub has_number: bool,
}

/// Recognises the dialect of a file that begins with `sample`. Its header should have the column
/// `phone`. The header is the chosen row, or the first row that is not blank.
pub(super) fn sniff(
    sample: &[u8],
    limits: &Limits,
    (phone, header_row): (&str, Option<u64>),
) -> Dialect {
    if let Some(dialect) = declared(sample) {
        return dialect;
    }
    let by_letter = nameless_at(phone);
    let has = |names: &[String]| {
        let is_nameless = |at| names.get(at).is_some_and(String::is_empty);
        names.iter().any(|name| name == phone) || by_letter.is_some_and(is_nameless)
    };
    let mut best = (DELIMITERS[0], (false, false, false, 0, 0));
    for delimiter in DELIMITERS {
        let rows = beginning(sample, delimiter, (limits, header_row));
        let header = match header_row {
            Some(row) => rows.iter().find(|(at, _)| *at == row),
            None => rows.first(),
        };
        let header = header.map_or(&[][..], |(_, cells)| cells);
        let first = rows.first().map_or(&[][..], |(_, cells)| cells);
        let has_number = has(header);
        let below = rows.iter().any(|(_, cells)| has(cells));
        let (rows, cells) = if has_number { (0, header.len()) } else { steadiest(&rows) };
        // A file that we wrote is recognised first: its added columns are at the ends, whatever the
        // other columns are.
        let fit = (Added::of(first) != Added::Nothing, has_number, below, rows, cells);
        if fit > best.1 {
            best = (delimiter, fit);
        }
    }
    let (delimiter, (_, has_number, ..)) = best;
    Dialect { delimiter, skipped_bytes: 0, has_number }
}

/// How many rows have the same number of cells, more than one, and that number of cells.
fn steadiest(rows: &[(u64, Vec<String>)]) -> (usize, usize) {
    let mut counts: HashMap<usize, usize> = HashMap::new();
    for (_, cells) in rows.iter().filter(|(_, cells)| cells.len() > 1) {
        *counts.entry(cells.len()).or_default() += 1;
    }
    counts.into_iter().map(|(cells, rows)| (rows, cells)).max().unwrap_or_default()
}

/// Reads the `sep=;` line that spreadsheets use.
fn declared(sample: &[u8]) -> Option<Dialect> {
    if !sample.get(..4)?.eq_ignore_ascii_case(b"sep=") {
        return None;
    }
    let delimiter = *sample.get(4)?;
    let end_bytes = match sample.get(5..) {
        Some([b'\r', b'\n', ..]) => 2,
        Some([b'\r' | b'\n', ..]) => 1,
        Some([]) | None => 0,
        Some(_) => return None,
    };
    let usable = delimiter.is_ascii() && !matches!(delimiter, b'"' | b'\r' | b'\n' | 0);
    usable.then_some(Dialect { delimiter, skipped_bytes: 5 + end_bytes, has_number: false })
}

/// The first rows, at least up to the chosen header.
fn beginning(
    sample: &[u8],
    delimiter: u8,
    (limits, header_row): (&Limits, Option<u64>),
) -> Vec<(u64, Vec<String>)> {
    let mut records = Records::new(Utf8Stream::ended(), sample.to_vec(), delimiter, *limits);
    let mut record = Record::default();
    let mut rows = Vec::new();
    while rows.len() < MAX_SNIFFED_ROWS || header_row.is_some_and(|row| record.row < row) {
        if !matches!(records.read(&mut record), Ok(true)) {
            break;
        }
        let cells = record.cells().map(|cell| String::from_utf8_lossy(cell).into_owned());
        rows.push((record.row, cells.collect()));
    }
    rows
}

/// Refuses a file that is clearly not text or not in the assumed encoding: its header or more than
/// a quarter of its first records cannot be decoded. A few such records in a good file are bad
/// rows.
pub(super) fn check_text(
    sample: &[u8],
    delimiter: u8,
    ended: bool,
    limits: &Limits,
) -> Result<(), ImportError> {
    if sample.contains(&0) {
        return Err(ImportError::refused(
            NotATable,
            "the file is not text (it has zero bytes), nor a workbook that is known; save the sheet \
             as CSV UTF-8 and upload that",
        ));
    }
    if std::str::from_utf8(sample).is_ok() {
        return Ok(());
    }
    let mut records = Records::new(Utf8Stream::ended(), sample.to_vec(), delimiter, *limits);
    let mut record = Record::default();
    let mut readable = Vec::new();
    while records.read(&mut record)? {
        readable.push((record.row, record.is_text()));
    }
    if !ended {
        // The sample may end within a character.
        readable.pop();
    }
    let bad = readable.iter().filter(|(_, is_text)| !is_text).count();
    let header_is_bad = readable.first().is_some_and(|(_, is_text)| !is_text);
    let first = readable.iter().find(|(_, is_text)| !is_text);
    match first {
        Some((row, _)) if bad * 4 > readable.len() || header_is_bad => {
            Err(not_in_this_encoding(*row))
        }
        Some(_) | None => Ok(()),
    }
}

/// The refusal of a file whose `row` shows that the file has another encoding.
pub(super) fn not_in_this_encoding(row: u64) -> ImportError {
    ImportError::refused(
        Undecodable,
        format!(
            "row {row} is not in the encoding that the file is read in; save the file as UTF-8, \
             or declare its encoding, for example windows-1252"
        ),
    )
}
