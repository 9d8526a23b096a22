//! Workbooks as users upload them, and invalid ones.

mod bounds;
mod make;
mod refusals;

use std::io::Cursor;

use campanile_rules::{
    mapping::Mapping,
    rejection::{
        RejectCause,
        RejectReason::{self, BadRow, MalformedNumber, MissingNumber},
    },
};
use proptest::{prelude::*, test_runner::RngSeed};

use self::make::{Book, inline, sheets};
use crate::{
    import::{ImportError, ImportOptions, Row, RowReader, Source, preflight},
    preflight::{Preflight, WarningCode},
};

const HEADER: &str = "<row r=\"1\"><c t=\"inlineStr\"><is><t>phone_number</t></is></c>\
                      <c t=\"inlineStr\"><is><t>x</t></is></c></row>";

fn source(file: impl Into<Vec<u8>>) -> Source {
    Source::file(Cursor::new(file.into()))
}

#[track_caller]
fn read(file: impl Into<Vec<u8>>) -> (Vec<Row>, Preflight) {
    let mut reader = RowReader::open(source(file), ImportOptions::default()).unwrap();
    let rows = reader.by_ref().collect::<Result<Vec<Row>, ImportError>>().unwrap();
    (rows, reader.finish(None))
}

fn check(file: impl Into<Vec<u8>>) -> Preflight {
    preflight(source(file), ImportOptions::default(), None).unwrap()
}

/// The displayed texts of cells with this XML in the second column.
#[track_caller]
fn shown(book: &Book, cells: &str) -> String {
    let row = format!("<row r=\"2\">{}{cells}</row>", inline("+14155550101"));
    let sheet = make::sheet(&format!("{HEADER}{row}"));
    let (rows, _) = read(book.clone().with("xl/worksheets/sheet1.xml", sheet).pack());
    rows[0].cells[1].clone()
}

fn reasons(rows: &[Row]) -> Vec<(u64, Option<RejectReason>)> {
    rows.iter().map(|row| (row.position, row.verdict.as_ref().err().map(|r| r.reason))).collect()
}

#[test]
fn the_example_reads_as_its_csv_does() {
    let workbook = include_bytes!("../../../../../../examples/recipients.xlsx");
    let csv = include_bytes!("../../../../../../examples/recipients.csv");
    assert_eq!(read(&workbook[..]), read(&csv[..]));
}

#[test]
fn a_workbook_of_openpyxl_is_read_as_it_is_displayed() {
    let (rows, report) = read(&include_bytes!("openpyxl.xlsx")[..]);
    assert_eq!(report.columns, ["phone_number", "name", "when", "amount", "ok", "note"]);
    assert_eq!(report.warnings.len(), 1);
    assert_eq!(report.warnings[0].code, WarningCode::OtherSheets);
    assert!(report.warnings[0].detail.contains("2 sheets; only the first, \"June\""));
    let found = [(2, None), (3, Some(MalformedNumber)), (5, Some(BadRow)), (6, None)];
    assert_eq!(reasons(&rows), found);
    assert_eq!(
        rows[0].cells,
        [
            "+14155550101",
            "Zoë 😀 <&>",
            "Wednesday, June 3, 2026 2:30 PM",
            "1,234.50",
            "TRUE",
            "two\nlines"
        ]
    );
    let second = ["14155550102", "  padded ", "2026-06-04", "0.3", "FALSE", ""];
    assert_eq!(rows[1].cells, second);
    assert_eq!(rows[2].cells[2..], ["9:30:00", "0.333333333", "", "#N/A"]);
    assert_eq!(rows[3].cells[5], "007");
    let message = |row: &Row| row.verdict.as_ref().unwrap_err().message.clone();
    assert!(message(&rows[1]).contains("format the column as text"), "{}", message(&rows[1]));
    assert!(message(&rows[2]).contains("formula without a stored result"), "{}", message(&rows[2]));
    assert!(message(&rows[2]).contains("cell B5 has"), "{}", message(&rows[2]));
    let bad = report.rejections.iter().find(|group| group.reason == BadRow).unwrap();
    assert_eq!(bad.causes[0].cause, RejectCause::FormulaWithoutResult);
    assert!(bad.causes[0].help.contains("Open the file in your spreadsheet program and save it"));
}

#[test]
fn a_header_below_merged_titles_is_pointed_at_and_chosen() {
    let rows = [
        vec!["Customers of June"],
        vec!["as of Monday"],
        vec!["Name", "Telefon", "City"],
        vec!["Jo", "+14155550101", ""],
        vec!["Ann", "+14155550102", "Rome"],
    ];
    let report = check(Book::of_texts(&rows).pack());
    let refused = report.refused.unwrap();
    assert!(refused.detail.contains("take row 3 as the header"), "{}", refused.detail);
    let proposed = report.proposed.unwrap();
    assert_eq!((proposed.header_row, proposed.phone_column.as_deref()), (Some(3), Some("Telefon")));
    let mapping =
        Mapping { header_row: Some(3), phone_column: proposed.phone_column, ..Mapping::default() };
    let options = || ImportOptions { mapping: mapping.clone(), ..ImportOptions::default() };
    let report = preflight(source(Book::of_texts(&rows).pack()), options(), None).unwrap();
    assert_eq!((report.accepted, report.rejected), (2, 0), "{:?}", report.rejections);
    assert_eq!((report.columns.len(), report.samples[0].row), (3, 4));
    // With the expected column name, the message only names the row.
    let named = rows.map(|row| {
        row.into_iter().map(|cell| if cell == "Telefon" { "phone_number" } else { cell }).collect()
    });
    let named: Vec<Vec<&str>> = named.into();
    let report = check(Book::of_texts(&named).pack());
    let proposed = report.proposed.unwrap();
    assert_eq!((proposed.header_row, proposed.phone_column), (Some(3), None));
    assert!(report.refused.unwrap().detail.ends_with("delete the rows above row 3, which has it"));
}

#[test]
fn a_workbook_of_xlsxwriter_is_read_as_it_is_displayed() {
    let (rows, _) = read(&include_bytes!("xlsxwriter.xlsx")[..]);
    assert_eq!(
        rows[0].cells,
        ["+14155550101", "José _x000D_ \u{1}", "6/3/2026", "($1,234.50)", "25.60%", "a bold word"]
    );
    assert_eq!(rows[1].cells, ["+14155550102", "TRUE", "#DIV/0!", "", "", ""]);
    assert_eq!(reasons(&rows), [(2, None), (3, Some(BadRow))], "its formulas are not calculated");
}

#[test]
fn rows_have_the_numbers_of_the_sheet_and_blank_ones_are_skipped() {
    let rows = format!(
        "<row r=\"3\"><c r=\"B3\" t=\"inlineStr\"><is><t>phone_number</t></is></c><c s=\"1\"/></row>\
         <row/><row r=\"7\" hidden=\"1\"><c r=\"B7\" t=\"str\"><v>+14155550101</v></c></row>\
         <row><c r=\"A8\"><v>7</v></c></row><row r=\"900\">{0}{0}{0}</row>",
        inline("+14155550101")
    );
    let (rows, report) = read(Book::new(&rows).pack());
    assert_eq!(report.columns, ["", "phone_number"]);
    assert_eq!(report.warnings[0].code, WarningCode::NamelessColumn);
    assert_eq!(reasons(&rows), [(7, None), (8, Some(MissingNumber)), (900, Some(BadRow))]);
    assert_eq!(rows[1].cells, ["7", ""]);
    let message = &rows[2].verdict.as_ref().unwrap_err().message;
    assert!(message.contains("3 cells and the header has 2; give each column a name"), "{message}");
}

#[test]
fn a_number_that_was_stored_as_a_quantity_is_refused_whatever_it_shows() {
    let styles = "<styleSheet><numFmts><numFmt numFmtId=\"164\" formatCode=\"&quot;+&quot;0\"/>\
                  </numFmts><cellXfs><xf numFmtId=\"0\"/><xf numFmtId=\"164\"/></cellXfs>\
                  </styleSheet>";
    let rows = format!(
        "{HEADER}<row><c s=\"1\"><v>14155550101</v></c></row><row><c><v>4155550101</v></c></row>\
         <row><c t=\"s\"><v>0</v></c></row>"
    );
    let book = Book::new(&rows)
        .with("xl/styles.xml", styles)
        .with("xl/sharedStrings.xml", "<sst><si><t>4155550101</t></si></sst>");
    let options = ImportOptions { default_country: "US".parse().ok(), ..ImportOptions::default() };
    let rows: Vec<Row> =
        RowReader::open(source(book.pack()), options).unwrap().map(Result::unwrap).collect();
    assert_eq!(rows[0].cells[0], "+14155550101");
    let malformed = Some(MalformedNumber);
    assert_eq!(reasons(&rows), [(2, malformed), (3, malformed), (4, None)]);
}

#[test]
fn cells_of_every_type_are_shown() {
    let book = Book::new("")
        .with(
            "xl/styles.xml",
            "<styleSheet><cellXfs><xf/><xf numFmtId=\"14\"/></cellXfs>\
             <dxfs><dxf><numFmt numFmtId=\"14\" formatCode=\"0\"/></dxf></dxfs></styleSheet>",
        )
        .with(
            "xl/sharedStrings.xml",
            "<sst><si/><si><t>one</t><rPh sb=\"0\"><t>reading</t></rPh></si>\
             <si><r><t>t</t></r><r><t>wo</t></r></si><si><t>a<![CDATA[<b>]]>&#233;&amp;</t></si></sst>",
        );
    for (cell, expected) in [
        ("<c t=\"s\"><v>1</v></c>", "one"),
        ("<c t=\"s\"><v>2</v></c>", "two"),
        ("<c t=\"s\"><v>3</v></c>", "a<b>é&"),
        ("<c t=\"s\"><v>0</v></c>", ""),
        ("<c t=\"s\"/>", ""),
        ("<c t=\"b\"><v>0</v></c>", "FALSE"),
        ("<c t=\"e\"><v>#REF!</v></c>", "#REF!"),
        ("<c t=\"str\"><f>A1</f><v>line_x000A_two</v></c>", "line\ntwo"),
        ("<c t=\"str\"><f>A1</f><v></v></c>", ""),
        ("<c><f>1+1</f><v>2</v></c>", "2"),
        ("<c t=\"d\" s=\"1\"><v>2026-06-03T14:30:00Z</v></c>", "6/3/2026"),
        ("<c t=\"d\"><v>2026-06-03</v></c>", "46176"),
        ("<c t=\"d\"><v>soon</v></c>", "soon"),
        ("<c s=\"1\"><v>46176.75</v></c>", "6/3/2026"),
        ("<c s=\"99\"><v>46176.75</v></c>", "46176.75"),
        ("<c t=\"n\"><v>1.5E3</v></c>", "1500"),
    ] {
        assert_eq!(shown(&book, cell), expected, "{cell}");
    }
    let since_1904 = sheets("<sheet name=\"One\" r:id=\"r1\"/>")
        .replace("<sheets>", "<workbookPr date1904=\"1\"/><sheets>");
    let book = book.with("xl/workbook.xml", since_1904);
    assert_eq!(shown(&book, "<c s=\"1\"><v>44714</v></c>"), "6/3/2026");
}

#[test]
fn the_first_sheet_that_people_see_is_read() {
    let rows = format!("{HEADER}<row>{}</row>", inline("+14155550101"));
    let book = Book::new("")
        .with("xl/worksheets/sheet2.xml", make::sheet(&rows))
        .with("xl/chartsheets/sheet1.xml", "<chartsheet/>")
        .with(
            "xl/workbook.xml",
            sheets(
                "<sheet name=\"Chart\" r:id=\"r5\"/>\
                 <sheet name=\"Old\" state=\"veryHidden\" r:id=\"r1\"/>\
                 <sheet name=\"New\" r:id=\"r2\"/>",
            ),
        );
    let report = check(book.pack());
    assert_eq!((report.refused, report.accepted, report.warnings.len()), (None, 1, 0));
}

#[test]
fn parts_are_found_however_their_names_are_spelled() {
    let rows = format!("{HEADER}<row>{}</row>", inline("+14155550101"));
    let mut book = Book::new(&rows);
    for entry in &mut book.entries {
        entry.name = entry.name.replace('/', "\\").to_uppercase();
    }
    assert_eq!(check(book.pack()).accepted, 1);
    let mut book = Book::new(&rows);
    book.entries.retain(|entry| entry.name != "_rels/.rels");
    assert_eq!(check(book.pack()).accepted, 1, "the usual place is looked at");
}

#[test]
fn a_report_that_went_through_a_spreadsheet_is_read_as_its_file() {
    let table = [
        vec!["phone_number", "name", "final_status", "attempts_made", "call_id"],
        vec!["+14155550101", "'=x", "completed", "1", ""],
    ];
    let (rows, report) = read(Book::of_texts(&table).pack());
    assert_eq!(report.columns, ["phone_number", "name"]);
    assert_eq!(rows[0].cells, ["+14155550101", "=x"]);
}

/// The same cases in every run.
fn seeded() -> ProptestConfig {
    ProptestConfig {
        rng_seed: RngSeed::Fixed(4),
        failure_persistence: None,
        cases: 256,
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(seeded())]

    #[test]
    fn any_texts_come_back_from_a_workbook(
        rows in proptest::collection::vec(
            proptest::collection::vec("[^\0]{0,12}|_x0041_|[<&>\"\t\n\r]{1,4}", 3), 0..6),
    ) {
        let mut table = vec![["phone_number", "a", "b", "c"].map(String::from).to_vec()];
        table.extend(rows.iter().map(|row| {
            ["+14155550101".to_owned()].into_iter().chain(row.clone()).collect()
        }));
        let (read, _) = read(Book::of_texts(&table).pack());
        let cells: Vec<_> = read.into_iter().map(|row| row.cells[1..].to_vec()).collect();
        prop_assert_eq!(cells, rows);
    }

    #[test]
    fn a_workbook_with_changed_bytes_never_panics(
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12),
        length in any::<prop::sample::Index>(),
        is_cut in any::<bool>(),
    ) {
        let mut file = include_bytes!("openpyxl.xlsx").to_vec();
        for (at, byte) in changes {
            let at = at.index(file.len());
            file[at] = byte;
        }
        if is_cut {
            file.truncate(length.index(file.len()));
        }
        let report = check(file);
        prop_assert_eq!(report.total, report.accepted + report.rejected);
    }

    #[test]
    fn a_sheet_of_any_tags_never_panics(
        tags in proptest::collection::vec(
            prop_oneof![
                Just("<row>"), Just("</row>"), Just("<row r=\"9\">"), Just("<c>"), Just("</c>"),
                Just("<c t=\"s\">"), Just("<c r=\"C9\" s=\"7\">"), Just("<c t=\"inlineStr\">"),
                Just("<v>"), Just("</v>"), Just("<is>"), Just("</is>"), Just("<t>"), Just("</t>"),
                Just("<rPh>"), Just("</rPh>"), Just("<f/>"), Just("7"), Just("+14155550101"),
                Just("&amp;"), Just("&x;"), Just("&#0;"), Just("<![CDATA[x]]>"), Just("<!--x-->"),
                Just("1e999"), Just("]]>"), Just("<?x?>"), Just("\u{e9}"),
            ], 0..40),
    ) {
        let report = check(Book::new(&format!("{HEADER}{}", tags.concat())).pack());
        prop_assert_eq!(report.total, report.accepted + report.rejected);
    }
}
