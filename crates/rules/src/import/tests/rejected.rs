//! Rejected rows that come back, mended.

use super::*;

/// The rejected rows of a file, as a file.
pub(super) fn rejected_file(file: &str, options: ImportOptions) -> String {
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
