//! Rejected rows that are corrected and uploaded again.

use super::*;

/// The rejected rows of a file, as a CSV.
pub(super) fn rejected_file(file: &str, options: ImportOptions) -> String {
    String::from_utf8(rejected_rows(file, (options, Format::Csv { mark: false }))).unwrap()
}

/// The rejected rows of a file, in this format.
fn rejected_rows(file: &str, (options, format): (ImportOptions, Format)) -> Vec<u8> {
    let mut reader = RowReader::open(source(file), options).unwrap();
    let rows: Vec<Row> = reader.by_ref().map_while(Result::ok).collect();
    let mut longest = vec![0; reader.columns().len()];
    for row in &rows {
        let cells = longest.iter_mut().zip(&row.cells);
        cells.for_each(|(longest, cell)| *longest = units(cell).max(*longest));
    }
    let (columns, phone) = (reader.columns(), reader.phone_column());
    let layout = RejectedLayout { columns, phone, format, longest: &longest };
    let mut writer = RejectedWriter::new(Vec::new(), layout).unwrap();
    for row in &rows {
        if let Err(why) = &row.verdict {
            let (position, cells) = (row.position, &row.cells[..]);
            let line = RejectedLine { position, cells, reason: why.reason, cause: why.cause };
            writer.row(&line).unwrap();
        }
    }
    writer.finish().unwrap()
}

/// A workbook with some cells changed by a user.
fn edited(workbook: &[u8], edits: &[(&str, &str)]) -> Vec<u8> {
    let mut archive = zip::ZipArchive::new(Cursor::new(workbook)).unwrap();
    let mut out = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for at in 0..archive.len() {
        let mut part = archive.by_index(at).unwrap();
        let (name, mut text) = (part.name().unwrap().into_owned(), String::new());
        part.read_to_string(&mut text).unwrap();
        let edit = |text: String, (from, to): &(&str, &str)| text.replace(from, to);
        let text = edits.iter().fold(text, edit);
        out.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        io::Write::write_all(&mut out, text.as_bytes()).unwrap();
    }
    out.finish().unwrap().into_inner()
}

#[test]
fn a_workbook_of_rejected_rows_is_mended_and_uploaded_as_it_is() {
    let long = "ü𝄞x".repeat(9_000);
    let file = format!(
        "name,phone_number,plan,notes (part 2)\n\
         \"Lee, Ann\",0176 5,007,=1+1\n\
         Jo,+14155550101,008,x\n\
         Größe,1.41556E+10,-1,{long}\n"
    );
    let workbook = rejected_rows(&file, (ImportOptions::default(), Format::Xlsx));
    let (rows, report) = read(workbook.clone());
    assert_eq!(report.warnings[0].code, WarningCode::RejectedRowsRead);
    assert_eq!(report.columns, ["phone_number", "name", "plan", "notes (part 2)"]);
    let cells = |number: &str, name: &str, plan: &str, notes: &str| {
        [number, name, plan, notes].map(str::to_owned).to_vec()
    };
    assert_eq!(rows[0].cells, cells("0176 5", "Lee, Ann", "007", "=1+1"));
    assert!(rows[1].cells == cells("1.41556E+10", "Größe", "-1", &long));
    assert_eq!((report.accepted, report.rejected), (0, 2));
    let edits = [("0176 5", "+14155550104"), ("1.41556E+10", "+14155550105")];
    let (rows, report) = read(edited(&workbook, &edits));
    assert_eq!((report.accepted, report.rejected), (2, 0));
    assert_eq!(rows[0].cells, cells("+14155550104", "Lee, Ann", "007", "=1+1"));
    assert!(rows[1].cells == cells("+14155550105", "Größe", "-1", &long));
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
    // Nothing was corrected: the same rows are rejected for the same reasons.
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
        // A spreadsheet saves the file with the separator of its country.
        let mended = if delimiter == ";" { resaved(&mended) } else { mended.clone() };
        let (rows, report) = read(mended);
        assert_eq!((report.accepted, report.rejected), (2, 0), "{delimiter}");
        assert_eq!(rows[1].cells, ["+14155550102", "two\nlines", "", "'=x"]);
    }
    // The file is recognised even without the columns at its end.
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
