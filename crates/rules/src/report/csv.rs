//! Lines of a report as CSV (RFC 4180).

use std::io::{self, Write};

use super::{Escape, push_cell, push_quoted};

/// A byte order mark in UTF-8.
const MARK: &[u8] = b"\xef\xbb\xbf";

/// A CSV that is being written.
#[derive(Debug)]
pub(crate) struct Csv<W> {
    out: W,
    line: String,
}

impl<W: Write> Csv<W> {
    /// Begins with the header, behind a byte order mark if there is to be one.
    pub fn new(mut out: W, header: &[String], mark: bool) -> io::Result<Csv<W>> {
        if mark {
            out.write_all(MARK)?;
        }
        let mut csv = Csv { out, line: String::new() };
        header.iter().for_each(|name| csv.name(name));
        csv.end_line()?;
        Ok(csv)
    }

    /// A column's name. The first bytes of a file tell what it is, so a name that begins oddly is
    /// put in quotes.
    fn name(&mut self, name: &str) {
        let plain =
            name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | ' ' | '\''));
        if plain || !self.line.is_empty() {
            self.text(name);
        } else {
            push_quoted(&mut self.line, name);
        }
    }

    /// The next cell.
    pub fn text(&mut self, cell: &str) {
        push_cell(&mut self.line, cell, Escape::None);
    }

    /// Ends a line.
    pub fn end_line(&mut self) -> io::Result<()> {
        // Every cell is followed by a comma; the last one makes way for the end of the line.
        self.line.pop();
        self.line.push_str("\r\n");
        let written = self.out.write_all(self.line.as_bytes());
        self.line.clear();
        written
    }

    /// Flushes and gives back where it went.
    pub fn finish(mut self) -> io::Result<W> {
        self.out.flush()?;
        Ok(self.out)
    }
}
