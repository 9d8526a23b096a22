//! Recognises files that are not tables, so that the refusal can name the kind and say what to do.

use super::{ImportError, Refusal};
use crate::preflight::RefusalCode::NotATable;

const SHEET: &str = "save the sheet as CSV UTF-8 and upload that";
const UNPACK: &str = "unpack it and upload the CSV or XLSX that is in it";
const LIST: &str = "export the list as CSV, with a column phone_number, and upload that";
const TABLE: &str = "export the table of people as CSV and upload that";
const NONE: &str = "upload the list as CSV or XLSX";

/// The kind of a file, and what its owner can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Kind {
    what: &'static str,
    advice: &'static str,
}

impl Kind {
    /// A table of another program.
    pub(super) const fn sheet(what: &'static str) -> Kind {
        Kind { what, advice: SHEET }
    }

    /// A file that contains packed files.
    pub(super) const fn packed(what: &'static str) -> Kind {
        Kind { what, advice: UNPACK }
    }

    /// A file without a table.
    pub(super) const fn other(what: &'static str) -> Kind {
        Kind { what, advice: LIST }
    }

    /// The refusal of a file of this kind.
    pub(super) fn refusal(self) -> ImportError {
        let Kind { what, advice } = self;
        let detail = format!("the file is {what}, not a CSV or an XLSX; {advice}");
        ImportError::Refused(Refusal {
            code: NotATable,
            detail,
            columns: Vec::new(),
            proposed: None,
        })
    }
}

/// The kind of a file whose first bytes occur in one kind only.
pub(super) fn of_bytes(raw: &[u8]) -> Option<Kind> {
    const MAGIC: [(&[u8], &str, &str); 41] = [
        (b"%PDF-", "a PDF", LIST),
        (b"%!PS", "a PostScript document", LIST),
        (b"\x89PNG\r\n\x1a\n", "a PNG image", LIST),
        (b"\xff\xd8\xff", "a JPEG image", LIST),
        (b"GIF87a", "a GIF image", LIST),
        (b"GIF89a", "a GIF image", LIST),
        (b"II*\0", "a TIFF image", LIST),
        (b"MM\0*", "a TIFF image", LIST),
        (b"BM", "a BMP image", LIST),
        (b"\x1f\x8b", "a gzip archive", UNPACK),
        (b"BZh91AY&SY", "a bzip2 archive", UNPACK),
        (b"\xfd7zXZ\0", "an xz archive", UNPACK),
        (b"\x28\xb5\x2f\xfd", "a Zstandard archive", UNPACK),
        (b"\x04\x22\x4d\x18", "an LZ4 archive", UNPACK),
        (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive", UNPACK),
        (b"Rar!\x1a\x07", "a RAR archive", UNPACK),
        (b"MSCF\0\0\0\0", "a cabinet archive", UNPACK),
        (b"SQLite format 3\0", "a SQLite database", TABLE),
        (b"PGDMP\x01", "a dump of a PostgreSQL database", TABLE),
        (b"\0\x01\0\0Standard Jet DB", "an Access database", TABLE),
        (b"\0\x01\0\0Standard ACE DB", "an Access database", TABLE),
        (b"PAR1\x15", "a Parquet file", TABLE),
        (b"ARROW1\0\0", "an Arrow file", TABLE),
        (b"Obj\x01", "an Avro file", TABLE),
        (b"\x89HDF\r\n\x1a\n", "an HDF5 file", TABLE),
        (b"\x09\x08\x10\0\0\x06", "an old workbook (XLS)", SHEET),
        (b"\x09\x04\x06\0", "an old workbook (XLS)", SHEET),
        (b"!BDN", "an Outlook data file (PST)", LIST),
        (b"bplist0", "a property list of Apple", LIST),
        (b"ID3\x03", "a sound file (MP3)", NONE),
        (b"ID3\x04", "a sound file (MP3)", NONE),
        (b"\xff\xfb", "a sound file (MP3)", NONE),
        (b"OggS\0", "a sound file (Ogg)", NONE),
        (b"fLaC\0", "a sound file (FLAC)", NONE),
        (b"\x7fELF", "a program", NONE),
        (b"MZ\x90\0", "a program", NONE),
        (b"\xcf\xfa\xed\xfe", "a program", NONE),
        (b"\xca\xfe\xba\xbe", "a program", NONE),
        (b"\0asm", "a program", NONE),
        (b"\0\0\xfe\xff", "text in UTF-32", SHEET),
        (b"\xff\xfe\0\0", "text in UTF-32", SHEET),
    ];
    let known = MAGIC.iter().find(|(magic, what, _)| {
        // Two letters alone may begin the name of a column; a BMP image has zeros after its size.
        raw.starts_with(magic) && (*what != "a BMP image" || raw.get(6..10) == Some(&[0; 4]))
    });
    known.map(|&(_, what, advice)| Kind { what, advice }).or_else(|| of_later_bytes(raw))
}

/// Kinds that are recognised by bytes after the beginning.
fn of_later_bytes(raw: &[u8]) -> Option<Kind> {
    let at = |from: usize, name: &[u8]| raw.get(from..from + name.len()) == Some(name);
    let images: [&[u8]; 4] = [b"heic", b"heix", b"mif1", b"avif"];
    match () {
        () if at(0, b"RIFF") && at(8, b"WAVE") => Some(Kind { what: "a WAV", advice: NONE }),
        () if at(0, b"RIFF") && at(8, b"WEBP") => Some(Kind::other("a WebP image")),
        () if at(4, b"ftyp") && images.iter().any(|image| at(8, image)) => {
            Some(Kind::other("a HEIC or AVIF image"))
        }
        () if at(4, b"ftyp") => Some(Kind { what: "a film or a sound (MP4)", advice: NONE }),
        () if at(257, b"ustar") => Some(Kind::packed("a tar archive")),
        () => None,
    }
}

/// The kind of a text that is not a table.
pub(super) fn of_text(text: &[u8]) -> Option<Kind> {
    const BEGINNINGS: [(&str, &str, &str); 26] = [
        ("<!doctype html", "an HTML page", SHEET),
        ("<html", "an HTML page", SHEET),
        ("<table", "an HTML page", SHEET),
        ("<head", "an HTML page", SHEET),
        ("<meta", "an HTML page", SHEET),
        ("<div", "an HTML page", SHEET),
        ("<svg", "an image (SVG)", LIST),
        ("<?xml", "XML", LIST),
        ("{\\rtf", "a rich text document", SHEET),
        ("begin:vcard", "a vCard file of contacts", LIST),
        ("begin:vcalendar", "a calendar", LIST),
        ("insert into ", "an SQL dump", TABLE),
        ("replace into ", "an SQL dump", TABLE),
        ("create table ", "an SQL dump", TABLE),
        ("create database ", "an SQL dump", TABLE),
        ("drop table ", "an SQL dump", TABLE),
        ("set names ", "an SQL dump", TABLE),
        ("begin transaction", "an SQL dump", TABLE),
        ("pragma foreign_keys", "an SQL dump", TABLE),
        ("/*!", "an SQL dump", TABLE),
        ("-- mysql dump", "an SQL dump", TABLE),
        ("-- mariadb dump", "an SQL dump", TABLE),
        ("--\n-- postgresql", "an SQL dump", TABLE),
        ("--\r\n-- postgresql", "an SQL dump", TABLE),
        ("-- phpmyadmin sql", "an SQL dump", TABLE),
        ("dn: ", "an LDIF file of contacts", LIST),
    ];
    let text = text.trim_ascii_start();
    let begins = |begin: &str| {
        text.get(..begin.len()).is_some_and(|text| text.eq_ignore_ascii_case(begin.as_bytes()))
    };
    let known = BEGINNINGS.iter().find(|(begin, ..)| begins(begin));
    known
        .map(|&(_, what, advice)| Kind { what, advice })
        .or_else(|| json(text))
        .or_else(|| is_mail(text).then_some(Kind::other("an e-mail")))
        .or_else(|| is_sql(text).then_some(Kind { what: "an SQL dump", advice: TABLE }))
        .or_else(|| is_markdown(text).then_some(Kind::sheet("a table of Markdown")))
}

/// JSON, whole or one record per line. No name of a column begins like its first value.
fn json(text: &[u8]) -> Option<Kind> {
    let (first, rest) = text.split_first()?;
    let second = rest.trim_ascii_start().first().copied();
    let is_json = match first {
        b'{' => matches!(second, Some(b'"' | b'}')),
        b'[' => matches!(second, Some(b'{' | b'[' | b'"' | b']')),
        _ => false,
    };
    let line = text.split(|byte| *byte == b'\n').next().unwrap_or_default().trim_ascii_end();
    let more = text.get(line.len()..).unwrap_or_default().trim_ascii_start().first();
    let is_line = *first == b'{' && line.ends_with(b"}") && more == Some(&b'{');
    is_json.then_some(Kind::other(if is_line { "JSON lines" } else { "a JSON file" }))
}

/// Lines such as `From: ` before the first blank line (RFC 5322 §2.2).
fn is_mail(text: &[u8]) -> bool {
    const FIELDS: [&str; 10] = [
        "from",
        "to",
        "subject",
        "date",
        "received",
        "return-path",
        "delivered-to",
        "message-id",
        "mime-version",
        "dkim-signature",
    ];
    let is_field = |line: &[u8]| {
        let name = line.split(|byte| *byte == b':').next().unwrap_or_default();
        name.len() < line.len()
            && FIELDS.iter().any(|field| name.eq_ignore_ascii_case(field.as_bytes()))
    };
    let lines =
        || text.split(|byte| *byte == b'\n').take_while(|line| !line.trim_ascii().is_empty());
    let begins = lines().next().is_some_and(|line| is_field(line) || line.starts_with(b"From "));
    begins && lines().take(50).filter(|line| is_field(line)).count() >= 2
}

/// Comments, then a statement.
fn is_sql(text: &[u8]) -> bool {
    let lines = text.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
    let first = lines.take(100).find(|line| !line.is_empty() && !line.starts_with(b"--"));
    let begins = |word: &&str| {
        first.is_some_and(|line| {
            line.get(..word.len()).is_some_and(|text| text.eq_ignore_ascii_case(word.as_bytes()))
        })
    };
    text.starts_with(b"--")
        && ["set ", "create ", "insert ", "drop ", "use ", "begin", "/*!"].iter().any(begins)
}

/// A second line that consists of dashes between bars.
fn is_markdown(text: &[u8]) -> bool {
    let mut lines = text.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
    let (head, rule) = (lines.next().unwrap_or_default(), lines.next().unwrap_or_default());
    let is_rule = rule.iter().all(|byte| matches!(byte, b'|' | b'-' | b':' | b' '));
    head.starts_with(b"|") && rule.starts_with(b"|") && is_rule && rule.contains(&b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn named(kind: Option<Kind>, what: &str) {
        assert_eq!(kind.map(|kind| kind.what), Some(what));
    }

    #[test]
    fn a_text_that_is_no_table_is_called_by_its_name() {
        for (text, what) in [
            ("{\"recipients\": [{\"phone_number\": \"+14155550101\"}]}", "a JSON file"),
            ("\n [\n  {\"phone\": 1}\n]", "a JSON file"),
            ("[[\"phone_number\"],[\"+14155550101\"]]", "a JSON file"),
            ("{\"phone\":\"+1\"}\r\n{\"phone\":\"+2\"}\r\n", "JSON lines"),
            ("BEGIN:VCARD\r\nVERSION:3.0\r\n", "a vCard file of contacts"),
            ("<?xml version=\"1.0\"?><people/>", "XML"),
            ("<!DOCTYPE HTML><html>", "an HTML page"),
            ("  <TABLE border=1>", "an HTML page"),
            ("From: a@example.com\r\nTo: b@example.com\r\nSubject: list\r\n\r\nx", "an e-mail"),
            ("From a@example.com Mon\nReceived: by x\nDate: Mon\n\nx", "an e-mail"),
            ("-- MySQL dump 10.13\n", "an SQL dump"),
            ("--\n-- PostgreSQL database dump\n--\n\nSET x = 0;", "an SQL dump"),
            ("-- made by hand\n\nINSERT INTO a VALUES (1);", "an SQL dump"),
            ("INSERT INTO `people` VALUES (1,'+14155550101');", "an SQL dump"),
            ("| a | b |\n|---|:-:|\n| 1 | 2 |\n", "a table of Markdown"),
            ("dn: cn=Ann\nmobile: +1", "an LDIF file of contacts"),
            ("{\\rtf1\\ansi", "a rich text document"),
        ] {
            named(of_text(text.as_bytes()), what);
        }
    }

    #[test]
    fn a_header_is_no_other_kind_of_text() {
        for text in [
            "phone_number,name\n",
            "",
            "[phone],{name}\n",
            "{name},x\n",
            "From:,To:\na,b\n",
            "Date: 2026-06-03\nphone,name\n",
            "| a | b |\n| 1 | 2 |\n",
            "-- list of May\na,b\n",
            "BMW,MZ,ID3,PAR1\n",
            "select,insert\n",
        ] {
            assert_eq!(of_text(text.as_bytes()), None, "{text:?}");
            assert_eq!(of_bytes(text.as_bytes()), None, "{text:?}");
        }
    }

    #[test]
    fn bytes_that_are_no_text_are_called_by_their_name() {
        for (bytes, what) in [
            (&b"%PDF-1.7\n"[..], "a PDF"),
            (b"RIFF\x24\0\0\0WAVEfmt ", "a WAV"),
            (b"RIFF\x24\0\0\0WEBPVP8 ", "a WebP image"),
            (b"\0\0\0\x18ftypheic", "a HEIC or AVIF image"),
            (b"\0\0\0\x18ftypisom", "a film or a sound (MP4)"),
            (b"BZh91AY&SYxx", "a bzip2 archive"),
            (b"PAR1\x15\x04", "a Parquet file"),
            (b"\0\x01\0\0Standard ACE DB\0", "an Access database"),
            (b"BM\x36\0\x0c\0\0\0\0\0\x36", "a BMP image"),
        ] {
            named(of_bytes(bytes), what);
        }
        let mut tar = vec![b'a'; 257];
        tar.extend(b"ustar\0");
        named(of_bytes(&tar), "a tar archive");
    }

    #[test]
    fn the_refusal_says_what_to_do() {
        let ImportError::Refused(refusal) = of_text(b"[{\"a\":1}]").unwrap().refusal() else {
            panic!("it is a refusal");
        };
        assert_eq!(
            refusal.detail,
            "the file is a JSON file, not a CSV or an XLSX; export the list as CSV, with a column \
             phone_number, and upload that"
        );
    }
}
