//! Bytes of an upload → UTF-8. What cannot be decoded becomes [`UNDECODABLE`], a byte that is
//! never part of UTF-8, so that the row that it is in can be told.

use std::io::{self, Read};

use encoding_rs::{Decoder, DecoderResult, Encoding, UTF_8, UTF_16BE, UTF_16LE};

use super::{ImportError, xlsx::not_this};
use crate::preflight::RefusalCode::{NotATable, Undecodable};

/// Stands for a malformed sequence (RFC 3629 §1: the octet never appears in UTF-8).
const UNDECODABLE: u8 = 0xff;

const CHUNK_BYTES: usize = 64 * 1024;

/// A file as UTF-8, a chunk at a time.
pub(super) struct Utf8Stream {
    reader: Box<dyn Read + Send>,
    /// Absent when the file is UTF-8: its bytes pass, right or wrong.
    decoder: Option<Decoder>,
    raw: Vec<u8>,
    ended: bool,
}

impl Utf8Stream {
    /// Looks at the beginning of a file: a byte order mark decides, else `declared`, else UTF-8.
    pub(super) fn open(
        mut reader: Box<dyn Read + Send>,
        declared: Option<&str>,
    ) -> Result<Utf8Stream, ImportError> {
        let declared = declared.map(named).transpose()?;
        let mut raw = Vec::with_capacity(CHUNK_BYTES);
        let ended = read_chunk(&mut reader, &mut raw)?;
        if let Some(what) = known_binary(&raw) {
            return Err(ImportError::refused(NotATable, not_this(what)));
        }
        let encoding = match Encoding::for_bom(&raw) {
            Some((encoding, mark_bytes)) => {
                raw.drain(..mark_bytes);
                encoding
            }
            None => declared.unwrap_or(UTF_8),
        };
        if let Some(what) = known_text(&raw) {
            return Err(ImportError::refused(NotATable, not_this(what)));
        }
        if let Some(detail) = contradiction(&raw, encoding, ended) {
            return Err(ImportError::refused(Undecodable, detail));
        }
        let decoder = (encoding != UTF_8).then(|| encoding.new_decoder_without_bom_handling());
        Ok(Utf8Stream { reader, decoder, raw, ended })
    }

    /// A stream that is at its end.
    pub(super) fn ended() -> Utf8Stream {
        Utf8Stream { reader: Box::new(io::empty()), decoder: None, raw: Vec::new(), ended: true }
    }

    /// Whether all of the file has been handed out.
    pub(super) fn is_ended(&self) -> bool {
        self.ended && self.raw.is_empty() && self.decoder.is_none()
    }

    /// Appends the next bytes of the file to `out`. Nothing is appended only at the end.
    pub(super) fn fill(&mut self, out: &mut Vec<u8>) -> io::Result<()> {
        let before = out.len();
        while out.len() == before && !self.is_ended() {
            if self.raw.is_empty() && !self.ended {
                self.ended = read_chunk(&mut self.reader, &mut self.raw)?;
            }
            match &mut self.decoder {
                None => out.append(&mut self.raw),
                Some(decoder) => decode(decoder, &self.raw, self.ended, out),
            }
            self.raw.clear();
            if self.ended {
                self.decoder = None;
            }
        }
        Ok(())
    }
}

fn decode(decoder: &mut Decoder, mut raw: &[u8], last: bool, out: &mut Vec<u8>) {
    let mut text = [0; 8 * 1024];
    loop {
        let (result, read, written) =
            decoder.decode_to_utf8_without_replacement(raw, &mut text, last);
        raw = &raw[read..];
        out.extend_from_slice(&text[..written]);
        match result {
            DecoderResult::InputEmpty => return,
            DecoderResult::OutputFull => {}
            DecoderResult::Malformed(..) => out.push(UNDECODABLE),
        }
    }
}

/// Reads until the chunk is full. True: the file ended.
fn read_chunk(reader: &mut dyn Read, raw: &mut Vec<u8>) -> io::Result<bool> {
    raw.clear();
    let read = reader.take(CHUNK_BYTES as u64).read_to_end(raw)?;
    Ok(read < CHUNK_BYTES)
}

fn named(label: &str) -> Result<&'static Encoding, ImportError> {
    Encoding::for_label_no_replacement(label.as_bytes()).ok_or_else(|| {
        ImportError::refused(
            Undecodable,
            format!(
                "there is no encoding {label:?}; declare one such as utf-8, utf-16le, \
                 windows-1252 or shift_jis"
            ),
        )
    })
}

/// Why a file that begins so is not in `encoding`, when its bytes tell.
fn contradiction(raw: &[u8], encoding: &'static Encoding, ended: bool) -> Option<String> {
    let name = encoding.name();
    if encoding != UTF_8 {
        // Other encodings almost never come to valid UTF-8 by accident.
        let is_utf8 = match std::str::from_utf8(raw) {
            Ok(_) => true,
            Err(error) => error.error_len().is_none() && !ended,
        };
        return (is_utf8 && !raw.is_ascii()).then(|| {
            format!("the file is declared as {name}, but it is UTF-8; leave the encoding out")
        });
    }
    let guess = match raw.windows(3).any(|bytes| matches!(bytes, b"\x1b$B" | b"\x1b$@")) {
        true => "ISO-2022-JP",
        false => unmarked_utf16(raw)?,
    };
    Some(format!(
        "row 1 is not UTF-8; the file looks like {guess}: declare that encoding, or save the file as UTF-8"
    ))
}

/// Which encoding a file with a zero in every other byte is in.
fn unmarked_utf16(raw: &[u8]) -> Option<&'static str> {
    let pairs = raw.chunks_exact(2).take(512);
    let count = pairs.len();
    let (mut big, mut little) = (0, 0);
    for pair in pairs {
        big += usize::from(pair[0] == 0 && pair[1] != 0);
        little += usize::from(pair[0] != 0 && pair[1] == 0);
    }
    let most = |zeros: usize| count >= 4 && zeros * 10 >= count * 7;
    [(little, UTF_16LE), (big, UTF_16BE)]
        .into_iter()
        .find_map(|(zeros, encoding)| most(zeros).then(|| encoding.name()))
}

fn known_binary(raw: &[u8]) -> Option<&'static str> {
    const MAGIC: [(&[u8], &str); 8] = [
        (b"%PDF-", "a PDF"),
        (b"\x89PNG\r\n\x1a\n", "a PNG image"),
        (b"\xff\xd8\xff", "a JPEG image"),
        (b"GIF87a", "a GIF image"),
        (b"GIF89a", "a GIF image"),
        (b"\x1f\x8b", "a gzip archive"),
        (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
        (b"SQLite format 3\0", "a SQLite database"),
    ];
    MAGIC.iter().find(|(magic, _)| raw.starts_with(magic)).map(|(_, what)| *what)
}

/// What a text is that is no table of cells.
fn known_text(raw: &[u8]) -> Option<&'static str> {
    const BEGINNINGS: [(&str, &str); 5] = [
        ("<!doctype html", "an HTML page"),
        ("<html", "an HTML page"),
        ("<table", "an HTML page"),
        ("<?xml", "XML"),
        ("{\\rtf", "a rich text document"),
    ];
    let raw = raw.trim_ascii_start();
    let begins = |begin: &str| {
        raw.get(..begin.len()).is_some_and(|text| text.eq_ignore_ascii_case(begin.as_bytes()))
    };
    BEGINNINGS.iter().find(|(begin, _)| begins(begin)).map(|(_, what)| *what)
}
