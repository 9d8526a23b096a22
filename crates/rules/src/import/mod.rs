//! A file → recipients, or rows that say why they are none. Streaming, in flat memory.
//!
//! Row numbers are those that a spreadsheet shows: the header is row 1, a record with quoted
//! newlines is one row, blank lines count although they are skipped, and a `sep=` line does not
//! count because spreadsheets do not show it.

mod columns;
mod dialect;
mod encoding;
mod example;
mod kind;
mod letters;
mod number_column;
mod rows;
mod source;
mod tally;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod torture;
mod xlsx;

use std::{
    borrow::Cow,
    collections::{HashMap, hash_map::Entry},
    io::{self, Read},
};

use serde::{Deserialize, Serialize};

use self::{
    columns::{Added, Columns, PHONE_NUMBER, letter},
    encoding::Utf8Stream,
    letters::Letters,
    rows::{Flaw, Record, Records},
    source::Rows,
    tally::Tally,
    xlsx::Sheet,
};
pub use self::{
    example::example_file,
    source::{ReadSeek, Source, Table},
};
use crate::{
    agent::AgentVersion,
    destination::Policy,
    phone::{Country, E164, Reject, normalise},
    preflight::{Placeholders, Preflight, Proposed, RefusalCode, Refused, Warning, nearest},
    rejection::{RejectCause, RejectReason},
    report::unescape,
    template::ColumnMap,
    words::counted,
    zones::{ZoneSet, zones_of},
};

/// A check of a number against the way that it would go: the workspace's enabled networks, KYC,
/// suppressions. Its rejection is the row's.
pub type DestinationCheck = Box<dyn Fn(E164) -> Result<(), Reject> + Send>;

/// How to read a file.
#[derive(Default)]
pub struct ImportOptions {
    /// Where numbers without a country code are; none rejects them.
    pub default_country: Option<Country>,
    /// What to do with a number that an earlier row has.
    pub duplicates: Duplicates,
    /// Encoding (a label of the WHATWG Encoding Standard) of a file that has no byte order mark;
    /// none means that its bytes tell.
    pub encoding: Option<String>,
    /// What is too large.
    pub limits: Limits,
    /// Whether the route takes a number; none takes what a workspace's own trunk does.
    pub destination: Option<DestinationCheck>,
    /// Which row and which columns are what.
    pub mapping: Mapping,
}

/// Which row and which columns of a file are what, where that is not as usual.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Mapping {
    /// The column that has the numbers; none means `phone_number`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone_column: Option<String>,
    /// The row of the header, as a spreadsheet shows it; none means the first that is not blank.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub header_row: Option<u64>,
    /// The columns of placeholders that are called otherwise.
    #[serde(skip_serializing_if = "ColumnMap::is_empty")]
    pub column_map: ColumnMap,
}

impl Mapping {
    /// The name of the column that has the numbers.
    pub fn phone(&self) -> &str {
        self.phone_column.as_deref().unwrap_or(PHONE_NUMBER)
    }
}

/// What to do with a row whose number an earlier accepted row has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Duplicates {
    /// Call it too, with a warning.
    #[default]
    Allow,
    /// Reject the row.
    Reject,
}

/// What is too large. More rows or columns refuse the file; a longer cell or record is a bad row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Rows without the header.
    pub max_rows: u64,
    /// Columns.
    pub max_columns: usize,
    /// Bytes of one cell, as UTF-8.
    pub max_cell_bytes: usize,
    /// Bytes of all cells of one row, as UTF-8.
    pub max_record_bytes: usize,
    /// Bytes of all cells of a workbook, as UTF-8. One text can stand in a million of its cells,
    /// so that its own size bounds nothing.
    pub max_text_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            max_rows: 1_000_000,
            max_columns: 1_000,
            max_cell_bytes: 64 * 1024,
            max_record_bytes: 1024 * 1024,
            max_text_bytes: 1 << 30,
        }
    }
}

/// A file that no batch can be made of.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{detail}")]
pub struct Refusal {
    /// For programs.
    pub code: RefusalCode,
    /// For people: what happened, to what, and what to do.
    pub detail: String,
    /// The columns, as far as they were understood.
    pub columns: Vec<String>,
    /// How the file is probably to be read.
    pub proposed: Option<Proposed>,
}

/// Why reading a file ended early.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The file is not one that a batch can be made of.
    #[error(transparent)]
    Refused(Refusal),
    /// The file could not be read to its end.
    #[error("the file could not be read: {0}")]
    Read(#[from] io::Error),
}

impl ImportError {
    fn refused(code: RefusalCode, detail: impl Into<String>) -> ImportError {
        let (detail, columns) = (detail.into(), Vec::new());
        ImportError::Refused(Refusal { code, detail, columns, proposed: None })
    }
}

/// A row of the file below its header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Its number, as a spreadsheet shows it.
    pub position: u64,
    /// Its cells as they are, one per column: a ragged row is filled up with empty cells, and
    /// cells too many are joined by commas in the last column.
    pub cells: Vec<String>,
    /// Whether it is called.
    pub verdict: Result<Accepted, Rejected>,
}

/// A row that is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// The number.
    pub number: E164,
    /// Where it may be.
    pub zones: ZoneSet,
    /// The earlier row with the same number, if there is one.
    pub repeats: Option<u64>,
}

/// A row that is not called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejected {
    /// Why.
    pub reason: RejectReason,
    /// What exactly is wrong, where the reason has several causes.
    pub cause: Option<RejectCause>,
    /// Why, for people: `row 17: phone_number "98123" is not a full number; …`.
    pub message: String,
}

/// The rows of a file, read as they are asked for. After an error there are no more.
pub struct RowReader {
    options: ImportOptions,
    columns: Columns,
    rows: Rows,
    record: Record,
    /// Accepted numbers and the first row of each.
    numbers: HashMap<u64, u32>,
    tally: Tally,
    ended: bool,
}

impl RowReader {
    /// Reads the header. The columns are known then, the rows are not.
    pub fn open(source: Source, mut options: ImportOptions) -> Result<RowReader, ImportError> {
        options.destination.get_or_insert_with(|| Policy::workspace_trunk().into_check());
        let limits = options.limits;
        let (columns, rows) = match source {
            Source::File(file) => open_file(file, &options)?,
            Source::Table(Table { columns, rows }) => {
                let wanted = (options.mapping.phone_column.as_deref(), limits.max_columns);
                let columns = Columns::of(columns, Added::Nothing, wanted)?;
                (columns, Rows::Table { rows, row: 1, limits })
            }
        };
        check_map(&columns.names, &options.mapping.column_map)?;
        let mut warnings = columns.warnings();
        if let Rows::Sheet(sheet) = &rows {
            warnings.extend(sheet.warnings());
        }
        let mut letters = rows.guessed().map(Letters::new);
        if let Some(letters) = &mut letters {
            letters.look(1, &columns.names);
        }
        let tally = Tally::new(warnings, letters);
        let (record, numbers) = (Record::default(), HashMap::new());
        Ok(RowReader { options, columns, rows, record, numbers, tally, ended: false })
    }

    /// The names of the columns, in order.
    pub fn columns(&self) -> &[String] {
        &self.columns.names
    }

    /// Which of the columns has the numbers.
    pub fn phone_column(&self) -> usize {
        self.columns.phone
    }

    /// How the columns fit what `agent` says; needs no rows.
    pub fn placeholders(&self, agent: &AgentVersion) -> Placeholders {
        let taken = (self.columns.phone_name(), &self.options.mapping.column_map);
        Placeholders::compare(agent, self.columns(), taken)
    }

    /// The report on the rows that were read: all of them, unless an error ended the reading.
    pub fn finish(self, agent: Option<&AgentVersion>) -> Preflight {
        let placeholders = agent.map(|agent| self.placeholders(agent)).unwrap_or_default();
        let encoding = match &self.rows {
            Rows::Text(records) if records.encoding() != encoding_rs::UTF_8 => {
                Some(encoding::shown(records.encoding()))
            }
            Rows::Text(_) | Rows::Sheet(_) | Rows::Table { .. } => None,
        };
        let mut report = self.tally.report(self.columns, placeholders);
        report.warnings.extend(agent.map(Warning::of_agent).unwrap_or_default());
        Preflight { encoding, ..report }
    }

    fn read_row(&mut self) -> Result<Option<Row>, ImportError> {
        if !self.rows.read(&mut self.record)? {
            return Ok(None);
        }
        let max_rows = self.options.limits.max_rows;
        if self.tally.total() == max_rows {
            return Err(ImportError::refused(
                RefusalCode::TooLarge,
                format!("the file has more than {max_rows} rows; split it into several files"),
            ));
        }
        self.record.trim_to(self.columns.names.len() + self.columns.added.count());
        self.look_for_open_quote()?;
        let position = self.record.row;
        let (cells, problem) = self.cells();
        let phone = self.columns.phone;
        let verdict = match problem {
            Some((cause, problem)) => Err(Rejected {
                reason: cause.reason(),
                cause: Some(cause),
                message: format!("row {position}: {problem}"),
            }),
            None => {
                let at = self.columns.added.place(phone);
                self.judge(position, &cells[phone], self.record.is_number(at))
            }
        };
        self.tally.count(position, &verdict, (&cells, phone));
        Ok(Some(Row { position, cells, verdict }))
    }

    /// Tells of people whom an open quote takes into one cell. A quote that is never closed, or
    /// that takes in many, refuses the file.
    fn look_for_open_quote(&mut self) -> Result<(), ImportError> {
        let row = self.record.row;
        let people = self.people_in_quotes();
        let never_closed = self.record.flaw == Some(Flaw::UnclosedQuote);
        // The file's own last line end begins no further line.
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

    /// Lines within quoted cells that have a number where the column of the numbers stands.
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

    /// The cells of the record, one per column, and what is wrong with the record as such.
    fn cells(&self) -> (Vec<String>, Option<(RejectCause, Cow<'static, str>)>) {
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

    /// Puts the cells of a report together of which a workbook could not hold the whole.
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

    /// A record with more or fewer cells than the header.
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

    fn judge(
        &mut self,
        position: u64,
        cell: &str,
        is_quantity: bool,
    ) -> Result<Accepted, Rejected> {
        let column = self.columns.phone_name();
        let rejected = |reject: Reject| {
            let Reject { reason, cause, problem } = reject;
            let message = if reason == RejectReason::MissingNumber {
                format!("row {position}: {column} {problem}; fill it in, or delete the row")
            } else {
                format!("row {position}: {column} {:?} {problem}", short(cell))
            };
            Rejected { reason, cause, message }
        };
        if is_quantity {
            return Err(rejected(Reject::because(
                RejectCause::HeldAsNumber,
                "is stored as a number in the sheet, which loses its plus and leading zeros; \
                 format the column as text and enter the numbers again",
            )));
        }
        let number = normalise(cell, self.options.default_country).map_err(rejected)?;
        if let Some(check) = &self.options.destination {
            check(number).map_err(rejected)?;
        }
        let repeats = match self.numbers.entry(number.digits()) {
            Entry::Vacant(entry) => {
                entry.insert(u32::try_from(position).unwrap_or(u32::MAX));
                None
            }
            Entry::Occupied(entry) => Some(u64::from(*entry.get())),
        };
        match (repeats, self.options.duplicates) {
            (Some(first), Duplicates::Reject) => Err(rejected(Reject::new(
                RejectReason::DuplicateNumber,
                format!("is already in row {first}; keep one of them"),
            ))),
            (Some(_) | None, _) => Ok(Accepted { number, zones: zones_of(number), repeats }),
        }
    }
}

/// So many people may stand within the quotes of one row before the file is refused.
const MAX_QUOTED_PEOPLE: u64 = 20;

const UNCALCULATED: &str = "has a formula without a stored result; open the file in your \
                            spreadsheet program and save it";

const UNDECODABLE: &str = "the row is not in the encoding that the file is read in; save the file \
                           as UTF-8, or declare its encoding";

const ZERO_BYTE: &str = "a cell has a zero byte in it; take it out";

/// The header of a file, and the rows below it. What kind of file it is, its content tells.
fn open_file(
    mut file: Box<dyn ReadSeek>,
    options: &ImportOptions,
) -> Result<(Columns, Rows), ImportError> {
    let mut head = Vec::new();
    file.by_ref().take(8).read_to_end(&mut head)?;
    if xlsx::is_zip(&head) {
        // A report has more columns than the file that it reports on.
        let mut rows = Rows::Sheet(Box::new(Sheet::open(file, wider(options))?));
        return Ok((read_header(&mut rows, options)?, rows));
    }
    if let Some(what) = xlsx::old_office(&head, &mut file)? {
        return Err(what.refusal());
    }
    open_text(file, head, options)
}

fn wider(options: &ImportOptions) -> Limits {
    Limits { max_columns: options.limits.max_columns + 80, ..options.limits }
}

/// The header and the rows of a text of which `head` was read already.
fn open_text(
    file: Box<dyn ReadSeek>,
    head: Vec<u8>,
    options: &ImportOptions,
) -> Result<(Columns, Rows), ImportError> {
    let declared = (options.encoding.as_deref(), options.default_country);
    let mut stream = Utf8Stream::open(file, head, declared)?;
    let mut sample = Vec::new();
    stream.fill(&mut sample)?;
    let limits = wider(options);
    let wanted = (options.mapping.phone(), options.mapping.header_row);
    let dialect = dialect::sniff(&sample, &limits, wanted);
    sample.drain(..dialect.skipped_bytes);
    if let Some(kind) = kind::of_text(&sample).filter(|_| !dialect.has_number) {
        return Err(kind.refusal());
    }
    dialect::check_text(&sample, dialect.delimiter, stream.is_ended(), &limits)?;
    let mut rows = Rows::Text(Records::new(stream, sample, dialect.delimiter, limits));
    Ok((read_header(&mut rows, options)?, rows))
}

fn read_header(rows: &mut Rows, options: &ImportOptions) -> Result<Columns, ImportError> {
    let mut header = Record::default();
    let mut is_there = rows.read(&mut header)?;
    if !is_there {
        return Err(ImportError::refused(
            RefusalCode::NoRows,
            "the file is empty; upload a CSV or an XLSX with a header and at least one row",
        ));
    }
    if let Some(wanted) = options.mapping.header_row.filter(|_| !is_ours(&header)) {
        while is_there && header.row < wanted {
            is_there = rows.read(&mut header)?;
        }
        if !is_there || header.row != wanted {
            let detail = format!(
                "row {wanted}, which is to be the header, is {}; choose another (header_row)",
                if is_there { "blank" } else { "not in the file" }
            );
            return Err(ImportError::refused(RefusalCode::NoRows, detail));
        }
    }
    let wanted = (options.mapping.phone_column.as_deref(), options.limits.max_columns);
    let columns = Columns::read(&header, wanted).map_err(|error| match error {
        ImportError::Refused(refusal) if refusal.code == RefusalCode::MissingPhoneNumberColumn => {
            ImportError::Refused(number_column::help(refusal, (&header, rows), options))
        }
        error => error,
    })?;
    rows.header_has(header.len());
    Ok(columns)
}

/// Whether a row is the header of a file that we wrote, which has it in row 1 whatever was above
/// that of the file that it was made from.
fn is_ours(header: &Record) -> bool {
    let names = header.cells().map(|cell| String::from_utf8_lossy(cell).into_owned());
    Added::of(&names.collect::<Vec<_>>()) != Added::Nothing
}

/// Refuses a choice of columns of which one is not there.
fn check_map(columns: &[String], map: &ColumnMap) -> Result<(), ImportError> {
    let is_missing = |(_, column): &(&String, &String)| !columns.contains(column);
    let Some((placeholder, column)) = map.iter().find(is_missing) else { return Ok(()) };
    let advice = match nearest(column, columns) {
        Some(near) => format!("did you mean {near:?}?"),
        None => "choose another (column_map)".to_owned(),
    };
    let detail = format!(
        "{{{{{placeholder}}}}} is to come from the column {:?}, which the file does not have; \
         {advice}",
        short(column)
    );
    let (code, columns) = (RefusalCode::MissingVariables, columns.to_vec());
    Err(ImportError::Refused(Refusal { code, detail, columns, proposed: None }))
}

/// A cell, short enough for a message.
fn short(cell: &str) -> Cow<'_, str> {
    shortened(cell, 40)
}

/// A cell, cut behind so many characters.
fn shortened(cell: &str, most: usize) -> Cow<'_, str> {
    match cell.char_indices().nth(most) {
        Some((end, _)) => Cow::Owned(format!("{}…", &cell[..end])),
        None => Cow::Borrowed(cell),
    }
}

impl Iterator for RowReader {
    type Item = Result<Row, ImportError>;

    fn next(&mut self) -> Option<Result<Row, ImportError>> {
        if self.ended {
            return None;
        }
        match self.read_row() {
            Ok(Some(row)) => Some(Ok(row)),
            Ok(None) => {
                self.ended = true;
                None
            }
            Err(error) => {
                self.ended = true;
                if let ImportError::Refused(refusal) = &error {
                    self.tally.refuse(refusal);
                }
                Some(Err(error))
            }
        }
    }
}

/// Reads a whole file and reports on it; nothing of it is kept. Fails only when it cannot be read.
pub fn preflight(
    source: Source,
    options: ImportOptions,
    agent: Option<&AgentVersion>,
) -> io::Result<Preflight> {
    let mut rows = match RowReader::open(source, options) {
        Ok(rows) => rows,
        Err(ImportError::Read(error)) => return Err(error),
        Err(ImportError::Refused(refusal)) => return Ok(Preflight::from(refusal)),
    };
    for row in &mut rows {
        if let Err(ImportError::Read(error)) = row {
            return Err(error);
        }
    }
    Ok(rows.finish(agent))
}

impl From<Refusal> for Preflight {
    /// The report on a file whose header was refused.
    fn from(refusal: Refusal) -> Preflight {
        Preflight {
            refused: Some(Refused { code: refusal.code, detail: refusal.detail }),
            columns: refusal.columns,
            proposed: refusal.proposed,
            ..Preflight::default()
        }
    }
}
