//! The report on a file before any call: whether the batch may start, which rows are rejected and
//! why, and whether the columns fit the agent.

use std::collections::{BTreeMap, BTreeSet};

use campanile_rules::{
    agent::AgentVersion,
    forecast::Forecast,
    rejection::{RejectCause, RejectReason},
    template::{self, BUILT_IN, ColumnMap, NearPlaceholder, near_placeholders},
    zones::ZoneSet,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The most rejected cells that are shown for one cause.
pub const MAX_EXAMPLES: usize = 100;

/// The most row numbers that are listed for one cause. For a reason, all are listed.
pub const MAX_ROWS_OF_CAUSE: usize = 1_000;

/// The report of `check` and of the validate request.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
pub struct Preflight {
    /// Why the batch cannot start; absent when it can.
    pub refused: Option<Refused>,
    /// Rows of the file, without header and blank lines.
    pub total: u64,
    /// Rows that would be called.
    pub accepted: u64,
    /// Rows that would be skipped.
    pub rejected: u64,
    /// The rejected rows by reason.
    pub rejections: Vec<Rejections>,
    /// The columns, in the file's order.
    pub columns: Vec<String>,
    /// What those of them without a name can be chosen as: `Column C`, by its letter.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub nameless: Vec<String>,
    /// How the columns fit the agent; empty when no agent was given.
    pub placeholders: Placeholders,
    /// What is odd but stops nobody.
    pub warnings: Vec<Warning>,
    /// The first rows that would be called, to show what the agent would say to them.
    #[serde(default)]
    pub samples: Vec<Sample>,
    /// Where those who would be called are, the most frequent first.
    #[serde(default)]
    pub time_zones: Vec<TimeZoneCount>,
    /// When the batch would be done; absent when that was not asked or is not to be told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub forecast: Option<Forecast>,
    /// How the file is probably to be read, when it was refused because it has no column of this
    /// name for the numbers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proposed: Option<Proposed>,
    /// The encoding that the file was read in, as it is called in the WHATWG Encoding Standard;
    /// absent when that is UTF-8, and of a file without one, such as a workbook.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encoding: Option<String>,
    /// How many of those who would be called may be in which time zones.
    #[serde(skip)]
    pub places: BTreeMap<ZoneSet, u64>,
}

/// A row that would be called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Sample {
    /// Its number, as a spreadsheet shows it.
    pub row: u64,
    /// Whom it would call, E.164.
    pub phone_number: String,
    /// Its other columns, as they are.
    pub variables: BTreeMap<String, String>,
}

/// How many of those who would be called are in a time zone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TimeZoneCount {
    /// The IANA name; null for numbers that may be in several zones, such as toll-free ones, or
    /// in one that nobody knows.
    pub zone: Option<String>,
    /// How many.
    pub count: u64,
}

impl TimeZoneCount {
    /// Counts time zones from the number of recipients per set of zones.
    pub fn of(places: &BTreeMap<ZoneSet, u64>) -> Vec<TimeZoneCount> {
        let mut counts: BTreeMap<Option<&str>, u64> = BTreeMap::new();
        for (zones, people) in places {
            let mut names = zones.names();
            let only = names.next().filter(|_| names.next().is_none());
            *counts.entry(only).or_default() += people;
        }
        let count = |(zone, count): (Option<&str>, u64)| TimeZoneCount {
            zone: zone.map(str::to_owned),
            count,
        };
        let mut counts: Vec<TimeZoneCount> = counts.into_iter().map(count).collect();
        counts.sort_by_key(|zone| std::cmp::Reverse(zone.count));
        counts
    }
}

/// Why a batch cannot start with this file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Refused {
    /// For programs.
    pub code: RefusalCode,
    /// For people: what happened, to what, and what to do.
    pub detail: String,
}

/// The refusals there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RefusalCode {
    /// No column is called `phone_number`.
    MissingPhoneNumberColumn,
    /// Two columns have one name.
    DuplicateColumn,
    /// The file has no row below its header, or nothing at all.
    NoRows,
    /// Every row was rejected.
    NothingAccepted,
    /// The agent needs columns that the file does not have.
    MissingVariables,
    /// The file is not in the encoding that it was read in.
    Undecodable,
    /// The file is no text with columns.
    NotATable,
    /// The file has more rows or columns than are allowed.
    TooLarge,
    /// The agent has a voice, a language or a sound that is not there, or says nothing.
    AgentCannotSpeak,
}

impl RefusalCode {
    /// The name of the code in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            RefusalCode::MissingPhoneNumberColumn => "missing_phone_number_column",
            RefusalCode::DuplicateColumn => "duplicate_column",
            RefusalCode::NoRows => "no_rows",
            RefusalCode::NothingAccepted => "nothing_accepted",
            RefusalCode::MissingVariables => "missing_variables",
            RefusalCode::Undecodable => "undecodable",
            RefusalCode::NotATable => "not_a_table",
            RefusalCode::TooLarge => "too_large",
            RefusalCode::AgentCannotSpeak => "agent_cannot_speak",
        }
    }
}

/// How a file is probably to be read: what to send along with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Proposed {
    /// The row of the header, as a spreadsheet shows it; null: it is where it was looked for.
    pub header_row: Option<u64>,
    /// The column that has the numbers; null: it is called as it should be.
    pub phone_column: Option<String>,
}

/// The rows rejected for one reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Rejections {
    /// For programs.
    pub reason: RejectReason,
    /// For people.
    pub label: String,
    /// What to do.
    pub help: String,
    /// How many.
    pub count: u64,
    /// Which, numbered as a spreadsheet does.
    pub rows: Vec<u32>,
    /// The same rows by what exactly is wrong with them; empty where the reason says all.
    #[serde(default)]
    pub causes: Vec<RejectionsOfCause>,
    /// What the first of them have where a number should be.
    #[serde(default)]
    pub examples: Vec<RejectedCell>,
}

/// The rows rejected for one cause.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RejectionsOfCause {
    /// For programs.
    pub cause: RejectCause,
    /// For people.
    pub label: String,
    /// The one click or the one edit that mends it.
    pub help: String,
    /// How many.
    pub count: u64,
    /// The first thousand of them, numbered as a spreadsheet does.
    pub rows: Vec<u32>,
    /// What the first of them have where a number should be.
    pub examples: Vec<RejectedCell>,
}

/// What a rejected row has where a number should be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RejectedCell {
    /// The row, numbered as a spreadsheet does.
    pub row: u32,
    /// The cell as it is; a very long one is cut.
    pub cell: String,
}

/// Rejected rows of one kind, in their order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RejectedRows {
    /// Their numbers.
    pub rows: Vec<u32>,
    /// What the first of them have where a number should be.
    pub examples: Vec<RejectedCell>,
}

impl Rejections {
    /// The rows that were rejected for `reason`, by cause.
    pub fn new(reason: RejectReason, groups: Vec<(Option<RejectCause>, RejectedRows)>) -> Self {
        let mut all = RejectedRows::default();
        let mut causes = Vec::new();
        for (cause, RejectedRows { mut rows, examples }) in groups {
            all.rows.extend(&rows);
            all.examples.extend(examples.iter().cloned());
            if let Some(cause) = cause {
                let count = rows.len() as u64;
                rows.truncate(MAX_ROWS_OF_CAUSE);
                causes.push(RejectionsOfCause::new(cause, count, RejectedRows { rows, examples }));
            }
        }
        all.rows.sort_unstable();
        all.examples.sort_by_key(|example| example.row);
        all.examples.truncate(MAX_EXAMPLES);
        causes.sort_by_key(|group| std::cmp::Reverse(group.count));
        Rejections {
            reason,
            label: reason.label().to_owned(),
            help: reason.help().to_owned(),
            count: all.rows.len() as u64,
            rows: all.rows,
            causes,
            examples: all.examples,
        }
    }
}

impl RejectionsOfCause {
    /// The rows that were rejected for `cause`: their number, and the listed ones.
    pub fn new(cause: RejectCause, count: u64, listed: RejectedRows) -> RejectionsOfCause {
        RejectionsOfCause {
            cause,
            label: cause.label().to_owned(),
            help: cause.help().to_owned(),
            count,
            rows: listed.rows,
            examples: listed.examples,
        }
    }
}

/// Something odd that stops nobody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Warning {
    /// For programs.
    pub code: WarningCode,
    /// For people.
    pub detail: String,
    /// The rows that it is about; none when it is about the whole file.
    pub rows: Vec<u32>,
}

/// The warnings there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WarningCode {
    /// Rows repeat the number of an earlier row, and are called all the same.
    DuplicateNumber,
    /// A column has no name, so that no placeholder can stand for it.
    NamelessColumn,
    /// A column has the name of something built in, which is used instead of it.
    ShadowedColumn,
    /// The workbook has more sheets than the one that is read.
    OtherSheets,
    /// The file is a report of an earlier batch; its report columns were left out.
    ReportRead,
    /// The file has the rejected rows of an earlier one; what told why was left out.
    RejectedRowsRead,
    /// Several rows are not in the file's encoding: perhaps the whole file is in another one.
    UndecodableRows,
    /// A row opens a quote that takes lines below it into one cell: people may be in it.
    OpenQuote,
    /// The file's encoding was guessed; the detail shows words of it, for somebody to look at.
    EncodingGuessed,
    /// The agent says something that nearly is a placeholder, such as `{name}` or `{{name`, and is
    /// said as it is written.
    NearPlaceholder,
}

impl Warning {
    /// The warnings about the texts of an agent.
    pub fn of_agent(agent: &AgentVersion) -> Vec<Warning> {
        let near: BTreeSet<_> = template::said(agent).flat_map(near_placeholders).collect();
        let warning = |near: NearPlaceholder| Warning {
            code: WarningCode::NearPlaceholder,
            detail: match near.meant() {
                Some(meant) => format!(
                    "the agent says {} as it is written; write {meant} if a value is to take its \
                     place",
                    near.written()
                ),
                None => format!(
                    "the agent says {} as it is written; write a name between the braces, such as \
                     {{{{customer_name}}}}",
                    near.written()
                ),
            },
            rows: Vec::new(),
        };
        near.into_iter().map(warning).collect()
    }
}

/// How the columns of a file fit the placeholders of an agent version.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
pub struct Placeholders {
    /// Placeholders without a column, a default or a built-in value.
    pub missing: Vec<String>,
    /// Columns that a missing placeholder may mean.
    pub near_misses: Vec<NearMiss>,
    /// Columns that no placeholder uses.
    pub unused: Vec<String>,
}

/// A placeholder without a column, and a column that is nearly called so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct NearMiss {
    /// The placeholder's name.
    pub placeholder: String,
    /// The column's name.
    pub column: String,
}

impl Placeholders {
    /// Compares the texts of `agent` with the columns of a file. One column has the numbers, and
    /// some columns were chosen for placeholders.
    pub fn compare(
        agent: &AgentVersion,
        columns: &[String],
        (phone, map): (&str, &ColumnMap),
    ) -> Placeholders {
        let used: Vec<&str> = template::texts(agent).flat_map(template::placeholders).collect();
        let mut seen = BTreeSet::new();
        let missing: Vec<String> = used
            .iter()
            .filter(|name| !BUILT_IN.contains(name) && !agent.variables.contains_key(**name))
            .filter(|name| !columns.iter().any(|column| column == *name))
            .filter(|name| !map.contains_key(**name))
            .filter(|name| seen.insert(**name))
            .map(|name| (*name).to_owned())
            .collect();
        let near_misses = missing
            .iter()
            .filter_map(|placeholder| {
                let column = nearest(placeholder, columns)?.clone();
                Some(NearMiss { placeholder: placeholder.clone(), column })
            })
            .collect();
        let is_used = |column: &str| {
            let chosen = |name: &&&str| map.get(**name).is_some_and(|chosen| chosen == column);
            // A placeholder with a chosen column does not use the column of its own name.
            (used.contains(&column) && !map.contains_key(column)) || used.iter().any(|n| chosen(&n))
        };
        let unused =
            columns.iter().filter(|column| *column != phone && !is_used(column)).cloned().collect();
        Placeholders { missing, near_misses, unused }
    }

    /// Why a batch cannot start with these columns, if it cannot.
    pub fn refused(&self) -> Option<Refused> {
        if self.missing.is_empty() {
            return None;
        }
        let each: Vec<String> = self.missing.iter().map(|name| self.describe(name)).collect();
        let detail = format!(
            "the agent uses {}, for which the file has no column; choose a column for it \
             (column_map), add or rename columns, or give the agent version defaults",
            each.join(", ")
        );
        Some(Refused { code: RefusalCode::MissingVariables, detail })
    }

    fn describe(&self, name: &str) -> String {
        match self.near_misses.iter().find(|miss| miss.placeholder == name) {
            Some(miss) => format!("{{{{{name}}}}} (the file has {:?})", miss.column),
            None => format!("{{{{{name}}}}}"),
        }
    }
}

/// The column that the author of `name` probably meant.
pub(crate) fn nearest<'a>(name: &str, columns: &'a [String]) -> Option<&'a String> {
    let wanted = folded(name);
    columns
        .iter()
        .map(|column| (strsim::normalized_damerau_levenshtein(&wanted, &folded(column)), column))
        .filter(|(likeness, column)| *likeness >= 0.75 && !column.is_empty())
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, column)| column)
}

/// A name without common differences: case, spaces, dashes, invisible marks.
pub(crate) fn folded(name: &str) -> String {
    // Names are compared pairwise, so a very long name must not cost its length squared.
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).take(64).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn agent(json: &str) -> AgentVersion {
        serde_json::from_str(json).unwrap()
    }

    fn columns(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn a_placeholder_without_column_or_default_is_missing() {
        let agent = agent(
            r#"{"prompt": "{{customer_name}} {{city}} {{from_number}} {{customer_name}}",
                "voicemail_message": "{{date}}", "variables": {"city": "Rome"},
                "engine": {"type": "script", "lines": ["{{x}}"], "goodbye": "{{phone_number}}"}}"#,
        );
        let placeholders = Placeholders::compare(
            &agent,
            &columns(&["phone_number", "Customer_Name", "date", "account"]),
            ("phone_number", &ColumnMap::new()),
        );
        assert_eq!(placeholders.missing, ["customer_name", "x"]);
        assert_eq!(placeholders.unused, ["Customer_Name", "account"]);
        let near = &placeholders.near_misses;
        assert_eq!(near.len(), 1);
        assert_eq!((&*near[0].placeholder, &*near[0].column), ("customer_name", "Customer_Name"));
        let refused = placeholders.refused().unwrap();
        assert_eq!(refused.code, RefusalCode::MissingVariables);
        assert!(
            refused.detail.contains(r#"{{customer_name}} (the file has "Customer_Name"), {{x}}"#)
        );
    }

    #[test]
    fn what_nearly_is_a_placeholder_is_told_once() {
        let agent = agent(
            r#"{"prompt": "{json}", "first_message": "Hello {customer_name}, {{city}}.",
                "engine": {"type": "script", "lines": ["{customer_name}", "{{day"]}}"#,
        );
        let warnings = Warning::of_agent(&agent);
        let details: Vec<&str> = warnings.iter().map(|warning| warning.detail.as_str()).collect();
        assert_eq!(details.len(), 2, "{details:?}");
        assert!(details[0].starts_with("the agent says {customer_name} as it is written"));
        assert!(details[0].contains("write {{customer_name}} if"), "{details:?}");
        assert!(details[1].contains("says {{day as"), "{details:?}");
    }

    #[test]
    fn a_column_that_was_chosen_is_not_missing() {
        let agent = agent(r#"{"prompt": "{{day}} {{name}} {{city}}"}"#);
        let columns = columns(&["Telefon", "Datum", "name", "city", "phone_number"]);
        let chosen = |placeholder: &str, column: &str| (placeholder.to_owned(), column.to_owned());
        let map = [chosen("day", "Datum"), chosen("city", "name")].into();
        let placeholders = Placeholders::compare(&agent, &columns, ("Telefon", &map));
        assert_eq!(placeholders.missing, [""; 0]);
        assert_eq!(placeholders.unused, ["city", "phone_number"]);
    }

    #[test]
    fn an_agent_that_needs_nothing_fits_every_file() {
        let taken = ("phone_number", &ColumnMap::new());
        let placeholders = Placeholders::compare(&agent("{}"), &columns(&["phone_number"]), taken);
        assert_eq!(placeholders, Placeholders::default());
        assert_eq!(placeholders.refused(), None);
    }

    #[test]
    fn a_column_is_near_when_a_slip_explains_it() {
        let columns = columns(&["First Name", "adress", "", "zip"]);
        assert_eq!(nearest("first_name", &columns).unwrap(), "First Name");
        assert_eq!(nearest("address", &columns).unwrap(), "adress");
        assert_eq!(nearest("street", &columns), None);
    }

    #[test]
    fn the_report_has_exactly_the_agreed_fields() {
        let report = Preflight {
            refused: Some(Refused { code: RefusalCode::NoRows, detail: "x".to_owned() }),
            rejections: vec![Rejections::new(
                RejectReason::BadRow,
                vec![(
                    Some(RejectCause::Quotes),
                    RejectedRows {
                        rows: vec![3, 9],
                        examples: vec![RejectedCell { row: 3, cell: "x".to_owned() }],
                    },
                )],
            )],
            ..Preflight::default()
        };
        assert_eq!(
            serde_json::to_string(&report).unwrap(),
            r#"{"refused":{"code":"no_rows","detail":"x"},"total":0,"accepted":0,"rejected":0,"#
                .to_owned()
                + r#""rejections":[{"reason":"bad_row","label":"Row unreadable","#
                + r#""help":"Make the row have one cell per column, closed quotes and the file's encoding.","#
                + r#""count":2,"rows":[3,9],"causes":[{"cause":"quotes","#
                + r#""label":"Quotes do not match","#
                + r#""help":"Close the quote that opens in this row or in the one above.","#
                + r#""count":2,"rows":[3,9],"examples":[{"row":3,"cell":"x"}]}],"#
                + r#""examples":[{"row":3,"cell":"x"}]}],"columns":[],"#
                + r#""placeholders":{"missing":[],"near_misses":[],"unused":[]},"warnings":[],"#
                + r#""samples":[],"time_zones":[]}"#
        );
    }
}
