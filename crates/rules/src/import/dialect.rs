//! How a file is laid out, told from its beginning.

use super::{
    ImportError, Limits,
    columns::is_report,
    encoding::Utf8Stream,
    rows::{Record, Records},
};
use crate::preflight::RefusalCode::{NotATable, Undecodable};

const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// Rows among which a header is looked for that is not the first.
const MAX_PREAMBLE_ROWS: usize = 50;

/// What separates cells, and where the header begins.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Dialect {
    pub delimiter: u8,
    /// Bytes of a `sep=` line, which a spreadsheet reads and does not show.
    pub skipped_bytes: usize,
    /// Whether the header has the column `phone_number`, so that the file is a table.
    pub has_number: bool,
}

/// Tells the dialect of a file that begins with `sample`.
pub(super) fn sniff(sample: &[u8], limits: &Limits) -> Dialect {
    if let Some(dialect) = declared(sample) {
        return dialect;
    }
    let mut best = (DELIMITERS[0], (false, false, 0));
    for delimiter in DELIMITERS {
        let header = header(sample, delimiter, limits);
        let has_number = header.iter().any(|name| name == "phone_number");
        // A report is told first: its own columns stand at the end, whatever is in the others.
        let fit = (is_report(&header).is_some(), has_number, header.len());
        if fit > best.1 {
            best = (delimiter, fit);
        }
    }
    let (delimiter, (_, has_number, _)) = best;
    Dialect { delimiter, skipped_bytes: 0, has_number }
}

/// The row of a header that stands below something else, such as a title.
pub(super) fn header_below(sample: &[u8], limits: &Limits) -> Option<u64> {
    for delimiter in DELIMITERS {
        let mut records = Records::new(Utf8Stream::ended(), sample.to_vec(), delimiter, *limits);
        let mut record = Record::default();
        for _ in 0..MAX_PREAMBLE_ROWS {
            if !matches!(records.read(&mut record), Ok(true)) {
                break;
            }
            if record.cells().any(|cell| cell == b"phone_number") {
                return Some(record.row);
            }
        }
    }
    None
}

/// The `sep=;` line that spreadsheets write and read.
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

fn header(sample: &[u8], delimiter: u8, limits: &Limits) -> Vec<String> {
    let mut records = Records::new(Utf8Stream::ended(), sample.to_vec(), delimiter, *limits);
    let mut record = Record::default();
    match records.read(&mut record) {
        Ok(true) => record.cells().map(|cell| String::from_utf8_lossy(cell).into_owned()).collect(),
        Ok(false) | Err(_) => Vec::new(),
    }
}

/// Refuses a file that is plainly not text, or not in the encoding that it is read in: when its
/// header or more than a quarter of its first records cannot be decoded. A few such records in a
/// good file are bad rows.
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

/// The refusal of a file whose `row` shows that it is in another encoding.
pub(super) fn not_in_this_encoding(row: u64) -> ImportError {
    ImportError::refused(
        Undecodable,
        format!(
            "row {row} is not in the encoding that the file is read in; save the file as UTF-8, \
             or declare its encoding, for example windows-1252"
        ),
    )
}
