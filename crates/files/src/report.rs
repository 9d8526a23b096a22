//! The report of a batch: every row of the file with its own columns and its result. The report is
//! a CSV file or a workbook, written row by row, so that it can be streamed at any length.

mod csv;
mod lines;
mod parts;
mod xlsx;

use std::io::{self, Write};

use campanile_rules::{
    agent::{ResultValue, Results},
    attempt::{EndReason, Outcome},
    phone::E164,
    recipient::RecipientStatus,
    time::Timestamp,
};

pub(crate) use lines::{Escaping, Lines};
pub use parts::{MAX_CELL_UNITS, units};
pub(crate) use parts::{further_parts, part, part_of};

/// The columns that a report adds after those of the file. `call_id` is the ID of the completed
/// call, `digits` the keys that the recipient pressed, `call_url` the page of the call.
pub const REPORT_COLUMNS: [&str; 5] =
    ["final_status", "attempts_made", "call_id", "digits", "call_url"];

/// The columns that a report with one line per attempt adds. `call_id`, `digits` and `call_url`
/// belong to the attempt. Instants are RFC 3339 in UTC.
pub const ATTEMPT_COLUMNS: [&str; 13] = [
    "final_status",
    "attempts_made",
    "attempt",
    "outcome",
    "end_reason",
    "dialed_at",
    "ringing_at",
    "answered_at",
    "ended_at",
    "talk_s",
    "call_id",
    "digits",
    "call_url",
];

/// The beginning of the name of a column with the values of a result. These columns follow
/// `call_id`.
pub const RESULT: &str = "result.";

/// The sets of these columns that reports of earlier versions had.
pub(crate) const EARLIER_COLUMNS: [&[&str]; 2] =
    [REPORT_COLUMNS.split_at(3).0, ATTEMPT_COLUMNS.split_at(11).0];

/// The detail of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ReportDetail {
    /// One line per row of the file.
    #[default]
    Recipients,
    /// One line per attempt. A row without attempts also has one line.
    Attempts,
}

/// The file format of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Comma-separated text in UTF-8.
    Csv {
        /// Whether the file begins with a byte order mark, by which spreadsheets recognise UTF-8.
        mark: bool,
    },
    /// A workbook whose cells are texts. A spreadsheet does not run such cells, so only few are
    /// escaped.
    Xlsx,
}

/// Whether cells are escaped for spreadsheets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Escape {
    /// A cell that a spreadsheet would run as a formula gets a leading `'`.
    #[default]
    Formulas,
    /// Cells are not escaped.
    None,
}

/// The layout of a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    /// The columns of the file.
    pub columns: Vec<String>,
    /// The longest cell of each column in UTF-16 units, where it exceeds [`MAX_CELL_UNITS`]. A
    /// column without an entry has no such cell.
    pub longest: Vec<usize>,
    /// The names of the results that the agent records.
    pub results: Vec<String>,
    /// The detail.
    pub detail: ReportDetail,
    /// The file format.
    pub format: Format,
    /// Whether cells are escaped.
    pub escape: Escape,
    /// The address of call pages, up to the call's ID. `None` leaves the column empty.
    pub calls_at: Option<String>,
}

/// The result of one row of the file.
#[derive(Debug, Clone, Copy)]
pub struct ReportRow<'a> {
    /// The cells of the row, one per column.
    pub cells: &'a [String],
    /// The present status; `skipped` for a rejected row.
    pub final_status: RecipientStatus,
    /// Charged attempts.
    pub attempts_made: u32,
    /// The Call-ID of the completed attempt, if there is one.
    pub call_id: Option<&'a str>,
    /// What the agent recorded.
    pub results: &'a Results,
    /// The keys that the recipient pressed.
    pub digits: Option<&'a str>,
}

/// One attempt of a row.
#[derive(Debug, Clone, Copy)]
pub struct ReportAttempt<'a> {
    /// The number of the attempt, counted from 1.
    pub attempt: u32,
    /// The ID of the call.
    pub call_id: &'a str,
    /// The outcome. `None` while the attempt is open.
    pub outcome: Option<Outcome>,
    /// The reason of the outcome.
    pub end_reason: Option<EndReason>,
    /// When the INVITE left.
    pub dialed_at: Option<Timestamp>,
    /// The time of the first 18x.
    pub ringing_at: Option<Timestamp>,
    /// The time of the 2xx.
    pub answered_at: Option<Timestamp>,
    /// When the call ended on the wire.
    pub ended_at: Option<Timestamp>,
    /// The time from answer to end, in milliseconds.
    pub talk_ms: Option<u64>,
    /// What the agent recorded.
    pub results: &'a Results,
    /// The keys that the recipient pressed.
    pub digits: Option<&'a str>,
}

/// Writes a report.
#[derive(Debug)]
pub struct ReportWriter<W: Write> {
    lines: Lines<W>,
    columns: usize,
    results: Vec<String>,
    /// The further columns of long cells: each with its column and the part of the cells that it
    /// holds.
    parts: Vec<(usize, usize)>,
    detail: ReportDetail,
    escaping: Escaping,
    calls_at: Option<String>,
}

impl<W: Write> ReportWriter<W> {
    /// Begins a report and writes its header.
    pub fn new(out: W, layout: &Layout) -> io::Result<ReportWriter<W>> {
        let columns = &layout.columns;
        let escaping = Escaping::new(layout.escape, layout.format);
        let added: &[&str] = match layout.detail {
            ReportDetail::Recipients => &REPORT_COLUMNS,
            ReportDetail::Attempts => &ATTEMPT_COLUMNS,
        };
        let parts = further_parts(&layout.longest, layout.format);
        let names = columns.iter().map(|name| escaping.of(name).into_owned());
        let added = added.iter().flat_map(|name| {
            let results: &[String] = if *name == "call_id" { &layout.results } else { &[] };
            let results = results.iter().map(|result| format!("{RESULT}{result}"));
            [(*name).to_owned()].into_iter().chain(results)
        });
        let names = names.chain(added);
        let of_parts = parts.iter().map(|(column, part)| part_of(&columns[*column], *part));
        let header: Vec<String> = names.chain(of_parts).collect();
        Ok(ReportWriter {
            lines: Lines::new(out, layout.format, ("Report", header))?,
            columns: columns.len(),
            results: layout.results.clone(),
            parts,
            detail: layout.detail,
            escaping,
            calls_at: layout.calls_at.clone(),
        })
    }

    /// Writes a row of the file with its attempts in order: one line, or one line per attempt.
    pub fn row(&mut self, row: &ReportRow<'_>, attempts: &[ReportAttempt<'_>]) -> io::Result<()> {
        match self.detail {
            ReportDetail::Recipients => {
                self.begin(row);
                self.call(row.call_id, row.results, row.digits);
                self.end(row)
            }
            ReportDetail::Attempts if attempts.is_empty() => {
                self.begin(row);
                let empty = ATTEMPT_COLUMNS.len() - 2 + self.results.len();
                (0..empty).for_each(|_| self.lines.text(""));
                self.end(row)
            }
            ReportDetail::Attempts => attempts.iter().try_for_each(|attempt| {
                self.begin(row);
                self.attempt(attempt);
                self.end(row)
            }),
        }
    }

    /// Ends the report and returns its destination.
    pub fn finish(self) -> io::Result<W> {
        self.lines.finish()
    }

    fn begin(&mut self, row: &ReportRow<'_>) {
        for index in 0..self.columns {
            let cell = row.cells.get(index).map_or("", String::as_str);
            self.lines.cell(&self.escaping.of(cell));
        }
        self.lines.text(row.final_status.as_str());
        self.lines.number(&row.attempts_made.to_string());
    }

    fn attempt(&mut self, attempt: &ReportAttempt<'_>) {
        let instant = |at: Option<Timestamp>| at.map(|at| at.to_string()).unwrap_or_default();
        let lines = &mut self.lines;
        lines.number(&attempt.attempt.to_string());
        lines.text(attempt.outcome.map_or("", Outcome::as_str));
        lines.text(attempt.end_reason.map_or("", EndReason::as_str));
        lines.text(&instant(attempt.dialed_at));
        lines.text(&instant(attempt.ringing_at));
        lines.text(&instant(attempt.answered_at));
        lines.text(&instant(attempt.ended_at));
        let talk_s = attempt.talk_ms.map(|ms| format!("{}.{:03}", ms / 1000, ms % 1000));
        lines.number(&talk_s.unwrap_or_default());
        self.call(Some(attempt.call_id), attempt.results, attempt.digits);
    }

    fn call(&mut self, call_id: Option<&str>, results: &Results, digits: Option<&str>) {
        self.lines.text(call_id.unwrap_or_default());
        for name in &self.results {
            match results.get(name) {
                Some(ResultValue::Number(number)) => {
                    self.lines.number(&self.escaping.of(&number.to_string()));
                }
                Some(value) => self.lines.cell(&self.escaping.of(&value.to_string())),
                None => self.lines.text(""),
            }
        }
        self.lines.text(digits.unwrap_or_default());
        let url = self.calls_at.as_deref().zip(call_id).map(|(at, id)| format!("{at}{id}"));
        self.lines.text(url.as_deref().unwrap_or_default());
    }

    /// Writes the further parts of long cells, and the end of the line.
    fn end(&mut self, row: &ReportRow<'_>) -> io::Result<()> {
        for (column, number) in &self.parts {
            let cell = row.cells.get(*column).map_or("", String::as_str);
            self.lines.text(part(&self.escaping.of(cell), *number));
        }
        self.lines.end_line()
    }
}

/// Appends a line of cells without escaping.
pub(crate) fn push_line<'a>(text: &mut String, cells: impl IntoIterator<Item = &'a str>) {
    for cell in cells {
        push_cell(text, cell, Escape::None);
    }
    text.pop();
    text.push_str("\r\n");
}

/// Appends a cell (RFC 4180 §2) and a comma.
pub(crate) fn push_cell(line: &mut String, cell: &str, escape: Escape) {
    let escaped = match escape {
        Escape::Formulas => escaped(cell),
        Escape::None => None,
    };
    let cell = escaped.as_deref().unwrap_or(cell);
    if cell.contains(['"', ',', '\r', '\n']) {
        push_quoted(line, cell);
    } else {
        line.push_str(cell);
        line.push(',');
    }
}

fn push_quoted(line: &mut String, cell: &str) {
    line.push('"');
    for (at, part) in cell.split('"').enumerate() {
        if at > 0 {
            line.push_str("\"\"");
        }
        line.push_str(part);
    }
    line.push_str("\",");
}

/// Whether a spreadsheet would run the cell as a formula, or would do so after one leading `'` is
/// removed. The second case must be escaped too; otherwise a reader could not tell the two apart.
pub(crate) fn is_formula(cell: &str) -> bool {
    cell.trim_start_matches('\'').starts_with([
        '=', '+', '-', '@', '\t', '\r', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}',
    ])
}

fn escaped(cell: &str) -> Option<String> {
    (is_formula(cell) && E164::parse_strict(cell).is_none()).then(|| format!("'{cell}"))
}

/// The original cell of an escaped cell.
pub fn unescape(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(original) if is_formula(original) => original,
        Some(_) | None => cell,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(bytes: Vec<u8>) -> String {
        String::from_utf8(bytes).unwrap()
    }

    fn layout(columns: &[&str], detail: ReportDetail) -> Layout {
        Layout {
            columns: strings(columns),
            longest: Vec::new(),
            detail,
            format: Format::Csv { mark: false },
            escape: Escape::Formulas,
            calls_at: Some("https://calls.example/calls/".to_owned()),
            results: Vec::new(),
        }
    }

    const NONE: Results = Results::new();

    fn results(json: &str) -> Results {
        serde_json::from_str(json).unwrap()
    }

    fn strings(cells: &[&str]) -> Vec<String> {
        cells.iter().map(|cell| (*cell).to_owned()).collect()
    }

    fn one_cell(cell: &str, escape: Escape) -> String {
        let mut line = String::new();
        push_cell(&mut line, cell, escape);
        line
    }

    #[test]
    fn a_formula_is_made_harmless_and_comes_back() {
        for cell in
            ["=1+1", "+1 415", "-1", "@x", "\tx", "\rx", "＝1", "＋1", "－1", "＠x", "'=x", "''=x"]
        {
            let escaped = escaped(cell).expect(cell);
            assert_eq!(escaped, format!("'{cell}"));
            assert_eq!(unescape(&escaped), cell);
        }
        for cell in ["+14155550101", "", "x=1", "'", "'x", "O'Neil", "1-2", " =1"] {
            assert_eq!(escaped(cell), None, "{cell}");
            assert_eq!(unescape(cell), cell);
        }
    }

    #[test]
    fn a_cell_is_quoted_when_it_must_be() {
        assert_eq!(one_cell("a b;c", Escape::Formulas), "a b;c,");
        assert_eq!(one_cell("say \"x\", y", Escape::Formulas), "\"say \"\"x\"\", y\",");
        assert_eq!(one_cell("two\nlines", Escape::Formulas), "\"two\nlines\",");
        assert_eq!(one_cell("=A1", Escape::None), "=A1,");
    }

    #[test]
    fn every_row_has_its_cells_then_what_became_of_it() {
        let layout = layout(&["phone_number", "name"], ReportDetail::Recipients);
        let mut writer = ReportWriter::new(Vec::new(), &layout).unwrap();
        let called = strings(&["+14155550101", "Lee"]);
        let row = ReportRow {
            cells: &called,
            final_status: RecipientStatus::Completed,
            attempts_made: 2,
            call_id: Some("c2"),
            results: &NONE,
            digits: Some("1#"),
        };
        writer.row(&row, &[]).unwrap();
        let cells = strings(&["98123"]);
        let row = ReportRow {
            cells: &cells,
            final_status: RecipientStatus::Skipped,
            attempts_made: 0,
            call_id: None,
            results: &NONE,
            digits: None,
        };
        writer.row(&row, &[]).unwrap();
        let report = "phone_number,name,final_status,attempts_made,call_id,digits,call_url\r\n\
             +14155550101,Lee,completed,2,c2,1#,https://calls.example/calls/c2\r\n\
             98123,,skipped,0,,,\r\n";
        assert_eq!(text(writer.finish().unwrap()), report);
        let marked = Layout { format: Format::Csv { mark: true }, ..layout };
        let mut writer = ReportWriter::new(Vec::new(), &marked).unwrap();
        writer.row(&row, &[]).unwrap();
        let marked = text(writer.finish().unwrap());
        assert!(marked.starts_with("\u{feff}phone_number,name,"), "{marked}");
    }

    #[test]
    fn attempts_have_a_line_each_and_a_row_without_any_has_one() {
        let layout = layout(&["phone_number"], ReportDetail::Attempts);
        let mut writer = ReportWriter::new(Vec::new(), &layout).unwrap();
        let cells = strings(&["+14155550101"]);
        let row = ReportRow {
            cells: &cells,
            final_status: RecipientStatus::Completed,
            attempts_made: 2,
            call_id: Some("b"),
            results: &NONE,
            digits: Some("2"),
        };
        let silent = ReportAttempt {
            attempt: 1,
            call_id: "a",
            outcome: Some(Outcome::NoAnswer),
            end_reason: Some(EndReason::UserDidNotPickUp),
            dialed_at: Some(Timestamp(1_000_000)),
            ringing_at: None,
            answered_at: None,
            ended_at: Some(Timestamp(31_000_000)),
            talk_ms: None,
            results: &NONE,
            digits: None,
        };
        let answered = ReportAttempt {
            attempt: 2,
            call_id: "b",
            outcome: Some(Outcome::Completed),
            end_reason: None,
            ringing_at: Some(Timestamp(2_000_000)),
            answered_at: Some(Timestamp(3_000_000)),
            talk_ms: Some(4_050),
            results: &NONE,
            digits: Some("2"),
            ..silent
        };
        writer.row(&row, &[silent, answered]).unwrap();
        writer.row(&ReportRow { attempts_made: 0, ..row }, &[]).unwrap();
        let report = text(writer.finish().unwrap());
        let lines: Vec<_> = report.lines().collect();
        assert_eq!(lines[0], format!("phone_number,{}", ATTEMPT_COLUMNS.join(",")));
        assert_eq!(
            lines[1],
            "+14155550101,completed,2,1,no_answer,user_did_not_pick_up,\
             1970-01-01T00:00:01.000000Z,,,1970-01-01T00:00:31.000000Z,,a,,\
             https://calls.example/calls/a"
        );
        assert!(lines[2].contains(",2,completed,,"));
        assert!(lines[2].ends_with(",4.050,b,2,https://calls.example/calls/b"));
        assert_eq!(lines[3], "+14155550101,completed,0,,,,,,,,,,,");
        let commas = |line: &&str| line.matches(',').count();
        assert!(lines.iter().all(|line| commas(line) == ATTEMPT_COLUMNS.len()));
    }

    #[test]
    fn results_have_columns_behind_the_call_in_the_order_of_the_version() {
        let recorded = results(r#"{"coming": true, "why": "=1+1", "guests": -2, "other": "x"}"#);
        let names = strings(&["why", "guests", "coming"]);
        let of_recipients =
            Layout { results: names, ..layout(&["phone_number"], ReportDetail::Recipients) };
        let cells = strings(&["+14155550101"]);
        let row = ReportRow {
            cells: &cells,
            final_status: RecipientStatus::Completed,
            attempts_made: 1,
            call_id: Some("c"),
            results: &recorded,
            digits: None,
        };
        let mut writer = ReportWriter::new(Vec::new(), &of_recipients).unwrap();
        writer.row(&row, &[]).unwrap();
        writer.row(&ReportRow { results: &NONE, call_id: None, ..row }, &[]).unwrap();
        assert_eq!(
            text(writer.finish().unwrap()),
            "phone_number,final_status,attempts_made,call_id,result.why,result.guests,\
             result.coming,digits,call_url\r\n\
             +14155550101,completed,1,c,'=1+1,'-2,true,,https://calls.example/calls/c\r\n\
             +14155550101,completed,1,,,,,,\r\n"
        );
        let of_attempts = Layout { detail: ReportDetail::Attempts, ..of_recipients };
        let mut writer = ReportWriter::new(Vec::new(), &of_attempts).unwrap();
        writer.row(&row, &[]).unwrap();
        let report = text(writer.finish().unwrap());
        let lines: Vec<_> = report.lines().collect();
        assert!(
            lines[0].ends_with("call_id,result.why,result.guests,result.coming,digits,call_url")
        );
        let commas = |line: &str| line.matches(',').count();
        assert_eq!(commas(lines[0]), commas(lines[1]));
    }
}
