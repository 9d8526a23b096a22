//! What recipients are read from: a file, or rows that somebody has taken apart already.

use std::io::{self, Read, Seek};

use encoding_rs::Encoding;

use super::{
    ImportError, Limits,
    rows::{Record, Records},
    xlsx::Sheet,
};

/// A file that can be read from any place in it.
pub trait ReadSeek: Read + Seek + Send {}

impl<T: Read + Seek + Send> ReadSeek for T {}

/// What recipients are read from.
pub enum Source {
    /// A file as it was uploaded; its first bytes tell what it is.
    File(Box<dyn ReadSeek>),
    /// Rows without a file.
    Table(Table),
}

impl Source {
    /// A file as it was uploaded.
    pub fn file(file: impl ReadSeek + 'static) -> Source {
        Source::File(Box::new(file))
    }
}

/// Rows without a file. They are counted as if the columns stood in row 1 of one.
pub struct Table {
    /// The names of the columns.
    pub columns: Vec<String>,
    /// The cells of each row, in the order of the columns; an error ends the reading.
    pub rows: TableRows,
}

type TableRows = Box<dyn Iterator<Item = io::Result<Vec<String>>> + Send>;

/// The rows below the header, whatever they come from.
pub(super) enum Rows {
    Text(Records),
    Sheet(Box<Sheet>),
    Table { rows: TableRows, row: u64, limits: Limits },
}

impl Rows {
    /// Which encoding was guessed, if it was.
    pub(super) fn guessed(&self) -> Option<&'static Encoding> {
        match self {
            Rows::Text(records) => records.guessed(),
            Rows::Sheet(_) | Rows::Table { .. } => None,
        }
    }

    /// Takes a row of so many cells for the header.
    pub(super) fn header_has(&mut self, width: usize) {
        if let Rows::Sheet(sheet) = self {
            sheet.header_has(width);
        }
    }

    /// Reads the next row into `record`. False: there is none.
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
