//! One clean table, polluted in one way at a time, as in the benchmark Pollock (Vitagliano et al.,
//! VLDB 2023). Each file must be read correctly or be refused clearly, as a whole or row by row. An
//! accepted row that is not in the table, or a row that is lost without a message, is a silent
//! error.

mod encodings;
mod headers;
mod layouts;
mod rows;
mod wholes;

use std::{collections::BTreeSet, io::Cursor};

use super::{ImportError, ImportOptions, Row, RowReader, Source};
use crate::preflight::RefusalCode;

/// The expected result for a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Expect {
    /// Every recipient is accepted as in the table.
    Right,
    /// This many rows are rejected; the others are as in the table.
    Flagged(u64),
    /// The file is refused.
    Refused(RefusalCode),
}

/// A polluted file.
struct Case {
    name: String,
    file: Vec<u8>,
    encoding: Option<&'static str>,
    /// The content of the file without the pollution.
    table: Vec<Vec<String>>,
    expect: Expect,
}

impl Case {
    fn new(name: impl Into<String>, file: impl Into<Vec<u8>>, expect: Expect) -> Case {
        let (name, file) = (name.into(), file.into());
        Case { name, file, encoding: None, table: clean(), expect }
    }

    fn right(name: impl Into<String>, file: impl Into<Vec<u8>>) -> Case {
        Case::new(name, file, Expect::Right)
    }

    fn flagged(name: impl Into<String>, file: impl Into<Vec<u8>>, rows: u64) -> Case {
        Case::new(name, file, Expect::Flagged(rows))
    }

    fn refused(name: impl Into<String>, file: impl Into<Vec<u8>>, code: RefusalCode) -> Case {
        Case::new(name, file, Expect::Refused(code))
    }

    fn saying(mut self, table: Vec<Vec<String>>) -> Case {
        self.table = table;
        self
    }

    fn declared(mut self, encoding: &'static str) -> Case {
        self.encoding = Some(encoding);
        self
    }
}

const HEADER: [&str; 4] = ["phone_number", "customer_name", "note", "account_id"];

/// The clean table: everything that a cell may hold, and eight recipients.
fn clean() -> Vec<Vec<String>> {
    [
        HEADER,
        ["+14155550101", "Jordan Lee", "June 3rd at 2 PM", "acct_001"],
        ["+14155550102", "Zoë Müller", "a; b, c | d\te", "007"],
        ["+14155550103", "O'Neil", "say \"hi\", then go", ""],
        ["+14155550104", "Ana", "two\nlines", "1.50"],
        ["+14155550105", "李雷 😀", "", "=1+1"],
        ["+14155550106", " spaced ", "5\" pipe", "TRUE"],
        ["+14155550107", "Wei", "\"quoted\"", "-"],
        ["+14155550108", "Ida", "last", "2026-06-03"],
    ]
    .map(|row| row.map(String::from).to_vec())
    .to_vec()
}

/// The clean table, changed by `change`, without cells that need quotes or more than ASCII.
fn plain(change: impl Fn(usize, usize, &str) -> String) -> Vec<Vec<String>> {
    (0..9)
        .map(|row| {
            HEADER
                .iter()
                .enumerate()
                .map(|(column, name)| match (row, column) {
                    (0, _) => (*name).to_owned(),
                    (_, 0) => format!("+1415555010{row}"),
                    (_, 1) => change(row, column, &format!("Person {row}")),
                    (_, 2) => change(row, column, "a note"),
                    _ => change(row, column, &format!("acct_{row}")),
                })
                .collect()
        })
        .collect()
}

fn simple() -> Vec<Vec<String>> {
    plain(|_, _, cell| cell.to_owned())
}

/// How a table is written.
#[derive(Clone, Copy)]
struct Style {
    delimiter: &'static str,
    line_end: &'static str,
    quotes: Quotes,
}

#[derive(Clone, Copy, PartialEq)]
enum Quotes {
    Needed,
    All,
    Never,
}

const COMMAS: Style = Style { delimiter: ",", line_end: "\n", quotes: Quotes::Needed };
const BARE: Style = Style { quotes: Quotes::Never, ..COMMAS };

fn line(cells: &[String], style: Style) -> String {
    let cells: Vec<String> = cells
        .iter()
        .map(|cell| {
            let special = |c| "\"\r\n,;\t|".contains(c) || style.delimiter.contains(c);
            match style.quotes {
                Quotes::Never => cell.clone(),
                Quotes::Needed if !cell.contains(special) => cell.clone(),
                Quotes::Needed | Quotes::All => format!("\"{}\"", cell.replace('"', "\"\"")),
            }
        })
        .collect();
    cells.join(style.delimiter)
}

fn write(table: &[Vec<String>], style: Style) -> String {
    table.iter().map(|row| line(row, style) + style.line_end).collect()
}

/// The clean table with commas.
fn text() -> String {
    write(&clean(), COMMAS)
}

/// The simple table with commas. `change` changes its lines one by one.
fn lines(change: impl Fn(usize, &str) -> String) -> String {
    let text = write(&simple(), BARE);
    text.lines().enumerate().map(|(at, line)| change(at, line) + "\n").collect()
}

/// The result for a file.
#[derive(Debug)]
enum Outcome {
    As(Expect),
    Silent(String),
}

fn judge(case: &Case) -> Outcome {
    let source = Source::file(Cursor::new(case.file.clone()));
    let encoding = case.encoding.map(str::to_owned);
    let options = ImportOptions { encoding, ..ImportOptions::default() };
    let mut reader = match RowReader::open(source, options) {
        Ok(reader) => reader,
        Err(ImportError::Refused(refusal)) => return Outcome::As(Expect::Refused(refusal.code)),
        Err(ImportError::Read(error)) => return Outcome::Silent(error.to_string()),
    };
    let read: Vec<Row> = reader.by_ref().map_while(Result::ok).collect();
    let report = reader.finish(None);
    if let Some(refused) = report.refused {
        return Outcome::As(Expect::Refused(refused.code));
    }
    match compare(&report.columns, &read, &case.table) {
        Err(words) => Outcome::Silent(words),
        Ok(found) if found == case.table.len() - 1 && report.rejected == 0 => {
            Outcome::As(Expect::Right)
        }
        Ok(_) if report.rejected > 0 => Outcome::As(Expect::Flagged(report.rejected)),
        Ok(found) => Outcome::Silent(format!("only {found} rows were found")),
    }
}

/// How many rows of the table were accepted. An error if any other row was.
fn compare(columns: &[String], read: &[Row], table: &[Vec<String>]) -> Result<usize, String> {
    let place = |name: &String| columns.iter().position(|column| column == name);
    let places: Option<Vec<usize>> = table[0].iter().map(place).collect();
    let places = places.ok_or_else(|| format!("columns were lost: {columns:?}"))?;
    let others = |name: &&String| !name.is_empty() && !table[0].contains(name);
    if let Some(name) = columns.iter().find(others) {
        return Err(format!("a column came up: {name:?}"));
    }
    let mut left = table[1..].iter();
    let mut found = 0;
    for row in read {
        let Ok(accepted) = &row.verdict else { continue };
        let is_it = |clean: &Vec<String>| {
            clean.iter().zip(&places).all(|(cell, place)| match table[0][0] == columns[*place] {
                true => accepted.number.to_string() == *cell,
                false => row.cells[*place] == *cell,
            })
        };
        if !left.any(is_it) {
            return Err(format!("row {} is not in the table: {:?}", row.position, row.cells));
        }
        found += 1;
    }
    Ok(found)
}

#[test]
fn every_polluted_file_is_read_right_or_refused_clearly() {
    let groups =
        [layouts::cases(), encodings::cases(), headers::cases(), rows::cases(), wholes::cases()];
    let cases: Vec<Case> = groups.into_iter().flatten().collect();
    let names: BTreeSet<&str> = cases.iter().map(|case| case.name.as_str()).collect();
    assert_eq!(names.len(), cases.len(), "two cases have one name");
    let (mut right, mut refusals, mut silent) = (0, 0, Vec::new());
    let mut otherwise = Vec::new();
    for case in &cases {
        match judge(case) {
            Outcome::Silent(words) => silent.push(format!("{}: {words}", case.name)),
            Outcome::As(found) => {
                match found {
                    Expect::Right => right += 1,
                    Expect::Flagged(_) | Expect::Refused(_) => refusals += 1,
                }
                if found != case.expect {
                    otherwise.push(format!("{}: {found:?}, not {:?}", case.name, case.expect));
                }
            }
        }
    }
    println!(
        "{right} of {} right, {refusals} clear refusals, {} silent errors",
        cases.len(),
        silent.len()
    );
    assert!(silent.is_empty(), "silent errors:\n{}", silent.join("\n"));
    assert!(otherwise.is_empty(), "other than expected:\n{}", otherwise.join("\n"));
    assert!(cases.len() >= 200, "only {} files", cases.len());
}
