//! Determines the encoding of a file without a byte order mark from all its bytes.

use campanile_numbers::Country;
use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{
    Encoding, ISO_2022_JP, ISO_8859_2, ISO_8859_4, ISO_8859_10, ISO_8859_15, KOI8_R, KOI8_U,
    MACINTOSH, UTF_8, WINDOWS_1250, WINDOWS_1252, WINDOWS_1254, WINDOWS_1257,
};

/// The number of bytes that are examined together. A block of pure ASCII proves nothing and is
/// skipped.
const BLOCK_BYTES: usize = 4 * 1024;

/// The most bytes for the detector: far more than it needs, and quickly read.
const MAX_DETECTED_BYTES: usize = 1024 * 1024;

/// Letters of KOI8-U that KOI8-R does not have (RFC 2319).
const UKRAINIAN: [u8; 8] = [0xa4, 0xa6, 0xa7, 0xad, 0xb4, 0xb6, 0xb7, 0xbd];

/// The result of the examination.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Finding {
    /// The bytes determine the encoding.
    Certain(&'static Encoding),
    /// The most likely encoding. A user should check the letters.
    Guess(&'static Encoding),
    /// A DOS code page, which is not supported.
    Dos,
}

/// What the bytes of a file tell about its encoding. The memory is constant for a file of any size.
pub(super) struct Evidence {
    detector: EncodingDetector,
    detected_bytes: usize,
    last_byte: u8,
    /// Whether the file has a byte that is a letter in KOI8-U and a box line in KOI8-R.
    has_ukrainian: bool,
    shape: Shape,
    words: Words,
}

impl Evidence {
    /// No evidence yet.
    pub(super) fn new() -> Evidence {
        Evidence {
            detector: EncodingDetector::new(Iso2022JpDetection::Allow),
            detected_bytes: 0,
            last_byte: 0,
            has_ukrainian: false,
            shape: Shape::default(),
            words: Words::default(),
        }
    }

    /// Examines the next bytes of the file.
    pub(super) fn look(&mut self, bytes: &[u8]) {
        for block in bytes.chunks(BLOCK_BYTES) {
            let is_plain = block.is_ascii() && !block.contains(&b'\x1b');
            // A two-byte character may continue into a block that is pure ASCII by itself.
            if !is_plain || !self.last_byte.is_ascii() {
                self.has_ukrainian |= block.iter().any(|byte| UKRAINIAN.contains(byte));
                self.shape.look(block);
                self.words.look(block);
                if self.detected_bytes < MAX_DETECTED_BYTES {
                    self.detected_bytes += block.len();
                    self.detector.feed(block, false);
                }
            }
            self.last_byte = block.last().copied().unwrap_or(self.last_byte);
        }
    }

    /// The conclusion. `country` is the country of numbers without a country code.
    pub(super) fn finding(mut self, country: Option<Country>) -> Finding {
        self.shape.end_character();
        let domain = country.map(|country| country.to_string().to_ascii_lowercase());
        let domain = domain.as_ref().map(String::as_bytes);
        let likely = self.detector.guess(domain, Utf8Detection::Deny);
        let Shape { whole, cut, stray, .. } = self.shape;
        if whole + cut + stray == 0 {
            return match likely == ISO_2022_JP {
                true => Finding::Guess(ISO_2022_JP),
                false => Finding::Certain(UTF_8),
            };
        }
        // In Latin text, letters that look like UTF-8 rarely occur in a row; in other scripts they
        // often do.
        let is_utf8 = if is_latin(likely) { whole * 4 >= stray } else { whole >= stray * 3 };
        if is_utf8 {
            // Broken bytes in a UTF-8 file make bad rows; they are not letters of another encoding.
            return Finding::Certain(UTF_8);
        }
        match self.words.era() {
            Some(Era::Dos) => Finding::Dos,
            Some(Era::OldMac) => Finding::Guess(MACINTOSH),
            None if likely == KOI8_U && !self.has_ukrainian => Finding::Guess(KOI8_R),
            None => Finding::Guess(likely),
        }
    }
}

/// Whether this is a single-byte encoding for languages with Latin letters.
pub(in crate::import) fn is_latin(encoding: &'static Encoding) -> bool {
    [
        WINDOWS_1250,
        WINDOWS_1252,
        WINDOWS_1254,
        WINDOWS_1257,
        ISO_8859_2,
        ISO_8859_4,
        ISO_8859_10,
        ISO_8859_15,
        MACINTOSH,
    ]
    .contains(&encoding)
}

/// How far the bytes have the form of UTF-8 (RFC 3629 §3).
#[derive(Debug, Default)]
struct Shape {
    /// Lead bytes with the right number of continuation bytes.
    whole: u64,
    /// Lead bytes with too few continuation bytes.
    cut: u64,
    /// Bytes that UTF-8 does not allow.
    stray: u64,
    /// Continuation bytes that the present character still needs.
    missing: u32,
    has: u32,
}

impl Shape {
    fn look(&mut self, block: &[u8]) {
        for byte in block {
            match byte.leading_ones() {
                1 if self.missing > 0 => {
                    self.missing -= 1;
                    self.has += 1;
                    self.whole += u64::from(self.missing == 0);
                }
                1 => self.stray += 1,
                ones => {
                    self.end_character();
                    match ones {
                        0 => {}
                        2..=4 => self.missing = ones - 1,
                        _ => self.stray += 1,
                    }
                }
            }
        }
    }

    fn end_character(&mut self) {
        match (self.missing, self.has) {
            (0, _) => {}
            (_, 0) => self.stray += 1,
            (_, _) => self.cut += 1,
        }
        (self.missing, self.has) = (0, 0);
    }
}

/// Bytes between two Latin letters. In Windows encodings they are letters; in a DOS or old Mac file
/// they would be marks.
#[derive(Debug, Default)]
struct Words {
    all: u64,
    inside: u64,
    marks: u64,
    dos: u64,
    mac: u64,
}

#[derive(Debug, PartialEq, Eq)]
enum Era {
    Dos,
    OldMac,
}

impl Words {
    fn look(&mut self, block: &[u8]) {
        self.all += block.iter().filter(|byte| !byte.is_ascii()).count() as u64;
        for three in block.windows(3) {
            let [before, byte, behind] = [three[0], three[1], three[2]];
            if byte.is_ascii() || !before.is_ascii_alphabetic() || !behind.is_ascii_lowercase() {
                continue;
            }
            self.inside += 1;
            // Windows encodings have an apostrophe, dashes and š œ ž among their marks.
            let is_mark = matches!(byte, 0x80..=0xa7) && !matches!(byte, 0x92 | 0x96 | 0x97);
            self.marks += u64::from(is_mark && !matches!(byte, 0x9a | 0x9c | 0x9e));
            // ü é â ä à å, á í ó ú ñ, ß in code page 437 or 850.
            self.dos += u64::from(matches!(byte, 0x81..=0x86 | 0xa0..=0xa4 | 0xe1));
            // é è ê, ö, û ü, ß, ø in old Mac encodings.
            self.mac += u64::from(matches!(byte, 0x8e..=0x90 | 0x9a | 0x9e | 0x9f | 0xa7 | 0xbf));
        }
    }

    fn era(&self) -> Option<Era> {
        // In scripts with two bytes per letter, few such bytes stand alone between Latin letters.
        let is_latin = self.inside * 5 >= self.all * 2;
        if !is_latin || self.marks * 2 <= self.inside || self.dos == self.mac {
            return None;
        }
        Some(if self.dos > self.mac { Era::Dos } else { Era::OldMac })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(bytes: &[u8]) -> Finding {
        let mut evidence = Evidence::new();
        evidence.look(bytes);
        evidence.finding(None)
    }

    #[test]
    fn a_letter_far_behind_is_seen() {
        let mut bytes = "+14155550101,Ann\n".repeat(100_000).into_bytes();
        assert_eq!(finding(&bytes), Finding::Certain(UTF_8));
        bytes.extend(b"+14155550102,J\xf6rg\n");
        assert_eq!(finding(&bytes), Finding::Guess(WINDOWS_1252));
    }

    #[test]
    fn what_is_cut_between_two_looks_is_whole() {
        let mut evidence = Evidence::new();
        for byte in "Jörg, 李雷 😀".bytes() {
            evidence.look(&[byte]);
        }
        assert_eq!((evidence.shape.whole, evidence.shape.stray), (4, 0));
        assert_eq!(evidence.finding(None), Finding::Certain(UTF_8));
    }

    #[test]
    fn utf_8_with_broken_bytes_stays_utf_8() {
        assert_eq!(
            finding(&["Jörg, Müller".as_bytes(), b"\xff"].concat()),
            Finding::Certain(UTF_8)
        );
        let mut bytes = "Jörg, Müller, Zoë".as_bytes().to_vec();
        bytes.extend(b" Jos\xe9 Ren\xe9e Andr\xe9");
        assert_eq!(finding(&bytes), Finding::Certain(UTF_8));
        assert_eq!(finding(b"cut off \xe2\x82 here"), Finding::Certain(UTF_8));
    }

    #[test]
    fn files_of_dos_and_of_old_macs_are_told_apart() {
        assert_eq!(finding(b"M\x81ller, J\x94rg, Stra\xe1e, Bj\x94rk, Sch\x84fer"), Finding::Dos);
        assert_eq!(finding(b"Garc\xa1a Mu\xa4oz Mart\xa1nez"), Finding::Dos);
        let (mac, _, _) = MACINTOSH.encode("Müller, Schäfer, Straße, Réne");
        assert_eq!(finding(&mac), Finding::Guess(MACINTOSH));
        assert_eq!(
            finding(b"O\x92Neil, Toma\x9a, d\x92Arc, l\x92\xe9t\xe9"),
            Finding::Guess(WINDOWS_1252)
        );
    }
}
