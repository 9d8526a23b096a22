//! Converts the bytes of an upload to UTF-8. A sequence that cannot be decoded becomes
//! [`UNDECODABLE`], a byte that never occurs in UTF-8, so that its row can be reported.

mod guess;

use std::io::{self, Cursor, Read, SeekFrom};

use campanile_numbers::Country;
use encoding_rs::{Decoder, DecoderResult, Encoding, UTF_8, UTF_16BE, UTF_16LE};

pub(super) use self::guess::is_latin;
use self::guess::{Evidence, Finding};
use super::{ImportError, kind, source::ReadSeek};
use crate::preflight::RefusalCode::Undecodable;

/// Replaces a malformed sequence (RFC 3629 §1: the octet never appears in UTF-8).
const UNDECODABLE: u8 = 0xff;

const CHUNK_BYTES: usize = 64 * 1024;

/// For a file that can be read only once, such as a pipe: how many bytes are examined before any is
/// passed on.
const MAX_HELD_BYTES: usize = 16 * 1024 * 1024;

/// A file as UTF-8, one chunk at a time.
pub(super) struct Utf8Stream {
    reader: Box<dyn Read + Send>,
    /// `None` if the file is UTF-8: its bytes pass unchanged, right or wrong.
    decoder: Option<Decoder>,
    raw: Vec<u8>,
    ended: bool,
    encoding: &'static Encoding,
    guessed: bool,
}

impl Utf8Stream {
    /// Determines the encoding of a file of which `raw` has already been read. A byte order mark
    /// decides, otherwise `declared`, otherwise all bytes of the file; `country` may explain some
    /// of them.
    pub(super) fn open(
        mut file: Box<dyn ReadSeek>,
        mut raw: Vec<u8>,
        (declared, country): (Option<&str>, Option<Country>),
    ) -> Result<Utf8Stream, ImportError> {
        let declared = declared.map(named).transpose()?;
        let mut ended = read_chunk(&mut file, &mut raw)?;
        if let Some(what) = kind::of_bytes(&raw) {
            return Err(what.refusal());
        }
        let mut guessed = false;
        let encoding = match (Encoding::for_bom(&raw), declared) {
            (Some((encoding, mark_bytes)), _) => {
                raw.drain(..mark_bytes);
                encoding
            }
            (None, Some(encoding)) => match contradiction(&raw, encoding, ended) {
                Some(detail) => return Err(ImportError::refused(Undecodable, detail)),
                None => encoding,
            },
            (None, None) => match look(&mut file, (&mut raw, &mut ended), country)? {
                Finding::Certain(encoding) => encoding,
                Finding::Guess(encoding) => {
                    guessed = true;
                    encoding
                }
                Finding::Dos => return Err(ImportError::refused(Undecodable, DOS)),
            },
        };
        let decoder = (encoding != UTF_8).then(|| encoding.new_decoder_without_bom_handling());
        if raw.len() > CHUNK_BYTES {
            let rest = Cursor::new(raw.split_off(CHUNK_BYTES));
            let reader = Box::new(rest.chain(file));
            return Ok(Utf8Stream { reader, decoder, raw, ended: false, encoding, guessed });
        }
        Ok(Utf8Stream { reader: Box::new(file), decoder, raw, ended, encoding, guessed })
    }

    /// The encoding of the file.
    pub(super) fn encoding(&self) -> &'static Encoding {
        self.encoding
    }

    /// The guessed encoding, if the encoding was guessed.
    pub(super) fn guessed(&self) -> Option<&'static Encoding> {
        self.guessed.then_some(self.encoding)
    }

    /// A stream at its end.
    pub(super) fn ended() -> Utf8Stream {
        Utf8Stream {
            reader: Box::new(io::empty()),
            decoder: None,
            raw: Vec::new(),
            ended: true,
            encoding: UTF_8,
            guessed: false,
        }
    }

    /// Whether the whole file has been passed on.
    pub(super) fn is_ended(&self) -> bool {
        self.ended && self.raw.is_empty() && self.decoder.is_none()
    }

    /// Appends the next bytes of the file to `out`. Appends nothing only at the end of the file.
    pub(super) fn fill(&mut self, out: &mut Vec<u8>) -> io::Result<()> {
        let before = out.len();
        while out.len() == before && !self.is_ended() {
            if self.raw.is_empty() && !self.ended {
                self.raw.clear();
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

/// Reads until the chunk is full. Returns whether the file ended.
fn read_chunk(reader: &mut dyn Read, raw: &mut Vec<u8>) -> io::Result<bool> {
    let room = CHUNK_BYTES.saturating_sub(raw.len());
    let read = reader.take(room as u64).read_to_end(raw)?;
    Ok(read < room)
}

/// Examines a whole file that begins with `raw`, then seeks back. A file that cannot seek is
/// examined as far as it can be held in memory, and `raw` becomes all of that.
fn look(
    file: &mut dyn ReadSeek,
    (raw, ended): (&mut Vec<u8>, &mut bool),
    country: Option<Country>,
) -> io::Result<Finding> {
    if let Some(encoding) = unmarked_utf16(raw) {
        return Ok(Finding::Guess(encoding));
    }
    if raw.contains(&0) {
        // The file is not text, and later bytes do not change that.
        return Ok(Finding::Certain(UTF_8));
    }
    let back = file.stream_position();
    if back.is_err() {
        let room = (MAX_HELD_BYTES - raw.len()) as u64;
        *ended = (file.take(room).read_to_end(raw)? as u64) < room;
    }
    let mut evidence = Evidence::new();
    evidence.look(raw);
    if let (Ok(back), false) = (back, *ended) {
        let mut chunk = Vec::with_capacity(CHUNK_BYTES);
        while !read_chunk(file, &mut chunk)? {
            evidence.look(&chunk);
            chunk.clear();
        }
        evidence.look(&chunk);
        file.seek(SeekFrom::Start(back))?;
    }
    Ok(evidence.finding(country))
}

const DOS: &str = "the file looks like text of DOS (code page 437, 850 or 852), which is not read; \
                   save it as UTF-8 (a spreadsheet's \
                   \"CSV UTF-8\"), or declare the encoding if it is another";

/// The encoding that `label` stands for: a WHATWG label, or a text close to one.
fn named(label: &str) -> Result<&'static Encoding, ImportError> {
    let plain: String = label.chars().filter(char::is_ascii_alphanumeric).collect();
    let plain = plain.to_ascii_lowercase();
    let page = ["windows", "win", "codepage", "cp", "ibm", "ansi"]
        .into_iter()
        .find_map(|system| plain.strip_prefix(system))
        .map(|page| match page {
            "932" => "shift_jis".to_owned(),
            "936" => "gbk".to_owned(),
            "949" => "euc-kr".to_owned(),
            "950" => "big5".to_owned(),
            page => format!("cp{page}"),
        });
    let spellings = [label, &plain, page.as_deref().unwrap_or_default()];
    let known = |label: &&str| Encoding::for_label_no_replacement(label.as_bytes());
    spellings.iter().find_map(known).ok_or_else(|| {
        ImportError::refused(
            Undecodable,
            format!(
                "there is no encoding {label:?}, or it is not read; declare one such as utf-8, \
                 utf-16le, windows-1252 or shift_jis, or save the file as UTF-8"
            ),
        )
    })
}

/// Why a file with this beginning is not in the declared `encoding`, if its bytes show that.
fn contradiction(raw: &[u8], encoding: &'static Encoding, ended: bool) -> Option<String> {
    if encoding == UTF_8 {
        let looks = unmarked_utf16(raw)?.name();
        return Some(format!(
            "the file is declared as UTF-8, but it looks like {looks}; leave the encoding out"
        ));
    }
    // Text in another encoding is almost never valid UTF-8 by accident.
    let is_utf8 = match std::str::from_utf8(raw) {
        Ok(_) => true,
        Err(error) => error.error_len().is_none() && !ended,
    };
    let name = shown(encoding);
    (is_utf8 && !raw.is_ascii())
        .then(|| format!("the file is declared as {name}, but it is UTF-8; leave the encoding out"))
}

/// The form of UTF-16 of a file without a byte order mark, judged by which of every two bytes is
/// zero.
fn unmarked_utf16(raw: &[u8]) -> Option<&'static Encoding> {
    let pairs = raw.chunks_exact(2).take(4096);
    let count = pairs.len();
    let (mut big, mut little) = (0, 0);
    for pair in pairs {
        big += usize::from(pair[0] == 0 && pair[1] != 0);
        little += usize::from(pair[0] != 0 && pair[1] == 0);
    }
    // Separators, digits and line ends are ASCII in every script.
    let most =
        |zeros: usize, others: usize| count >= 4 && zeros * 10 >= count * 3 && zeros >= others * 20;
    match () {
        () if most(little, big) => Some(UTF_16LE),
        () if most(big, little) => Some(UTF_16BE),
        () => None,
    }
}

/// The common name of an encoding, which is also one of its labels.
pub(super) fn shown(encoding: &'static Encoding) -> String {
    let name = encoding.name();
    match name.strip_prefix("windows-") {
        Some(number) => format!("Windows-{number}"),
        None => name.to_owned(),
    }
}
