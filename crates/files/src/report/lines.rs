//! Writes lines of cells in either file format.

use std::{
    borrow::Cow,
    io::{self, Write},
};

use super::{Escape, Format, csv::Csv, escaped, part, unescape, xlsx::Workbook};

/// A file that is written line by line.
#[derive(Debug)]
pub(crate) enum Lines<W: Write> {
    Csv(Csv<W>),
    Xlsx(Box<Workbook<W>>),
}

impl<W: Write> Lines<W> {
    /// Begins a file with this header. The name is for the sheet of a workbook.
    pub fn new(
        out: W,
        format: Format,
        (sheet, header): (&'static str, Vec<String>),
    ) -> io::Result<Lines<W>> {
        Ok(match format {
            Format::Csv { mark } => Lines::Csv(Csv::new(out, &header, mark)?),
            Format::Xlsx => Lines::Xlsx(Box::new(Workbook::new(out, (sheet, header)))),
        })
    }

    /// Writes the next cell, a text that fits into one cell.
    pub fn text(&mut self, cell: &str) {
        match self {
            Lines::Csv(csv) => csv.text(cell),
            Lines::Xlsx(workbook) => workbook.text(cell),
        }
    }

    /// Writes the next cell, a text of any length. A workbook gets only the first part.
    pub fn cell(&mut self, cell: &str) {
        match self {
            Lines::Csv(csv) => csv.text(cell),
            Lines::Xlsx(workbook) => workbook.text(part(cell, 1)),
        }
    }

    /// Writes the next cell, a number as it is written.
    pub fn number(&mut self, cell: &str) {
        match self {
            Lines::Csv(csv) => csv.text(cell),
            Lines::Xlsx(workbook) => workbook.number(cell),
        }
    }

    /// Ends a line.
    pub fn end_line(&mut self) -> io::Result<()> {
        match self {
            Lines::Csv(csv) => csv.end_line(),
            Lines::Xlsx(workbook) => workbook.end_line(),
        }
    }

    /// Ends the file and returns its destination.
    pub fn finish(self) -> io::Result<W> {
        match self {
            Lines::Csv(csv) => csv.finish(),
            Lines::Xlsx(workbook) => workbook.finish(),
        }
    }
}

/// Which cells get a leading `'`.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Escaping {
    /// Cells that a spreadsheet would run as a formula.
    Formulas,
    /// Only cells from which the import would remove one `'`.
    Ambiguous,
    None,
}

impl Escaping {
    /// The escaping that this file format needs.
    pub fn new(escape: Escape, format: Format) -> Escaping {
        match (escape, format) {
            (Escape::Formulas, Format::Xlsx) => Escaping::Ambiguous,
            (Escape::Formulas, Format::Csv { .. }) => Escaping::Formulas,
            (Escape::None, _) => Escaping::None,
        }
    }

    /// The cell as it is written to the file.
    pub fn of(self, cell: &str) -> Cow<'_, str> {
        let escaped = match self {
            Escaping::Formulas => escaped(cell),
            Escaping::Ambiguous => (unescape(cell) != cell).then(|| format!("'{cell}")),
            Escaping::None => None,
        };
        escaped.map_or(Cow::Borrowed(cell), Cow::Owned)
    }
}
