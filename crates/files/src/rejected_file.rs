//! The file of rejected rows: each row with its own cells and with help. The corrected file can be
//! uploaded unchanged: the import recognises it by its first columns and leaves out the added ones.

use std::io::{self, Write};

use campanile_rules::rejection::{RejectCause, RejectReason, help};

use crate::report::{Escape, Escaping, Format, Lines, further_parts, part, part_of};

/// The first columns of the file: the row in the uploaded file, its number, and the reason. The
/// other columns of the row follow in their order.
pub const FRONT: [&str; 3] = ["position", "phone_number", "failed_parsing_reason"];

/// The last columns of the file: the cause, if the reason has several, and the help.
pub const BEHIND: [&str; 2] = ["failed_parsing_cause", "failed_parsing_help"];

/// A rejected row.
#[derive(Debug, Clone, Copy)]
pub struct RejectedLine<'a> {
    /// The row number that a spreadsheet shows.
    pub position: u64,
    /// The cells of the row, one per column.
    pub cells: &'a [String],
    /// The reason of the rejection.
    pub reason: RejectReason,
    /// The cause, if it is known.
    pub cause: Option<RejectCause>,
}

/// The layout of a file of rejected rows.
#[derive(Debug, Clone, Copy)]
pub struct RejectedLayout<'a> {
    /// The columns of the uploaded file.
    pub columns: &'a [String],
    /// The index of the column with the numbers.
    pub phone: usize,
    /// The file format.
    pub format: Format,
    /// The longest cell of each column in UTF-16 units, where it exceeds
    /// [`MAX_CELL_UNITS`](crate::report::MAX_CELL_UNITS). A column without an entry has no such
    /// cell.
    pub longest: &'a [usize],
}

/// Writes rejected rows as a CSV file or a workbook.
#[derive(Debug)]
pub struct RejectedWriter<W: Write> {
    lines: Lines<W>,
    columns: usize,
    phone: usize,
    /// The further columns of long cells: each with its column and the part of the cells that it
    /// holds.
    parts: Vec<(usize, usize)>,
    escaping: Escaping,
}

impl<W: Write> RejectedWriter<W> {
    /// Begins the file and writes its header.
    pub fn new(out: W, layout: RejectedLayout<'_>) -> io::Result<RejectedWriter<W>> {
        let RejectedLayout { columns, phone, format, longest } = layout;
        let escaping = Escaping::new(Escape::Formulas, format);
        let parts = further_parts(longest, format);
        let name = |at: usize| if at == phone { FRONT[1] } else { columns[at].as_str() };
        let others = (0..columns.len()).filter(|at| *at != phone);
        let others = others.map(|at| escaping.of(name(at)).into_owned());
        let own = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let of_parts = parts.iter().map(|(column, part)| part_of(name(*column), *part));
        let header = own(&FRONT).into_iter().chain(others).chain(own(&BEHIND)).chain(of_parts);
        let lines = Lines::new(out, format, ("Rejected rows", header.collect()))?;
        Ok(RejectedWriter { lines, columns: columns.len(), phone, parts, escaping })
    }

    /// Writes a row.
    pub fn row(&mut self, row: &RejectedLine<'_>) -> io::Result<()> {
        let cell = |at: usize| row.cells.get(at).map_or("", String::as_str);
        self.lines.number(&row.position.to_string());
        self.lines.cell(&self.escaping.of(cell(self.phone)));
        self.lines.text(row.reason.as_str());
        for at in (0..self.columns).filter(|at| *at != self.phone) {
            self.lines.cell(&self.escaping.of(cell(at)));
        }
        self.lines.text(row.cause.map_or("", RejectCause::as_str));
        self.lines.text(help(row.reason, row.cause));
        for (column, number) in &self.parts {
            self.lines.text(part(&self.escaping.of(cell(*column)), *number));
        }
        self.lines.end_line()
    }

    /// Ends the file and returns its destination.
    pub fn finish(self) -> io::Result<W> {
        self.lines.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_has_its_cells_between_why_and_what_to_do() {
        let columns = ["name", "Telefon", "=x"].map(String::from);
        let format = Format::Csv { mark: false };
        let layout = RejectedLayout { columns: &columns, phone: 1, format, longest: &[] };
        let mut writer = RejectedWriter::new(Vec::new(), layout).unwrap();
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
