//! Tables of numbers as people write them.

use campanile_rules::rejection::RejectReason::{
    self, EmergencyOrShort, MalformedNumber, MissingNumber, UnsupportedCountry,
};

use super::*;

fn read(cell: &str, country: &str) -> Result<String, RejectReason> {
    let country = (!country.is_empty()).then(|| country.parse().unwrap());
    normalise(cell, country).map(|n| n.to_string()).map_err(|reject| reject.reason)
}

#[track_caller]
fn accepted(cells: &[(&str, &str, &str)]) {
    for (cell, country, number) in cells {
        assert_eq!(read(cell, country).as_deref(), Ok(*number), "{cell:?} in {country:?}");
    }
}

#[track_caller]
fn rejected(reason: RejectReason, cells: &[(&str, &str)]) {
    for (cell, country) in cells {
        assert_eq!(read(cell, country), Err(reason), "{cell:?} in {country:?}");
    }
}

#[test]
fn a_full_number_is_taken_however_it_is_spaced() {
    accepted(&[
        ("+14155550101", "", "+14155550101"),
        ("+16505550199", "", "+16505550199"),
        ("+1 (415) 555-0101", "", "+14155550101"),
        ("(+1) 415.555.0101", "", "+14155550101"),
        ("[+1] 415 – 555 — 0101", "", "+14155550101"),
        ("tel:+1-415-555-0101", "", "+14155550101"),
        ("TEL: +14155550101", "", "+14155550101"),
        ("  +14155550101\r\n", "", "+14155550101"),
        ("\u{202a}+14155550101\u{202c}", "", "+14155550101"),
        ("+1\u{a0}415\u{2009}555\u{200b}0101", "", "+14155550101"),
        ("\u{feff}+14155550101", "", "+14155550101"),
        ("+44 (0)20 7946 0018", "", "+442079460018"),
        ("+44 020 7946 0018", "", "+442079460018"),
        ("+39 06 1234 5678", "", "+390612345678"),
        ("+91 98123 45678", "", "+919812345678"),
        ("+447700900123", "", "+447700900123"),
        ("+33 1 12 34 56 78", "", "+33112345678"),
        ("+290 22222", "", "+29022222"),
    ]);
}

#[test]
fn a_number_in_the_dress_of_an_export_is_a_number() {
    accepted(&[
        ("'+14152000001", "", "+14152000001"),
        ("\u{2019}+14152000001", "", "+14152000001"),
        ("=\"+14152000001\"", "", "+14152000001"),
        ("\"+14152000001\"", "", "+14152000001"),
        ("'+1 415 200 0001'", "", "+14152000001"),
        ("+14152000001;", "", "+14152000001"),
        ("+14152000001, ", "", "+14152000001"),
        ("+1 415 200 0001.", "", "+14152000001"),
        ("'0176 12345678", "DE", "+4917612345678"),
    ]);
    rejected(
        MalformedNumber,
        &[("=14152000001", ""), ("='A1'", ""), ("'+1.41556E+10", ""), ("''", "")],
    );
}

#[test]
fn a_slash_behind_an_area_code_is_no_second_number() {
    accepted(&[
        ("0176/12345678", "DE", "+4917612345678"),
        ("030/123456", "DE", "+4930123456"),
        ("+49 30/123456", "", "+4930123456"),
        ("+49 (0)176 / 12345678", "", "+4917612345678"),
        ("415/200-0001", "US", "+14152000001"),
    ]);
    rejected(
        MalformedNumber,
        &[
            ("+14152000001 / +14152000002", ""),
            ("4152000001/4152000002", "US"),
            ("030 1234567/68", "DE"),
            ("030/123456/78", "DE"),
            ("+4930123456/4930123457", ""),
            ("/030123456", "DE"),
            ("030123456/", "DE"),
        ],
    );
}

#[test]
fn digits_of_every_script_are_digits() {
    accepted(&[
        (
            "\u{ff0b}\u{ff11}\u{ff14}\u{ff11}\u{ff15}\u{ff15}\u{ff15}\u{ff15}0101",
            "",
            "+14155550101",
        ),
        ("+٩١٩٨١٢٣٤٥٦٧٨", "", "+919812345678"),
        ("+९१९८१२३४५६७८", "", "+919812345678"),
        ("+𝟏𝟒𝟏𝟓𝟓𝟓𝟓𝟎𝟏𝟎𝟏", "", "+14155550101"),
    ]);
    rejected(MalformedNumber, &[("+1415555010\u{b9}", ""), ("+1415555010①", "")]);
}

#[test]
fn a_default_country_reads_numbers_as_they_are_dialed_there() {
    accepted(&[
        ("(415) 555-0101", "US", "+14155550101"),
        ("1 415 555 0101", "US", "+14155550101"),
        ("011 44 20 7946 0018", "US", "+442079460018"),
        ("020 7946 0018", "GB", "+442079460018"),
        ("00 1 415 555 0101", "GB", "+14155550101"),
        ("98123 45678", "IN", "+919812345678"),
        ("919812345678", "IN", "+919812345678"),
        ("098123 45678", "IN", "+919812345678"),
        ("+14155550101", "IN", "+14155550101"),
        ("22222", "SH", "+29022222"),
    ]);
}

#[test]
fn a_number_without_country_code_is_malformed() {
    rejected(
        MalformedNumber,
        &[("4155550101", ""), ("14155550101", ""), ("98123", ""), ("0014155550101", "")],
    );
}

#[test]
fn a_doubtful_number_is_never_guessed() {
    rejected(
        MalformedNumber,
        &[
            ("1.41556E+10", "US"),
            ("1,41556E+10", "US"),
            ("1.41556e10", "US"),
            ("14155550101.0", "US"),
            ("4155550101.00", ""),
            ("+1415555O101", ""),
            ("+1415555о101", ""),
            ("1-800-FLOWERS", "US"),
            ("+1 415 555 0101 x123", ""),
            ("+1 415 555 0101 ext. 4", ""),
            ("+1 415 555 0101#4", ""),
            ("+14155550101;ext=4", ""),
            ("+14155550101;phone-context=+1", ""),
            ("+14155550101 / 0102", ""),
            ("+14155550101, +14155550102", ""),
            ("+14155550101 +14155550102", ""),
            ("+14155550101\n+14155550102", ""),
            ("555123\n555124", "DE"),
            ("++14155550101", ""),
            ("1+4155550101", "US"),
            ("=+14155550101", ""),
            ("+1415555~0101", ""),
            ("N/A", ""),
            ("-", ""),
            ("+", ""),
            ("+114155550101", ""),
        ],
    );
}

#[test]
fn a_number_of_the_wrong_length_is_malformed() {
    rejected(
        MalformedNumber,
        &[
            ("+1415555", ""),
            ("+1415555010", ""),
            ("+141555501011", ""),
            ("+4420794600", ""),
            ("+9198123", ""),
            ("+9198123456789", ""),
            ("5550101", "US"),
            ("98123", "IN"),
            ("+12345678901234567890", ""),
            ("123456789012345678901234567890", "US"),
            ("+10155550101", ""),
            ("+11155550101", ""),
            ("+014155550101", ""),
            ("+0014155550101", ""),
        ],
    );
}

#[test]
fn an_unassigned_country_code_is_unsupported() {
    rejected(
        UnsupportedCountry,
        &[
            ("+99912345678", ""),
            ("+21012345678", ""),
            ("+2105550101", "US"),
            ("+80001234567", ""),
            ("+870123456789", ""),
        ],
    );
}

#[test]
fn a_number_of_an_international_network_is_a_full_number() {
    accepted(&[("+800 1234 5678", "", "+80012345678"), ("+870 773 111 632", "", "+870773111632")]);
}

#[test]
fn emergency_and_short_numbers_are_never_called() {
    rejected(
        EmergencyOrShort,
        &[
            ("911", ""),
            ("112", ""),
            ("999", ""),
            ("911", "US"),
            ("112", "IN"),
            ("9-1-1", "US"),
            ("+1911", ""),
            ("+1 911", ""),
            ("+44999", ""),
            ("+44112", ""),
            ("+91112", ""),
            ("+33112", ""),
            ("+1 911 555 0101", ""),
            ("411", "US"),
            ("72727", "US"),
            ("116123", "GB"),
        ],
    );
}

#[test]
fn an_empty_cell_has_no_number() {
    rejected(
        MissingNumber,
        &[("", ""), ("  ", "US"), ("\u{200b}\u{a0}", ""), ("\r\n", ""), ("tel:", "")],
    );
}

#[test]
fn a_country_is_two_letters_with_a_numbering_plan() {
    assert_eq!("us".parse::<Country>().unwrap().to_string(), "US");
    assert_eq!("IN".parse::<Country>().unwrap().calling_code(), 91);
    for text in ["", "U", "USA", "ZZ", "001", "U$", "é"] {
        assert!(text.parse::<Country>().is_err(), "{text}");
    }
}

#[test]
fn every_country_has_lines_that_can_be_called() {
    let util = &rlibphonenumber::PHONE_NUMBER_UTIL;
    let lines =
        [rlibphonenumber::PhoneNumberType::FixedLine, rlibphonenumber::PhoneNumberType::Mobile];
    let mut checked = 0;
    for region in util.get_supported_regions() {
        for line in lines {
            let Ok(example) = util.get_example_number_for_type_and_region(region, line) else {
                continue;
            };
            let written = util.format(&example, rlibphonenumber::PhoneNumberFormat::E164);
            assert_eq!(read(&written, "").as_deref(), Ok(&*written), "{region:?}");
            let spaced = util.format(&example, rlibphonenumber::PhoneNumberFormat::International);
            assert_eq!(read(&spaced, "").as_deref(), Ok(&*written), "{region:?} {spaced}");
            let national = util.format(&example, rlibphonenumber::PhoneNumberFormat::National);
            let country = region.as_region_str();
            assert_eq!(read(&national, &country).as_deref(), Ok(&*written), "{country} {national}");
            checked += 1;
        }
    }
    assert!(checked > 400, "{checked}");
}

#[test]
fn a_malformed_number_has_a_cause() {
    use campanile_rules::rejection::RejectCause::*;
    for (cell, country, cause) in [
        ("4155550101", "", NoCountryCode),
        ("0176 12345678", "", NoCountryCode),
        ("0044 20 7946 0018", "", NoCountryCode),
        ("98123", "", TooShort),
        ("+141555", "", TooShort),
        ("555 0101", "US", TooShort),
        ("-", "", TooShort),
        ("+141555501011", "", TooLong),
        ("123456789012345678901", "", TooLong),
        ("+14155550101 ext. 12", "", Extension),
        ("+14155550101x12", "", Extension),
        ("+1 (415) 555-0101 Extension: 12", "", Extension),
        ("+4930123456 Durchwahl 12", "", Extension),
        ("+14155550101#12", "", Extension),
        ("*31#+4930123456", "", Extension),
        ("+14155550101;ext=12", "", Extension),
        ("+14155550101, +14155550102", "", TwoNumbers),
        ("+14155550101 or +14155550102", "", TwoNumbers),
        ("0176 12345678 oder 0171 1234567", "DE", TwoNumbers),
        ("+14155550101 / +14155550102", "", TwoNumbers),
        ("+14155550101;+14155550102", "", TwoNumbers),
        ("+14155550101\n+14155550102", "", TwoNumbers),
        ("+14155550101 +14155550102", "", TwoNumbers),
        ("4155550101 4155550102", "US", TwoNumbers),
        ("14155550101 14155550102", "US", TwoNumbers),
        ("1.41556E+10", "", Rounded),
        ("9,2E+11", "DE", Rounded),
        ("14155550101.0", "US", HeldAsNumber),
        ("415555O101", "US", Letters),
        ("call Jo", "", Letters),
        ("+14155550101 x", "", Letters),
        ("n/a", "", Letters),
        ("+14155550101?", "", Sign),
        ("+10155550101", "", NotInPlan),
        ("+0176 12345678", "", NotInPlan),
        ("+44 (0)0 7946 0018", "", NotInPlan),
    ] {
        let country = (!country.is_empty()).then(|| country.parse().unwrap());
        let reject = normalise(cell, country).expect_err(cell);
        assert_eq!((reject.reason, reject.cause), (MalformedNumber, Some(cause)), "{cell:?}");
    }
    for (cell, cause) in [("+999123456789", NoSuchCode), ("+870123456789", NoCountry)] {
        let reject = normalise(cell, None).expect_err(cell);
        assert_eq!((reject.reason, reject.cause), (UnsupportedCountry, Some(cause)), "{cell:?}");
    }
}
