//! Rows that are rejected, and why.

use super::*;

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
