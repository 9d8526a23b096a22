//! Files as people upload them.

use std::io::{Cursor, Read, Seek, SeekFrom};

use proptest::{prelude::*, test_runner::RngSeed};

use super::*;
use crate::{
    preflight::{TimeZoneCount, WarningCode},
    recipient::RecipientStatus,
    rejected_file::{RejectedLine, RejectedWriter},
    report::{Escape, Format, Layout, ReportDetail, ReportRow, ReportWriter, units},
};

fn source(file: impl Into<Vec<u8>>) -> Source {
    Source::file(Cursor::new(file.into()))
}

/// A file that can only be read from its start to its end, such as a pipe.
pub(super) struct Pipe<R>(pub R);

impl<R: Read> Read for Pipe<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        self.0.read(out)
    }
}

impl<R> Seek for Pipe<R> {
    fn seek(&mut self, _: SeekFrom) -> io::Result<u64> {
        Err(io::ErrorKind::NotSeekable.into())
    }
}

fn open(file: impl Into<Vec<u8>>) -> Result<RowReader, ImportError> {
    RowReader::open(source(file), ImportOptions::default())
}

fn read_with(file: impl Into<Vec<u8>>, options: ImportOptions) -> (Vec<Row>, Preflight) {
    let mut reader = RowReader::open(source(file), options).unwrap();
    let rows = reader.by_ref().map_while(Result::ok).collect();
    (rows, reader.finish(None))
}

fn read(file: impl Into<Vec<u8>>) -> (Vec<Row>, Preflight) {
    read_with(file, ImportOptions::default())
}

fn check(file: impl Into<Vec<u8>>) -> Preflight {
    preflight(source(file), ImportOptions::default(), None).unwrap()
}

#[track_caller]
fn refused(file: impl Into<Vec<u8>>, code: RefusalCode) -> String {
    let refused = check(file).refused.expect("a refusal");
    assert_eq!(refused.code, code, "{}", refused.detail);
    refused.detail
}

fn reasons(rows: &[Row]) -> Vec<(u64, Option<RejectReason>)> {
    rows.iter().map(|row| (row.position, row.verdict.as_ref().err().map(|r| r.reason))).collect()
}

const THE_EXAMPLE: &str = "phone_number,customer_name,appointment_date,account_id\n\
    +14155550101,Jordan Lee,June 3rd at 2 PM,acct_001\n\
    +14155550102,Morgan Kim,June 4th at 10 AM,acct_002\n\
    +16505550199,Alex Rivera,June 5th at 3 PM,acct_003\n";

#[test]
fn the_example_of_the_contract_is_accepted() {
    let (rows, report) = read(THE_EXAMPLE);
    assert_eq!((report.total, report.accepted, report.rejected), (3, 3, 0));
    assert_eq!(report.refused, None);
    assert_eq!(rows[2].cells, ["+16505550199", "Alex Rivera", "June 5th at 3 PM", "acct_003"]);
    let accepted = rows[2].verdict.as_ref().unwrap();
    assert_eq!(accepted.number.to_string(), "+16505550199");
    assert_eq!(accepted.zones.as_str(), "America/Los_Angeles");
}

#[test]
fn the_first_rows_and_the_zones_of_all_are_shown() {
    let mut file = String::from("phone_number,name\n12,nobody\n");
    for n in 0..30 {
        let area = if n % 3 == 0 { 212 } else { 415 };
        file += &format!("+1{area}55501{n:02}, Ann {n}\n");
    }
    let report = check(file + "+18005550101,toll-free\n");
    let first = &report.samples[0];
    assert_eq!((first.row, first.phone_number.as_str()), (3, "+12125550100"));
    assert_eq!(first.variables, [("name".to_owned(), " Ann 0".to_owned())].into());
    assert_eq!((report.samples.len(), report.samples[19].row), (20, 22));
    let zone = |name: &str, count| TimeZoneCount { zone: Some(name.to_owned()), count };
    let elsewhere = TimeZoneCount { zone: None, count: 1 };
    let zones = [zone("America/Los_Angeles", 20), zone("America/New_York", 10), elsewhere];
    assert_eq!(report.time_zones, zones);
}

#[test]
fn rows_that_are_long_are_not_all_shown() {
    let line = format!("+14155550101,{}\n", "x".repeat(60_000));
    let report = check("phone_number,story\n".to_owned() + &line.repeat(9));
    assert_eq!((report.accepted, report.samples.len()), (9, 4));
}

#[test]
fn the_separator_is_found() {
    for delimiter in [",", ";", "\t", "|"] {
        let (rows, _) = read(THE_EXAMPLE.replace(',', delimiter));
        assert_eq!(rows[0].cells[1], "Jordan Lee", "{delimiter:?}");
        assert_eq!(rows.len(), 3);
    }
    let (rows, _) = read("phone_number;note, with; comma, s\n+14155550101;a,b;c\n");
    assert_eq!(rows[0].cells, ["+14155550101", "a,b", "c"]);
}

#[test]
fn a_sep_line_is_honoured_and_not_counted() {
    for end in ["\n", "\r\n", "\r"] {
        let (rows, report) = read(format!("sep=~{end}phone_number~x{end}+14155550101~1,2{end}"));
        assert_eq!(report.columns, ["phone_number", "x"]);
        assert_eq!((rows[0].position, rows[0].cells[1].as_str()), (2, "1,2"));
    }
}

#[test]
fn rows_are_numbered_as_a_spreadsheet_does() {
    let file = "phone_number,note\n+14155550101,\"two\nlines\"\n\n\"\",x\r\n\r\n,\"a\r\nb\"\r,y";
    let (rows, report) = read(file);
    let missing = Some(RejectReason::MissingNumber);
    assert_eq!(reasons(&rows), [(2, None), (4, missing), (6, missing), (7, missing)]);
    assert_eq!(report.rejections[0].rows, [4, 6, 7]);
    let (rows, _) = read("\n\nphone_number\n+14155550101\n");
    assert_eq!(rows[0].position, 4);
}

#[test]
fn cells_are_passed_as_they_are() {
    let (rows, _) =
        read("phone_number,a,b,c\n +14155550101 , x ,007,\"say \"\"hi\"\", then go\"\n");
    assert_eq!(rows[0].cells, [" +14155550101 ", " x ", "007", "say \"hi\", then go"]);
    assert!(rows[0].verdict.is_ok());
}

#[test]
fn a_byte_order_mark_tells_the_encoding() {
    let text = "phone_number,name\r\n+14155550101,Zoë 😀\r\n";
    let utf16 = |mark: [u8; 2], bytes: fn(u16) -> [u8; 2]| -> Vec<u8> {
        mark.into_iter().chain(text.encode_utf16().flat_map(bytes)).collect()
    };
    let marked = ["\u{feff}", text].concat().into_bytes();
    for file in
        [marked, utf16([0xff, 0xfe], u16::to_le_bytes), utf16([0xfe, 0xff], u16::to_be_bytes)]
    {
        let (rows, report) = read(file);
        assert_eq!(report.columns, ["phone_number", "name"]);
        assert_eq!(rows[0].cells[1], "Zoë 😀");
    }
}

#[test]
fn a_declared_encoding_is_used() {
    let options = || ImportOptions { encoding: Some("latin1".to_owned()), ..Default::default() };
    let (rows, _) = read_with(b"phone_number,name\n+14155550101,Jos\xe9\n".to_vec(), options());
    assert_eq!(rows[0].cells[1], "José");
    let (rows, _) = read_with(["\u{feff}", THE_EXAMPLE].concat(), options());
    assert_eq!(rows.len(), 3, "a byte order mark wins");
    let options = ImportOptions { encoding: Some("klingon".to_owned()), ..Default::default() };
    let report = preflight(source(THE_EXAMPLE), options, None).unwrap();
    let refused = report.refused.unwrap();
    assert_eq!(refused.code, RefusalCode::Undecodable);
    assert!(refused.detail.contains("klingon"));
}

#[test]
fn a_few_undecodable_rows_are_bad_rows() {
    let mut file = THE_EXAMPLE.as_bytes().to_vec();
    file.extend(b"+14155550103,Jos\xff,x,y\n+14155550104,Zo\xc3\xab,x,y\n");
    let (rows, report) = read(file);
    assert_eq!(reasons(&rows)[3], (5, Some(RejectReason::BadRow)));
    assert_eq!((report.accepted, report.rejected), (4, 1));
    assert_eq!(rows[3].cells[1], "Jos\u{fffd}");
}

#[test]
fn a_ragged_row_is_a_bad_row_and_keeps_its_cells() {
    let (rows, report) =
        read("phone_number,name,city\n+14155550101,Lee\n+14155550101,Lee, Jordan,Rome\n");
    assert_eq!(report.rejections[0].reason, RejectReason::BadRow);
    assert_eq!(report.rejections[0].rows, [2, 3]);
    assert_eq!(rows[0].cells, ["+14155550101", "Lee", ""]);
    assert_eq!(rows[1].cells, ["+14155550101", "Lee", " Jordan,Rome"]);
    let message = &rows[0].verdict.as_ref().unwrap_err().message;
    assert!(message.starts_with("row 2: the row has 2 cells and the header has 3"), "{message}");
}

#[test]
fn a_quote_gone_wrong_never_swallows_people_unnoticed() {
    let file = "phone_number,name\n+14155550101,\"Lee\n+14155550102,\"Kim\"\n+14155550103,ok\n";
    let (rows, _) = read(file);
    assert_eq!(reasons(&rows), [(2, Some(RejectReason::BadRow)), (3, None)]);
    let report = check(file);
    assert_eq!(report.warnings[0].code, WarningCode::OpenQuote);
    assert_eq!(report.warnings[0].rows, [2]);
    let (rows, _) = read("phone_number,name\n+14155550101,5\" pipe\n+14155550101,\"A\nB\"\n");
    assert_eq!(rows[1].cells[1], "A\nB");
    let (rows, _) = read("phone_number,name\n+14155550101,5\" pipe\n");
    assert_eq!(rows[0].cells[1], "5\" pipe");
}

#[test]
fn an_open_quote_tells_its_row_and_how_many_lines_it_takes() {
    let never_closed = check(
        "phone_number,name\n+14155550101,Ann\n+14155550102,\"Bob\n+14155550103,Cy\n+14155550104,Dee\n",
    );
    let refused = never_closed.refused.expect("a file that may lose people is refused");
    for words in ["row 3 opens a quote", "never closed", "2 lines", "close the quote in row 3"] {
        assert!(refused.detail.contains(words), "{words}: {}", refused.detail);
    }
    let closed = check(
        "phone_number;note\r\n+14155550101;\"a\r\n+14155550102;b\r\n+14155550103;\"\r\n+14155550104;c\r\n",
    );
    assert_eq!(closed.refused, None);
    assert_eq!((closed.accepted, closed.warnings[0].code), (2, WarningCode::OpenQuote));
    assert!(closed.warnings[0].detail.contains("2 lines"), "{}", closed.warnings[0].detail);
    let many: String = (10..40).map(|n| format!("+141555501{n},x\n")).collect();
    let swallowed =
        check(format!("phone_number,name\n+14155550101,\"Ann\n{many}+14155550102,\"\n"));
    assert!(swallowed.refused.expect("too many are taken in").detail.contains("row 2 opens"));
    let address = check("phone_number,address\n+14155550101,\"1 Main St\nSpringfield, IL\"\n");
    assert_eq!((address.refused, address.warnings), (None, Vec::new()));
}

#[test]
fn the_column_that_has_numbers_is_named_and_never_an_empty_one() {
    let advice = |file: &str| refused(file, RefusalCode::MissingPhoneNumberColumn);
    for (file, column) in [
        ("First Name,Work Direct Phone,Corporate Phone\nAnn,,+14152000001\n", "Corporate Phone"),
        ("Name;Firma;Telefon\nAnn;A;+14152000001\n", "Telefon"),
        ("姓名,电话\nAnn,+8613812345678\n", "电话"),
        ("Kunde\tKundennummer\tHandynummer\nA\t1234567\t0176 12345678\n", "Handynummer"),
        ("id,x,y\n7,+14152000001,a\n", "x"),
    ] {
        let detail = advice(file);
        assert!(detail.contains(&format!("rename {column:?} to phone_number")), "{detail}");
    }
    let several = advice("name,home,work\nAnn,+14152000001,+14152000002\n");
    assert!(several.contains("rename \"home\"") && several.contains("\"work\""), "{several}");
    let none = advice("Name,Phone\nAnn,\nBob,\n");
    assert!(!none.contains("rename \"Phone\"") && !none.contains("rename \"Name\""), "{none}");
    assert!(advice("+14152000001,Ann\n+14152000002,Bob\n").contains("no header"));
}

#[test]
fn a_country_is_read_in_any_case() {
    let country = |code: &str| code.parse::<crate::phone::Country>().map(|c| c.to_string());
    for code in ["US", "us", "Us"] {
        assert_eq!(country(code).as_deref(), Ok("US"));
    }
    assert!(country("usa").is_err());
}

#[test]
fn empty_cells_at_the_end_of_a_line_are_no_mistake() {
    let report = check("phone_number\n+14152000001,\n+14152000002,,\n+14152000003\n");
    assert_eq!((report.accepted, report.rejected, report.refused), (3, 0, None));
    let report = check("phone_number,name\n+14152000001,Ann,,\n+14152000002,Bob,x\n");
    assert_eq!((report.accepted, report.rejected), (1, 1));
}

#[test]
fn a_missing_phone_number_column_names_the_near_miss() {
    for (header, near) in [
        ("Phone_Number,name", "Phone_Number"),
        ("name,phone number", "phone number"),
        ("name,phone_number ", "phone_number "),
        ("name,Phone", "Phone"),
        ("name,phone_numbr", "phone_numbr"),
        ("name,Mobile No", "Mobile No"),
        ("name;PHONE-NUMBER", "PHONE-NUMBER"),
    ] {
        let row = if header.starts_with("Phone") { "+14155550101,x" } else { "x,+14155550101" };
        let row = row.replace(',', if header.contains(';') { ";" } else { "," });
        let detail = refused(format!("{header}\n{row}\n"), RefusalCode::MissingPhoneNumberColumn);
        assert!(detail.ends_with(&format!("rename {near:?} to phone_number")), "{detail}");
        assert!(detail.contains("\"name\"") || header.starts_with("Phone"), "{detail}");
    }
    let detail = refused("a,b\n1,2\n", RefusalCode::MissingPhoneNumberColumn);
    assert!(detail.contains("\"a\", \"b\""), "{detail}");
    assert_eq!(check("a,b\n1,2\n").columns, ["a", "b"]);
}

#[test]
fn a_header_below_a_title_is_pointed_at() {
    let detail = refused(
        "Exported on Monday\n\n\nphone_number;name\n+14155550101;x\n",
        RefusalCode::MissingPhoneNumberColumn,
    );
    assert!(detail.ends_with("or delete the rows above row 4, which has it"), "{detail}");
}

#[test]
fn files_that_are_no_recipients_are_refused() {
    refused("", RefusalCode::NoRows);
    refused("\n\r\n\n", RefusalCode::NoRows);
    refused("\u{feff}", RefusalCode::NoRows);
    refused("phone_number,name\n", RefusalCode::NoRows);
    refused("phone_number,name\n\n\n", RefusalCode::NoRows);
    let detail = refused("phone_number\n911\n4567\n", RefusalCode::NothingAccepted);
    assert!(detail.contains("(malformed_number: 1, emergency_or_short: 1)"), "{detail}");
    refused("phone_number,a,b,a\n+14155550101,,,\n", RefusalCode::DuplicateColumn);
    refused("phone_number,phone_number\n+14155550101,\n", RefusalCode::DuplicateColumn);
    refused(b"PK\x03\x04rest".to_vec(), RefusalCode::NotATable);
    refused(b"%PDF-1.7\n".to_vec(), RefusalCode::NotATable);
    refused(b"\x89PNG\r\n\x1a\n".to_vec(), RefusalCode::NotATable);
    refused(b"phone_number\0\0\0,x\n".to_vec(), RefusalCode::NotATable);
    refused("\"phone_number,x\n+14155550101,y\n", RefusalCode::NotATable);
    refused("x,".repeat(2000), RefusalCode::TooLarge);
    refused(format!("phone_number,{}\n", "x".repeat(70_000)), RefusalCode::TooLarge);
}

#[test]
fn too_many_rows_are_refused_with_what_was_counted() {
    let limits = Limits { max_rows: 2, ..Limits::default() };
    let options = ImportOptions { limits, ..ImportOptions::default() };
    let (rows, report) = read_with(THE_EXAMPLE, options);
    assert_eq!((rows.len(), report.total), (2, 2));
    assert_eq!(report.refused.unwrap().code, RefusalCode::TooLarge);
}

#[test]
fn cells_and_records_beyond_the_limits_are_bad_rows() {
    let limits = Limits { max_cell_bytes: 20, max_record_bytes: 40, ..Limits::default() };
    let options = ImportOptions { limits, ..ImportOptions::default() };
    let long = "x".repeat(100);
    let file = format!(
        "phone_number,a\n+14155550101,{}\n+14155550102,{long}\n+14155550103,ok\n{}\n",
        &long[..25],
        "y,".repeat(2000)
    );
    let (rows, report) = read_with(file, options);
    assert_eq!(report.rejections[0].rows, [2, 3, 5]);
    assert!(rows.iter().all(|row| row.cells.len() == 2));
    assert!(rows[2].verdict.is_ok());
}

#[test]
fn a_file_of_one_endless_quote_stays_small() {
    let endless = io::Cursor::new(b"phone_number,x\n+14155550101,\"".to_vec())
        .chain(io::repeat(b'x').take(30_000_000));
    let mut reader =
        RowReader::open(Source::file(Pipe(endless)), ImportOptions::default()).unwrap();
    let row = reader.next().unwrap().unwrap();
    assert_eq!(row.verdict.unwrap_err().reason, RejectReason::BadRow);
    assert!(row.cells[1].len() <= Limits::default().max_record_bytes);
    assert!(reader.next().is_none());
}

#[test]
fn duplicates_are_called_with_a_warning_or_rejected() {
    let file = "phone_number\n+14155550101\n123\n(+1) 415 555 0101\n123\n+14155550101\n";
    let (rows, report) = read(file);
    assert_eq!(report.accepted, 3);
    assert_eq!(report.warnings.len(), 1);
    assert_eq!(report.warnings[0].code, WarningCode::DuplicateNumber);
    assert_eq!(report.warnings[0].rows, [4, 6]);
    assert_eq!(rows[2].verdict.as_ref().unwrap().repeats, Some(2));
    let options = ImportOptions { duplicates: Duplicates::Reject, ..ImportOptions::default() };
    let (rows, report) = read_with(file, options);
    assert_eq!((report.accepted, report.warnings.len()), (1, 0));
    let rejected = rows[2].verdict.as_ref().unwrap_err();
    assert_eq!(rejected.reason, RejectReason::DuplicateNumber);
    assert!(rejected.message.contains("already in row 2"), "{}", rejected.message);
}

#[test]
fn a_rejection_says_what_happened_to_what_and_what_to_do() {
    let (rows, _) = read("phone_number\n98123\n\"\"\n");
    let message = |row: &Row| row.verdict.as_ref().unwrap_err().message.clone();
    assert_eq!(
        message(&rows[0]),
        "row 2: phone_number \"98123\" is not a full number; write it with its country code, for \
         example +9198…"
    );
    assert_eq!(message(&rows[1]), "row 3: phone_number is empty; fill it in, or delete the row");
}

#[test]
fn the_route_has_a_say_before_duplicates_do() {
    let suppressed = |number: E164| {
        if number.digits().is_multiple_of(2) {
            Ok(())
        } else {
            Err(Reject::new(RejectReason::Suppressed, "must not be called"))
        }
    };
    let options = ImportOptions {
        destination: Some(Box::new(suppressed)),
        duplicates: Duplicates::Reject,
        ..ImportOptions::default()
    };
    let (rows, _) = read_with("phone_number\n+14155550101\n+14155550101\n+14155550102\n", options);
    let suppressed = Some(RejectReason::Suppressed);
    assert_eq!(reasons(&rows), [(2, suppressed), (3, suppressed), (4, None)]);
}

#[test]
fn a_missing_placeholder_refuses_before_any_row_is_read() {
    let agent: AgentVersion = serde_json::from_str(r#"{"prompt": "{{Name}} {{zip}}"}"#).unwrap();
    let reader = open(THE_EXAMPLE).unwrap();
    let placeholders = reader.placeholders(&agent);
    assert_eq!(placeholders.missing, ["Name", "zip"]);
    let report = preflight(source(THE_EXAMPLE), ImportOptions::default(), Some(&agent));
    let report = report.unwrap();
    assert_eq!(report.refused.unwrap().code, RefusalCode::MissingVariables);
    assert_eq!((report.total, report.accepted), (3, 3));
    assert_eq!(report.placeholders.unused.len(), 3);
}

#[test]
fn a_table_without_a_file_is_read_by_the_same_rules() {
    let columns = ["phone_number", "name"].map(String::from).to_vec();
    let cells = [["+14155550101", "=Jo"], ["98123", "Wei"], ["+14155550101", "x\0"]];
    let rows = cells.map(|row| row.map(String::from).to_vec());
    let table = Table { columns, rows: Box::new(rows.into_iter().map(Ok)) };
    let reader = RowReader::open(Source::Table(table), ImportOptions::default());
    let read: Vec<Row> = reader.unwrap().map(Result::unwrap).collect();
    assert_eq!(read[0].cells, ["+14155550101", "=Jo"]);
    let (malformed, bad) = (Some(RejectReason::MalformedNumber), Some(RejectReason::BadRow));
    assert_eq!(reasons(&read), [(2, None), (3, malformed), (4, bad)]);
    let nobody = Table { columns: vec!["Phone".to_owned()], rows: Box::new(std::iter::empty()) };
    let report = preflight(Source::Table(nobody), ImportOptions::default(), None).unwrap();
    assert_eq!(report.refused.unwrap().code, RefusalCode::MissingPhoneNumberColumn);
}

#[test]
fn odd_columns_are_warned_of() {
    let (rows, report) = read("phone_number,,call_id,\n+14155550101,a,b,c\n");
    assert!(rows[0].verdict.is_ok());
    let codes: Vec<_> = report.warnings.iter().map(|warning| warning.code).collect();
    assert_eq!(codes, [WarningCode::NamelessColumn, WarningCode::ShadowedColumn]);
}

#[test]
fn a_file_that_cannot_be_read_is_no_refusal() {
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("the disk is gone"))
        }
    }
    let file = || Source::file(Pipe(Cursor::new(THE_EXAMPLE.repeat(1000)).chain(Broken)));
    assert!(matches!(RowReader::open(file(), ImportOptions::default()), Err(ImportError::Read(_))));
    let options = ImportOptions { encoding: Some("utf-8".to_owned()), ..Default::default() };
    let mut reader = RowReader::open(file(), options).unwrap();
    assert!(matches!(reader.find(Result::is_err), Some(Err(ImportError::Read(_)))));
    assert!(reader.next().is_none());
}

/// The report of a batch whose file had these columns and rows.
fn report_of(
    columns: &[String],
    rows: &[Vec<String>],
    (format, escape): (Format, Escape),
) -> Vec<u8> {
    let mut longest = vec![0; columns.len()];
    for cells in rows {
        longest
            .iter_mut()
            .zip(cells)
            .for_each(|(longest, cell)| *longest = units(cell).max(*longest));
    }
    let (columns, detail) = (columns.to_vec(), ReportDetail::Recipients);
    let calls_at = Some("https://calls.example/calls/".to_owned());
    let layout = Layout { columns, longest, detail, format, escape, calls_at };
    let mut writer = ReportWriter::new(Vec::new(), &layout).unwrap();
    for (row, cells) in rows.iter().enumerate() {
        let row = ReportRow {
            cells,
            final_status: RecipientStatus::Completed,
            attempts_made: 1,
            call_id: (row % 2 == 0).then_some("c@1"),
            digits: (row % 3 == 0).then_some("9"),
        };
        writer.row(&row, &[]).unwrap();
    }
    writer.finish().unwrap()
}

const CSV: Format = Format::Csv { mark: false };
const EVERY_FORMAT: [Format; 3] = [CSV, Format::Csv { mark: true }, Format::Xlsx];

#[test]
fn a_report_is_read_as_the_file_that_it_reports_on() {
    let columns = ["phone_number", "=name", "call_id"].map(String::from);
    let cells = ["+1 415 555 0101", "'=x", "-1"].map(String::from);
    let report = report_of(&columns, &[cells.to_vec()], (CSV, Escape::Formulas));
    assert_eq!(
        String::from_utf8_lossy(&report),
        "phone_number,'=name,call_id,final_status,attempts_made,call_id,digits,call_url\r\n\
         '+1 415 555 0101,''=x,'-1,completed,1,c@1,9,https://calls.example/calls/c@1\r\n"
    );
    for format in EVERY_FORMAT {
        let (rows, preflight) =
            read(report_of(&columns, &[cells.to_vec()], (format, Escape::Formulas)));
        assert_eq!(preflight.columns, columns, "{format:?}");
        assert_eq!(preflight.warnings[0].code, WarningCode::ReportRead);
        assert_eq!(rows[0].cells, cells);
        assert!(rows[0].verdict.is_ok());
    }
    let earlier =
        "phone_number,final_status,attempts_made,call_id\r\n'+1 415 555 0101,completed,1,c\r\n";
    let (rows, preflight) = read(earlier);
    assert_eq!(preflight.columns, ["phone_number"]);
    assert_eq!(rows[0].cells, ["+1 415 555 0101"]);
}

#[test]
fn what_spreadsheets_and_xml_garble_comes_back_from_a_report() {
    let columns = ["phone_number", "notes", "plan", "notes (part 2)"].map(String::from);
    let long = |text: &str| text.repeat(65_000 / text.len());
    let cells = [
        "+4915112345678",
        "0007",
        "Jörg Müller-Lüdenscheidt, Größe",
        "two\nlines, \r\nthree\tand  spaces ",
        " _x000D_ _x0041_x0042_ _x005F_",
        "\u{1}\u{b}\u{1f}\u{7f}\u{85}\u{fffe}\u{ffff}",
        "&lt;b&gt; <i>\"a\" & 'b'</i> ]]>",
        "=HYPERLINK(\"https://example.com\")",
        "+1 415 555 0101",
        "-1",
        "''=x",
        "1.41556E+10",
        "TRUE",
        "日本語 العربية 𝄞",
        &long("x"),
        &long("ü"),
        &long("𝄞="),
        &long("_x000D_\r"),
    ];
    let rows: Vec<Vec<String>> = cells
        .iter()
        .map(|cell| {
            ["+14155550101", cell, "", &cell.chars().rev().collect::<String>()]
                .map(String::from)
                .to_vec()
        })
        .collect();
    for format in EVERY_FORMAT {
        let (read, preflight) = read(report_of(&columns, &rows, (format, Escape::Formulas)));
        assert_eq!(preflight.columns, columns, "{format:?}");
        assert_eq!(read.len(), rows.len(), "{format:?}");
        for (row, cells) in read.iter().zip(&rows) {
            assert!(row.cells == *cells, "{format:?}: {:?}", cells[1].chars().take(40));
            assert!(row.verdict.is_ok(), "{format:?}");
        }
    }
}

/// Cells with everything that separates, quotes, escapes or is run.
fn nasty_cell() -> impl Strategy<Value = String> {
    prop_oneof![
        "[=+@\t\r\n'\",;| a\u{ff1d}\u{feff}é-]{0,6}",
        Just("+14155550101".to_owned()),
        Just("sep=;".to_owned()),
        "[^\0]{0,8}",
    ]
}

fn table() -> impl Strategy<Value = (Vec<String>, Vec<Vec<String>>)> {
    (1usize..5, 0usize..5, 0usize..5).prop_flat_map(|(columns, phone_number, rows)| {
        let names = proptest::collection::vec(nasty_cell(), columns);
        let rows =
            proptest::collection::vec(proptest::collection::vec(nasty_cell(), columns), rows);
        (names, rows).prop_map(move |(mut names, rows)| {
            let at = phone_number % names.len();
            names[at] = "phone_number".to_owned();
            for index in (0..names.len()).filter(|index| *index != at) {
                if names[index] == "phone_number" || names[..index].contains(&names[index]) {
                    names[index] = format!("{}{index}", names[index]);
                }
            }
            (names, rows)
        })
    })
}

/// The same cases in every run.
fn seeded() -> ProptestConfig {
    ProptestConfig {
        rng_seed: RngSeed::Fixed(3),
        failure_persistence: None,
        cases: 512,
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(seeded())]

    #[test]
    fn any_table_comes_back_from_its_report((columns, rows) in table()) {
        for format in EVERY_FORMAT {
            let (read, preflight) = read(report_of(&columns, &rows, (format, Escape::Formulas)));
            prop_assert_eq!(&preflight.columns, &columns);
            let cells: Vec<_> = read.into_iter().map(|row| row.cells).collect();
            prop_assert_eq!(&cells, &rows);
        }
    }

    #[test]
    fn any_table_is_split_as_the_csv_crate_splits_it((columns, rows) in table()) {
        let mut writer = csv::Writer::from_writer(Vec::new());
        let keyed = |first: &str, cells: &[String]| {
            [first.to_owned()].into_iter().chain(cells.iter().cloned()).collect::<Vec<_>>()
        };
        let names: Vec<_> = (0..columns.len()).map(|index| format!("c{index}")).collect();
        writer.write_record(keyed("phone_number", &names)).unwrap();
        for cells in &rows {
            writer.write_record(keyed("+14155550101", cells)).unwrap();
        }
        let (read, _) = read(writer.into_inner().unwrap());
        prop_assert_eq!(read.len(), rows.len());
        for (at, (row, cells)) in read.iter().zip(&rows).enumerate() {
            prop_assert_eq!(&row.cells[1..], &cells[..]);
            prop_assert_eq!(row.position, at as u64 + 2);
        }
    }

    #[test]
    fn arbitrary_bytes_never_panic(
        head in prop_oneof![Just(""), Just("phone_number,a\n"), Just("sep=;\nphone_number;x\n")],
        bytes in proptest::collection::vec(prop_oneof![any::<u8>(), Just(b'"'), Just(b','), Just(b'\n')], 0..400),
        encoding in prop_oneof![Just(None), Just(Some("utf-16le")), Just(Some("shift_jis"))],
        country in prop_oneof![Just(None), Just(Some("US")), Just(Some("DE"))],
    ) {
        let options = ImportOptions {
            encoding: encoding.map(str::to_owned),
            default_country: country.map(|country| country.parse().unwrap()),
            ..ImportOptions::default()
        };
        let file = [head.as_bytes(), &bytes].concat();
        let report = preflight(source(file), options, None).unwrap();
        prop_assert_eq!(report.total, report.accepted + report.rejected);
        let listed: u64 = report.rejections.iter().map(|group| group.rows.len() as u64).sum();
        prop_assert_eq!(listed, report.rejected);
    }

    #[test]
    fn arbitrary_cells_are_a_full_number_or_rejected(cell in ".{0,24}") {
        for country in [None, Some("US".parse().unwrap()), Some("IT".parse().unwrap())] {
            if let Ok(number) = normalise(&cell, country) {
                prop_assert_eq!(E164::parse_strict(&number.to_string()), Some(number));
            }
        }
    }
}

fn with(mapping: Mapping) -> ImportOptions {
    ImportOptions { mapping, ..ImportOptions::default() }
}

fn agent(json: &str) -> AgentVersion {
    serde_json::from_str(json).unwrap()
}

/// The rejected rows of a file, as a file.
fn rejected_file(file: &str, options: ImportOptions) -> String {
    let mut reader = RowReader::open(source(file), options).unwrap();
    let mut writer =
        RejectedWriter::new(Vec::new(), reader.columns(), reader.phone_column()).unwrap();
    for row in reader.by_ref().map_while(Result::ok) {
        if let Err(why) = &row.verdict {
            let (position, cells) = (row.position, &row.cells[..]);
            let line = RejectedLine { position, cells, reason: why.reason, cause: why.cause };
            writer.row(&line).unwrap();
        }
    }
    String::from_utf8(writer.finish().unwrap()).unwrap()
}

#[test]
fn rejected_rows_are_grouped_by_what_exactly_is_wrong_and_shown() {
    let report = check(
        "phone_number,name\n415 555 0101,a\n+14155550101 x12,b\n1.41556E+10,c\n\
         415-555-0102,d\n+141555,e\n",
    );
    let [malformed] = &report.rejections[..] else { panic!("{:?}", report.rejections) };
    assert_eq!((malformed.reason, malformed.count), (RejectReason::MalformedNumber, 5));
    assert_eq!(malformed.rows, [2, 3, 4, 5, 6]);
    let causes: Vec<_> =
        malformed.causes.iter().map(|group| (group.cause.as_str(), &group.rows[..])).collect();
    let expected: [(&str, &[u32]); 4] =
        [("no_country_code", &[2, 5]), ("extension", &[3]), ("rounded", &[4]), ("too_short", &[6])];
    assert_eq!(causes, expected);
    let cells: Vec<_> = malformed.examples.iter().map(|e| (e.row, e.cell.as_str())).collect();
    let shown = ["415 555 0101", "+14155550101 x12", "1.41556E+10", "415-555-0102", "+141555"];
    assert_eq!(cells, [2, 3, 4, 5, 6].into_iter().zip(shown).collect::<Vec<_>>());
    assert_eq!(malformed.causes[1].examples[0].cell, "+14155550101 x12");
}

#[test]
fn a_file_that_fails_by_one_cause_says_what_mends_it() {
    let detail = refused("phone_number\n4155550101\n4155550102\n", RefusalCode::NothingAccepted);
    assert!(
        detail.contains("malformed_number: 2") && detail.contains("default_country"),
        "{detail}"
    );
}

#[test]
fn bad_rows_are_told_apart() {
    use RejectCause::{NotInEncoding, Quotes, TooFewCells, TooManyCells};
    let mut file =
        b"phone_number,a\n+14155550101\n+14155550102,b,c\n+14155550103,\"b\" c\n".to_vec();
    file.extend("+14155550104,Jörg\n".repeat(20).bytes());
    file.extend(b"+14155550105,\xff\n+14155550106,x\n");
    let (rows, _) = read(file);
    let causes: Vec<_> = rows.iter().map(|row| row.verdict.as_ref().err()?.cause).collect();
    assert_eq!(causes[..3], [TooFewCells, TooManyCells, Quotes].map(Some));
    assert_eq!(causes[23..], [Some(NotInEncoding), None]);
}

#[test]
fn rejected_rows_are_mended_and_uploaded_as_they_are() {
    let file = "name,phone_number,position,formula\n\
                \"Lee, Ann\",0176 5,chief,=1+1\n\
                Jo,+14155550101,,x\n\
                \"two\nlines\",\"+14155550102, +14155550103\",,'=x\n";
    let rejected = rejected_file(file, ImportOptions::default());
    let header = "position,phone_number,failed_parsing_reason,name,position,formula,\
                  failed_parsing_cause,failed_parsing_help\r\n";
    assert!(rejected.starts_with(header), "{rejected}");
    // Nothing was mended: the same rows are rejected for the same reasons.
    let (rows, report) = read(rejected.clone());
    assert_eq!(report.warnings[0].code, WarningCode::RejectedRowsRead);
    assert_eq!(report.columns, ["phone_number", "name", "position", "formula"]);
    assert_eq!(rows[0].cells, ["0176 5", "Lee, Ann", "chief", "=1+1"]);
    assert_eq!(rows[1].cells, ["+14155550102, +14155550103", "two\nlines", "", "'=x"]);
    assert_eq!(report.rejected, 2);
    let mended = rejected
        .replace("0176 5", "+14155550104")
        .replace("+14155550102, +14155550103", "+14155550102");
    for delimiter in [",", ";"] {
        // A spreadsheet saves it with the separator of its country.
        let mended = if delimiter == ";" { resaved(&mended) } else { mended.clone() };
        let (rows, report) = read(mended);
        assert_eq!((report.accepted, report.rejected), (2, 0), "{delimiter}");
        assert_eq!(rows[1].cells, ["+14155550102", "two\nlines", "", "'=x"]);
    }
    // Without the columns at its end it is known all the same.
    let (_, report) =
        read("position,phone_number,failed_parsing_reason,name\n7,+14155550101,x,Jo\n");
    assert_eq!(
        (report.accepted, &report.columns[..]),
        (1, &["phone_number", "name"].map(String::from)[..])
    );
}

/// The same CSV with semicolons.
fn resaved(file: &str) -> String {
    let mut quoted = false;
    let turn = |c| {
        quoted ^= c == '"';
        if c == ',' && !quoted { ';' } else { c }
    };
    file.chars().map(turn).collect()
}

#[test]
fn the_column_of_the_numbers_is_chosen() {
    let file = "Kunde;Telefon;phone_number\nJo;+14155550101;x\nAnn;98;y\n";
    let mapping = Mapping { phone_column: Some("Telefon".to_owned()), ..Mapping::default() };
    let (rows, report) = read_with(file, with(mapping.clone()));
    assert_eq!((report.accepted, report.rejected), (1, 1));
    assert_eq!(report.columns, ["Kunde", "Telefon", "phone_number"]);
    assert_eq!(rows[0].cells, ["Jo", "+14155550101", "x"]);
    let message = &rows[1].verdict.as_ref().unwrap_err().message;
    assert!(message.starts_with("row 3: Telefon \"98\""), "{message}");
    // In the file of its rejected rows it is called phone_number, and is known by both names.
    let rejected = rejected_file("Telefon,x\n98,1\n+14155550101,2\n", with(mapping.clone()));
    assert!(rejected.starts_with("position,phone_number,failed_parsing_reason,x,"), "{rejected}");
    let mended = rejected.replace("98", "+14155550102");
    let (_, report) = read_with(mended.clone(), with(mapping.clone()));
    assert_eq!((report.accepted, report.columns[0].as_str()), (1, "Telefon"));
    assert_eq!(read(mended).1.columns, ["phone_number", "x"]);
    // One that is not there is named, and what is like it.
    let options = with(Mapping { phone_column: Some("Telefone".to_owned()), ..mapping });
    let report = preflight(source(file), options, None).unwrap();
    let refused = report.refused.unwrap();
    assert_eq!(refused.code, RefusalCode::MissingPhoneNumberColumn);
    assert!(
        refused.detail.contains("\"Telefone\"") && refused.detail.ends_with("choose \"Telefon\"")
    );
}

#[test]
fn a_likely_column_is_proposed_by_its_cells() {
    let proposed = |file: &str| check(file).proposed;
    let column =
        |name: &str| Some(Proposed { header_row: None, phone_column: Some(name.to_owned()) });
    assert_eq!(proposed("id,who,where\n1,Jo,+14155550101\n2,Ann,+14155550102\n"), column("where"));
    let file = "id,Handy\n1,n/a\n2,98\n3,+14155550101\n4,x\n";
    assert_eq!(proposed(file), column("Handy"), "most of its numbers are written wrong");
    assert_eq!(proposed("id,who\n1,Jo\n"), None);
    assert_eq!(proposed("+14155550101,Jo\n+14155550102,Ann\n"), None);
    assert_eq!(proposed("phone_number\n+14155550101\n"), None);
}

#[test]
fn a_header_below_titles_is_proposed_and_chosen() {
    let header = |row, column: Option<&str>| {
        Some(Proposed { header_row: Some(row), phone_column: column.map(str::to_owned) })
    };
    for (file, expected) in [
        ("Customers\n\nphone_number,name\n+14155550101,Jo\n", header(3, None)),
        (
            "Kunden;;\nStand: Juni, 2026;;\nTelefon;Name;Ort\n+14155550101;Jo;B\n",
            header(3, Some("Telefon")),
        ),
        (
            "Kunden, Juni 2026\nName;Telefon;Ort\nJo;+14155550101;B\nAn;+14155550102;C\n",
            header(2, Some("Telefon")),
        ),
        (
            "Person;;Fall;\nName;Telefon;Nr;Ort\nJo;;7;B\nAn;+14155550102;8;C\n",
            header(2, Some("Telefon")),
        ),
    ] {
        let report = check(file);
        assert_eq!(report.proposed, expected, "{file} {:?}", report.refused);
        let proposed = expected.unwrap();
        let mapping = Mapping {
            phone_column: proposed.phone_column,
            header_row: proposed.header_row,
            ..Mapping::default()
        };
        let (rows, report) = read_with(file, with(mapping));
        assert_eq!(
            (report.refused, report.accepted),
            (None, 1 + u64::from(file.contains("An;+") && !file.contains("Jo;;"))),
            "{file}"
        );
        assert_eq!(rows[0].position, proposed.header_row.unwrap() + 1);
    }
    // A first row that lacks its number is no header.
    assert_eq!(
        check("Telefon;Name;Ort\n;Jo;B\n+14155550102;Ann;C\n").proposed,
        Some(Proposed { header_row: None, phone_column: Some("Telefon".to_owned()) })
    );
    // A chosen row that is not there, or blank.
    for (row, word) in [(2, "blank"), (9, "not in the file")] {
        let mapping = Mapping { header_row: Some(row), ..Mapping::default() };
        let report = preflight(source("a\n\nphone_number\n+14155550101\n"), with(mapping), None);
        let refused = report.unwrap().refused.unwrap();
        assert!(refused.detail.contains(word), "{}", refused.detail);
    }
}

#[test]
fn a_column_is_chosen_for_a_placeholder() {
    let version = agent(r#"{"first_message": "Hello {{name}}, on {{day}}"}"#);
    let file = "phone_number,name,Datum\n+14155550101,Jo,Monday\n";
    let missing = preflight(source(file), ImportOptions::default(), Some(&version)).unwrap();
    assert_eq!(missing.placeholders.missing, ["day"]);
    assert!(missing.refused.unwrap().detail.contains("column_map"));
    let map = |column: &str| Mapping {
        column_map: [("day".to_owned(), column.to_owned())].into(),
        ..Mapping::default()
    };
    let report = preflight(source(file), with(map("Datum")), Some(&version)).unwrap();
    assert_eq!((report.refused, report.placeholders), (None, Placeholders::default()));
    let report = preflight(source(file), with(map("datum")), Some(&version)).unwrap();
    let refused = report.refused.unwrap();
    assert_eq!(refused.code, RefusalCode::MissingVariables);
    assert!(
        refused.detail.contains("{{day}}") && refused.detail.contains("did you mean \"Datum\"?")
    );
    assert_eq!(report.columns, ["phone_number", "name", "Datum"]);
}

#[test]
fn nameless_columns_are_called_by_their_letters() {
    let report = check("phone_number,,name,\n+14155550101,a,Jo,b\n");
    let warning = &report.warnings[0];
    assert_eq!(warning.code, WarningCode::NamelessColumn);
    assert_eq!(warning.detail, "columns B and D have no name, and no placeholder can use them");
    let detail = refused(",Name\n1,Jo\n", RefusalCode::MissingPhoneNumberColumn);
    assert!(detail.contains("column A (no name), \"Name\""), "{detail}");
}
