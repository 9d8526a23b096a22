//! The header of a file: which cell belongs to which column.

use campanile_rules::{
    mapping::{Mapping, PHONE_NUMBER},
    template::BUILT_IN,
};

use super::{
    ImportError, Refusal,
    dialect::not_in_this_encoding,
    rows::{Flaw, Record},
};
use crate::{
    preflight::{
        RefusalCode::{DuplicateColumn, MissingPhoneNumberColumn, NotATable, TooLarge},
        Warning, WarningCode, folded, nearest,
    },
    rejected_file::{BEHIND, FRONT},
    report::{ATTEMPT_COLUMNS, EARLIER_COLUMNS, REPORT_COLUMNS, RESULT, part_of, unescape},
};

/// The phrase for a cell without a result, to follow its name.
pub(super) const UNCALCULATED: &str = "has a formula without a stored result; open the file in your \
                            spreadsheet program and save it";

/// The columns of a file.
#[derive(Debug)]
pub(super) struct Columns {
    /// The recipients' own columns.
    pub names: Vec<String>,
    /// The index of the column with the numbers.
    pub phone: usize,
    /// The columns that we added, if we wrote the file. The cells of such a file are escaped.
    pub added: Added,
}

/// The columns that we added to a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Added {
    Nothing,
    /// The columns of a report, after the others.
    Report {
        /// The number of added columns.
        columns: usize,
        /// The columns that the last added columns continue, in order: long cells of a workbook
        /// have parts.
        parts: Vec<usize>,
    },
    /// The first and the third column of a file of rejected rows, and those after the others.
    Rejected {
        /// The number of added columns after the others.
        behind: usize,
        /// The columns that the last added columns continue, as in a report.
        parts: Vec<usize>,
    },
}

impl Added {
    /// The added columns among these columns.
    pub(super) fn of(names: &[String]) -> Added {
        if names.starts_with(&FRONT.map(str::to_owned)) {
            return Added::of_rejected(names);
        }
        Added::of_report(names).unwrap_or(Added::Nothing)
    }

    /// The added columns among columns that begin like a file of rejected rows. A user may have
    /// removed the ones at the end.
    fn of_rejected(names: &[String]) -> Added {
        let is_part_name = |name: &&String| name.ends_with(')');
        let last = names.iter().rev().take_while(is_part_name).count();
        let (rest, parts) = names.split_at(names.len() - last);
        let nothing = Added::Rejected { behind: 0, parts: Vec::new() };
        if !rest[FRONT.len()..].ends_with(&BEHIND.map(str::to_owned)) {
            return nothing;
        }
        let own = &rest[FRONT.len()..rest.len() - BEHIND.len()];
        let own: Vec<&String> = [&names[1]].into_iter().chain(own).collect();
        let find = |part: &String| own.iter().position(|name| is_part(part, name));
        let parts: Option<Vec<_>> = parts.iter().map(find).collect();
        parts.map_or(nothing, |parts| Added::Rejected { behind: BEHIND.len() + last, parts })
    }

    /// The added columns of a report. `None` if these columns are not those of a report.
    fn of_report(names: &[String]) -> Option<Added> {
        let mut parts = Vec::new();
        let mut rest = names;
        loop {
            let known = [&REPORT_COLUMNS[..], &ATTEMPT_COLUMNS[..]].into_iter();
            for added in known.chain(EARLIER_COLUMNS) {
                if let Some(own) = own_columns(rest, added) {
                    let find =
                        |part: &String| rest[..own].iter().position(|name| is_part(part, name));
                    let parts: Option<Vec<_>> = parts.iter().rev().copied().map(find).collect();
                    return parts.map(|parts| Added::Report { columns: names.len() - own, parts });
                }
            }
            let (last, before) = rest.split_last().filter(|(last, _)| last.ends_with(')'))?;
            parts.push(last);
            rest = before;
        }
    }

    /// The number of added columns.
    pub(super) fn count(&self) -> usize {
        match self {
            Added::Nothing => 0,
            Added::Report { columns, .. } => *columns,
            Added::Rejected { behind, .. } => 2 + behind,
        }
    }

    /// Whether cell `at` of this many is an added one. Cells at the end are recognised only in a
    /// row that `is_whole`.
    pub(super) fn has(&self, at: usize, (cells, is_whole): (usize, bool)) -> bool {
        let behind = |added: usize| is_whole && at + added >= cells;
        match self {
            Added::Nothing => false,
            Added::Report { columns, .. } => behind(*columns),
            Added::Rejected { behind: added, .. } => at == 0 || at == 2 || behind(*added),
        }
    }

    /// The position of the recipients' column `at` in the file.
    pub(super) fn place(&self, at: usize) -> usize {
        match self {
            Added::Nothing | Added::Report { .. } => at,
            Added::Rejected { .. } if at == 0 => 1,
            Added::Rejected { .. } => at + 2,
        }
    }

    /// The columns that the last cells of a row continue.
    pub(super) fn parts(&self) -> &[usize] {
        match self {
            Added::Report { parts, .. } | Added::Rejected { parts, .. } => parts,
            Added::Nothing => &[],
        }
    }
}

/// The number of columns before those that a report added, if the columns end with these added ones.
/// Those of results follow `call_id`.
fn own_columns(names: &[String], added: &[&str]) -> Option<usize> {
    let behind = added.iter().position(|name| *name == "call_id")? + 1;
    let (before, behind) = added.split_at(behind);
    let rest = names.len().checked_sub(behind.len())?;
    let (rest, last) = names.split_at(rest);
    let results = rest.iter().rev().take_while(|name| name.starts_with(RESULT)).count();
    let rest = &rest[..rest.len() - results];
    let own = rest.len().checked_sub(before.len()).filter(|own| *own > 0)?;
    (last == behind && rest[own..] == *before).then_some(own)
}

/// Whether a column continues the cells of another one.
fn is_part(part: &str, column: &str) -> bool {
    let number = part.rsplit(' ').next().and_then(|end| end.strip_suffix(')')?.parse().ok());
    number.is_some_and(|number| number >= 2 && part == part_of(unescape(column), number))
}

impl Columns {
    /// Reads the header. The mapping may choose columns that have no name.
    pub(super) fn read(
        header: &Record,
        (mapping, max_columns): (&Mapping, usize),
    ) -> Result<Columns, ImportError> {
        check_header(header)?;
        let mut names = Vec::with_capacity(header.len());
        for cell in header.cells() {
            let name = std::str::from_utf8(cell).map_err(|_| not_in_this_encoding(header.row))?;
            names.push(name.to_owned());
        }
        let added = Added::of(&names);
        let cells = (names.len(), true);
        let mut at = 0..;
        names.retain(|_| at.next().is_some_and(|at| !added.has(at, cells)));
        if added != Added::Nothing {
            for name in &mut names {
                *name = unescape(name).to_owned();
            }
        }
        name_chosen(&mut names, &added, mapping);
        let wanted = mapping.phone_column.as_deref();
        if let (Added::Rejected { .. }, Some(wanted)) = (&added, wanted)
            && !names.iter().any(|name| name == wanted)
        {
            // In a file of rejected rows, the column with the numbers is always called
            // `phone_number`.
            names[0] = wanted.to_owned();
        }
        Columns::of(names, added, (wanted, max_columns))
    }

    /// Columns with these names.
    pub(super) fn of(
        names: Vec<String>,
        added: Added,
        (wanted, max_columns): (Option<&str>, usize),
    ) -> Result<Columns, ImportError> {
        if names.len() > max_columns {
            return Err(ImportError::refused(
                TooLarge,
                format!("the file has more than {max_columns} columns; remove some"),
            ));
        }
        check_duplicates(&names)?;
        match names.iter().position(|name| name == wanted.unwrap_or(PHONE_NUMBER)) {
            Some(phone) => Ok(Columns { names, phone, added }),
            None => Err(missing_number(names, wanted)),
        }
    }

    /// The name of the column with the numbers.
    pub(super) fn phone_name(&self) -> &str {
        &self.names[self.phone]
    }

    /// The names by which columns without a name can be chosen.
    pub(super) fn nameless(&self) -> Vec<String> {
        let found = nameless(&self.names, |at| self.added.place(at));
        found.into_iter().map(|(_, name)| name).collect()
    }

    /// The warnings about the columns.
    pub(super) fn warnings(&self) -> Vec<Warning> {
        let mut warnings = Vec::new();
        let mut warn = |code, detail: String| {
            warnings.push(Warning { code, detail, rows: Vec::new() });
        };
        match &self.added {
            Added::Nothing => {}
            Added::Report { .. } => {
                let detail = "the file is a report of an earlier batch; the columns that the \
                              report added are left out, and every row is called again";
                warn(WarningCode::ReportRead, detail.to_owned());
            }
            Added::Rejected { .. } => {
                let detail = "the file has the rejected rows of an earlier one; the columns that \
                              told why are left out, and every row is looked at again";
                warn(WarningCode::RejectedRowsRead, detail.to_owned());
            }
        }
        if let Some(detail) = nameless_detail(&self.nameless()) {
            warn(WarningCode::NamelessColumn, detail);
        }
        for name in &self.names {
            if name != self.phone_name() && BUILT_IN.contains(&name.as_str()) {
                let detail = format!(
                    "the column {name:?} is not used: {{{{{name}}}}} is built in; rename the column"
                );
                warn(WarningCode::ShadowedColumn, detail);
            }
        }
        warnings
    }
}

/// The message about columns that are named by their letters.
fn nameless_detail(names: &[String]) -> Option<String> {
    let (first, others) = names.split_first()?;
    let letters: Vec<String> =
        names.iter().map(|name| name[BY_LETTER.len()..].to_owned()).collect();
    Some(match others.len() {
        0 => format!("column {} has no name; it can be chosen as {first:?}", letters[0]),
        _ => format!(
            "columns {} have no name; they can be chosen by their letters, as {first:?}",
            listed(&letters)
        ),
    })
}

/// The beginning of the name of a column without a name.
const BY_LETTER: &str = "Column ";

/// The index of the column without a name that `name` stands for, if it stands for one.
pub(super) fn nameless_at(name: &str) -> Option<usize> {
    let letters =
        name.strip_prefix(BY_LETTER).filter(|letters| (1..=3).contains(&letters.len()))?;
    let add =
        |at: usize, c: u8| c.is_ascii_uppercase().then(|| at * 26 + usize::from(c - b'A') + 1);
    letters.bytes().try_fold(0, add).map(|at| at - 1)
}

/// The columns without a name, and the name by which each can be chosen: the letter under which a
/// spreadsheet shows the column, unless another column has that name. `place` gives the position of
/// a column in the file.
pub(super) fn nameless(names: &[String], place: impl Fn(usize) -> usize) -> Vec<(usize, String)> {
    let empty = (0..names.len()).filter(|at| names[*at].is_empty());
    let named = empty.map(|at| (at, format!("{BY_LETTER}{}", letter(place(at)))));
    named.filter(|(_, name)| !names.contains(name)).collect()
}

/// Gives columns without a name the names by which they were chosen.
fn name_chosen(names: &mut [String], added: &Added, mapping: &Mapping) {
    let chosen = || mapping.phone_column.iter().chain(mapping.column_map.values());
    for (at, name) in nameless(names, |at| added.place(at)) {
        if chosen().any(|chosen| *chosen == name) {
            names[at] = name;
        }
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
        Some(Flaw::Uncalculated(column)) => {
            (NotATable, format!("cell {}{row}, in the header, {UNCALCULATED}", letter(column)))
        }
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
            proposed: None,
        })),
    }
}

fn missing_number(names: Vec<String>, wanted: Option<&str>) -> ImportError {
    let detail = missing_detail((&names, wanted), &[], &names);
    ImportError::Refused(Refusal {
        code: MissingPhoneNumberColumn,
        detail,
        columns: names,
        proposed: None,
    })
}

/// The message about a file without the column of the numbers, `phone_number` or the `wanted` one.
/// `candidates` are the columns whose cells are numbers, the most likely first. If there are none,
/// a name among `filled` is suggested.
pub(super) fn missing_detail(
    (names, wanted): (&[String], Option<&str>),
    candidates: &[&String],
    filled: &[String],
) -> String {
    let seen: Vec<String> = (0..names.len().min(20)).map(|at| quoted(names, at)).collect();
    let more = if names.len() > 20 { ", …" } else { "" };
    let likely = candidates.first().copied().or_else(|| match wanted {
        Some(wanted) => nearest(wanted, filled),
        None => meant_as_number(filled),
    });
    let mut advice = match (likely, wanted) {
        (Some(column), None) => format!(
            "choose {0:?} as the column of the numbers (phone_column), or rename {0:?} to \
             phone_number",
            shown(column)
        ),
        (Some(column), Some(_)) => format!("choose {:?}", shown(column)),
        (None, None) => {
            "choose the column of the numbers (phone_column), or name it phone_number".to_owned()
        }
        (None, Some(_)) => "choose the column with the numbers".to_owned(),
    };
    if let Some((_, others @ [_, ..])) = candidates.split_first() {
        let others: Vec<String> = others.iter().map(|name| format!("{:?}", shown(name))).collect();
        advice += &format!(" (numbers are also in {})", others.join(", "));
    }
    format!(
        "no column is called {}, in exactly these letters; the file has {}{more}: {advice}",
        wanted.map_or(PHONE_NUMBER.to_owned(), |wanted| format!("{:?}", shown(wanted))),
        seen.join(", ")
    )
}

/// The name of a column for a message, or its letter if it has no name.
fn quoted(names: &[String], at: usize) -> String {
    match names[at].as_str() {
        "" => format!("column {} (no name)", letter(at)),
        name => format!("{:?}", shown(name)),
    }
}

/// The letters under which a spreadsheet shows a column, counted from 0: A, Z, AA.
pub(super) fn letter(mut column: usize) -> String {
    let mut letters = Vec::new();
    loop {
        letters.push(char::from(b'A' + (column % 26) as u8));
        match (column / 26).checked_sub(1) {
            Some(rest) => column = rest,
            None => return letters.into_iter().rev().collect(),
        }
    }
}

/// Joins words to a list: `A, B and C`.
fn listed(words: &[String]) -> String {
    let shown = &words[..words.len().min(20)];
    match shown.split_last() {
        Some((last, rest)) if shown.len() == words.len() && !rest.is_empty() => {
            format!("{} and {last}", rest.join(", "))
        }
        Some(_) if shown.len() < words.len() => format!("{}, …", shown.join(", ")),
        _ => shown.concat(),
    }
}

/// The column that probably holds the numbers, judged by its name.
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

/// A name, shortened for a message.
pub(super) fn shown(name: &str) -> String {
    if name.chars().count() <= 40 {
        return name.to_owned();
    }
    name.chars().take(39).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::{BY_LETTER, letter, nameless_at};

    #[test]
    fn columns_have_the_letters_of_a_spreadsheet() {
        for (at, letters) in [(0, "A"), (25, "Z"), (26, "AA"), (701, "ZZ"), (702, "AAA")] {
            assert_eq!(letter(at), letters);
            assert_eq!(nameless_at(&format!("{BY_LETTER}{letters}")), Some(at));
        }
        for name in ["Column ", "Column a", "Column 3", "Column AAAA", "C", "column C"] {
            assert_eq!(nameless_at(name), None, "{name}");
        }
    }
}
