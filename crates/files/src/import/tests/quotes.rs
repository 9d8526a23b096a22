//! Open quotes.

use super::*;

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
