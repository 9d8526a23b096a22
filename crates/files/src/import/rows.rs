//! Splits bytes into records (RFC 4180) in bounded memory. No library is used, because a record
//! must know the row that a spreadsheet shows for it, and because an unclosed quote must neither
//! fill the memory nor swallow recipients unnoticed.

use std::io;

use encoding_rs::Encoding;

use super::{Limits, encoding::Utf8Stream};

/// A defect of a whole record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flaw {
    /// The record is longer than `max_record_bytes`; the rest was not kept.
    RecordTooLong,
    /// A cell is longer than `max_cell_bytes`.
    CellTooLong,
    /// The record has more cells than `max_columns`; the rest were not kept.
    TooManyCells,
    /// The file ended inside quotes.
    UnclosedQuote,
    /// Text follows a closing quote: a quote is missing or surplus, here or in an earlier row.
    StrayQuote,
    /// The formula in this column, counted from 0, has no stored result.
    Uncalculated(usize),
}

/// One record. It is reused for the next record, so that reading does not allocate.
#[derive(Debug, Default)]
pub(super) struct Record {
    /// The row number that a spreadsheet shows.
    pub row: u64,
    /// The first defect of the record.
    pub flaw: Option<Flaw>,
    /// The number of line ends inside its quotes.
    pub quoted_lines: u64,
    bytes: Vec<u8>,
    ends: Vec<usize>,
    /// The cells that a workbook holds as numbers, not as text.
    numbers: Vec<usize>,
}

impl Record {
    /// The number of cells.
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// The number of bytes of all cells.
    pub(super) fn bytes(&self) -> usize {
        self.bytes.len()
    }

    /// Whether a cell is held as a number. The displayed number may differ from the typed one.
    pub(super) fn is_number(&self, cell: usize) -> bool {
        self.numbers.contains(&cell)
    }

    /// The cells.
    pub(super) fn cells(&self) -> impl Iterator<Item = &[u8]> {
        let mut start = 0;
        self.ends.iter().map(move |end| {
            let cell = &self.bytes[start..*end];
            start = *end;
            cell
        })
    }

    /// Drops empty cells after `columns`: exports may end lines with separators.
    pub(super) fn trim_to(&mut self, columns: usize) {
        while self.ends.len() > columns {
            let start = self.ends.len().checked_sub(2).map_or(0, |before| self.ends[before]);
            if self.ends.last() != Some(&start) {
                break;
            }
            self.ends.pop();
        }
    }

    /// Whether every cell is UTF-8 without zero bytes.
    pub(super) fn is_text(&self) -> bool {
        self.cells().all(|cell| std::str::from_utf8(cell).is_ok_and(|cell| !cell.contains('\0')))
    }

    /// Resets the record to an empty one of this row.
    pub(super) fn begin(&mut self, row: u64) {
        self.row = row;
        self.flaw = None;
        self.quoted_lines = 0;
        self.bytes.clear();
        self.ends.clear();
        self.numbers.clear();
    }

    /// Sets the defect, unless the record already has one.
    pub(super) fn flawed(&mut self, flaw: Flaw) {
        self.flaw.get_or_insert(flaw);
    }

    /// Appends bytes to the open cell.
    pub(super) fn push(&mut self, bytes: &[u8], limits: &Limits) {
        let room = limits.max_record_bytes.saturating_sub(self.bytes.len());
        if bytes.len() > room {
            self.flawed(Flaw::RecordTooLong);
        }
        self.bytes.extend_from_slice(&bytes[..bytes.len().min(room)]);
    }

    /// Ends a cell that is held as a number.
    pub(super) fn end_number(&mut self, limits: &Limits) {
        self.numbers.push(self.ends.len());
        self.end_cell(limits);
    }

    /// Ends a cell.
    pub(super) fn end_cell(&mut self, limits: &Limits) {
        let start = self.ends.last().copied().unwrap_or(0);
        if self.bytes.len() - start > limits.max_cell_bytes {
            self.flawed(Flaw::CellTooLong);
        }
        if self.ends.len() < limits.max_columns {
            self.ends.push(self.bytes.len());
        } else {
            self.flawed(Flaw::TooManyCells);
            self.bytes.truncate(start);
        }
    }
}

enum State {
    CellStart,
    Bare,
    Quoted,
    QuoteInQuoted,
}

/// The records of a file, in order.
pub(super) struct Records {
    source: Utf8Stream,
    chunk: Vec<u8>,
    at: usize,
    delimiter: u8,
    limits: Limits,
    /// The number of rows that a spreadsheet shows for what has been read.
    row: u64,
    /// Whether the last record ended with CR, so that a following LF belongs to it.
    after_cr: bool,
}

impl Records {
    /// The records of `chunk` and then of `source`, separated by `delimiter`.
    pub(super) fn new(source: Utf8Stream, chunk: Vec<u8>, delimiter: u8, limits: Limits) -> Self {
        Records { source, chunk, at: 0, delimiter, limits, row: 0, after_cr: false }
    }

    /// The encoding of the file.
    pub(super) fn encoding(&self) -> &'static Encoding {
        self.source.encoding()
    }

    /// The guessed encoding, if the encoding was guessed.
    pub(super) fn guessed(&self) -> Option<&'static Encoding> {
        self.source.guessed()
    }

    /// The separator of cells.
    pub(super) fn delimiter(&self) -> u8 {
        self.delimiter
    }

    /// Reads the next record into `record`. Returns `false` if there is none. Blank lines are not
    /// records, but count as rows of a spreadsheet.
    pub(super) fn read(&mut self, record: &mut Record) -> io::Result<bool> {
        record.begin(self.row);
        while let Some(byte) = self.peek()? {
            match byte {
                b'\n' if self.after_cr => self.after_cr = false,
                b'\n' | b'\r' => {
                    self.row += 1;
                    self.after_cr = byte == b'\r';
                }
                _ => {
                    self.after_cr = false;
                    self.row += 1;
                    record.row = self.row;
                    self.read_cells(record)?;
                    return Ok(true);
                }
            }
            self.at += 1;
        }
        Ok(false)
    }

    fn read_cells(&mut self, record: &mut Record) -> io::Result<()> {
        let mut state = State::CellStart;
        while let Some(byte) = self.peek()? {
            let rest = &self.chunk[self.at..];
            match state {
                State::CellStart if byte == b'"' => {
                    self.at += 1;
                    state = State::Quoted;
                }
                State::CellStart => state = State::Bare,
                State::Bare => {
                    let delimiter = self.delimiter;
                    let ends = |b: &u8| *b == delimiter || *b == b'\n' || *b == b'\r';
                    let length = rest.iter().position(ends);
                    record.push(&rest[..length.unwrap_or(rest.len())], &self.limits);
                    self.at += length.map_or(rest.len(), |length| length + 1);
                    let Some(length) = length else { continue };
                    record.end_cell(&self.limits);
                    if rest[length] != delimiter {
                        self.after_cr = rest[length] == b'\r';
                        return Ok(());
                    }
                    state = State::CellStart;
                }
                State::Quoted => {
                    let length = rest.iter().position(|b| *b == b'"');
                    let text = &rest[..length.unwrap_or(rest.len())];
                    record.quoted_lines += text.iter().filter(|b| **b == b'\n').count() as u64;
                    record.push(text, &self.limits);
                    self.at += length.map_or(rest.len(), |length| length + 1);
                    if length.is_some() {
                        state = State::QuoteInQuoted;
                    }
                }
                State::QuoteInQuoted if byte == b'"' => {
                    record.push(b"\"", &self.limits);
                    self.at += 1;
                    state = State::Quoted;
                }
                State::QuoteInQuoted => {
                    if byte != self.delimiter && byte != b'\n' && byte != b'\r' {
                        record.flawed(Flaw::StrayQuote);
                    }
                    state = State::Bare;
                }
            }
        }
        if matches!(state, State::Quoted) {
            record.flawed(Flaw::UnclosedQuote);
        }
        record.end_cell(&self.limits);
        Ok(())
    }

    fn peek(&mut self) -> io::Result<Option<u8>> {
        if self.at == self.chunk.len() {
            self.chunk.clear();
            self.at = 0;
            self.source.fill(&mut self.chunk)?;
        }
        Ok(self.chunk.get(self.at).copied())
    }
}
