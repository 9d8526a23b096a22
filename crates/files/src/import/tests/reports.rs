//! Reports that are uploaded as files.

use super::*;

/// The report of a batch whose file had these columns and rows.
pub(super) fn report_of(
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
    let results = vec!["why".to_owned(), "guests".to_owned()];
    let layout = Layout { columns, longest, results, detail, format, escape, calls_at };
    let mut writer = ReportWriter::new(Vec::new(), &layout).unwrap();
    for (row, cells) in rows.iter().enumerate() {
        let row = ReportRow {
            cells,
            final_status: RecipientStatus::Completed,
            attempts_made: 1,
            call_id: (row % 2 == 0).then_some("c@1"),
            results: &Results::from([("why".to_owned(), ResultValue::Text("=A1".to_owned()))]),
            digits: (row % 3 == 0).then_some("9"),
        };
        writer.row(&row, &[]).unwrap();
    }
    writer.finish().unwrap()
}

pub(super) const CSV: Format = Format::Csv { mark: false };
pub(super) const EVERY_FORMAT: [Format; 3] = [CSV, Format::Csv { mark: true }, Format::Xlsx];

#[test]
fn a_report_is_read_as_the_file_that_it_reports_on() {
    let columns = ["phone_number", "=name", "result.why"].map(String::from);
    let cells = ["+1 415 555 0101", "'=x", "-1"].map(String::from);
    let report = report_of(&columns, &[cells.to_vec()], (CSV, Escape::Formulas));
    assert_eq!(
        String::from_utf8_lossy(&report),
        "phone_number,'=name,result.why,final_status,attempts_made,call_id,result.why,\
         result.guests,digits,call_url\r\n\
         '+1 415 555 0101,''=x,'-1,completed,1,c@1,'=A1,,9,https://calls.example/calls/c@1\r\n"
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
