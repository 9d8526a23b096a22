//! Writes lines of a report as a workbook (ECMA-376-1 §18) from the first byte to the last. What a
//! reader must know first, such as the number of sheets, is in parts at the end.

use std::{
    fmt::Write as _,
    io::{self, Write},
};

use zip::{
    CompressionMethod, ZipWriter,
    result::ZipError,
    write::{SimpleFileOptions, StreamWriter},
};

/// The most rows of a sheet, including the header.
const MAX_ROWS: u32 = 1_048_576;

/// The most XML of a sheet, in bytes. A part of 4 GiB would need an archive that some programs
/// cannot read.
const MAX_SHEET_BYTES: u64 = 3 << 30;

/// The number of rows that determine the widths of columns. The rows are held until then, up to the
/// number of bytes below.
const ROWS_MEASURED: u32 = 200;
const MAX_HELD_BYTES: usize = 4 << 20;

/// The narrowest and the widest column, in characters.
const WIDTHS: (usize, usize) = (8, 60);

/// The compression level, chosen for speed: lines compress well at any level.
const PACKING: i64 = 2;

const OPENING: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n";
const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const PACKAGE: &str = "http://schemas.openxmlformats.org/package/2006";
const OFFICE: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const CONTENT: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml";

/// Style 0 is for numbers, 1 for texts, 2 for the header. Cells of the format `@` stay texts even
/// when a user edits them.
const STYLES: &str = "<fonts count=\"2\"><font><sz val=\"11\"/><name val=\"Calibri\"/><family val=\"2\"/></font>\
    <font><b/><sz val=\"11\"/><name val=\"Calibri\"/><family val=\"2\"/></font></fonts>\
    <fills count=\"2\"><fill><patternFill patternType=\"none\"/></fill>\
    <fill><patternFill patternType=\"gray125\"/></fill></fills>\
    <borders count=\"1\"><border><left/><right/><top/><bottom/><diagonal/></border></borders>\
    <cellStyleXfs count=\"1\"><xf numFmtId=\"0\" fontId=\"0\" fillId=\"0\" borderId=\"0\"/></cellStyleXfs>\
    <cellXfs count=\"3\"><xf numFmtId=\"0\" fontId=\"0\" fillId=\"0\" borderId=\"0\" xfId=\"0\"/>\
    <xf numFmtId=\"49\" fontId=\"0\" fillId=\"0\" borderId=\"0\" xfId=\"0\" applyNumberFormat=\"1\"/>\
    <xf numFmtId=\"49\" fontId=\"1\" fillId=\"0\" borderId=\"0\" xfId=\"0\" applyNumberFormat=\"1\" applyFont=\"1\"/></cellXfs>\
    <cellStyles count=\"1\"><cellStyle name=\"Normal\" xfId=\"0\" builtinId=\"0\"/></cellStyles>";

/// A workbook that is being written: one sheet, and another one whenever a sheet is full.
pub(crate) struct Workbook<W: Write> {
    zip: ZipWriter<StreamWriter<W>>,
    /// The name of the sheets.
    sheet: &'static str,
    header: Vec<String>,
    /// The letters of the columns.
    letters: Vec<String>,
    /// The longest measured cell of each column, in characters.
    widths: Vec<usize>,
    /// XML that has not been written yet.
    xml: String,
    /// The column of the next cell.
    column: usize,
    /// The last row of the sheet.
    row: u32,
    sheets: usize,
    /// Whether the first sheet has begun. The sheet begins when the widths are known.
    is_begun: bool,
    /// Whether the next row goes to another sheet.
    is_full: bool,
    sheet_bytes: u64,
    max_rows: u32,
}

impl<W: Write> Workbook<W> {
    /// Creates a workbook whose sheets have this name and this header.
    pub fn new(out: W, (sheet, header): (&'static str, Vec<String>)) -> Workbook<W> {
        let mut workbook = Workbook {
            zip: ZipWriter::new_stream(out),
            sheet,
            letters: (0..header.len()).map(letters).collect(),
            widths: vec![0; header.len()],
            header,
            xml: String::new(),
            column: 0,
            row: 0,
            sheets: 1,
            is_begun: false,
            is_full: false,
            sheet_bytes: 0,
            max_rows: MAX_ROWS,
        };
        workbook.push_header();
        workbook
    }

    /// Writes the next cell as a text, whatever it looks like.
    pub fn text(&mut self, text: &str) {
        self.cell(text, 1);
    }

    /// Writes the next cell as a number, or nothing if it is empty.
    pub fn number(&mut self, number: &str) {
        let at = self.next_cell(number);
        if !number.is_empty() {
            let (letters, row) = (&self.letters[at], self.row + 1);
            // Writing to a string never fails.
            let _ = write!(self.xml, "<c r=\"{letters}{row}\"><v>{number}</v></c>");
        }
    }

    /// Ends a row.
    pub fn end_line(&mut self) -> io::Result<()> {
        self.close_row();
        if !self.is_begun {
            if self.row <= ROWS_MEASURED && self.xml.len() < MAX_HELD_BYTES {
                return Ok(());
            }
            self.begin()?;
        }
        if self.is_full {
            // The row was written as the first one below the header of the next sheet.
            let row = std::mem::take(&mut self.xml);
            self.is_full = false;
            self.end_sheet()?;
            self.sheets += 1;
            self.begin_sheet()?;
            self.row = 0;
            self.push_header();
            self.xml.push_str(&row);
            self.row = 2;
        }
        self.write_out()?;
        self.is_full = self.row == self.max_rows || self.sheet_bytes >= MAX_SHEET_BYTES;
        Ok(())
    }

    /// Writes the parts at the end and returns the destination of the workbook.
    pub fn finish(mut self) -> io::Result<W> {
        if !self.is_begun {
            self.begin()?;
        }
        self.write_out()?;
        self.end_sheet()?;
        let sheets = || 1..=self.sheets;
        let listed = |each: &dyn Fn(usize) -> String| sheets().map(each).collect::<String>();
        let names = listed(&|n| {
            let further = if n == 1 { String::new() } else { format!(" {n}") };
            let name = format!("{}{further}", self.sheet);
            format!("<sheet name=\"{name}\" sheetId=\"{n}\" r:id=\"rId{n}\"/>")
        });
        let book = format!(
            "<workbook xmlns=\"{MAIN}\" xmlns:r=\"{OFFICE}\"><sheets>{names}</sheets></workbook>"
        );
        let relations = listed(&|n| {
            format!(
                "<Relationship Id=\"rId{n}\" Type=\"{OFFICE}/worksheet\" \
                 Target=\"worksheets/sheet{n}.xml\"/>"
            )
        });
        let relations = format!(
            "<Relationships xmlns=\"{PACKAGE}/relationships\">{relations}<Relationship \
             Id=\"rId{}\" Type=\"{OFFICE}/styles\" Target=\"styles.xml\"/></Relationships>",
            self.sheets + 1
        );
        let parts = listed(&|n| {
            format!(
                "<Override PartName=\"/xl/worksheets/sheet{n}.xml\" \
                 ContentType=\"{CONTENT}.worksheet+xml\"/>"
            )
        });
        let types = format!(
            "<Types xmlns=\"{PACKAGE}/content-types\"><Default Extension=\"rels\" \
             ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/><Default \
             Extension=\"xml\" ContentType=\"application/xml\"/><Override \
             PartName=\"/xl/workbook.xml\" ContentType=\"{CONTENT}.sheet.main+xml\"/><Override \
             PartName=\"/xl/styles.xml\" ContentType=\"{CONTENT}.styles+xml\"/>{parts}</Types>"
        );
        self.part("xl/workbook.xml", &book)?;
        self.part("xl/_rels/workbook.xml.rels", &relations)?;
        self.part("[Content_Types].xml", &types)?;
        let mut out = self.zip.finish().map_err(io_error)?.into_inner();
        out.flush()?;
        Ok(out)
    }

    fn cell(&mut self, text: &str, style: u8) {
        let at = self.next_cell(text);
        if text.is_empty() {
            return;
        }
        let (letters, row) = (&self.letters[at], self.row + 1);
        let space = if has_spaces_to_keep(text) { " xml:space=\"preserve\"" } else { "" };
        // Writing to a string never fails.
        let _ = write!(
            self.xml,
            "<c r=\"{letters}{row}\" s=\"{style}\" t=\"inlineStr\"><is><t{space}>"
        );
        push_escaped(&mut self.xml, text);
        self.xml.push_str("</t></is></c>");
    }

    /// Begins the row if this is its first cell. Returns the column of the cell.
    fn next_cell(&mut self, text: &str) -> usize {
        let at = self.column;
        if at == 0 {
            self.row = if self.is_full { 1 } else { self.row };
            let _ = write!(self.xml, "<row r=\"{}\">", self.row + 1);
        }
        if !self.is_begun {
            self.widths[at] = self.widths[at].max(width(text));
        }
        self.column += 1;
        at
    }

    fn close_row(&mut self) {
        self.xml.push_str("</row>");
        self.row += 1;
        self.column = 0;
    }

    fn push_header(&mut self) {
        let header = std::mem::take(&mut self.header);
        header.iter().for_each(|name| self.cell(name, 2));
        self.header = header;
        self.close_row();
    }

    /// Writes the parts that precede the rows.
    fn begin(&mut self) -> io::Result<()> {
        let root = format!(
            "<Relationships xmlns=\"{PACKAGE}/relationships\"><Relationship Id=\"rId1\" \
             Type=\"{OFFICE}/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"
        );
        self.part("_rels/.rels", &root)?;
        self.part("xl/styles.xml", &format!("<styleSheet xmlns=\"{MAIN}\">{STYLES}</styleSheet>"))?;
        self.begin_sheet()?;
        self.is_begun = true;
        Ok(())
    }

    fn begin_sheet(&mut self) -> io::Result<()> {
        let name = format!("xl/worksheets/sheet{}.xml", self.sheets);
        self.zip.start_file(name, options()).map_err(io_error)?;
        let selected = if self.sheets == 1 { " tabSelected=\"1\"" } else { "" };
        let columns = self.widths.iter().zip(1..).map(|(width, n)| {
            let width = (width + 2).clamp(WIDTHS.0, WIDTHS.1);
            format!("<col min=\"{n}\" max=\"{n}\" width=\"{width}\" customWidth=\"1\"/>")
        });
        let columns: String = columns.collect();
        let head = format!(
            "{OPENING}<worksheet xmlns=\"{MAIN}\"><sheetViews><sheetView{selected} \
             workbookViewId=\"0\"><pane ySplit=\"1\" topLeftCell=\"A2\" activePane=\"bottomLeft\" \
             state=\"frozen\"/></sheetView></sheetViews><cols>{columns}</cols><sheetData>"
        );
        self.sheet_bytes = head.len() as u64;
        self.zip.write_all(head.as_bytes())
    }

    /// Ends a sheet. Telephone numbers are texts on purpose; spreadsheets must not mark each of
    /// them as an error.
    fn end_sheet(&mut self) -> io::Result<()> {
        let last = self.letters.last().map_or("A", String::as_str);
        let tail = format!(
            "</sheetData><ignoredErrors><ignoredError sqref=\"A1:{last}{MAX_ROWS}\" \
             numberStoredAsText=\"1\"/></ignoredErrors></worksheet>"
        );
        self.zip.write_all(tail.as_bytes())
    }

    fn write_out(&mut self) -> io::Result<()> {
        self.zip.write_all(self.xml.as_bytes())?;
        self.sheet_bytes += self.xml.len() as u64;
        self.xml.clear();
        // The rows held until the widths were known need no memory any more.
        self.xml.shrink_to(64 << 10);
        Ok(())
    }

    fn part(&mut self, name: &str, content: &str) -> io::Result<()> {
        self.zip.start_file(name, options()).map_err(io_error)?;
        self.zip.write_all(OPENING.as_bytes())?;
        self.zip.write_all(content.as_bytes())
    }
}

impl<W: Write> std::fmt::Debug for Workbook<W> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Workbook").field("sheets", &self.sheets).field("row", &self.row).finish()
    }
}

fn options() -> SimpleFileOptions {
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    options.compression_level(Some(PACKING))
}

fn io_error(error: ZipError) -> io::Error {
    match error {
        ZipError::Io(error) => error,
        other => io::Error::other(other),
    }
}

/// The letters of a column, counted from 0: A to Z, AA and so on.
fn letters(column: usize) -> String {
    let letter = char::from(b'A' + (column % 26) as u8);
    match column / 26 {
        0 => letter.to_string(),
        before => format!("{}{letter}", letters(before - 1)),
    }
}

/// The width of the longest line of a text, in characters.
fn width(text: &str) -> usize {
    let of = |c: char| if c < '\u{1100}' { 1 } else { 2 };
    let line = |line: &str| line.chars().take(WIDTHS.1).map(of).sum();
    text.lines().take(20).map(line).max().unwrap_or(0)
}

/// Whether an XML reader might remove white space from the text.
fn has_spaces_to_keep(text: &str) -> bool {
    let is_space = |c: char| c.is_ascii_whitespace();
    text.starts_with(is_space)
        || text.ends_with(is_space)
        || text.contains(['\n', '\t'])
        || text.contains("  ")
}

/// Appends a text as XML. A character that XML cannot hold is written as `_x000D_`; a text that
/// already looks like this has its first `_` escaped the same way (ECMA-376-1 §22.9.2.19).
fn push_escaped(xml: &mut String, text: &str) {
    let mut done = 0;
    for (at, c) in text.char_indices() {
        let escape = match c {
            '&' => "&amp;",
            '<' => "&lt;",
            '>' => "&gt;",
            '_' if looks_escaped(&text.as_bytes()[at..]) => "_x005F_",
            '\t' | '\n' => continue,
            '\0'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => "",
            _ => continue,
        };
        xml.push_str(&text[done..at]);
        xml.push_str(escape);
        if escape.is_empty() {
            // Writing to a string never fails.
            let _ = write!(xml, "_x{:04X}_", u32::from(c));
        }
        done = at + c.len_utf8();
    }
    xml.push_str(&text[done..]);
}

fn looks_escaped(text: &[u8]) -> bool {
    text.len() >= 7
        && text[1] == b'x'
        && text[2..6].iter().all(u8::is_ascii_hexdigit)
        && text[6] == b'_'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_have_letters() {
        let named = [0, 25, 26, 51, 52, 701, 702].map(letters);
        assert_eq!(named, ["A", "Z", "AA", "AZ", "BA", "ZZ", "AAA"]);
    }

    #[test]
    fn what_xml_cannot_hold_is_written_so_that_it_comes_back() {
        let written = |text: &str| {
            let mut xml = String::new();
            push_escaped(&mut xml, text);
            xml
        };
        assert_eq!(written("a&b <c>"), "a&amp;b &lt;c&gt;");
        assert_eq!(written("a\r\n\tb\u{1}"), "a_x000D_\n\tb_x0001_");
        assert_eq!(written("_x000D_ _x00G0_ _X000D_"), "_x005F_x000D_ _x00G0_ _X000D_");
        assert_eq!(written("_x0041_x0042_"), "_x005F_x0041_x005F_x0042_");
        assert_eq!(written("\u{ffff}é𝄞"), "_xFFFF_é𝄞");
    }

    #[test]
    fn a_full_sheet_is_followed_by_another_with_the_same_header() {
        let mut workbook =
            Workbook::new(Vec::new(), ("Report", vec!["a".to_owned(), "b".to_owned()]));
        workbook.max_rows = 301;
        for n in 0..650 {
            workbook.text(&format!("text {n}"));
            workbook.number(&n.to_string());
            workbook.end_line().unwrap();
        }
        let bytes = workbook.finish().unwrap();
        let mut archive = zip::ZipArchive::new(io::Cursor::new(bytes)).unwrap();
        let mut part = |name: &str| {
            let mut text = String::new();
            io::Read::read_to_string(&mut archive.by_name(name).unwrap(), &mut text).unwrap();
            text
        };
        let sheets: Vec<_> =
            (1..=3).map(|n| part(&format!("xl/worksheets/sheet{n}.xml"))).collect();
        let rows: Vec<_> = sheets.iter().map(|sheet| sheet.matches("<row ").count()).collect();
        assert_eq!(rows, [301, 301, 51]);
        for sheet in &sheets {
            assert!(sheet.contains("<c r=\"A1\" s=\"2\" t=\"inlineStr\"><is><t>a</t></is></c>"));
            assert!(sheet.contains("<col min=\"1\" max=\"1\" width=\"10\" customWidth=\"1\"/>"));
        }
        assert!(sheets[1].contains("<is><t>text 300</t></is></c><c r=\"B2\"><v>300</v></c>"));
        for name in ["Report", "Report 2", "Report 3"] {
            assert!(part("xl/workbook.xml").contains(&format!("<sheet name=\"{name}\" ")));
        }
        assert_eq!(part("[Content_Types].xml").matches("worksheet+xml").count(), 3);
    }
}
