//! Counts the verdicts of rows. A row takes four bytes at most, so that a million rows fit in
//! memory.

use std::collections::BTreeMap;

use campanile_rules::{
    phone::E164,
    rejection::{RejectCause, RejectReason, help},
    zones::ZoneSet,
};

use super::{Accepted, Refusal, Rejected, columns::Columns, letters::Letters, shortened};
use crate::preflight::{
    MAX_EXAMPLES, Placeholders, Preflight, RefusalCode, Refused, RejectedCell, RejectedRows,
    Rejections, Sample, TimeZoneCount, Warning, WarningCode,
};

/// The most rows that are shown as samples, and the most bytes of their cells together.
const MAX_SAMPLES: u64 = 20;
const MAX_SAMPLE_BYTES: usize = 256 * 1024;

/// The most characters of a rejected cell that are shown.
const MAX_CELL: usize = 200;

/// The counts so far.
#[derive(Debug)]
pub(super) struct Tally {
    accepted: u64,
    rejected: BTreeMap<(RejectReason, Option<RejectCause>), RejectedRows>,
    repeats: Vec<u32>,
    warnings: Vec<Warning>,
    /// Sample words, if the encoding was guessed.
    letters: Option<Letters>,
    /// The number of accepted rows by set of zones.
    places: BTreeMap<ZoneSet, u64>,
    /// The first accepted rows.
    samples: Vec<(u64, E164, Vec<String>)>,
    sample_bytes: usize,
    refused: Option<Refused>,
}

impl Tally {
    pub(super) fn new(warnings: Vec<Warning>, letters: Option<Letters>) -> Tally {
        Tally {
            accepted: 0,
            rejected: BTreeMap::new(),
            repeats: Vec::new(),
            warnings,
            letters,
            places: BTreeMap::new(),
            samples: Vec::new(),
            sample_bytes: 0,
            refused: None,
        }
    }

    /// The number of counted rows.
    pub(super) fn total(&self) -> u64 {
        self.accepted + self.rejected()
    }

    fn rejected(&self) -> u64 {
        self.rejected.values().map(|group| group.rows.len() as u64).sum()
    }

    pub(super) fn count(
        &mut self,
        position: u64,
        verdict: &Result<Accepted, Rejected>,
        (cells, phone): (&[String], usize),
    ) {
        let row = row_number(position);
        if let Some(letters) = &mut self.letters {
            letters.look(row, cells);
        }
        match verdict {
            Ok(accepted) => {
                self.accepted += 1;
                self.keep_sample(position, accepted.number, cells);
                match self.places.get_mut(&accepted.zones) {
                    Some(people) => *people += 1,
                    None => drop(self.places.insert(accepted.zones.clone(), 1)),
                }
                if accepted.repeats.is_some() {
                    self.repeats.push(row);
                }
            }
            Err(Rejected { reason, cause, .. }) => {
                let group = self.rejected.entry((*reason, *cause)).or_default();
                group.rows.push(row);
                if group.examples.len() < MAX_EXAMPLES {
                    let cell = shortened(&cells[phone], MAX_CELL).into_owned();
                    group.examples.push(RejectedCell { row, cell });
                }
            }
        }
    }

    fn keep_sample(&mut self, position: u64, number: E164, cells: &[String]) {
        if self.accepted > MAX_SAMPLES {
            return;
        }
        self.sample_bytes += cells.iter().map(String::len).sum::<usize>();
        if self.sample_bytes <= MAX_SAMPLE_BYTES {
            self.samples.push((position, number, cells.to_vec()));
        }
    }

    /// Adds a warning about a row whose quote includes the lines below. Only the first such row
    /// gets a text.
    pub(super) fn warn_of_open_quote(&mut self, position: u64, detail: String) {
        let row = row_number(position);
        let known = self.warnings.iter_mut().find(|warning| warning.code == WarningCode::OpenQuote);
        match known {
            Some(warning) => warning.rows.push(row),
            None => {
                let code = WarningCode::OpenQuote;
                self.warnings.push(Warning { code, detail, rows: vec![row] });
            }
        }
    }

    pub(super) fn refuse(&mut self, refusal: &Refusal) {
        self.refused = Some(Refused { code: refusal.code, detail: refusal.detail.clone() });
    }

    pub(super) fn report(mut self, columns: Columns, placeholders: Placeholders) -> Preflight {
        let (total, rejected) = (self.total(), self.rejected());
        let refused = self.refused.take().or_else(|| self.refusal(&placeholders));
        self.warn_about_rows();
        let nameless = columns.nameless();
        let columns = columns.names;
        let time_zones = TimeZoneCount::of(&self.places);
        let samples = self.samples.into_iter().map(|row| sample(row, &columns)).collect();
        let mut groups = self.rejected;
        let rejections = RejectReason::ALL
            .into_iter()
            .map(|reason| {
                let of = groups.extract_if(.., |(of, _), _| *of == reason);
                Rejections::new(reason, of.map(|((_, cause), rows)| (cause, rows)).collect())
            })
            .filter(|group| group.count > 0)
            .collect();
        Preflight {
            refused,
            total,
            accepted: self.accepted,
            rejected,
            rejections,
            columns,
            nameless,
            placeholders,
            warnings: self.warnings,
            samples,
            time_zones,
            forecast: None,
            proposed: None,
            encoding: None,
            places: self.places,
        }
    }

    fn warn_about_rows(&mut self) {
        self.warnings.extend(self.letters.take().map(Letters::warning));
        let repeats = std::mem::take(&mut self.repeats);
        if !repeats.is_empty() {
            let detail = format!(
                "{} the number of an earlier row, and {} called too; \
                 choose duplicates=reject to skip {}",
                if repeats.len() == 1 {
                    "1 row repeats".to_owned()
                } else {
                    format!("{} rows repeat", repeats.len())
                },
                if repeats.len() == 1 { "is" } else { "are" },
                if repeats.len() == 1 { "it" } else { "them" },
            );
            let code = WarningCode::DuplicateNumber;
            self.warnings.push(Warning { code, detail, rows: repeats });
        }
        let bytes = (RejectReason::BadRow, Some(RejectCause::NotInEncoding));
        let undecodable = self.rejected.get(&bytes).map_or(&[][..], |group| &group.rows);
        if undecodable.len() > 1 {
            let detail = format!(
                "{} rows are not in the encoding that the file is read in; perhaps the whole file \
                 is in another one, for example windows-1252: declare it",
                undecodable.len()
            );
            let code = WarningCode::UndecodableRows;
            let rows = undecodable.to_vec();
            self.warnings.push(Warning { code, detail, rows });
        }
    }

    /// `malformed_number: 12`, for each reason with rows.
    fn reasons(&self) -> Vec<String> {
        let mut counts: BTreeMap<RejectReason, usize> = BTreeMap::new();
        for ((reason, _), group) in &self.rejected {
            *counts.entry(*reason).or_default() += group.rows.len();
        }
        counts.iter().map(|(reason, count)| format!("{}: {count}", reason.as_str())).collect()
    }

    /// The help for the rejected rows, if all of them have the same cause.
    fn only_help(&self) -> &'static str {
        let mut groups = self.rejected.keys();
        match (groups.next(), groups.next()) {
            (Some((reason, cause @ Some(_))), None) => help(*reason, *cause),
            _ => "",
        }
    }

    fn refusal(&self, placeholders: &Placeholders) -> Option<Refused> {
        let total = self.total();
        if total == 0 {
            let detail = "the file has a header and no row below it; add at least one";
            return Some(Refused { code: RefusalCode::NoRows, detail: detail.to_owned() });
        }
        placeholders.refused().or_else(|| {
            (self.accepted == 0).then(|| {
                let mut detail = format!(
                    "no row can be called ({}); see the rejected rows",
                    self.reasons().join(", ")
                );
                if let Some(help) = self.only_help().strip_suffix('.') {
                    detail += &format!(". {help}");
                }
                Refused { code: RefusalCode::NothingAccepted, detail }
            })
        })
    }
}

fn sample((row, number, cells): (u64, E164, Vec<String>), columns: &[String]) -> Sample {
    let variables = columns.iter().cloned().zip(cells).filter(|(name, _)| name != "phone_number");
    Sample { row, phone_number: number.to_string(), variables: variables.collect() }
}

/// A row number in four bytes. Rows beyond four thousand million get the same number.
fn row_number(position: u64) -> u32 {
    u32::try_from(position).unwrap_or(u32::MAX)
}
