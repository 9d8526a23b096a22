//! Detects open quotes, which take the lines below into one cell.

use campanile_numbers::normalise;
use campanile_rules::words::counted;

use super::{
    super::{ImportError, rows::Flaw, source::Rows},
    RowReader,
};
use crate::preflight::RefusalCode;

/// How many recipients the quotes of one row may contain before the file is refused.
const MAX_QUOTED_PEOPLE: u64 = 20;

impl RowReader {
    /// Warns about recipients that an open quote takes into one cell. A quote that is never closed,
    /// or that contains many recipients, refuses the file.
    pub(super) fn look_for_open_quote(&mut self) -> Result<(), ImportError> {
        let row = self.record.row;
        let people = self.people_in_quotes();
        let never_closed = self.record.flaw == Some(Flaw::UnclosedQuote);
        // The line end at the end of the file begins no further line.
        let ends_a_line = self.record.cells().last().is_some_and(|cell| cell.ends_with(b"\n"));
        let lines = self.record.quoted_lines.saturating_sub(u64::from(never_closed && ends_a_line));
        let broken = never_closed || self.record.flaw == Some(Flaw::StrayQuote);
        if lines == 0 || (people == 0 && !broken) {
            return Ok(());
        }
        let detail = format!(
            "row {row} opens a quote that {}: {} below it {} taken into one cell, {people} of them \
             with a telephone number where {} stands; close the quote in row {row}",
            if never_closed { "is never closed" } else { "is closed only further below" },
            counted(lines, "line"),
            if lines == 1 { "is" } else { "are" },
            self.columns.phone_name(),
        );
        if never_closed || people > MAX_QUOTED_PEOPLE {
            return Err(ImportError::refused(RefusalCode::NotATable, detail));
        }
        self.tally.warn_of_open_quote(row, detail);
        Ok(())
    }

    /// The number of lines within quoted cells that have a number in the column of the numbers.
    fn people_in_quotes(&self) -> u64 {
        let Rows::Text(records) = &self.rows else { return 0 };
        if self.record.quoted_lines == 0 {
            return 0;
        }
        let delimiter = char::from(records.delimiter());
        let country = self.options.default_country;
        let place = self.columns.added.place(self.columns.phone);
        let is_person = |line: &str| {
            let cell = line.split(delimiter).nth(place);
            cell.is_some_and(|cell| normalise(cell, country).is_ok())
        };
        let inner = |cell: &[u8]| {
            let text = String::from_utf8_lossy(cell).into_owned();
            text.lines().skip(1).filter(|line| is_person(line)).count() as u64
        };
        self.record.cells().map(inner).sum()
    }
}
