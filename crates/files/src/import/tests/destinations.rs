//! Checks a file against a managed route.

use std::io::Cursor;

use campanile_numbers::{
    Reject,
    destination::{DestinationCheck, Managed, Policy},
};
use campanile_rules::rejection::RejectReason;

use super::*;

const FILE: &str = "\
phone_number,name
+14155550101,called
,no number
98123,malformed
+442079460018,another country
+19002345678,premium
+919812345678,regulated
+14155550199,suppressed
+1911,emergency
+14155550101,again
+14155550102,one,too many
+12935550101,unassigned
+33612345678,another country
+14155550103,called
+870773111632,satellite
";

fn number(text: &str) -> E164 {
    E164::parse_strict(text).unwrap_or_else(|| panic!("{text}"))
}

fn terms(enabled: &[&str]) -> Managed {
    let enabled = enabled.iter().map(|id| id.parse().unwrap()).collect();
    Managed { enabled, regulated: ["IN".parse().unwrap()].into(), ..Managed::default() }
}

/// The reasons in the report, with the rows of each.
fn rejections(terms: &Managed) -> Vec<(RejectReason, Vec<u32>)> {
    let policy = Policy::managed(terms).into_check();
    let check: DestinationCheck = Box::new(move |asked| {
        if asked == number("+14155550199") {
            return Err(Reject::new(RejectReason::Suppressed, "is on the do-not-call list"));
        }
        policy(asked)
    });
    let options = ImportOptions {
        destination: Some(check),
        duplicates: Duplicates::Reject,
        ..ImportOptions::default()
    };
    let report = preflight(Source::file(Cursor::new(FILE)), options, None).unwrap();
    let groups: Vec<_> = report.rejections.into_iter().map(|r| (r.reason, r.rows)).collect();
    let rejected: usize = groups.iter().map(|(_, rows)| rows.len()).sum();
    assert_eq!(rejected as u64, report.rejected);
    assert_eq!(report.accepted + report.rejected, 14);
    groups
}

#[test]
fn the_rows_of_a_file_are_rejected_by_reason() {
    let found = rejections(&terms(&["us-geographic-and-mobile", "in-mobile"]));
    let expected = [
        (RejectReason::MissingNumber, vec![3]),
        (RejectReason::MalformedNumber, vec![4]),
        (RejectReason::UnsupportedCountry, vec![5, 13, 15]),
        (RejectReason::UnsupportedPrefix, vec![6, 12]),
        (RejectReason::KycRequired, vec![7]),
        (RejectReason::Suppressed, vec![8]),
        (RejectReason::EmergencyOrShort, vec![9]),
        (RejectReason::DuplicateNumber, vec![10]),
        (RejectReason::BadRow, vec![11]),
    ];
    assert_eq!(found, expected);
}

#[test]
fn with_nothing_enabled_the_rows_say_so() {
    let found = rejections(&terms(&[]));
    let expected = [
        (RejectReason::MissingNumber, vec![3]),
        (RejectReason::MalformedNumber, vec![4]),
        (RejectReason::NoEnabledCountries, vec![2, 5, 6, 7, 10, 12, 13, 14, 15]),
        (RejectReason::Suppressed, vec![8]),
        (RejectReason::EmergencyOrShort, vec![9]),
        (RejectReason::BadRow, vec![11]),
    ];
    assert_eq!(found, expected);
}

#[test]
fn satellite_phones_are_called_when_the_operator_enables_their_network() {
    let found = rejections(&terms(&["001-870-satellite"]));
    let country = found.iter().find(|(reason, _)| *reason == RejectReason::UnsupportedCountry);
    assert!(country.is_some_and(|(_, rows)| !rows.contains(&15) && rows.contains(&2)), "{found:?}");
}
