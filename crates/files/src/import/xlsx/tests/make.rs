//! Workbooks made by hand, so that they can be wrong in any way.

use std::io::Write as _;

use flate2::{Compression, Crc, write::DeflateEncoder};

const OFFICE: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";

/// An entry of an archive, and what its headers claim.
#[derive(Clone)]
pub struct Entry {
    pub name: String,
    pub packed: Vec<u8>,
    pub bytes: u32,
    pub crc: u32,
    pub method: u16,
    pub flags: u16,
    /// The offset that the directory claims. `None` means the real offset.
    pub offset: Option<u32>,
}

impl Entry {
    pub fn new(name: &str, content: impl AsRef<[u8]>) -> Entry {
        let content = content.as_ref();
        let mut packed = DeflateEncoder::new(Vec::new(), Compression::fast());
        packed.write_all(content).unwrap();
        let mut crc = Crc::new();
        crc.update(content);
        Entry {
            name: name.to_owned(),
            packed: packed.finish().unwrap(),
            bytes: content.len() as u32,
            crc: crc.sum(),
            method: 8,
            flags: 0,
            offset: None,
        }
    }
}

/// An archive of these entries.
pub fn zip(entries: &[Entry]) -> Vec<u8> {
    let (mut file, mut directory) = (Vec::new(), Vec::new());
    for entry in entries {
        let offset = entry.offset.unwrap_or(file.len() as u32);
        let mut common = Vec::new();
        for field in [20, entry.flags, entry.method, 0, 0] {
            common.extend(field.to_le_bytes());
        }
        for field in [entry.crc, entry.packed.len() as u32, entry.bytes] {
            common.extend(field.to_le_bytes());
        }
        common.extend((entry.name.len() as u16).to_le_bytes());
        common.extend(0_u16.to_le_bytes());
        file.extend(b"PK\x03\x04");
        file.extend(&common);
        file.extend(entry.name.as_bytes());
        file.extend(&entry.packed);
        directory.extend(b"PK\x01\x02\x14\x00");
        directory.extend(&common);
        directory.extend([0; 10]);
        directory.extend(offset.to_le_bytes());
        directory.extend(entry.name.as_bytes());
    }
    let (count, start) = (entries.len() as u16, file.len() as u32);
    file.extend(&directory);
    file.extend(b"PK\x05\x06\0\0\0\0");
    file.extend([count.to_le_bytes(), count.to_le_bytes()].concat());
    file.extend((directory.len() as u32).to_le_bytes());
    file.extend(start.to_le_bytes());
    file.extend([0; 2]);
    file
}

/// The parts of a workbook, which can be changed before they are packed.
#[derive(Clone)]
pub struct Book {
    pub entries: Vec<Entry>,
}

impl Book {
    /// A workbook with one sheet. `rows` is the XML of its rows.
    pub fn new(rows: &str) -> Book {
        let relation = |id, kind, target| {
            format!("<Relationship Id=\"{id}\" Type=\"{OFFICE}/{kind}\" Target=\"{target}\"/>")
        };
        let relations = |list: &str| format!("<Relationships>{list}</Relationships>");
        let book = Book { entries: Vec::new() };
        book.with("_rels/.rels", relations(&relation("a", "officeDocument", "xl/workbook.xml")))
            .with(
                "xl/_rels/workbook.xml.rels",
                relations(
                    &[
                        relation("r1", "worksheet", "worksheets/sheet1.xml"),
                        relation("r2", "worksheet", "/xl/worksheets/sheet2.xml"),
                        relation("r3", "sharedStrings", "sharedStrings.xml"),
                        relation("r4", "styles", "styles.xml"),
                        relation("r5", "chartsheet", "chartsheets/sheet1.xml"),
                    ]
                    .concat(),
                ),
            )
            .with("xl/workbook.xml", sheets("<sheet name=\"One\" sheetId=\"1\" r:id=\"r1\"/>"))
            .with("xl/worksheets/sheet1.xml", sheet(rows))
    }

    /// A workbook whose cells are these texts.
    pub fn of_texts<S: AsRef<str>>(rows: &[Vec<S>]) -> Book {
        let mut xml = String::new();
        for row in rows {
            xml += "<row>";
            for cell in row {
                xml += &inline(cell.as_ref());
            }
            xml += "</row>";
        }
        Book::new(&xml)
    }

    /// Adds a part, or replaces the part with the same name.
    pub fn with(mut self, name: &str, content: impl AsRef<[u8]>) -> Book {
        self.entries.retain(|entry| entry.name != name);
        self.entries.push(Entry::new(name, content));
        self
    }

    /// Changes one entry.
    pub fn change(mut self, name: &str, change: impl FnOnce(&mut Entry)) -> Book {
        change(self.entries.iter_mut().find(|entry| entry.name == name).unwrap());
        self
    }

    pub fn pack(&self) -> Vec<u8> {
        zip(&self.entries)
    }
}

/// A workbook's table of contents.
pub fn sheets(list: &str) -> String {
    format!("<workbook xmlns:r=\"{OFFICE}\"><sheets>{list}</sheets></workbook>")
}

/// A sheet with these rows.
pub fn sheet(rows: &str) -> String {
    format!(
        "<?xml version=\"1.0\"?><worksheet><dimension ref=\"A1:XFD1048576\"/><sheetData>{rows}</sheetData></worksheet>"
    )
}

/// A cell with a text.
pub fn inline(text: &str) -> String {
    let mut escaped = String::new();
    for c in text.chars() {
        match c {
            '&' => escaped += "&amp;",
            '<' => escaped += "&lt;",
            '_' => escaped += "_x005F_",
            '\0'..='\u{8}' | '\u{b}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => {
                escaped += &format!("_x{:04X}_", u32::from(c));
            }
            c => escaped.push(c),
        }
    }
    format!("<c t=\"inlineStr\"><is><t xml:space=\"preserve\">{escaped}</t></is></c>")
}
