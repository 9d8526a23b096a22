//! Files of another kind.

use super::{COMMAS, Case, clean, simple, text, write};
use crate::preflight::RefusalCode::{NotATable, NothingAccepted};

pub fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for (name, begin) in [
        ("a PDF", &b"%PDF-1.7\n"[..]),
        ("a PNG", b"\x89PNG\r\n\x1a\n"),
        ("a JPEG", b"\xff\xd8\xff\xe0"),
        ("a GIF", b"GIF89a"),
        ("a gzip", b"\x1f\x8b\x08\x00"),
        ("a 7-Zip", b"7z\xbc\xaf\x27\x1c"),
        ("a database", b"SQLite format 3\0"),
        ("an old workbook", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"),
        ("a ZIP", b"PK\x03\x04"),
        ("a spanned ZIP", b"PK\x07\x08"),
        ("a program", b"\x7fELF\x02\x01\x01\0"),
        ("zeros", &[0; 64]),
        ("HTML", b"<html><table>"),
        ("HTML with a type", b"\r\n<!DOCTYPE html>\n<html>"),
        ("a table of HTML", b"<table>"),
        ("XML", b"<?xml version=\"1.0\"?>"),
        ("XML with a mark", b"\xef\xbb\xbf<?xml version=\"1.0\"?>"),
        ("rich text", b"{\\rtf1"),
    ] {
        let file = [begin, text().as_bytes()].concat();
        cases.push(Case::refused(name, file, NotATable));
    }
    let json: Vec<String> =
        simple()[1..].iter().map(|row| format!("{{\"phone_number\":\"{}\"}}", row[0])).collect();
    cases.push(Case::refused("JSON", format!("[{}]", json.join(",")), NotATable));
    cases.push(Case::refused("lines of JSON", json.join("\n"), NotATable));
    cases.push(Case::refused("a vCard", "BEGIN:VCARD\nTEL:+14155550101\n", NotATable));
    let markdown: Vec<String> =
        simple().iter().map(|row| format!("| {} |\n", row.join(" | "))).collect();
    let rule = "|---|:---|---|---|\n";
    cases.push(Case::refused("a table of Markdown", markdown.join(rule), NotATable));
    let insert = "INSERT INTO people (phone_number) VALUES ('+14155550101');\n";
    cases.push(Case::refused("SQL", insert, NotATable));
    let turned: Vec<Vec<String>> =
        (0..4).map(|column| clean().iter().map(|row| row[column].clone()).collect()).collect();
    cases.push(Case::refused("rows for columns", write(&turned, COMMAS), NothingAccepted));
    cases
}
