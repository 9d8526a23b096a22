//! Rows that are too short, too long, broken or missing.

use super::{COMMAS, Case, clean, lines, plain, simple, text, write};
use crate::preflight::RefusalCode::NothingAccepted;

pub fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    ragged(&mut cases);
    strangers(&mut cases);
    cells(&mut cases);
    numbers(&mut cases);
    cases
}

/// The simple table with `row` as its fourth row.
fn with(row: &str) -> String {
    lines(|at, line| if at == 3 { row.to_owned() } else { line.to_owned() })
}

fn ragged(cases: &mut Vec<Case>) {
    for (name, row) in [
        ("the last cell is missing", "+14155550103,Person 3,a note"),
        ("the second cell is missing", "+14155550103,a note,acct_3"),
        ("only the number is there", "+14155550103"),
        ("the number is missing", "Person 3,a note,acct_3"),
        ("a cell too many", "+14155550103,Person 3,a note,acct_3,more"),
        ("a delimiter in a bare cell", "+14155550103,Person, 3,a note,acct_3"),
        ("a doubled delimiter", "+14155550103,,Person 3,a note,acct_3"),
        ("two rows in one line", "+14155550103,Person 3,a note,acct_3,+14155550104,P,n,a"),
        ("a row cut by a line end", "+14155550103,Person\n 3,a note,acct_3"),
        ("a number of nobody", ",Person 3,a note,acct_3"),
        ("delimiters alone", ",,,"),
        ("a thousand cells too many", &format!("+14155550103{}", ",x".repeat(2_000))),
    ] {
        let rejected = if name == "a row cut by a line end" { 2 } else { 1 };
        cases.push(Case::flagged(format!("row: {name}"), with(row), rejected).saying(simple()));
    }
    let more = with("+14155550103,Person 3,a note,acct_3,");
    cases.push(Case::right("row: a delimiter too many", more).saying(simple()));
    let short = lines(|at, line| match at {
        2 | 4 | 6 => line.rsplit_once(',').map_or("", |(line, _)| line).to_owned(),
        _ => line.to_owned(),
    });
    cases.push(Case::flagged("every other row is short", short, 3).saying(simple()));
    let all = lines(|at, line| match at {
        0 => line.to_owned(),
        _ => line.rsplit_once(',').map_or("", |(line, _)| line).to_owned(),
    });
    cases.push(Case::refused("every row is short", all, NothingAccepted));
    let cut = text();
    let cut = &cut[..cut.len() - 12];
    cases.push(Case::flagged("a file cut within its last row", cut, 1));
}

fn strangers(cases: &mut Vec<Case>) {
    for footer in [
        "Total: 8",
        "Total,8,,",
        "-- end --",
        "\u{1a}",
        "(8 rows affected)",
        "# done",
        "EOF",
        "8 people,,,",
        "Page 1 of 1",
        "\"Source: CRM, June\"",
        " ",
        "\t",
    ] {
        let file = format!("{}{footer}\n", text());
        cases.push(Case::flagged(format!("last {footer:?}"), file, 1));
        let file = format!("{}\n\n{footer}", text());
        cases.push(Case::flagged(format!("last, behind blank lines, {footer:?}"), file, 1));
    }
    for row in ["# comment", "// comment", "--,--,--,--", "----", "...", "   "] {
        let file = lines(|at, line| match at {
            5 => format!("{row}\n{line}"),
            _ => line.to_owned(),
        });
        cases.push(Case::flagged(format!("between rows {row:?}"), file, 1).saying(simple()));
    }
    let second = format!("{}\nid,city\n1,Rome\n2,Oslo\n", text());
    cases.push(Case::flagged("a second table below", second, 3));
    let again = format!("{0}{0}", text());
    let mut table = clean();
    table.extend(clean().split_off(1));
    cases.push(Case::flagged("the file behind itself", again, 1).saying(table));
}

fn cells(cases: &mut Vec<Case>) {
    let all = |cell: &str| {
        plain(|_, column, old| if column == 2 { cell.to_owned() } else { old.to_owned() })
    };
    for (name, cell) in [
        ("spaces around", "  a note  "),
        ("spaces alone", "   "),
        ("a no-break space", "a\u{a0}note"),
        ("a tab", "a\tnote"),
        ("a control character", "a\u{1}\u{8}\u{7f}note"),
        ("marks of direction", "\u{202e}a note\u{202c}"),
        ("a zero-width joiner", "👩\u{200d}🚀"),
        ("a combining accent", "e\u{301}"),
        ("a character beyond the basic plane", "𝒜𝓁"),
        ("a private character", "\u{e000}\u{fffd}"),
        ("NULL", "NULL"),
        ("N/A", "#N/A"),
        ("a leading zero", "0012"),
        ("a long number", "12345678901234567890"),
        ("a decimal comma", "1,50"),
        ("a formula", "=HYPERLINK(\"http://x\",\"y\")"),
        ("a placeholder", "{{customer_name}}"),
        ("HTML", "<b>&amp;</b>"),
        ("JSON", "{\"a\": [1, 2]}"),
        ("a path", "C:\\new\\table.csv"),
        ("an apostrophe in front", "'007"),
        ("an empty cell", ""),
        ("a date", "03/06/2026"),
    ] {
        let table = all(cell);
        cases.push(Case::right(format!("cells: {name}"), write(&table, COMMAS)).saying(table));
    }
    for (bytes, rejected) in [(60_000, 0), (65_536, 0), (65_537, 1), (2_000_000, 1)] {
        let long = "x".repeat(bytes);
        let mut table = simple();
        table[3][2].clone_from(&long);
        let name = format!("a cell of {bytes} bytes");
        let file = write(&table, COMMAS);
        cases.push(match rejected {
            0 => Case::right(name, file).saying(table),
            _ => Case::flagged(name, file, rejected).saying(simple()),
        });
    }
}

fn numbers(cases: &mut Vec<Case>) {
    for (name, cell) in [
        ("as a quantity", "1.41556E+10"),
        ("as a decimal", "14155550103.0"),
        ("without its country", "4155550103"),
        ("without its plus", "14155550103"),
        ("with a letter", "+1415555O103"),
        ("with an extension", "+14155550103 x5"),
        ("twice in a cell", "+14155550103 / +14155550104"),
        ("hidden", "+1415555****"),
        ("in words", "call the office"),
        ("as an error", "#REF!"),
        ("as none", "NULL"),
    ] {
        let file = with(&format!("{cell},Person 3,a note,acct_3"));
        cases.push(Case::flagged(format!("number {name}"), file, 1).saying(simple()));
    }
    for (name, cell) in
        [("as a formula", "\"=\"\"+14155550103\"\"\""), ("behind an apostrophe", "'+14155550103")]
    {
        let file = with(&format!("{cell},Person 3,a note,acct_3"));
        cases.push(Case::right(format!("number {name}"), file).saying(simple()));
    }
    for (name, cell) in [
        ("with spaces", "+1 415 555 0103"),
        ("with brackets", "+1 (415) 555-0103"),
        ("with dots", "+1.415.555.0103"),
        ("as an address", "tel:+14155550103"),
        ("in quotes", "\"+14155550103\""),
        ("between spaces", "  +14155550103 "),
        ("with invisible marks", "\u{202a}+14155550103\u{202c}"),
        ("in wide digits", "＋１４１５５５５０１０３"),
    ] {
        let file = with(&format!("{cell},Person 3,a note,acct_3"));
        cases.push(Case::right(format!("number {name}"), file).saying(simple()));
    }
}
