//! The file of rejected rows: each with its own cells, and what to do about it. Mended, it can be
//! uploaded as it is: the import knows it by its first columns, and leaves out what was added.

use std::io::{self, Write};

use crate::{
    rejection::{RejectCause, RejectReason, help},
    report::{Escape, Escaping, Format, Lines, further_parts, part, part_of},
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

/// What a file of rejected rows is to be.
#[derive(Debug, Clone, Copy)]
pub struct RejectedLayout<'a> {
    /// The columns of the file that they are from.
    pub columns: &'a [String],
    /// Which of them has the numbers.
    pub phone: usize,
    /// What kind of file it is.
    pub format: Format,
    /// The longest cell of each column in UTF-16 units, as far as one is longer than
    /// [`MAX_CELL_UNITS`](crate::report::MAX_CELL_UNITS); a column that is missing has none.
    pub longest: &'a [usize],
}

/// Writes rejected rows as a CSV or a workbook.
#[derive(Debug)]
pub struct RejectedWriter<W: Write> {
    lines: Lines<W>,
    columns: usize,
    phone: usize,
    /// For each further column of a long cell: the column, and which part of its cells it holds.
    parts: Vec<(usize, usize)>,
    escaping: Escaping,
}

impl<W: Write> RejectedWriter<W> {
    /// Begins the file: writes its header.
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

    /// Ends the file and gives back where it went.
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
