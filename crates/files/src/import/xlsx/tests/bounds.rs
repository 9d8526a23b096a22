//! Small files that would become large.

use std::io::{self, Cursor, Write as _};

use campanile_rules::rejection::RejectReason::BadRow;
use flate2::{Compression, write::DeflateEncoder};

use super::{
    HEADER, check,
    make::{Book, Entry, inline, zip},
    source,
};
use crate::{
    import::{ImportOptions, Limits, Source, preflight},
    preflight::{Preflight, RefusalCode},
};

fn check_within(file: Vec<u8>, limits: Limits) -> Preflight {
    preflight(source(file), ImportOptions { limits, ..Default::default() }, None).unwrap()
}

#[track_caller]
fn too_large(report: &Preflight, words: &str) {
    let refused = report.refused.as_ref().expect("a refusal");
    assert_eq!(refused.code, RefusalCode::TooLarge, "{}", refused.detail);
    assert!(refused.detail.contains(words), "{words:?} is not in {:?}", refused.detail);
}

/// This many MiB of spaces, packed to about a thousandth.
fn blanks(mib: usize) -> Vec<u8> {
    let mut packed = DeflateEncoder::new(Vec::new(), Compression::best());
    packed.write_all(&vec![b' '; 1 << 20]).unwrap();
    packed.flush().unwrap();
    // A flush ends on a byte, so the same block can be repeated.
    let block = packed.get_ref().clone();
    let mut stream = block.repeat(mib);
    stream.extend([3, 0]);
    stream
}

#[test]
fn a_part_that_unpacks_to_gigabytes_is_refused_before_it_does() {
    for part in ["xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/styles.xml"] {
        let bomb = Book::new("").with(part, "").change(part, |entry| {
            entry.packed = blanks(3_000);
            entry.bytes = 3_000 << 20;
        });
        let file = bomb.pack();
        assert!(file.len() < 5_000_000, "{}", file.len());
        too_large(&check(file), "unpacks to more than");
        // An entry that hides its size is stopped where it claims to end.
        let liar = bomb.change(part, |entry| entry.bytes = 1_000_000).pack();
        let refused = check(liar).refused.unwrap();
        assert!(refused.detail.contains("longer than it says"), "{}", refused.detail);
    }
}

#[test]
fn one_endless_text_or_tag_is_refused() {
    let endless = "x".repeat(3 << 20);
    for row in [
        format!("<row><c t=\"inlineStr\"><is><t>{endless}</t></is></c></row>"),
        format!("<row {endless}=\"\"></row>"),
        format!("<!--{endless}-->"),
        format!("<row><c><v>{endless}</v></c></row>"),
    ] {
        too_large(&check(Book::new(&format!("{HEADER}{row}")).pack()), "longer than 1 MiB");
    }
}

#[test]
fn a_text_in_many_pieces_is_a_bad_row() {
    let pieces = format!("<r><t>{}</t></r>", "x".repeat(1_000)).repeat(5_000);
    let row =
        format!("<row>{}<c t=\"inlineStr\"><is>{pieces}</is></c></row>", inline("+14155550101"));
    let report = check(Book::new(&format!("{HEADER}{row}")).pack());
    assert_eq!(report.rejections[0].reason, BadRow);
    let strings = format!("<sst><si>{pieces}</si></sst>");
    let row = format!("<row>{}<c t=\"s\"><v>0</v></c></row>", inline("+14155550101"));
    let book = Book::new(&format!("{HEADER}{row}")).with("xl/sharedStrings.xml", strings);
    assert_eq!(check(book.pack()).rejections[0].reason, BadRow);
}

#[test]
fn one_text_in_a_million_cells_is_refused() {
    let cells = "<c t=\"s\"><v>0</v></c>".repeat(15);
    let row = format!("<row>{}{cells}</row>", inline("+14155550101"));
    let header: String = (0..15).map(|n| inline(&format!("c{n}"))).collect();
    let rows = format!("<row>{}{header}</row>{}", inline("phone_number"), row.repeat(200));
    let strings = format!("<sst><si><t>{}</t></si></sst>", "x".repeat(60_000));
    let file = Book::new(&rows).with("xl/sharedStrings.xml", strings).pack();
    assert!(file.len() < 10_000, "{}", file.len());
    let limits = Limits { max_text_bytes: 100_000_000, ..Limits::default() };
    let report = check_within(file, limits);
    too_large(&report, "more than 95 MiB of text");
    assert_eq!(report.total, 111);
}

#[test]
fn a_sheet_of_too_many_columns_or_rows_is_refused() {
    let far = "<row><c r=\"XFD1\" t=\"str\"><v>phone_number</v></c></row>";
    too_large(&check(Book::new(far).pack()), "columns");
    let wide: String = (0..1_001).map(|n| inline(&format!("c{n}"))).collect();
    too_large(&check(Book::new(&format!("<row>{wide}</row>")).pack()), "1000 columns");
    let row = format!("<row>{}</row>", inline("+14155550101"));
    let rows = format!("{HEADER}{}", row.repeat(11));
    let limits = Limits { max_rows: 10, ..Limits::default() };
    let report = check_within(Book::new(&rows).pack(), limits);
    too_large(&report, "10 rows");
    assert_eq!(report.total, 10);
    let beyond = format!("{HEADER}<row>{}<c r=\"XFD2\"><v>1</v></c></row>", inline("+14155550101"));
    assert_eq!(check(Book::new(&beyond).pack()).rejections[0].reason, BadRow);
}

#[test]
fn an_archive_of_too_many_parts_is_refused() {
    let entries: Vec<Entry> = (0..10_001).map(|n| Entry::new(&n.to_string(), "")).collect();
    too_large(&check(zip(&entries)), "10000 parts");
    let mut file = zip(&[Entry::new("xl/workbook.xml", "")]);
    let end = file.len() - 22;
    file[end + 12..end + 16].copy_from_slice(&u32::MAX.to_le_bytes());
    too_large(&check(file), "10000 parts");
}

#[test]
fn a_workbook_that_cannot_be_read_is_no_refusal() {
    /// A file whose read with this number fails.
    struct Broken(Cursor<Vec<u8>>, usize);
    impl io::Read for Broken {
        fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
            self.1 = self.1.checked_sub(1).ok_or_else(|| io::Error::other("the disk is gone"))?;
            let most = out.len().min(40);
            self.0.read(&mut out[..most])
        }
    }
    impl io::Seek for Broken {
        fn seek(&mut self, to: io::SeekFrom) -> io::Result<u64> {
            self.0.seek(to)
        }
    }
    let file = Book::new(&format!("{HEADER}<row>{}</row>", inline("+14155550101"))).pack();
    let outcome = |reads| {
        let broken = Source::file(Broken(Cursor::new(file.clone()), reads));
        preflight(broken, ImportOptions::default(), None)
    };
    let enough = (0..1_000).find(|reads| outcome(*reads).is_ok()).unwrap();
    assert!(enough > 50, "{enough}");
    assert_eq!(outcome(enough).unwrap().accepted, 1);
}
