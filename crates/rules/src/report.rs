//! The report of a batch as CSV: every row of the file with its own columns, then what became of
//! it. Written row by row, so that it can be streamed at any length.

use std::io::{self, Write};

use crate::{
    attempt::{EndReason, Outcome},
    phone::E164,
    recipient::RecipientStatus,
    rejection::RejectReason,
    time::Timestamp,
};

/// The columns that a report adds behind those of the file.
pub const REPORT_COLUMNS: [&str; 3] = ["final_status", "attempts_made", "call_id"];

/// The columns that a report with a line per attempt adds. `call_id` is the attempt's own;
/// instants are RFC 3339 in UTC.
pub const ATTEMPT_COLUMNS: [&str; 11] = [
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
];

/// How much a report tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ReportDetail {
    /// One line per row of the file.
    #[default]
    Recipients,
    /// One line per attempt; a row without attempts has one line all the same.
    Attempts,
}

/// Whether cells are made harmless for spreadsheets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Escape {
    /// A cell that a spreadsheet would run as a formula gets a `'` in front.
    #[default]
    Formulas,
    /// Every cell as it is.
    None,
}

/// What became of one row of the file.
#[derive(Debug, Clone, Copy)]
pub struct ReportRow<'a> {
    /// Its cells, one per column.
    pub cells: &'a [String],
    /// Its status now; `skipped` for a rejected row.
    pub final_status: RecipientStatus,
    /// Charged attempts.
    pub attempts_made: u32,
    /// The call of the completed attempt, if there is one.
    pub call_id: Option<&'a str>,
}

/// One attempt of a row.
#[derive(Debug, Clone, Copy)]
pub struct ReportAttempt<'a> {
    /// Numbered from 1.
    pub attempt: u32,
    /// Its call.
    pub call_id: &'a str,
    /// How it ended; none while it goes on.
    pub outcome: Option<Outcome>,
    /// Why it ended so.
    pub end_reason: Option<EndReason>,
    /// When its INVITE left.
    pub dialed_at: Option<Timestamp>,
    /// First 18x.
    pub ringing_at: Option<Timestamp>,
    /// The 2xx.
    pub answered_at: Option<Timestamp>,
    /// When the call was over on the wire.
    pub ended_at: Option<Timestamp>,
    /// From answer to end, in milliseconds.
    pub talk_ms: Option<u64>,
}

/// Writes a report.
#[derive(Debug)]
pub struct ReportWriter<W> {
    out: W,
    line: String,
    columns: usize,
    detail: ReportDetail,
    escape: Escape,
}

impl<W: Write> ReportWriter<W> {
    /// Begins a report for a file with these columns: writes its header.
    pub fn new(
        out: W,
        columns: &[String],
        detail: ReportDetail,
        escape: Escape,
    ) -> io::Result<ReportWriter<W>> {
        let line = String::new();
        let mut writer = ReportWriter { out, line, columns: columns.len(), detail, escape };
        columns.iter().for_each(|name| writer.header_cell(name));
        let added: &[&str] = match detail {
            ReportDetail::Recipients => &REPORT_COLUMNS,
            ReportDetail::Attempts => &ATTEMPT_COLUMNS,
        };
        added.iter().for_each(|name| writer.own_cell(name));
        writer.end_line()?;
        Ok(writer)
    }

    /// Writes a row of the file and its attempts in order: one line, or one per attempt.
    pub fn row(&mut self, row: &ReportRow<'_>, attempts: &[ReportAttempt<'_>]) -> io::Result<()> {
        match self.detail {
            ReportDetail::Recipients => {
                self.begin(row);
                self.own_cell(row.call_id.unwrap_or_default());
                self.end_line()
            }
            ReportDetail::Attempts if attempts.is_empty() => {
                self.begin(row);
                (2..ATTEMPT_COLUMNS.len()).for_each(|_| self.own_cell(""));
                self.end_line()
            }
            ReportDetail::Attempts => attempts.iter().try_for_each(|attempt| {
                self.begin(row);
                self.attempt(attempt);
                self.end_line()
            }),
        }
    }

    /// Where the report goes, for a caller that takes away what was written.
    pub fn get_mut(&mut self) -> &mut W {
        &mut self.out
    }

    /// Flushes and gives back where the report went.
    pub fn finish(mut self) -> io::Result<W> {
        self.out.flush()?;
        Ok(self.out)
    }

    fn begin(&mut self, row: &ReportRow<'_>) {
        for index in 0..self.columns {
            let cell = row.cells.get(index).map_or("", String::as_str);
            push_cell(&mut self.line, cell, self.escape);
        }
        self.own_cell(row.final_status.as_str());
        self.own_cell(&row.attempts_made.to_string());
    }

    fn attempt(&mut self, attempt: &ReportAttempt<'_>) {
        let instant = |at: Option<Timestamp>| at.map(|at| at.to_string()).unwrap_or_default();
        self.own_cell(&attempt.attempt.to_string());
        self.own_cell(attempt.outcome.map_or("", Outcome::as_str));
        self.own_cell(attempt.end_reason.map_or("", EndReason::as_str));
        self.own_cell(&instant(attempt.dialed_at));
        self.own_cell(&instant(attempt.ringing_at));
        self.own_cell(&instant(attempt.answered_at));
        self.own_cell(&instant(attempt.ended_at));
        let talk_s = attempt.talk_ms.map(|ms| format!("{}.{:03}", ms / 1000, ms % 1000));
        self.own_cell(&talk_s.unwrap_or_default());
        self.own_cell(attempt.call_id);
    }

    fn own_cell(&mut self, cell: &str) {
        push_cell(&mut self.line, cell, Escape::None);
    }

    /// A column's name. The first bytes of a file tell what it is, so a name that begins oddly is
    /// put in quotes.
    fn header_cell(&mut self, name: &str) {
        let plain = name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | ' '));
        if plain || !self.line.is_empty() || escaped(name).is_some() {
            push_cell(&mut self.line, name, self.escape);
        } else {
            push_quoted(&mut self.line, name);
        }
    }

    fn end_line(&mut self) -> io::Result<()> {
        // Every cell is followed by a comma; the last one makes way for the end of the line.
        self.line.pop();
        self.line.push_str("\r\n");
        let written = self.out.write_all(self.line.as_bytes());
        self.line.clear();
        written
    }
}

/// Writes the rejected rows: `position,phone_number,failed_parsing_reason`, the reason as its
/// code.
pub fn write_rejections<W: Write>(
    mut out: W,
    rows: impl IntoIterator<Item = (u64, String, RejectReason)>,
) -> io::Result<()> {
    out.write_all(b"position,phone_number,failed_parsing_reason\r\n")?;
    let mut line = String::new();
    for (position, phone_number, reason) in rows {
        line.clear();
        push_cell(&mut line, &position.to_string(), Escape::None);
        push_cell(&mut line, &phone_number, Escape::Formulas);
        line.push_str(reason.as_str());
        line.push_str("\r\n");
        out.write_all(line.as_bytes())?;
    }
    out.flush()
}

/// Appends a line of cells as they are.
pub(crate) fn push_line<'a>(text: &mut String, cells: impl IntoIterator<Item = &'a str>) {
    for cell in cells {
        push_cell(text, cell, Escape::None);
    }
    text.pop();
    text.push_str("\r\n");
}

/// Appends a cell (RFC 4180 §2) and a comma.
fn push_cell(line: &mut String, cell: &str, escape: Escape) {
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

/// Whether a spreadsheet would run the cell, or would after one `'` was taken off it: the second
/// kind must be escaped too, or reading could not tell them apart.
pub(crate) fn is_formula(cell: &str) -> bool {
    cell.trim_start_matches('\'').starts_with([
        '=', '+', '-', '@', '\t', '\r', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}',
    ])
}

fn escaped(cell: &str) -> Option<String> {
    (is_formula(cell) && E164::parse_strict(cell).is_none()).then(|| format!("'{cell}"))
}

/// The cell that a report has escaped as `cell`.
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
        let columns = strings(&["phone_number", "name"]);
        let mut writer =
            ReportWriter::new(Vec::new(), &columns, ReportDetail::Recipients, Escape::default())
                .unwrap();
        let called = strings(&["+14155550101", "Lee"]);
        let row = ReportRow {
            cells: &called,
            final_status: RecipientStatus::Completed,
            attempts_made: 2,
            call_id: Some("c2"),
        };
        writer.row(&row, &[]).unwrap();
        let cells = strings(&["98123"]);
        let final_status = RecipientStatus::Skipped;
        let row = ReportRow { cells: &cells, final_status, attempts_made: 0, call_id: None };
        writer.row(&row, &[]).unwrap();
        assert_eq!(
            text(writer.finish().unwrap()),
            "phone_number,name,final_status,attempts_made,call_id\r\n\
             +14155550101,Lee,completed,2,c2\r\n98123,,skipped,0,\r\n"
        );
    }

    #[test]
    fn attempts_have_a_line_each_and_a_row_without_any_has_one() {
        let columns = strings(&["phone_number"]);
        let mut writer =
            ReportWriter::new(Vec::new(), &columns, ReportDetail::Attempts, Escape::None).unwrap();
        let cells = strings(&["+14155550101"]);
        let final_status = RecipientStatus::Completed;
        let row = ReportRow { cells: &cells, final_status, attempts_made: 2, call_id: Some("b") };
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
        };
        let answered = ReportAttempt {
            attempt: 2,
            call_id: "b",
            outcome: Some(Outcome::Completed),
            end_reason: None,
            ringing_at: Some(Timestamp(2_000_000)),
            answered_at: Some(Timestamp(3_000_000)),
            talk_ms: Some(4_050),
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
             1970-01-01T00:00:01.000000Z,,,1970-01-01T00:00:31.000000Z,,a"
        );
        assert!(lines[2].contains(",2,completed,,") && lines[2].ends_with(",4.050,b"));
        assert_eq!(lines[3], "+14155550101,completed,0,,,,,,,,,");
        let commas = |line: &&str| line.matches(',').count();
        assert!(lines.iter().all(|line| commas(line) == ATTEMPT_COLUMNS.len()));
    }

    #[test]
    fn rejections_are_listed_with_their_row_and_reason() {
        let mut out = Vec::new();
        let rows = [
            (17, "98123".to_owned(), RejectReason::MalformedNumber),
            (20, "=1+1".to_owned(), RejectReason::BadRow),
        ];
        write_rejections(&mut out, rows).unwrap();
        assert_eq!(
            text(out),
            "position,phone_number,failed_parsing_reason\r\n\
             17,98123,malformed_number\r\n20,'=1+1,bad_row\r\n"
        );
    }
}
