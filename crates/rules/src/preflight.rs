//! What is known about a file before anybody is called: may the batch start, which rows are out
//! and why, and whether the columns fit the agent.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    agent::AgentVersion,
    forecast::Forecast,
    rejection::RejectReason,
    template::{self, BUILT_IN, NearPlaceholder, near_placeholders},
    zones::ZoneSet,
};

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
    /// The zones of numbers of which so many may be in which.
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
    /// The name in the API.
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
}

impl Rejections {
    /// The rows that were rejected for `reason`.
    pub fn new(reason: RejectReason, rows: Vec<u32>) -> Rejections {
        Rejections {
            reason,
            label: reason.label().to_owned(),
            help: reason.help().to_owned(),
            count: rows.len() as u64,
            rows,
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
    /// What is odd about what an agent says.
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
    /// Compares what `agent` says with the columns of a file.
    pub fn compare(agent: &AgentVersion, columns: &[String]) -> Placeholders {
        let used: Vec<&str> = template::texts(agent).flat_map(template::placeholders).collect();
        let mut seen = BTreeSet::new();
        let missing: Vec<String> = used
            .iter()
            .filter(|name| !BUILT_IN.contains(name) && !agent.variables.contains_key(**name))
            .filter(|name| !columns.iter().any(|column| column == *name))
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
        let unused = columns
            .iter()
            .filter(|column| *column != "phone_number" && !used.contains(&column.as_str()))
            .cloned()
            .collect();
        Placeholders { missing, near_misses, unused }
    }

    /// Why a batch cannot start with these columns, if it cannot.
    pub fn refused(&self) -> Option<Refused> {
        if self.missing.is_empty() {
            return None;
        }
        let each: Vec<String> = self.missing.iter().map(|name| self.describe(name)).collect();
        let detail = format!(
            "the agent uses {}, for which the file has no column; add or rename columns, or give \
             the agent version defaults",
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

/// The column that somebody who wrote `name` probably meant.
pub(crate) fn nearest<'a>(name: &str, columns: &'a [String]) -> Option<&'a String> {
    let wanted = folded(name);
    columns
        .iter()
        .map(|column| (strsim::normalized_damerau_levenshtein(&wanted, &folded(column)), column))
        .filter(|(likeness, column)| *likeness >= 0.75 && !column.is_empty())
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, column)| column)
}

/// A name without what people get wrong in it: case, spaces, dashes, invisible marks.
pub(crate) fn folded(name: &str) -> String {
    // Names are compared with each other, so a very long one must not cost its length squared.
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
    fn an_agent_that_needs_nothing_fits_every_file() {
        let placeholders = Placeholders::compare(&agent("{}"), &columns(&["phone_number"]));
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
            rejections: vec![Rejections::new(RejectReason::BadRow, vec![3, 9])],
            ..Preflight::default()
        };
        assert_eq!(
            serde_json::to_string(&report).unwrap(),
            r#"{"refused":{"code":"no_rows","detail":"x"},"total":0,"accepted":0,"rejected":0,"#
                .to_owned()
                + r#""rejections":[{"reason":"bad_row","label":"Row unreadable","#
                + r#""help":"Make the row have one cell per column, closed quotes and the file's encoding.","#
                + r#""count":2,"rows":[3,9]}],"columns":[],"#
                + r#""placeholders":{"missing":[],"near_misses":[],"unused":[]},"warnings":[],"#
                + r#""samples":[],"time_zones":[]}"#
        );
    }
}
