//! Headers as users write them, and files without a header.

use super::{COMMAS, Case, clean, lines, simple, text, write};
use crate::preflight::RefusalCode::{
    DuplicateColumn, MissingPhoneNumberColumn, NoRows, NotATable, NothingAccepted, TooLarge,
};

pub fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    names(&mut cases);
    preambles(&mut cases);
    columns(&mut cases);
    cases
}

fn names(cases: &mut Vec<Case>) {
    for name in [
        "Phone_Number",
        "PHONE_NUMBER",
        "phone number",
        "phone-number",
        "phonenumber",
        "phone",
        " phone_number",
        "phone_number ",
        "phone_number\u{a0}",
        "\u{200b}phone_number",
        "phоne_number",
        "phone_number:",
        "'phone_number'",
        "phone_numbers",
        "phone_nubmer",
        "Telefon",
        "number",
        "phone_number (with +)",
        "*phone_number",
        "phone__number",
    ] {
        let file = text().replacen("phone_number", name, 1);
        cases.push(Case::refused(format!("header {name:?}"), file, MissingPhoneNumberColumn));
    }
    cases
        .push(Case::right("quoted header", text().replacen("phone_number", "\"phone_number\"", 1)));
    let said = |name: &str| {
        let mut table = clean();
        name.clone_into(&mut table[0][1]);
        table
    };
    for name in [
        "Customer_Name",
        " customer_name ",
        "customer name",
        "名前",
        "a\nb",
        "a,b",
        "{{x}}",
        "=x",
        "9",
    ] {
        let table = said(name);
        cases.push(Case::right(format!("column {name:?}"), write(&table, COMMAS)).saying(table));
    }
    let mut turned = clean();
    turned.iter_mut().for_each(|row| row.rotate_left(1));
    let file = write(&turned, COMMAS);
    cases.push(Case::right("phone_number at the end", file));
    let twice = text().replacen("note", "customer_name", 1);
    cases.push(Case::refused("two columns of one name", twice, DuplicateColumn));
    let twice = text().replacen("note", "phone_number", 1);
    cases.push(Case::refused("two columns of numbers", twice, DuplicateColumn));
    let long = text().replacen("note", &"n".repeat(70_000), 1);
    cases.push(Case::refused("an endless name", long, TooLarge));
}

fn preambles(cases: &mut Vec<Case>) {
    for preamble in [
        "Exported on 2026-06-03\n",
        "# people\n",
        "People\n\n",
        "\"People, all\",,,\n",
        ",,,\n",
        "Report;June\n\n\n",
        "---\n",
        " \n",
        "Name: June\nOwner: Ida\n\n",
    ] {
        let file = format!("{preamble}{}", text());
        cases.push(Case::refused(format!("first {preamble:?}"), file, MissingPhoneNumberColumn));
    }
    let bare = text();
    let bare = bare.split_once('\n').map_or("", |(_, rows)| rows);
    cases.push(Case::refused("no header", bare, MissingPhoneNumberColumn));
    let header = text();
    let header = header.split_once('\n').map_or("", |(header, _)| header);
    cases.push(Case::refused("a header alone", header, NoRows));
    cases.push(Case::refused("a header and blank lines", format!("{header}\n\r\n\n"), NoRows));
    let twice = lines(|at, line| if at == 0 { format!("{line}\n{line}") } else { line.to_owned() });
    cases.push(Case::flagged("two header rows", twice, 1).saying(simple()));
    let units = lines(|at, line| match at {
        0 => format!("{line}\n(E.164),(text),(text),(id)"),
        _ => line.to_owned(),
    });
    cases.push(Case::flagged("a row of units", units, 1).saying(simple()));
    let again = lines(|at, line| match at {
        3 | 6 => format!("phone_number,customer_name,note,account_id\n{line}"),
        _ => line.to_owned(),
    });
    cases.push(Case::flagged("the header again on every page", again, 2).saying(simple()));
    let groups = format!("Person,,Case,\n{}", text());
    cases.push(Case::refused("a row of groups above", groups, MissingPhoneNumberColumn));
    for (name, file) in
        [("an empty file", ""), ("a mark alone", "\u{feff}"), ("blank lines alone", "\n\r\n\n")]
    {
        cases.push(Case::refused(name, file, NoRows));
    }
    for (name, file, code) in [
        ("one space", " ", MissingPhoneNumberColumn),
        ("one quote", "\"", NotATable),
        ("one delimiter", ",", MissingPhoneNumberColumn),
    ] {
        cases.push(Case::refused(name, file, code));
    }
}

fn columns(cases: &mut Vec<Case>) {
    let add = |first: &str, rest: &str| {
        lines(|at, line| line.to_owned() + if at == 0 { first } else { rest })
    };
    let front = |first: &'static str, rest: &'static str| {
        lines(|at, line| (if at == 0 { first } else { rest }).to_owned() + line)
    };
    for (name, file) in [
        ("trailing delimiters", add(",", ",")),
        ("many trailing delimiters", add(",,,,,", ",,,,,")),
        ("trailing delimiters below the header only", add("", ",")),
        ("leading delimiters", front(",", ",")),
        ("a nameless column with cells", add(",", ",x")),
        ("a nameless column of numbers in front", front(",", "1,")),
    ] {
        cases.push(Case::right(name, file).saying(simple()));
    }
    for (name, file) in [
        ("a trailing delimiter of the header only", add(",", "")),
        ("a column without a name below the header", add("", ",x")),
        ("a name without a column", add(",more", "")),
        ("an index below the header only", front("", "1,")),
    ] {
        cases.push(Case::refused(name, file, NothingAccepted));
    }
    let wide = |count: usize| {
        let mut table = simple();
        for (at, row) in table.iter_mut().enumerate() {
            row.extend((4..count).map(|n| if at == 0 { format!("c{n}") } else { n.to_string() }));
        }
        table
    };
    cases.push(Case::right("a thousand columns", write(&wide(1_000), COMMAS)).saying(wide(1_000)));
    for count in [1_001, 1_100, 20_000] {
        let file = write(&wide(count), COMMAS);
        cases.push(Case::refused(format!("{count} columns"), file, TooLarge));
    }
}
