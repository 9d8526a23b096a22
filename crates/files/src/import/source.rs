//! The source of recipients: a file, or rows that are already split into cells.

use std::io::{self, Read, Seek};

use encoding_rs::Encoding;

use super::{
    ImportError, Limits,
    rows::{Record, Records},
    xlsx::Sheet,
};

/// A file that can be read from any position.
pub trait ReadSeek: Read + Seek + Send {}

impl<T: Read + Seek + Send> ReadSeek for T {}

/// The source of recipients.
pub enum Source {
    /// An uploaded file. Its first bytes tell its kind.
    File(Box<dyn ReadSeek>),
    /// Rows without a file.
    Table(Table),
}

impl Source {
    /// Creates a source from an uploaded file.
    pub fn file(file: impl ReadSeek + 'static) -> Source {
        Source::File(Box::new(file))
    }
}

/// Rows without a file. They are numbered as if the columns were in row 1 of a file.
pub struct Table {
    /// The names of the columns.
    pub columns: Vec<String>,
    /// The cells of each row, in the order of the columns. An error ends the reading.
    pub rows: TableRows,
}

type TableRows = Box<dyn Iterator<Item = io::Result<Vec<String>>> + Send>;

/// The rows below the header, from any source.
pub(super) enum Rows {
    Text(Records),
    Sheet(Box<Sheet>),
    Table { rows: TableRows, row: u64, limits: Limits },
}

impl Rows {
    /// The guessed encoding, if the encoding was guessed.
    pub(super) fn guessed(&self) -> Option<&'static Encoding> {
        match self {
            Rows::Text(records) => records.guessed(),
            Rows::Sheet(_) | Rows::Table { .. } => None,
        }
    }

    /// Takes a row of this many cells as the header.
    pub(super) fn header_has(&mut self, width: usize) {
        if let Rows::Sheet(sheet) = self {
            sheet.header_has(width);
        }
    }

    /// Reads the next row into `record`. Returns `false` if there is none.
    pub(super) fn read(&mut self, record: &mut Record) -> Result<bool, ImportError> {
        match self {
            Rows::Text(records) => Ok(records.read(record)?),
            Rows::Sheet(sheet) => sheet.read(record),
            Rows::Table { rows, row, limits } => {
                let Some(cells) = rows.next().transpose()? else { return Ok(false) };
                *row += 1;
                record.begin(*row);
                for cell in cells {
                    record.push(cell.as_bytes(), limits);
                    record.end_cell(limits);
                }
                Ok(true)
            }
        }
    }
}
