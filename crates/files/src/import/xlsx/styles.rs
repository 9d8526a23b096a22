//! How cells show their numbers.

use std::{collections::HashMap, io::Read};

use quick_xml::events::Event;

use super::{
    format::Format,
    xml::{Xml, attribute, attributes},
};
use crate::import::ImportError;

/// The most bytes of a number format; spreadsheets allow 255 characters.
const MAX_CODE_BYTES: usize = 1_000;

/// The most formats and cell styles; spreadsheets allow 65,490.
const MAX_STYLES: usize = 70_000;

/// The number format of each cell style.
#[derive(Debug, Default)]
pub(super) struct Styles {
    formats: Vec<Format>,
    /// The index of the format of each style.
    styles: Vec<u32>,
}

impl Styles {
    /// Reads the number formats and the cell styles that use them (ECMA-376-1 §18.8.30, §18.8.10).
    pub(super) fn read(part: impl Read) -> Result<Styles, ImportError> {
        let mut xml = Xml::new(part);
        let mut styles = Styles::default();
        let mut codes: HashMap<u32, String> = HashMap::new();
        let mut numbered: HashMap<u32, u32> = HashMap::new();
        let (mut in_formats, mut in_styles) = (false, false);
        loop {
            match xml.next()? {
                Event::Start(tag) => match tag.local_name().into_inner() {
                    "numFmts" => in_formats = true,
                    "cellXfs" => in_styles = true,
                    "numFmt" if in_formats && codes.len() < MAX_STYLES => {
                        let (mut id, mut code) = (None, String::new());
                        attributes(&tag, |key, value| match key {
                            "numFmtId" => id = value.parse().ok(),
                            "formatCode" => code = value.into_owned(),
                            _ => {}
                        })?;
                        if let Some(id) = id.filter(|_| code.len() <= MAX_CODE_BYTES) {
                            codes.insert(id, code);
                        }
                    }
                    "xf" if in_styles && styles.styles.len() < MAX_STYLES => {
                        let id = attribute(&tag, "numFmtId")?.and_then(|id| id.parse().ok());
                        let id: u32 = id.unwrap_or(0);
                        let index = *numbered.entry(id).or_insert_with(|| {
                            let code = codes.get(&id).map(String::as_str);
                            styles.formats.push(Format::new(id, code));
                            styles.formats.len() as u32 - 1
                        });
                        styles.styles.push(index);
                    }
                    _ => {}
                },
                Event::End(tag) => match tag.local_name().into_inner() {
                    "numFmts" => in_formats = false,
                    "cellXfs" => in_styles = false,
                    _ => {}
                },
                Event::Eof => return Ok(styles),
                _ => {}
            }
        }
    }

    /// The number format of a style.
    pub(super) fn format(&self, style: usize) -> &Format {
        let index = self.styles.get(style).map(|index| *index as usize);
        index.and_then(|index| self.formats.get(index)).unwrap_or(&Format::General)
    }
}
