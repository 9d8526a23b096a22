//! Reads a file into recipients and rejected rows. The file is streamed in flat memory.
//!
//! Row numbers are the ones that a spreadsheet shows: the header is row 1, a record with quoted
//! newlines is one row, blank lines are counted although they are skipped, and a `sep=` line is not
//! counted because spreadsheets do not show it.

mod columns;
mod dialect;
mod encoding;
mod example;
mod header;
mod kind;
mod letters;
mod number_column;
mod options;
mod reader;
mod refusal;
mod row;
mod rows;
mod source;
mod tally;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod torture;
mod xlsx;

use std::{borrow::Cow, io};

use campanile_rules::agent::AgentVersion;

pub use self::{
    example::example_file,
    options::{Duplicates, ImportOptions, Limits},
    reader::RowReader,
    refusal::{ImportError, Refusal},
    row::{Accepted, Rejected, Row},
    source::{ReadSeek, Source, Table},
};
use crate::preflight::Preflight;

/// Reads a whole file and reports on it. Keeps nothing of the file. Fails only if the file cannot
/// be read.
pub fn preflight(
    source: Source,
    options: ImportOptions,
    agent: Option<&AgentVersion>,
) -> io::Result<Preflight> {
    let mut rows = match RowReader::open(source, options) {
        Ok(rows) => rows,
        Err(ImportError::Read(error)) => return Err(error),
        Err(ImportError::Refused(refusal)) => return Ok(Preflight::from(refusal)),
    };
    for row in &mut rows {
        if let Err(ImportError::Read(error)) = row {
            return Err(error);
        }
    }
    Ok(rows.finish(agent))
}

/// A cell, shortened for a message.
fn short(cell: &str) -> Cow<'_, str> {
    shortened(cell, 40)
}

/// A cell, cut after this many characters.
fn shortened(cell: &str, most: usize) -> Cow<'_, str> {
    match cell.char_indices().nth(most) {
        Some((end, _)) => Cow::Owned(format!("{}…", &cell[..end])),
        None => Cow::Borrowed(cell),
    }
}
