//! Refused files, and the messages about their headers.

use super::*;

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
fn odd_columns_are_warned_of() {
    let (rows, report) = read("phone_number,,call_id,\n+14155550101,a,b,c\n");
    assert!(rows[0].verdict.is_ok());
    let codes: Vec<_> = report.warnings.iter().map(|warning| warning.code).collect();
    assert_eq!(codes, [WarningCode::NamelessColumn, WarningCode::ShadowedColumn]);
}
