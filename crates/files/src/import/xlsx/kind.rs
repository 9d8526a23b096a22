//! Recognises files that are not text by their content, so that the refusal can name the kind.

use std::io::{self, Read, Seek, SeekFrom};

use super::zip::Archive;
use crate::import::kind::Kind;

/// Whether a file with this beginning is a ZIP archive, possibly an empty one.
pub(in crate::import) fn is_zip(head: &[u8]) -> bool {
    [b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08"].iter().any(|magic| head.starts_with(*magic))
}

/// The kind of an archive that is not a readable workbook. `None` if it is one.
pub(super) fn unreadable(archive: &Archive) -> Option<Kind> {
    const NUMBERS: Kind = Kind::sheet("an Apple Numbers or Pages document");
    let known = [
        ("xl/workbook.bin", Kind::sheet("a binary workbook (XLSB)")),
        ("word/document.xml", Kind::sheet("a Word document")),
        ("ppt/presentation.xml", Kind::other("a presentation")),
        ("index/document.iwa", NUMBERS),
        ("index/tables/datalist.iwa", NUMBERS),
        ("index.zip", NUMBERS),
        ("meta-inf/container.xml", Kind::other("a book (EPUB)")),
        ("meta-inf/manifest.xml", Kind::sheet("an OpenDocument file (ODS)")),
    ];
    if archive.has_ending("vbaproject.bin") {
        return Some(Kind::sheet("a workbook with macros (XLSM)"));
    }
    let found = known.iter().find(|(part, _)| archive.has(part)).map(|(_, what)| *what);
    let is_workbook = archive.has("xl/workbook.xml") || archive.has("_rels/.rels");
    found.or_else(|| {
        (!is_workbook).then_some(Kind::packed("a ZIP archive without a workbook in it"))
    })
}

/// The kind of a file of the older Office formats (MS-CFB): an old workbook, or a new one with a
/// password (MS-OFFCRYPTO §2.3), whose directory names the package. `None` if it is no such file.
pub(in crate::import) fn old_office<R: Read + Seek>(
    head: &[u8],
    file: &mut R,
) -> io::Result<Option<Kind>> {
    if !head.starts_with(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1") {
        return Ok(None);
    }
    let mut header = Vec::new();
    file.seek(SeekFrom::Start(0))?;
    file.by_ref().take(64).read_to_end(&mut header)?;
    let number = |at: usize| {
        let bytes = header.get(at..at + 4)?;
        Some(bytes.iter().rev().fold(0_u64, |all, byte| all << 8 | u64::from(*byte)))
    };
    let sector_bytes = if header.get(30) == Some(&12) { 4096 } else { 512 };
    let mut directory = Vec::new();
    if let Some(first) = number(48) {
        file.seek(SeekFrom::Start((first + 1) * sector_bytes))?;
        file.by_ref().take(4096).read_to_end(&mut directory)?;
    }
    let has = |name: &str| {
        let name: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
        directory.windows(name.len()).any(|part| part == name)
    };
    Ok(Some(match () {
        () if has("EncryptedPackage") => Kind::sheet("a workbook behind a password"),
        () if has("WordDocument") => Kind::sheet("an old Word document (DOC)"),
        () if has("PowerPoint Document") => Kind::other("an old presentation (PPT)"),
        () if has("__properties_version1.0") => Kind::other("an e-mail of Outlook (MSG)"),
        () => Kind::sheet("an old workbook (XLS)"),
    }))
}
