//! The mapping of rows and columns.

use super::{rejected::rejected_file, *};

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
    // In the file of rejected rows the column is called `phone_number`. Both names are recognised.
    let rejected = rejected_file("Telefon,x\n98,1\n+14155550101,2\n", with(mapping.clone()));
    assert!(rejected.starts_with("position,phone_number,failed_parsing_reason,x,"), "{rejected}");
    let mended = rejected.replace("98", "+14155550102");
    let (_, report) = read_with(mended.clone(), with(mapping.clone()));
    assert_eq!((report.accepted, report.columns[0].as_str()), (1, "Telefon"));
    assert_eq!(read(mended).1.columns, ["phone_number", "x"]);
    // The message names a chosen column that is missing, and a similar one.
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
    // A first row with an empty number cell is not a header.
    assert_eq!(
        check("Telefon;Name;Ort\n;Jo;B\n+14155550102;Ann;C\n").proposed,
        Some(Proposed { header_row: None, phone_column: Some("Telefon".to_owned()) })
    );
    // The chosen row is missing or blank.
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
    assert_eq!(report.columns, ["phone_number", "", "name", ""]);
    assert_eq!(report.nameless, ["Column B", "Column D"]);
    let warning = &report.warnings[0];
    assert_eq!(warning.code, WarningCode::NamelessColumn);
    let detail =
        "columns B and D have no name; they can be chosen by their letters, as \"Column B\"";
    assert_eq!(warning.detail, detail);
    let detail = refused(",Name\n1,Jo\n", RefusalCode::MissingPhoneNumberColumn);
    assert!(detail.contains("column A (no name), \"Name\""), "{detail}");
    let report = check("phone_number,,Column B\n+14155550101,a,Jo\n");
    assert_eq!(report.nameless, [""; 0], "another column has that name");
}

#[test]
fn nameless_columns_are_chosen_by_their_letters() {
    let file = "Kunde;;;Ort\nJo;Rom;+14155550101;x\nAnn;Ulm;98;y\nBo;Bonn;+14155550103;z\n";
    let report = check(file);
    assert_eq!(report.proposed.unwrap().phone_column.unwrap(), "Column C");
    assert_eq!(report.nameless, ["Column B", "Column C"]);
    let column_map = [("city".to_owned(), "Column B".to_owned())].into();
    let phone_column = Some("Column C".to_owned());
    let mapping = Mapping { phone_column, column_map, header_row: None };
    let agent = agent(r#"{"first_message": "Hi {{city}}"}"#);
    let reader = RowReader::open(source(file), with(mapping.clone())).unwrap();
    assert_eq!(reader.phone_column(), 2);
    assert_eq!(reader.placeholders(&agent).missing, [""; 0]);
    let (rows, report) = read_with(file, with(mapping.clone()));
    assert_eq!((report.accepted, report.rejected), (2, 1));
    assert_eq!(report.columns, ["Kunde", "Column B", "Column C", "Ort"]);
    assert_eq!(rows[0].cells, ["Jo", "Rom", "+14155550101", "x"]);
    let message = &rows[1].verdict.as_ref().unwrap_err().message;
    assert!(message.starts_with("row 3: Column C \"98\""), "{message}");
    // The file of rejected rows has the same columns, even if they stand under other letters.
    let mended = rejected_file(file, with(mapping.clone())).replace(",98,", ",+14155550102,");
    assert!(mended.starts_with("position,phone_number,failed_parsing_reason,Kunde,Column B,Ort,"));
    let (rows, report) = read_with(mended, with(mapping.clone()));
    assert_eq!((report.accepted, report.rejected), (1, 0));
    assert_eq!(rows[0].cells, ["+14155550102", "Ann", "Ulm", "y"]);
    // A column with a name is chosen by its name.
    let phone_column = Some("Column D".to_owned());
    let options = with(Mapping { phone_column, ..mapping });
    let refused = preflight(source(file), options, None).unwrap().refused.unwrap();
    assert!(refused.detail.ends_with("choose \"Column C\""), "{}", refused.detail);
}
