//! Files that are not workbooks, and workbooks that cannot be trusted.

use super::{
    HEADER, check,
    make::{self, Book, Entry, inline, sheets, zip},
};
use crate::preflight::RefusalCode::{self, NotATable};

#[track_caller]
fn refused(file: impl Into<Vec<u8>>, code: RefusalCode, words: &str) {
    let refused = check(file).refused.expect("a refusal");
    assert_eq!(refused.code, code, "{}", refused.detail);
    assert!(refused.detail.contains(words), "{words:?} is not in {:?}", refused.detail);
    let remedies = ["save", "export the list as CSV", "unpack it"];
    let has = |remedy: &&str| refused.detail.contains(remedy);
    assert!(remedies.iter().any(has), "no remedy in {:?}", refused.detail);
}

fn good() -> Book {
    Book::new(&format!("{HEADER}<row>{}</row>", inline("+14155550101")))
}

const SHEET: &str = "xl/worksheets/sheet1.xml";

#[test]
fn what_is_no_workbook_is_named() {
    let holds = |name: &str| zip(&[Entry::new(name, "<x/>")]);
    for (part, words) in [
        ("word/document.xml", "a Word document"),
        ("ppt/presentation.xml", "a presentation"),
        ("META-INF/manifest.xml", "OpenDocument"),
        ("Index/Document.iwa", "Apple Numbers"),
        ("xl/workbook.bin", "XLSB"),
        ("photo.jpg", "a ZIP archive without a workbook"),
    ] {
        refused(holds(part), NotATable, words);
    }
    refused(zip(&[]), NotATable, "a ZIP archive without a workbook");
    refused(good().with("xl/vbaProject.bin", "x").pack(), NotATable, "with macros (XLSM)");
    let mut office = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".to_vec();
    office.resize(2_048, 0);
    refused(office.clone(), NotATable, "an old workbook (XLS)");
    refused(&office[..9], NotATable, "an old workbook (XLS)");
    office[48] = 1;
    let name: Vec<u8> = "EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes).collect();
    office[1_024 + 128..][..name.len()].copy_from_slice(&name);
    refused(office, NotATable, "behind a password");
    refused(b"%PDF-1.7\n".to_vec(), NotATable, "a PDF, not a CSV or an XLSX");
}

#[test]
fn a_damaged_archive_is_refused() {
    let file = good().pack();
    assert_eq!(check(file.clone()).accepted, 1);
    for length in [10, 100, file.len() / 2, file.len() - 30, file.len() - 1] {
        refused(&file[..length], NotATable, "cut off");
    }
    let wrong = |change: fn(&mut Entry)| good().change(SHEET, change).pack();
    refused(wrong(|entry| entry.crc ^= 1), NotATable, "checksum");
    refused(wrong(|entry| entry.bytes += 1), NotATable, "checksum");
    refused(wrong(|entry| entry.bytes -= 1), NotATable, "longer than it says");
    refused(wrong(|entry| entry.packed[3] ^= 0xff), NotATable, "");
    refused(wrong(|entry| entry.flags = 1), NotATable, "password");
    refused(wrong(|entry| entry.method = 12), NotATable, "packed in an unusual way");
    refused(wrong(|entry| entry.offset = Some(7)), NotATable, "overlap");
    refused(wrong(|entry| entry.offset = Some(u32::MAX - 1)), NotATable, "overlap");
    let mut twice = good();
    twice.entries.push(twice.entries[0].clone());
    refused(twice.pack(), NotATable, "one name");
}

#[test]
fn entries_that_share_bytes_are_refused() {
    let mut book = good();
    let mut shared = book.entries[3].clone();
    shared.name = "xl/worksheets/sheet2.xml".to_owned();
    shared.packed.clear();
    shared.offset = Some(0);
    book.entries.push(shared);
    refused(book.pack(), NotATable, "overlap");
}

#[test]
fn a_workbook_without_its_parts_is_refused() {
    let without = |name: &str| {
        let mut book = good();
        book.entries.retain(|entry| entry.name != name);
        book.pack()
    };
    refused(without(SHEET), NotATable, "xl/worksheets/sheet1.xml is missing");
    refused(without("xl/workbook.xml"), NotATable, "xl/workbook.xml is missing");
    refused(without("xl/_rels/workbook.xml.rels"), NotATable, "no sheet that is shown");
    let hidden = sheets("<sheet name=\"One\" r:id=\"r1\" state=\"hidden\"/>");
    refused(good().with("xl/workbook.xml", hidden).pack(), NotATable, "no sheet that is shown");
}

#[test]
fn xml_that_workbooks_never_have_is_refused() {
    let laughs = "<!DOCTYPE l [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;\">]>";
    let strings = format!("{laughs}<sst><si><t>&b;</t></si></sst>");
    refused(good().with("xl/sharedStrings.xml", strings).pack(), NotATable, "document type");
    let text = |xml: &str| {
        let row = format!("<row><c t=\"inlineStr\"><is><t>{xml}</t></is></c></row>");
        good().with(SHEET, make::sheet(&format!("{HEADER}{row}"))).pack()
    };
    refused(text("&b;"), NotATable, "not declared");
    refused(text("&#xD800;"), NotATable, "not declared");
    refused(text(&"<b>".repeat(200)), NotATable, "nested too deeply");
    refused(text("<b></c>"), NotATable, "no proper XML");
    let sheet = |xml: &[u8]| good().with(SHEET, xml).pack();
    refused(sheet(b"<worksheet><sheetData><row>"), NotATable, "");
    refused(sheet(b"<worksheet>\xff</worksheet>"), NotATable, "no proper XML");
}

#[test]
fn rows_and_cells_out_of_order_are_refused() {
    let rows = |xml: &str| Book::new(&format!("{HEADER}{xml}")).pack();
    for xml in [
        "<row r=\"3\"/><row r=\"3\"/>",
        "<row r=\"1048577\"/>",
        "<row r=\"x\"/>",
        "<row r=\"3\"><c r=\"B3\"/><c r=\"A3\"/></row>",
        "<row r=\"3\"><c r=\"A4\"/></row>",
        "<row r=\"3\"><c r=\"XFE3\"/></row>",
        "<row r=\"3\"><c r=\"ABCD3\"/></row>",
        "<row r=\"3\"><c r=\"\"/></row>",
    ] {
        refused(rows(xml), NotATable, "out of order");
    }
    refused(rows("<row><c t=\"s\"><v>5</v></c></row>"), NotATable, "a text that is missing");
    refused(rows("<row><c><v>five</v></c></row>"), NotATable, "a number cannot be read");
    refused(rows("<row><c t=\"z\"><v>5</v></c></row>"), NotATable, "of an unknown type");
}
