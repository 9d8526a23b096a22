//! The file of rejected rows: each with its own cells, and what to do about it. Mended, it can be
//! uploaded as it is: the import knows it by its first columns, and leaves out what was added.

use std::io::{self, Write};

use crate::{
    rejection::{RejectCause, RejectReason, help},
    report::{Escape, push_cell},
};

/// The columns that the file begins with: the row in the file that was uploaded, its number, and
/// the reason. Behind them stand the row's other columns in their order.
pub const FRONT: [&str; 3] = ["position", "phone_number", "failed_parsing_reason"];

/// The columns that the file ends with: the cause, where the reason has several, and what to do.
pub const BEHIND: [&str; 2] = ["failed_parsing_cause", "failed_parsing_help"];

/// A rejected row.
#[derive(Debug, Clone, Copy)]
pub struct RejectedLine<'a> {
    /// Its number, as a spreadsheet shows it.
    pub position: u64,
    /// Its cells, one per column.
    pub cells: &'a [String],
    /// Why it was rejected.
    pub reason: RejectReason,
    /// What exactly is wrong, where that is known.
    pub cause: Option<RejectCause>,
}

/// Writes rejected rows as CSV.
#[derive(Debug)]
pub struct RejectedWriter<W> {
    out: W,
    line: String,
    columns: usize,
    phone: usize,
}

impl<W: Write> RejectedWriter<W> {
    /// Begins the file for `columns`, of which `phone` has the numbers: writes its header.
    pub fn new(out: W, columns: &[String], phone: usize) -> io::Result<RejectedWriter<W>> {
        let mut writer = RejectedWriter { out, line: String::new(), columns: columns.len(), phone };
        FRONT.iter().for_each(|name| writer.own(name));
        for (_, name) in columns.iter().enumerate().filter(|(at, _)| *at != phone) {
            push_cell(&mut writer.line, name, Escape::Formulas);
        }
        BEHIND.iter().for_each(|name| writer.own(name));
        writer.end_line()?;
        Ok(writer)
    }

    /// Writes a row.
    pub fn row(&mut self, row: &RejectedLine<'_>) -> io::Result<()> {
        let cell = |at: usize| row.cells.get(at).map_or("", String::as_str);
        self.own(&row.position.to_string());
        push_cell(&mut self.line, cell(self.phone), Escape::Formulas);
        self.own(row.reason.as_str());
        for at in (0..self.columns).filter(|at| *at != self.phone) {
            push_cell(&mut self.line, cell(at), Escape::Formulas);
        }
        self.own(row.cause.map_or("", RejectCause::as_str));
        self.own(help(row.reason, row.cause));
        self.end_line()
    }

    /// Where the file goes, for a caller that takes away what was written.
    pub fn get_mut(&mut self) -> &mut W {
        &mut self.out
    }

    /// Flushes and gives back where the file went.
    pub fn finish(mut self) -> io::Result<W> {
        self.out.flush()?;
        Ok(self.out)
    }

    fn own(&mut self, cell: &str) {
        push_cell(&mut self.line, cell, Escape::None);
    }

    fn end_line(&mut self) -> io::Result<()> {
        // Every cell is followed by a comma; the last one makes way for the end of the line.
        self.line.pop();
        self.line.push_str("\r\n");
        let written = self.out.write_all(self.line.as_bytes());
        self.line.clear();
        written
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_has_its_cells_between_why_and_what_to_do() {
        let columns = ["name", "Telefon", "=x"].map(String::from);
        let mut writer = RejectedWriter::new(Vec::new(), &columns, 1).unwrap();
        let cells = ["Lee, J.", "98123", "-1"].map(String::from);
        let cause = Some(RejectCause::TooShort);
        let reason = RejectReason::MalformedNumber;
        writer.row(&RejectedLine { position: 17, cells: &cells, reason, cause }).unwrap();
        let cells = ["", "=1+1"].map(String::from);
        let (reason, cause) = (RejectReason::Suppressed, None);
        writer.row(&RejectedLine { position: 20, cells: &cells, reason, cause }).unwrap();
        let text = String::from_utf8(writer.finish().unwrap()).unwrap();
        assert_eq!(
            text,
            "position,phone_number,failed_parsing_reason,name,'=x,failed_parsing_cause,\
             failed_parsing_help\r\n\
             17,98123,malformed_number,\"Lee, J.\",'-1,too_short,\"Add the digits that are \
             missing: country code, area code and number.\"\r\n\
             20,'=1+1,suppressed,,,,This person is not to be called; take the number off the \
             do-not-call list to call it again.\r\n"
        );
    }
}
