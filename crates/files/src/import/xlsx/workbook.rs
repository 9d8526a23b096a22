//! The table of contents of a workbook: finds the first visible sheet and its parts.

use std::io::{Read, Seek};

use quick_xml::events::{BytesStart, Event};

use super::{
    damaged,
    xml::{Xml, attributes},
    zip::Archive,
};
use crate::import::ImportError;

/// The most bytes of a part that holds neither a sheet nor texts.
const MAX_PART_BYTES: u64 = 16 << 20;

/// The most sheets and relations of a workbook.
const MAX_SHEETS: usize = 10_000;

/// What is needed to read the first visible sheet.
#[derive(Debug, Default)]
pub(super) struct Workbook {
    /// The name of that sheet.
    pub sheet_name: String,
    /// The number of other visible sheets.
    pub other_sheets: usize,
    /// The part with the rows of the sheet.
    pub sheet: String,
    /// The part with the texts, if there is one.
    pub strings: Option<String>,
    /// The part with the number formats, if there is one.
    pub styles: Option<String>,
    /// Whether days count from 1904 instead of 1900.
    pub counts_from_1904: bool,
    /// Whether the program left the calculation of formulas to the next reader.
    pub is_uncalculated: bool,
}

/// A relation from one part to another.
struct Relation {
    id: String,
    kind: String,
    target: String,
}

impl Relation {
    /// Whether the relation has this kind. A kind has two spellings, strict and transitional.
    fn is(&self, kind: &str) -> bool {
        self.kind.rsplit('/').next() == Some(kind)
    }
}

#[derive(Default)]
struct Listed {
    name: String,
    id: String,
    is_hidden: bool,
}

impl Workbook {
    /// Reads the table of contents of an archive.
    pub(super) fn read<R: Read + Seek>(
        archive: &Archive,
        file: &mut R,
    ) -> Result<Workbook, ImportError> {
        let root = relations(archive, &mut *file, "_rels/.rels", "")?;
        let main = root.into_iter().find(|relation| relation.is("officeDocument"));
        let main = main.map_or_else(|| "xl/workbook.xml".to_owned(), |relation| relation.target);
        let (folder, name) = main.rsplit_once('/').unwrap_or(("", &main));
        let beside =
            relations(archive, &mut *file, &format!("{folder}/_rels/{name}.rels"), folder)?;
        let mut workbook = Workbook::default();
        let listed =
            workbook.contents(Xml::new(archive.open(&mut *file, &main, MAX_PART_BYTES)?))?;
        let mut seen = listed.iter().filter(|sheet| !sheet.is_hidden).filter_map(|sheet| {
            let part = beside.iter().find(|part| part.id == sheet.id && part.is("worksheet"))?;
            Some((sheet, part))
        });
        let first = seen.next();
        let (sheet, part) = first.ok_or_else(|| damaged("it has no sheet that is shown"))?;
        workbook.sheet_name = sheet.name.clone();
        workbook.sheet = part.target.clone();
        workbook.other_sheets = seen.count();
        let other = |kind| {
            let found = beside.iter().find(|part| part.is(kind) && archive.has(&part.target));
            found.map(|part| part.target.clone())
        };
        workbook.strings = other("sharedStrings");
        workbook.styles = other("styles");
        Ok(workbook)
    }

    /// Reads the sheets in order, and the settings for all of them.
    fn contents<R: Read>(&mut self, mut xml: Xml<R>) -> Result<Vec<Listed>, ImportError> {
        let mut sheets = Vec::new();
        loop {
            match xml.next()? {
                Event::Start(tag) => match tag.local_name().into_inner() {
                    "sheet" if sheets.len() < MAX_SHEETS => sheets.push(sheet(&tag)?),
                    "workbookPr" => attributes(&tag, |key, value| {
                        self.counts_from_1904 |= key == "date1904" && is_true(&value);
                    })?,
                    "calcPr" => attributes(&tag, |key, value| {
                        self.is_uncalculated |= key == "fullCalcOnLoad" && is_true(&value);
                    })?,
                    _ => {}
                },
                Event::Eof => return Ok(sheets),
                _ => {}
            }
        }
    }
}

fn is_true(value: &str) -> bool {
    matches!(value, "1" | "true" | "on")
}

fn sheet(tag: &BytesStart<'_>) -> Result<Listed, ImportError> {
    let mut sheet = Listed::default();
    attributes(tag, |key, value| match key {
        "name" => sheet.name = value.into_owned(),
        "id" => sheet.id = value.into_owned(),
        "state" => sheet.is_hidden = value != "visible",
        _ => {}
    })?;
    Ok(sheet)
}

/// The relations of the part `name` for a part in `folder`. Empty if there is no such part.
fn relations<R: Read + Seek>(
    archive: &Archive,
    file: &mut R,
    name: &str,
    folder: &str,
) -> Result<Vec<Relation>, ImportError> {
    let mut relations = Vec::new();
    if !archive.has(name) {
        return Ok(relations);
    }
    let mut xml = Xml::new(archive.open(&mut *file, name, MAX_PART_BYTES)?);
    loop {
        match xml.next()? {
            Event::Start(tag) if tag.local_name().into_inner() == "Relationship" => {
                let (mut id, mut kind, mut target) = Default::default();
                attributes(&tag, |key, value| match key {
                    "Id" => id = value.into_owned(),
                    "Type" => kind = value.into_owned(),
                    "Target" => target = value.into_owned(),
                    _ => {}
                })?;
                let target = resolve(folder, &target);
                if relations.len() < MAX_SHEETS {
                    relations.push(Relation { id, kind, target });
                }
            }
            Event::Eof => return Ok(relations),
            _ => {}
        }
    }
}

/// The part that `target` names from a part in `folder`.
fn resolve(folder: &str, target: &str) -> String {
    let target = target.replace('\\', "/");
    let from = if target.starts_with('/') { "" } else { folder };
    let mut path: Vec<&str> = Vec::new();
    for step in from.split('/').chain(target.split('/')) {
        match step {
            "" | "." => {}
            ".." => _ = path.pop(),
            step => path.push(step),
        }
    }
    path.join("/")
}
