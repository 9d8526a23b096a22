//! The rows of a file, one after another, each with its verdict.

mod cells;
mod quotes;

use std::collections::{HashMap, hash_map::Entry};

use campanile_numbers::{Reject, destination::Policy, normalise, zones_of};
use campanile_rules::{
    agent::AgentVersion,
    rejection::{RejectCause, RejectReason},
};

use super::{
    Accepted, Duplicates, ImportError, ImportOptions, Rejected, Row,
    columns::{Added, Columns},
    encoding, header,
    letters::Letters,
    rows::Record,
    short,
    source::{Rows, Source, Table},
    tally::Tally,
};
use crate::preflight::{Placeholders, Preflight, RefusalCode, Warning};

/// The rows of a file, read on demand. After an error there are no more rows.
pub struct RowReader {
    options: ImportOptions,
    columns: Columns,
    rows: Rows,
    record: Record,
    /// The accepted numbers, each with its first row.
    numbers: HashMap<u64, u32>,
    tally: Tally,
    ended: bool,
}

impl RowReader {
    /// Reads the header. Afterwards the columns are known, but no rows.
    pub fn open(source: Source, mut options: ImportOptions) -> Result<RowReader, ImportError> {
        options.destination.get_or_insert_with(|| Policy::workspace_trunk().into_check());
        let limits = options.limits;
        let (columns, rows) = match source {
            Source::File(file) => header::open_file(file, &options)?,
            Source::Table(Table { columns, rows }) => {
                let wanted = (options.mapping.phone_column.as_deref(), limits.max_columns);
                let columns = Columns::of(columns, Added::Nothing, wanted)?;
                (columns, Rows::Table { rows, row: 1, limits })
            }
        };
        header::check_map(&columns.names, &options.mapping.column_map)?;
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

    /// The index of the column with the numbers.
    pub fn phone_column(&self) -> usize {
        self.columns.phone
    }

    /// How the columns fit the texts of `agent`. No rows are needed.
    pub fn placeholders(&self, agent: &AgentVersion) -> Placeholders {
        let taken = (self.columns.phone_name(), &self.options.mapping.column_map);
        Placeholders::compare(agent, self.columns(), taken)
    }

    /// The report on the rows that were read: all rows, unless an error ended the reading.
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
