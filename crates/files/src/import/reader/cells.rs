//! The cells of a record, and the defects of a whole record.

use std::borrow::Cow;

use campanile_rules::{rejection::RejectCause, words::counted};

use super::{
    super::{
        columns::{Added, UNCALCULATED, letter},
        rows::Flaw,
        source::Rows,
    },
    RowReader,
};
use crate::report::unescape;

const UNDECODABLE: &str = "the row is not in the encoding that the file is read in; save the file \
                           as UTF-8, or declare its encoding";

const ZERO_BYTE: &str = "a cell has a zero byte in it; take it out";

impl RowReader {
    /// The cells of the record, one per column, and the defect of the record, if any.
    pub(super) fn cells(&self) -> (Vec<String>, Option<(RejectCause, Cow<'static, str>)>) {
        let columns = self.columns.names.len();
        let added = &self.columns.added;
        let expected = columns + added.count();
        let found = self.record.len();
        let mut problem = self.record.flaw.map(|flaw| self.describe(flaw));
        if problem.is_none() && found != expected {
            problem = Some(self.ragged(found, expected));
        }
        let mut cells: Vec<String> = Vec::with_capacity(columns);
        for (at, cell) in self.record.cells().enumerate() {
            if added.has(at, (found, found == expected)) {
                continue;
            }
            let text = match std::str::from_utf8(cell) {
                Ok(text) if !text.contains('\0') => Cow::Borrowed(text),
                Ok(text) => {
                    let zero = (RejectCause::ZeroByte, Cow::Borrowed(ZERO_BYTE));
                    problem.get_or_insert(zero);
                    Cow::Owned(text.replace('\0', "\u{fffd}"))
                }
                Err(_) => {
                    let bytes = (RejectCause::NotInEncoding, Cow::Borrowed(UNDECODABLE));
                    problem.get_or_insert(bytes);
                    Cow::Owned(String::from_utf8_lossy(cell).replace('\0', "\u{fffd}"))
                }
            };
            let text = if *added == Added::Nothing { &text } else { unescape(&text) };
            if cells.len() < columns {
                cells.push(text.to_owned());
            } else if let Some(last) = cells.last_mut() {
                last.push(',');
                last.push_str(text);
            }
        }
        cells.resize(columns, String::new());
        if found == expected {
            self.join_parts(&mut cells, &mut problem);
        }
        (cells, problem)
    }

    /// Joins the cells of a report that a workbook had to split.
    fn join_parts(
        &self,
        cells: &mut [String],
        problem: &mut Option<(RejectCause, Cow<'static, str>)>,
    ) {
        let parts = self.columns.added.parts();
        let texts = self.record.cells().skip(self.record.len() - parts.len());
        for (column, text) in parts.iter().zip(texts) {
            cells[*column].push_str(&String::from_utf8_lossy(text).replace('\0', "\u{fffd}"));
            if cells[*column].len() > self.options.limits.max_cell_bytes {
                problem.get_or_insert_with(|| self.describe(Flaw::CellTooLong));
            }
        }
    }

    /// The message for a record with more or fewer cells than the header.
    fn ragged(&self, found: usize, expected: usize) -> (RejectCause, Cow<'static, str>) {
        let advice = match &self.rows {
            Rows::Sheet(_) => "give each column a name, or empty the other cells",
            Rows::Text(_) | Rows::Table { .. } => {
                "put a cell that contains the separator in quotes"
            }
        };
        let cells = counted(found as u64, "cell");
        let detail = format!("the row has {cells} and the header has {expected}; {advice}");
        let is_short = found < expected;
        let cause = if is_short { RejectCause::TooFewCells } else { RejectCause::TooManyCells };
        (cause, detail.into())
    }

    fn describe(&self, flaw: Flaw) -> (RejectCause, Cow<'static, str>) {
        let limits = &self.options.limits;
        match flaw {
            Flaw::RecordTooLong => {
                let detail = format!(
                    "the row is longer than {} bytes; is a quote left open in it?",
                    limits.max_record_bytes
                );
                (RejectCause::RowTooLong, detail.into())
            }
            Flaw::CellTooLong => {
                let most = limits.max_cell_bytes;
                let detail = format!("a cell is longer than {most} bytes; shorten it");
                (RejectCause::RowTooLong, detail.into())
            }
            Flaw::TooManyCells => (
                RejectCause::TooManyCells,
                "the row has far more cells than the header; correct it".into(),
            ),
            Flaw::Uncalculated(column) => {
                let cell = format!("{}{}", letter(column), self.record.row);
                let detail = format!("cell {cell} {UNCALCULATED}");
                (RejectCause::FormulaWithoutResult, detail.into())
            }
            Flaw::UnclosedQuote => (
                RejectCause::Quotes,
                "a quote opens in this row and is never closed, so that all below it was taken for \
                 one cell; close it"
                    .into(),
            ),
            Flaw::StrayQuote => (
                RejectCause::Quotes,
                "text follows a closing quote; check the quotes in this row and the one above"
                    .into(),
            ),
        }
    }
}
