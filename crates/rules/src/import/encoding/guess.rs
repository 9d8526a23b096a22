//! Which encoding a file without a mark is in, told by all its bytes.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{
    Encoding, ISO_2022_JP, ISO_8859_2, ISO_8859_4, ISO_8859_10, ISO_8859_15, KOI8_R, KOI8_U,
    MACINTOSH, UTF_8, WINDOWS_1250, WINDOWS_1252, WINDOWS_1254, WINDOWS_1257,
};

use crate::phone::Country;

/// Bytes that are looked at together; a block of ASCII tells nothing and costs nothing.
const BLOCK_BYTES: usize = 4 * 1024;

/// Bytes that the detector takes: far more than it needs, and quickly read.
const MAX_DETECTED_BYTES: usize = 1024 * 1024;

/// Letters of KOI8-U that KOI8-R does not have (RFC 2319).
const UKRAINIAN: [u8; 8] = [0xa4, 0xa6, 0xa7, 0xad, 0xb4, 0xb6, 0xb7, 0xbd];

/// What was found out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Finding {
    /// The bytes tell without doubt.
    Certain(&'static Encoding),
    /// Probably this one: somebody should look at the letters.
    Guess(&'static Encoding),
    /// A code page of DOS, which nobody reads any more.
    Dos,
}

/// What the bytes of a file say about its encoding. It takes a file of any size in flat memory.
pub(super) struct Evidence {
    detector: EncodingDetector,
    detected_bytes: usize,
    last_byte: u8,
    /// Whether it has a byte that is a letter in KOI8-U and a line of a box in KOI8-R.
    has_ukrainian: bool,
    shape: Shape,
    words: Words,
}

impl Evidence {
    /// Nothing is known yet.
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

    /// Looks at the next bytes of the file.
    pub(super) fn look(&mut self, bytes: &[u8]) {
        for block in bytes.chunks(BLOCK_BYTES) {
            let is_plain = block.is_ascii() && !block.contains(&b'\x1b');
            // A character of two bytes may go on into a block that is ASCII by itself.
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

    /// What it comes to. `country` is where numbers without a country code are.
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
        // In Latin text letters that look like UTF-8 hardly ever stand in a row; elsewhere they
        // often do.
        let is_utf8 = if is_latin(likely) { whole * 4 >= stray } else { whole >= stray * 3 };
        if is_utf8 {
            // Broken bytes in a file that is UTF-8 are bad rows, not letters of another encoding.
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

/// Whether it is an encoding of one byte a letter for languages with Latin letters.
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

/// How far the bytes have the shape of UTF-8 (RFC 3629 §3).
#[derive(Debug, Default)]
struct Shape {
    /// Leading bytes with as many continuation bytes as they ask for.
    whole: u64,
    /// Leading bytes with too few of them.
    cut: u64,
    /// Bytes without a place in UTF-8.
    stray: u64,
    /// Continuation bytes that the character still asks for, and has.
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

/// Bytes between two Latin letters: in Windows they are letters too, in a file of DOS or of
/// an old Mac they would be marks there.
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
            // Windows has an apostrophe, dashes and š œ ž among its marks.
            let is_mark = matches!(byte, 0x80..=0xa7) && !matches!(byte, 0x92 | 0x96 | 0x97);
            self.marks += u64::from(is_mark && !matches!(byte, 0x9a | 0x9c | 0x9e));
            // ü é â ä à å, á í ó ú ñ, ß in code page 437 or 850.
            self.dos += u64::from(matches!(byte, 0x81..=0x86 | 0xa0..=0xa4 | 0xe1));
            // é è ê, ö, û ü, ß, ø of an old Mac.
            self.mac += u64::from(matches!(byte, 0x8e..=0x90 | 0x9a | 0x9e | 0x9f | 0xa7 | 0xbf));
        }
    }

    fn era(&self) -> Option<Era> {
        // In scripts of two bytes a letter few of them are alone between Latin letters.
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
