//! `campanile check`: gives a clear answer to any file, in constant memory.

use std::{
    fs::File,
    io::{BufWriter, Write as _},
    process::Command,
};

use serde_json::{Value, json};

use super::support::{Folder, said};

fn check(content: impl AsRef<[u8]>, options: &[&str]) -> (i32, Value) {
    let folder = Folder::new();
    folder.write("people.csv", content);
    let said = folder.run(&[&["check", "people.csv", "--json"], options].concat());
    let report = serde_json::from_str(&said.out).unwrap_or_else(|_| panic!("no report: {said:?}"));
    (said.code, report)
}

#[test]
fn a_good_file_could_start() {
    let (code, report) = check("phone_number,name\n+14155550101,Jo\n", &[]);
    assert_eq!((code, &report["refused"], &report["accepted"]), (0, &Value::Null, &json!(1)));
    for member in [
        "refused",
        "total",
        "accepted",
        "rejected",
        "rejections",
        "columns",
        "placeholders",
        "warnings",
    ] {
        assert!(report.get(member).is_some(), "{member} is missing: {report}");
    }
}

#[test]
fn a_file_that_cannot_be_a_batch_is_refused_with_its_code() {
    let utf16: Vec<u8> =
        "\u{feff}phone_number\n+14155550101\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(check(&utf16, &[]).0, 0, "UTF-16 with a mark is read");
    for (content, code) in [
        (&b""[..], "no_rows"),
        (b"phone_number,name\n", "no_rows"),
        (b"Phone_Number\n+14155550101\n", "missing_phone_number_column"),
        (b"phone_number\n98123\n", "nothing_accepted"),
        (b"phone_number,a,a\n+14155550101,1,2\n", "duplicate_column"),
        (b"\x50\x4b\x03\x04\x00\x00\x00\x00\x00\x00", "not_a_table"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\x00\x00", "not_a_table"),
    ] {
        let (exit, report) = check(content, &[]);
        assert_eq!((exit, report["refused"]["code"].as_str()), (1, Some(code)), "{report}");
    }
    let detail = check("Phone_Number\n+14155550101\n", &[]).1["refused"]["detail"].to_string();
    assert!(detail.contains("Phone_Number") && detail.contains("phone_number"), "{detail}");
}

#[test]
fn a_workbook_is_checked_as_its_csv_is_whatever_it_is_called() {
    let workbook = include_bytes!("../../../../examples/recipients.xlsx");
    let csv = include_bytes!("../../../../examples/recipients.csv");
    assert_eq!(check(workbook, &[]), check(csv, &[]));
    assert_eq!(check(workbook, &[]).0, 0);
}

#[test]
fn ten_rows_of_every_reason_are_grouped_with_their_row_numbers() {
    let reasons = [
        ("missing_number", ""),
        ("malformed_number", "1.41556E+10"),
        ("unsupported_country", "+999123456789"),
        ("emergency_or_short", "911"),
    ];
    let mut file = String::from("phone_number,name\n");
    for (_, cell) in reasons {
        file += &format!("{cell},Somebody\n").repeat(10);
    }
    file += &"+14155550101,Jo\n".repeat(11);
    file += &"+14155550102,a,b,c\n".repeat(10);
    let (code, report) = check(&file, &["--duplicates", "reject"]);
    assert_eq!((code, &report["accepted"], &report["rejected"]), (0, &json!(1), &json!(60)));
    let row = |first: usize| -> Vec<usize> { (first..first + 10).collect() };
    let expected = [
        ("missing_number", row(2)),
        ("malformed_number", row(12)),
        ("unsupported_country", row(22)),
        ("emergency_or_short", row(32)),
        ("duplicate_number", row(43)),
        ("bad_row", row(53)),
    ];
    for (reason, rows) in expected {
        let groups = report["rejections"].as_array().unwrap();
        let group = groups.iter().find(|group| group["reason"] == reason);
        let group = group.unwrap_or_else(|| panic!("no {reason}: {report}"));
        assert_eq!((&group["count"], &group["rows"]), (&json!(10), &json!(rows)), "{reason}");
        assert!(group["label"].is_string() && group["help"].is_string(), "{group}");
    }
}

#[test]
fn placeholders_are_compared_with_the_columns() {
    let folder = Folder::new();
    folder.write("people.csv", "phone_number,Customer_Name\n+14155550101,Jo\n");
    folder.write("agent.toml", "name = \"a\"\nfirst_message = \"Hello {{customer_name}}.\"\n");
    let said = folder.run(&["check", "people.csv", "--agent", "agent.toml"]);
    assert_eq!(said.code, 1, "{said:?}");
    assert!(
        said.out.contains("missing_variables") && said.out.contains("Customer_Name"),
        "{said:?}"
    );
    assert_eq!(folder.run(&["check", "people.csv"]).code, 0);
}

#[test]
fn a_column_without_a_name_is_chosen_by_its_letter() {
    let folder = Folder::new();
    folder.write("people.csv", "id;;\n1;+14155550101;Monday\n2;+14155550102;Friday\n");
    folder.write("agent.toml", "name = \"a\"\nfirst_message = \"On {{day}}.\"\n");
    let check = |options: &[&str]| {
        folder.run(&[&["check", "people.csv", "--agent", "agent.toml"], options].concat())
    };
    let said = check(&[]);
    let hint = "Try again with --phone-column \"Column B\"\n";
    assert!(said.code == 1 && said.out.contains(hint), "{said:?}");
    let said = check(&["--phone-column", "Column B", "--map", "day=Column C"]);
    assert!(said.code == 0 && said.out.contains("2 accepted, 0 rejected"), "{said:?}");
}

#[test]
fn a_column_is_chosen_for_a_placeholder_and_for_the_numbers() {
    let folder = Folder::new();
    folder.write(
        "people.csv",
        "Kunden Juni;\n\nTelefon;Datum\n+14155550101;Monday\n+14155550102;x\n98;y\n",
    );
    folder.write("agent.toml", "name = \"a\"\nfirst_message = \"On {{day}}.\"\n");
    let check = |options: &[&str]| {
        folder.run(&[&["check", "people.csv", "--agent", "agent.toml"], options].concat())
    };
    let said = check(&[]);
    let hint = "Try again with --header-row 3 --phone-column \"Telefon\"\n";
    assert!(said.code == 1 && said.out.contains(hint), "{said:?}");
    let found = ["--header-row", "3", "--phone-column", "Telefon"];
    let said = check(&found);
    assert!(said.code == 1 && said.out.contains("--map day=COLUMN"), "{said:?}");
    for map in ["day=Datum", "{{day}}=Datum"] {
        let said = check(&[&found[..], &["--map", map]].concat());
        assert!(said.code == 0 && said.out.contains("2 accepted, 1 rejected"), "{said:?}");
    }
    let said = check(&[&found[..], &["--map", "day=datum"]].concat());
    assert!(said.code == 1 && said.out.contains("did you mean \"Datum\"?"), "{said:?}");
    for wrong in ["day", "=Datum", "day=", "phone_number=Datum"] {
        assert_eq!(check(&["--map", wrong]).code, 2, "{wrong}");
    }
    assert_eq!(check(&["--header-row", "0"]).code, 2);
}

#[test]
fn rejected_rows_are_written_mended_and_checked_again() {
    let folder = Folder::new();
    folder.write("people.csv", "name,phone_number\nJo,4155550101\nAnn,+14155550102 x5\nWei,\n");
    let said = folder.run(&["check", "people.csv", "--rejections", "rejected.csv"]);
    assert_eq!(said.code, 1, "{said:?}");
    for words in [
        "Number malformed (malformed_number): rows 2, 3\n",
        "  No country code (no_country_code): row 2\n",
        "    row 2 has \"4155550101\"\n",
        "  Extension or service code (extension): row 3\n",
        "Number missing (missing_number): row 4\n  Fill in",
    ] {
        assert!(said.out.contains(words), "{words}: {}", said.out);
    }
    let rejected = std::fs::read_to_string(folder.path("rejected.csv")).unwrap();
    let header = "position,phone_number,failed_parsing_reason,name,failed_parsing_cause,\
                  failed_parsing_help\r\n2,4155550101,malformed_number,Jo,no_country_code,";
    assert!(rejected.starts_with(header), "{rejected}");
    let mended = rejected.replace("4155550101", "+14155550101").replace(" x5", "");
    folder.write("mended.csv", mended.replace("4,,", "4,+14155550103,"));
    let said = folder.run(&["check", "mended.csv"]);
    assert!(said.code == 0 && said.out.contains("3 accepted, 0 rejected"), "{said:?}");
    assert_eq!(folder.run(&["check", "people.csv", "--rejections", "no/such/dir.csv"]).code, 2);
}

#[test]
fn wrong_usage_ends_with_2() {
    let folder = Folder::new();
    folder.write("people.csv", "phone_number\n+14155550101\n");
    folder.write("agent.toml", "nam = 1\n");
    for args in [
        &["check"][..],
        &["check", "nobody.csv"],
        &["check", "."],
        &["check", "people.csv", "--default-country", "Narnia"],
        &["check", "people.csv", "--agent", "agent.toml"],
        &["check", "people.csv", "--agent", "none.toml"],
        &["check", "people.csv", "--trunk", "trunk.toml", "--concurrency", "0"],
        &["batch", "list", "--status", "in_progress"],
        &["chekc", "people.csv"],
    ] {
        assert_eq!(folder.run(args).code, 2, "{args:?}");
    }
}

#[test]
fn two_hundred_megabytes_fit_in_flat_memory() {
    let folder = Folder::new();
    let mut file = BufWriter::new(File::create(folder.path("large.csv")).unwrap());
    file.write_all(b"phone_number,note\n").unwrap();
    let note = "x".repeat(2_000);
    for n in 0..100_000 {
        writeln!(file, "+1212555{:04},{note}", n % 10_000).unwrap();
    }
    // The encoding is detected from the whole file, even if only the last row has a non-ASCII
    // letter.
    file.write_all(b"+12125550199,J\xf6rg\n").unwrap();
    file.into_inner().unwrap();
    // The limit applies to virtual memory, which includes the program and the stacks of its
    // threads.
    let limited = "ulimit -v 400000 && exec \"$0\" check large.csv --json";
    let mut command = Command::new("sh");
    command.arg("-c").arg(limited).arg(env!("CARGO_BIN_EXE_campanile"));
    let said = said(command.current_dir(folder.path("")).output().unwrap());
    assert_eq!(said.code, 0, "{}", said.err);
    let report: Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!(report["accepted"], 100_001);
    let guess =
        report["warnings"].as_array().unwrap().iter().find(|w| w["code"] == "encoding_guessed");
    assert!(guess.unwrap()["detail"].as_str().unwrap().contains("Jörg"), "{}", report["warnings"]);
}

#[test]
fn a_guessed_encoding_is_told_and_a_declared_one_is_used() {
    let folder = Folder::new();
    folder
        .write("people.csv", b"phone_number,name\n+14155550101,J\xf6rg\n+14155550102,M\xfcller\n");
    let said = folder.run(&["check", "people.csv"]);
    assert_eq!(said.code, 0, "{said:?}");
    let words = "Warning: read as Windows-1252: Jörg, Müller; is that right?";
    assert!(said.out.contains(words), "{said:?}");
    let said = folder.run(&["check", "people.csv", "--encoding", "windows-1252"]);
    assert!(said.code == 0 && !said.out.contains("Warning"), "{said:?}");
}

#[test]
fn a_file_that_is_something_else_is_called_by_its_name() {
    for (content, what) in [
        (&b"[{\"phone_number\":\"+14155550101\"}]"[..], "a JSON file"),
        (b"BEGIN:VCARD\nTEL:+14155550101\nEND:VCARD\n", "a vCard file"),
        (b"From: a@example.com\nTo: b@example.com\nSubject: x\n\n+14155550101\n", "an e-mail"),
        (b"-- MySQL dump 10.13\nINSERT INTO a VALUES (1);\n", "an SQL dump"),
        (b"%PDF-1.7\n", "a PDF"),
        (b"\x1f\x8b\x08\0", "a gzip archive"),
    ] {
        let (exit, report) = check(content, &[]);
        let refused = &report["refused"];
        assert_eq!((exit, refused["code"].as_str()), (1, Some("not_a_table")), "{report}");
        let detail = refused["detail"].as_str().unwrap();
        assert!(detail.starts_with(&format!("the file is {what}")), "{detail}");
    }
}

#[test]
fn an_agent_that_cannot_speak_is_refused() {
    let folder = Folder::new();
    folder.write("people.csv", "phone_number\n+14155550101\n");
    for (agent, words) in [
        ("first_message = \"Hi.\"\nvoice = \"en-us+f33\"\n", "did you mean en-us+f3"),
        ("first_message = \"Hi.\"\nlanguage = \"english\"\n", "language: there is no voice"),
        ("first_message = \"gone.wav\"\n", "first_message: cannot play"),
        ("voicemail = \"hang_up\"\n", "would hear nothing"),
    ] {
        folder.write("agent.toml", format!("name = \"a\"\n{agent}"));
        let said = folder.run(&["check", "people.csv", "--agent", "agent.toml", "--json"]);
        let report: Value = serde_json::from_str(&said.out).expect("a report");
        let refused = &report["refused"];
        assert_eq!((said.code, &refused["code"]), (1, &json!("agent_cannot_speak")), "{report}");
        assert!(refused["detail"].as_str().unwrap().contains(words), "{report}");
    }
    folder.write("agent.toml", "name = \"a\"\nfirst_message = \"Hello {customer_name}.\"\n");
    let said = folder.run(&["check", "people.csv", "--agent", "agent.toml"]);
    assert_eq!(said.code, 0, "{said:?}");
    assert!(said.out.contains("Warning: the agent says {customer_name}"), "{said:?}");
}
