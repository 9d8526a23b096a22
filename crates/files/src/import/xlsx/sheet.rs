//! The rows of a sheet, one at a time.

use std::io::Read;

use quick_xml::events::{BytesStart, Event};

use super::{
    damaged, kind,
    strings::{Strings, cut, push_unescaped, read_text},
    styles::Styles,
    workbook::Workbook,
    xml::{Xml, attributes, text},
    zip::{Archive, Part},
};
use crate::{
    import::{
        ImportError, Limits, ReadSeek,
        rows::{Flaw, Record},
    },
    preflight::{RefusalCode::TooLarge, Warning, WarningCode},
};

/// The most bytes of a sheet as XML. A million rows of twenty columns need about half of this.
const MAX_SHEET_BYTES: u64 = 2 << 30;

/// The most bytes of the part with the texts, as XML.
const MAX_STRINGS_BYTES: u64 = 512 << 20;

/// The most bytes of the part with the styles, as XML.
const MAX_STYLES_BYTES: u64 = 16 << 20;

/// The most rows and columns of a sheet (ECMA-376-1 §18.3.1.73).
const MAX_ROW: u64 = 1_048_576;
const MAX_COLUMN: usize = 16_384;

/// The days from 1900 to 1904, as spreadsheets count them.
const SHIFT_1904: f64 = 1_462.0;

/// The first visible sheet of a workbook.
pub(in crate::import) struct Sheet {
    xml: Xml<Part<Box<dyn ReadSeek>>>,
    strings: Strings,
    styles: Styles,
    workbook: Workbook,
    limits: Limits,
    row: u64,
    /// The number of columns of the header, once known.
    width: usize,
    text_left: usize,
    cell: Cell,
}

/// A cell as written in the file.
#[derive(Debug, Default)]
struct Cell {
    column: usize,
    style: usize,
    kind: String,
    text: String,
    has_formula: bool,
}

impl Sheet {
    /// Opens a workbook: reads its table of contents, its styles and its texts.
    pub(in crate::import) fn open(
        mut file: Box<dyn ReadSeek>,
        limits: Limits,
    ) -> Result<Sheet, ImportError> {
        let archive = Archive::read(&mut file)?;
        if let Some(what) = kind::unreadable(&archive) {
            return Err(what.refusal());
        }
        let workbook = Workbook::read(&archive, &mut file)?;
        let styles = match &workbook.styles {
            Some(part) => Styles::read(archive.open(&mut file, part, MAX_STYLES_BYTES)?)?,
            None => Styles::default(),
        };
        let strings = match &workbook.strings {
            Some(part) => {
                let part = archive.open(&mut file, part, MAX_STRINGS_BYTES)?;
                Strings::read(part, limits.max_cell_bytes)?
            }
            None => Strings::default(),
        };
        let xml = Xml::new(archive.open(file, &workbook.sheet, MAX_SHEET_BYTES)?);
        Ok(Sheet {
            xml,
            strings,
            styles,
            workbook,
            limits,
            row: 0,
            width: 0,
            text_left: limits.max_text_bytes,
            cell: Cell::default(),
        })
    }

    /// The warnings about the workbook.
    pub(in crate::import) fn warnings(&self) -> Vec<Warning> {
        let Workbook { sheet_name, other_sheets, .. } = &self.workbook;
        if *other_sheets == 0 {
            return Vec::new();
        }
        let detail = format!(
            "the workbook has {} sheets; only the first, {sheet_name:?}, is read",
            other_sheets + 1
        );
        vec![Warning { code: WarningCode::OtherSheets, detail, rows: Vec::new() }]
    }

    /// Takes a row of this many cells as the header. Rows below it get at least as many cells.
    pub(in crate::import) fn header_has(&mut self, width: usize) {
        self.width = width;
    }

    /// Reads the next row that is not blank. Returns `false` if there is none.
    pub(in crate::import) fn read(&mut self, record: &mut Record) -> Result<bool, ImportError> {
        loop {
            match self.xml.next()? {
                Event::Start(tag) if tag.local_name().into_inner() == "row" => {
                    self.row = row_number(&tag, self.row)?;
                }
                Event::Eof => return Ok(false),
                _ => continue,
            }
            record.begin(self.row);
            self.read_cells(record)?;
            if record.len() > 0 || record.flaw.is_some() {
                break;
            }
        }
        while record.len() < self.width {
            record.end_cell(&self.limits);
        }
        let left = self.text_left.checked_sub(record.bytes());
        self.text_left = left.ok_or_else(|| {
            ImportError::refused(
                TooLarge,
                format!(
                    "the cells of the sheet come to more than {} MiB of text; split it, or save it as CSV UTF-8",
                    self.limits.max_text_bytes >> 20
                ),
            )
        })?;
        Ok(true)
    }

    /// Reads the cells of a row whose start was read. Drops blank cells after the last filled one.
    fn read_cells(&mut self, record: &mut Record) -> Result<(), ImportError> {
        let mut next_column = 0;
        loop {
            match self.xml.next()? {
                Event::Start(tag) if tag.local_name().into_inner() == "c" => {
                    self.cell.begin(&tag, (self.row, next_column))?;
                }
                Event::End(tag) if tag.local_name().into_inner() == "row" => return Ok(()),
                Event::Eof => return Err(damaged("a row has no end")),
                _ => continue,
            }
            next_column = self.cell.column + 1;
            self.cell.read(&mut self.xml, self.limits.max_cell_bytes)?;
            self.put(record)?;
        }
    }

    /// Adds the present cell to the record as it is displayed.
    fn put(&mut self, record: &mut Record) -> Result<(), ImportError> {
        let cell = &self.cell;
        let mut shown = String::new();
        let mut is_number = false;
        match cell.kind.as_str() {
            "s" if !cell.text.is_empty() => {
                let number = cell.text.trim().parse().ok();
                let text = number.and_then(|number| self.strings.get(number));
                let text =
                    text.ok_or_else(|| damaged("a cell refers to a text that is missing"))?;
                shown.push_str(text);
            }
            "" | "n" if !cell.text.is_empty() => {
                let number = cell.text.trim().parse();
                let number = number.map_err(|_| damaged("a number cannot be read"))?;
                is_number = true;
                shown = self.show(number);
            }
            "d" => match serial(cell.text.trim()) {
                Some(days) => {
                    is_number = true;
                    shown = self.show(days);
                }
                None => shown.push_str(&cell.text),
            },
            "b" => shown.push_str(if matches!(cell.text.trim(), "1" | "true") {
                "TRUE"
            } else {
                "FALSE"
            }),
            "str" => push_unescaped(&cell.text, &mut shown),
            "s" | "" | "n" | "e" | "inlineStr" => shown.push_str(&cell.text),
            _ => return Err(damaged("a cell is of an unknown type")),
        }
        let is_missing = cell.has_formula
            && (self.workbook.is_uncalculated || (cell.text.is_empty() && cell.kind != "str"));
        if is_missing {
            record.flawed(Flaw::Uncalculated(cell.column));
        }
        if shown.is_empty() {
            return Ok(());
        }
        while record.len() < cell.column.min(self.limits.max_columns) {
            record.end_cell(&self.limits);
        }
        record.push(shown.as_bytes(), &self.limits);
        if is_number {
            record.end_number(&self.limits);
        } else {
            record.end_cell(&self.limits);
        }
        Ok(())
    }

    fn show(&self, number: f64) -> String {
        let shift = if self.workbook.counts_from_1904 { SHIFT_1904 } else { 0.0 };
        self.styles.format(self.cell.style).show(number, shift)
    }
}

impl Cell {
    /// Takes the attributes of the tag. `expected` is the row and the next column.
    fn begin(&mut self, tag: &BytesStart<'_>, expected: (u64, usize)) -> Result<(), ImportError> {
        let (row, next_column) = expected;
        self.column = next_column;
        self.style = 0;
        self.kind.clear();
        self.text.clear();
        self.has_formula = false;
        let mut is_placed = true;
        attributes(tag, |key, value| match key {
            "r" => match place(&value) {
                Some((column, its_row)) => {
                    is_placed = its_row == row && column >= next_column;
                    self.column = column;
                }
                None => is_placed = false,
            },
            "s" => self.style = value.parse().unwrap_or(0),
            "t" => self.kind.push_str(&value),
            _ => {}
        })?;
        match is_placed && self.column < MAX_COLUMN {
            true => Ok(()),
            false => Err(damaged(&format!("row {row} has cells that are out of order"))),
        }
    }

    /// Reads the content of the cell up to its end.
    fn read<R: Read>(&mut self, xml: &mut Xml<R>, max_bytes: usize) -> Result<(), ImportError> {
        let mut in_value = false;
        loop {
            let event = xml.next()?;
            match &event {
                Event::Start(tag) => match tag.local_name().into_inner() {
                    "v" => in_value = true,
                    "f" => self.has_formula = true,
                    "is" => {
                        drop(event);
                        read_text(xml, "is", &mut self.text, max_bytes)?;
                    }
                    _ => {}
                },
                Event::End(tag) => match tag.local_name().into_inner() {
                    "c" => return Ok(()),
                    "v" => in_value = false,
                    _ => {}
                },
                Event::Eof => return Err(damaged("a cell has no end")),
                other if in_value => {
                    self.text.push_str(&text(other)?);
                    cut(&mut self.text, 7 * (max_bytes + 1));
                }
                _ => {}
            }
        }
    }
}

fn row_number(tag: &BytesStart<'_>, last: u64) -> Result<u64, ImportError> {
    let mut number = Some(last + 1);
    attributes(tag, |key, value| {
        if key == "r" {
            number = value.parse().ok();
        }
    })?;
    let wrong = || damaged(&format!("its rows are out of order behind row {last}"));
    number.filter(|number| (last + 1..=MAX_ROW).contains(number)).ok_or_else(wrong)
}

/// The column (from 0) and the row of a cell's name, such as `B5`.
fn place(name: &str) -> Option<(usize, u64)> {
    let letters = name.bytes().take_while(u8::is_ascii_alphabetic).count();
    let (column, row) = name.split_at(letters);
    if !(1..=3).contains(&letters) {
        return None;
    }
    let number = |letter: u8| usize::from(letter.to_ascii_uppercase() - b'A' + 1);
    let column = column.bytes().fold(0, |all, letter| all * 26 + number(letter));
    Some((column - 1, row.parse().ok()?))
}

/// An ISO 8601 date or instant as days since 1900, as spreadsheets count them.
fn serial(text: &str) -> Option<f64> {
    let text = text.trim_end_matches('Z');
    let instant = text.parse::<jiff::civil::DateTime>().or_else(|_| {
        text.parse::<jiff::civil::Date>()
            .map(|date| date.to_datetime(jiff::civil::Time::midnight()))
    });
    let epoch = jiff::civil::date(1899, 12, 30).to_datetime(jiff::civil::Time::midnight());
    let since = instant.ok()?.duration_since(epoch);
    Some(since.as_secs_f64() / 86_400.0)
}
