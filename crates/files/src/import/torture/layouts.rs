//! Delimiters, quotes, line ends.

use super::{COMMAS, Case, Quotes, Style, clean, line, lines, simple, text, write};
use crate::preflight::RefusalCode::{
    DuplicateColumn, MissingPhoneNumberColumn, NotATable, NothingAccepted,
};

pub fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    dialects(&mut cases);
    separators(&mut cases);
    quotes(&mut cases);
    line_ends(&mut cases);
    cases
}

/// All common ways to write a table.
fn dialects(cases: &mut Vec<Case>) {
    for (delimiter, name) in [(",", "comma"), (";", "semicolon"), ("\t", "tab"), ("|", "bar")] {
        for (line_end, end) in [("\n", "LF"), ("\r\n", "CRLF"), ("\r", "CR")] {
            for (quotes, how) in [(Quotes::Needed, "where needed"), (Quotes::All, "everywhere")] {
                let style = Style { delimiter, line_end, quotes };
                for mark in ["", "\u{feff}"] {
                    let marked = if mark.is_empty() { "" } else { ", with a mark" };
                    let file = mark.to_owned() + &write(&clean(), style);
                    let name = format!("{name}, {end}, quotes {how}{marked}");
                    cases.push(Case::right(name.clone(), file.clone()));
                    let cut = file.trim_end_matches(['\r', '\n']).to_owned();
                    cases.push(Case::right(format!("{name}, no end of the last line"), cut));
                }
            }
        }
    }
}

fn separators(cases: &mut Vec<Case>) {
    let style = |delimiter| Style { delimiter, ..COMMAS };
    for (delimiter, name) in
        [("^", "caret"), ("~", "tilde"), (" ", "space"), (":", "colon"), ("\u{1f}", "unit")]
    {
        let file = write(&clean(), style(delimiter));
        let declared = format!("sep={delimiter}\n{file}");
        cases.push(Case::refused(format!("{name}, undeclared"), file, MissingPhoneNumberColumn));
        cases.push(Case::right(format!("{name}, declared by sep="), declared));
    }
    for (delimiter, name) in [(",", "comma"), (";", "semicolon"), ("\t", "tab"), ("|", "bar")] {
        let file = write(&clean(), style(delimiter));
        for (first, how) in [("sep=", "sep="), ("SEP=", "SEP="), ("\u{feff}sep=", "mark, sep=")] {
            let declared = format!("{first}{delimiter}\r\n{file}");
            cases.push(Case::right(format!("{name}, {how}"), declared));
        }
        let wrong = format!("sep=^\n{file}");
        let name = format!("{name}, sep= with another one");
        cases.push(Case::refused(name, wrong, MissingPhoneNumberColumn));
    }
    for first in ["\"sep=,\"", "sep =,", "sep=", "sep=,,", "sep=, "] {
        let file = format!("{first}\n{}", text());
        cases.push(Case::refused(format!("first line {first:?}"), file, MissingPhoneNumberColumn));
    }
    let doubled = write(&simple(), Style { delimiter: "||", ..COMMAS });
    cases.push(Case::right("two bars", doubled).saying(simple()));
    for delimiter in ["::", "<>", "§", "，"] {
        let file = write(&simple(), style(delimiter));
        let name = format!("{delimiter:?} between cells");
        cases.push(Case::refused(name, file, MissingPhoneNumberColumn));
    }
    let fixed: String = simple()
        .iter()
        .map(|row| row.iter().map(|c| format!("{c:<20}")).collect::<String>() + "\n")
        .collect();
    cases.push(Case::refused("fixed widths", fixed, MissingPhoneNumberColumn));
    let mixed = lines(|at, line| if at == 3 { line.replace(',', ";") } else { line.to_owned() });
    cases.push(Case::flagged("another delimiter in one row", mixed, 1).saying(simple()));
    let half = lines(|at, line| if at == 3 { line.replacen(',', ";", 1) } else { line.to_owned() });
    cases.push(Case::flagged("another delimiter at one place", half, 1).saying(simple()));
    let rows = lines(|at, line| if at > 0 { line.replace(',', ";") } else { line.to_owned() });
    cases.push(Case::refused("another delimiter below the header", rows, NothingAccepted));
}

fn quotes(cases: &mut Vec<Case>) {
    // One row of the simple table, with this note.
    let note = |written: &str| {
        lines(|at, line| match at {
            3 => line.replace("a note", written),
            _ => line.to_owned(),
        })
    };
    let said = |text: &str| {
        let mut table = simple();
        text.clone_into(&mut table[3][2]);
        table
    };
    for (name, written, text) in [
        ("quotes without need", "\"a note\"", "a note"),
        ("a doubled quote", "\"a \"\"note\"\"\"", "a \"note\""),
        ("only a quote", "\"\"\"\"", "\""),
        ("an empty quoted cell", "\"\"", ""),
        ("a quote in the middle of a bare cell", "a \"note\"", "a \"note\""),
        ("inches", "5\" pipe", "5\" pipe"),
        ("single quotes", "'a note'", "'a note'"),
        ("a space in front of quotes", " \"a note\"", " \"a note\""),
        ("a backslash", "a\\note\\", "a\\note\\"),
        ("typographic quotes", "“a note”", "“a note”"),
        ("a quoted line end", "\"a\nnote\"", "a\nnote"),
        ("a quoted CRLF", "\"a\r\nnote\"", "a\r\nnote"),
        ("a quoted CR", "\"a\rnote\"", "a\rnote"),
        ("quoted blank lines", "\"a\n\n\nnote\n\"", "a\n\n\nnote\n"),
        (
            "a quoted row",
            "\"+14155550199,x,y,z\n+14155550198\"",
            "+14155550199,x,y,z\n+14155550198",
        ),
    ] {
        cases.push(Case::right(name, note(written)).saying(said(text)));
    }
    for (name, written) in [
        ("a backslash in front of a quote", "\"a \\\"note\\\"\""),
        ("a backslash in front of a delimiter", "a\\, note"),
        ("a space behind quotes", "\"a note\" "),
        ("text behind quotes", "\"a\" note"),
        ("single quotes around a delimiter", "'a, note'"),
        ("typographic quotes around a delimiter", "“a, note”"),
        ("brackets around a delimiter", "[a, note]"),
        ("a quote doubled wrongly", "\"a \"note\"\""),
    ] {
        cases.push(Case::flagged(name, note(written), 1).saying(simple()));
    }
    let name = "a quote at the end of a quoted cell is missing one";
    cases.push(Case::refused(name, note("\"a \"\"note\"\""), NotATable));
    let open = |row: usize| {
        lines(|at, line| match at == row {
            true => line.replace("a note", "\"a note"),
            false => line.to_owned(),
        })
    };
    for row in [1, 2, 5] {
        let name = format!("a quote left open in row {row}");
        cases.push(Case::refused(name, open(row), NotATable));
    }
    // No recipient follows the last row.
    cases.push(Case::flagged("a quote left open in the last row", open(8), 1).saying(simple()));
    let two = lines(|at, line| match at {
        2 | 6 => line.replace("a note", "\"a note"),
        _ => line.to_owned(),
    });
    cases.push(Case::flagged("quotes left open in two rows", two, 1).saying(simple()));
    let single: String = simple().iter().map(|row| format!("'{}'\n", row.join("','"))).collect();
    let name = "single quotes everywhere";
    cases.push(Case::refused(name, single, MissingPhoneNumberColumn));
    let rows_quoted: String = clean()
        .iter()
        .map(|row| format!("\"{}\"\n", line(row, COMMAS).replace('"', "\"\"")))
        .collect();
    cases.push(Case::refused(
        "every row as one quoted cell",
        rows_quoted,
        MissingPhoneNumberColumn,
    ));
    let open = text().replacen("customer_name", "\"customer_name", 1);
    cases.push(Case::refused("a quote left open in the header", open, NotATable));
}

fn line_ends(cases: &mut Vec<Case>) {
    let ends = |choose: fn(usize) -> &'static str| -> String {
        let rows = clean();
        let rows = rows.iter().enumerate();
        rows.map(|(at, row)| line(row, COMMAS) + choose(at)).collect()
    };
    for (name, choose) in [
        ("mixed line ends", (|at| ["\n", "\r\n", "\r"][at % 3]) as fn(usize) -> &'static str),
        ("LF CR", |_| "\n\r"),
        ("CR CR LF", |_| "\r\r\n"),
        ("blank lines everywhere", |_| "\n\n"),
        ("blank CRLF lines", |_| "\r\n\r\n\r\n"),
        ("blank lines behind the header", |at| if at == 0 { "\n\n\n\n" } else { "\n" }),
        ("blank lines at the end", |at| if at == 8 { "\n\n\n\r\n\n" } else { "\n" }),
        ("CR in the header only", |at| if at == 0 { "\r" } else { "\n" }),
        ("CRLF in the header only", |at| if at == 0 { "\r\n" } else { "\n" }),
    ] {
        cases.push(Case::right(name, ends(choose)));
    }
    cases.push(Case::right("blank lines in front", format!("\n\r\n\r{}", text())));
    for (name, end) in [("U+2028", "\u{2028}"), ("NEL", "\u{85}"), ("VT", "\u{b}"), ("FF", "\u{c}")]
    {
        let file: String = simple().iter().map(|row| line(row, COMMAS) + end).collect();
        cases.push(Case::refused(format!("{name} as line ends"), file, DuplicateColumn));
        let table = super::plain(|_, _, cell| cell.replace(' ', end));
        let file = write(&table, COMMAS);
        cases.push(Case::right(format!("{name} within cells"), file).saying(table));
    }
}
