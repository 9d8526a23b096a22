//! Writes lines of a report as CSV (RFC 4180).

use std::io::{self, Write};

use super::{Escape, push_cell, push_quoted};

/// A byte order mark in UTF-8.
const MARK: &[u8] = b"\xef\xbb\xbf";

/// A CSV file that is being written.
#[derive(Debug)]
pub(crate) struct Csv<W> {
    out: W,
    line: String,
}

impl<W: Write> Csv<W> {
    /// Begins with the header, after a byte order mark if `mark` is set.
    pub fn new(mut out: W, header: &[String], mark: bool) -> io::Result<Csv<W>> {
        if mark {
            out.write_all(MARK)?;
        }
        let mut csv = Csv { out, line: String::new() };
        header.iter().for_each(|name| csv.name(name));
        csv.end_line()?;
        Ok(csv)
    }

    /// Writes the name of a column. The first bytes of a file tell its type, so a name with an odd
    /// beginning is quoted.
    fn name(&mut self, name: &str) {
        let plain =
            name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | ' ' | '\''));
        if plain || !self.line.is_empty() {
            self.text(name);
        } else {
            push_quoted(&mut self.line, name);
        }
    }

    /// Writes the next cell.
    pub fn text(&mut self, cell: &str) {
        push_cell(&mut self.line, cell, Escape::None);
    }

    /// Ends a line.
    pub fn end_line(&mut self) -> io::Result<()> {
        // Every cell is followed by a comma; the last comma is replaced by the line end.
        self.line.pop();
        self.line.push_str("\r\n");
        let written = self.out.write_all(self.line.as_bytes());
        self.line.clear();
        written
    }

    /// Flushes and returns the destination.
    pub fn finish(mut self) -> io::Result<W> {
        self.out.flush()?;
        Ok(self.out)
    }
}
