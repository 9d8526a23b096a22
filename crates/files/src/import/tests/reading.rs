//! What is read: separators, encodings, rows and cells.

use super::*;

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
fn a_country_is_read_in_any_case() {
    let country = |code: &str| code.parse::<campanile_numbers::Country>().map(|c| c.to_string());
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
