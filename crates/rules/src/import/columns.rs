//! The header of a file: which cell is what.

use super::{
    ImportError, Refusal, UNCALCULATED,
    dialect::not_in_this_encoding,
    rows::{Flaw, Record},
};
use crate::{
    preflight::{
        RefusalCode::{DuplicateColumn, MissingPhoneNumberColumn, NotATable, TooLarge},
        Warning, WarningCode, folded, nearest,
    },
    report::{ATTEMPT_COLUMNS, EARLIER_COLUMNS, REPORT_COLUMNS, part_of, unescape},
    template::BUILT_IN,
};

/// The columns of a file.
#[derive(Debug)]
pub(super) struct Columns {
    /// The recipients' own columns.
    pub names: Vec<String>,
    /// Which of them is `phone_number`.
    pub phone_number: usize,
    /// Columns behind them that a report of ours has added; cells of a report are escaped.
    pub report_columns: usize,
    /// Which columns the last of those go on with, in order: long cells of a workbook have parts.
    pub parts: Vec<usize>,
}

/// What a report has added behind the columns of the file that it reports on.
#[derive(Debug, Default)]
pub(super) struct Added {
    columns: usize,
    parts: Vec<usize>,
}

/// What these columns have of a report; none when they are no report's.
pub(super) fn is_report(names: &[String]) -> Option<Added> {
    let mut parts = Vec::new();
    let mut rest = names;
    loop {
        let added = [&REPORT_COLUMNS[..], &ATTEMPT_COLUMNS[..]].into_iter().chain(EARLIER_COLUMNS);
        for added in added {
            let own = rest.len().checked_sub(added.len()).unwrap_or_default();
            if own > 0 && rest[own..] == *added {
                let find = |part: &String| rest[..own].iter().position(|name| is_part(part, name));
                let parts: Option<Vec<_>> = parts.iter().rev().copied().map(find).collect();
                return parts.map(|parts| Added { columns: names.len() - own, parts });
            }
        }
        let (last, before) = rest.split_last().filter(|(last, _)| last.ends_with(')'))?;
        parts.push(last);
        rest = before;
    }
}

/// Whether a column goes on with the cells of another one.
fn is_part(part: &str, column: &str) -> bool {
    let number = part.rsplit(' ').next().and_then(|end| end.strip_suffix(')')?.parse().ok());
    number.is_some_and(|number| number >= 2 && part == part_of(unescape(column), number))
}

impl Columns {
    /// Reads the header.
    pub(super) fn read(header: &Record, max_columns: usize) -> Result<Columns, ImportError> {
        check_header(header)?;
        let mut names = Vec::with_capacity(header.len());
        for cell in header.cells() {
            let name = std::str::from_utf8(cell).map_err(|_| not_in_this_encoding(header.row))?;
            names.push(name.to_owned());
        }
        let added = is_report(&names).unwrap_or_default();
        names.truncate(names.len() - added.columns);
        if added.columns > 0 {
            for name in &mut names {
                *name = unescape(name).to_owned();
            }
        }
        Columns::of(names, added, max_columns)
    }

    /// Columns of these names.
    pub(super) fn of(
        names: Vec<String>,
        added: Added,
        max_columns: usize,
    ) -> Result<Columns, ImportError> {
        if names.len() > max_columns {
            return Err(ImportError::refused(
                TooLarge,
                format!("the file has more than {max_columns} columns; remove some"),
            ));
        }
        check_duplicates(&names)?;
        match names.iter().position(|name| name == "phone_number") {
            Some(phone_number) => {
                let Added { columns: report_columns, parts } = added;
                Ok(Columns { names, phone_number, report_columns, parts })
            }
            None => Err(missing_number(names)),
        }
    }

    /// What is odd about them.
    pub(super) fn warnings(&self) -> Vec<Warning> {
        let mut warnings = Vec::new();
        let mut warn = |code, detail: String| {
            warnings.push(Warning { code, detail, rows: Vec::new() });
        };
        if self.report_columns > 0 {
            let detail = "the file is a report of an earlier batch; the columns that the report \
                          added are left out, and every row is called again";
            warn(WarningCode::ReportRead, detail.to_owned());
        }
        let nameless = self.names.iter().filter(|name| name.is_empty()).count();
        if nameless > 0 {
            let detail = match nameless {
                1 => "1 column has no name, and no placeholder can use it".to_owned(),
                _ => format!("{nameless} columns have no name, and no placeholder can use them"),
            };
            warn(WarningCode::NamelessColumn, detail);
        }
        for name in &self.names {
            if name != "phone_number" && BUILT_IN.contains(&name.as_str()) {
                let detail = format!(
                    "the column {name:?} is not used: {{{{{name}}}}} is built in; rename the column"
                );
                warn(WarningCode::ShadowedColumn, detail);
            }
        }
        warnings
    }
}

fn check_header(header: &Record) -> Result<(), ImportError> {
    let row = header.row;
    let (code, detail) = match header.flaw {
        None => return Ok(()),
        Some(Flaw::RecordTooLong | Flaw::CellTooLong) => {
            (TooLarge, format!("row {row}, the header, is too long; is a quote left open in it?"))
        }
        Some(Flaw::TooManyCells) => {
            (TooLarge, format!("row {row}, the header, has too many columns; remove some"))
        }
        Some(Flaw::Uncalculated) => (NotATable, format!("row {row}, the header, {UNCALCULATED}")),
        Some(Flaw::UnclosedQuote | Flaw::StrayQuote) => (
            NotATable,
            format!("row {row}, the header, has a quote that is not closed; correct it"),
        ),
    };
    Err(ImportError::refused(code, detail))
}

fn check_duplicates(names: &[String]) -> Result<(), ImportError> {
    let mut sorted: Vec<&String> = names.iter().filter(|name| !name.is_empty()).collect();
    sorted.sort_unstable();
    match sorted.windows(2).find(|pair| pair[0] == pair[1]) {
        None => Ok(()),
        Some(pair) => Err(ImportError::Refused(Refusal {
            code: DuplicateColumn,
            detail: format!("two columns are called {:?}; rename one", shown(pair[0])),
            columns: names.to_vec(),
        })),
    }
}

fn missing_number(names: Vec<String>) -> ImportError {
    let detail = missing_detail(&names, &[], &names);
    ImportError::Refused(Refusal { code: MissingPhoneNumberColumn, detail, columns: names })
}

/// What is said of a file without a `phone_number` column. `candidates` are the columns whose cells
/// are numbers, the likeliest first; without any, a name among `filled` is suggested.
pub(super) fn missing_detail(
    names: &[String],
    candidates: &[&String],
    filled: &[String],
) -> String {
    let seen: Vec<String> =
        names.iter().take(20).map(|name| format!("{:?}", shown(name))).collect();
    let more = if names.len() > 20 { ", …" } else { "" };
    let likely = candidates.first().copied().or_else(|| meant_as_number(filled));
    let mut advice = match likely {
        Some(column) => format!("rename {:?} to phone_number", shown(column)),
        None => "name the column with the numbers phone_number".to_owned(),
    };
    if let Some((_, others @ [_, ..])) = candidates.split_first() {
        let others: Vec<String> = others.iter().map(|name| format!("{:?}", shown(name))).collect();
        advice += &format!(" (numbers are also in {})", others.join(", "));
    }
    format!(
        "no column is called phone_number, in exactly these letters; the file has {}{more}: {advice}",
        seen.join(", ")
    )
}

/// The column that probably holds the numbers, by its name.
fn meant_as_number(names: &[String]) -> Option<&String> {
    const WORDS: [&str; 9] =
        ["phone", "mobile", "telephone", "msisdn", "cell", "tel", "number", "contact", "to"];
    if let Some(near) = nearest("phone_number", names) {
        return Some(near);
    }
    WORDS.iter().find_map(|word| {
        let named = |name: &&String| {
            let folded = folded(name);
            folded == *word || (word.len() > 3 && folded.contains(word))
        };
        names.iter().find(named)
    })
}

/// A name, short enough for a message.
fn shown(name: &str) -> String {
    if name.chars().count() <= 40 {
        return name.to_owned();
    }
    name.chars().take(39).chain(['…']).collect()
}
