//! Sample words of a file whose encoding was guessed, to be checked by a user who knows the words.

use encoding_rs::Encoding;

use super::encoding::{is_latin, shown};
use crate::preflight::{Warning, WarningCode};

/// The most words that are shown.
const MAX_WORDS: usize = 5;

/// The most letters of a word that are shown.
const MAX_LETTERS: usize = 24;

/// Sample words of a file that was read in a guessed encoding.
#[derive(Debug)]
pub(super) struct Letters {
    encoding: &'static Encoding,
    /// Words with letters beyond ASCII, with their rows. Each word has a letter that the words
    /// before it lack.
    words: Vec<(u32, String)>,
    /// A word that is UTF-8 in a file that is not, with its reading as UTF-8.
    other: Option<(u32, String, String)>,
}

impl Letters {
    /// No words yet, for a file in `encoding`.
    pub(super) fn new(encoding: &'static Encoding) -> Letters {
        Letters { encoding, words: Vec::new(), other: None }
    }

    /// Examines the cells of a row, including the header.
    pub(super) fn look(&mut self, row: u32, cells: &[String]) {
        for cell in cells.iter().filter(|cell| !cell.is_ascii()) {
            for word in cell.split_whitespace().filter(|word| !word.is_ascii()) {
                self.see(row, word.trim_matches(|c: char| c.is_ascii_punctuation()));
            }
        }
    }

    fn see(&mut self, row: u32, word: &str) {
        let short = || word.chars().take(MAX_LETTERS).collect::<String>();
        if self.other.is_none()
            && let Some(meant) = self.utf8_in(word)
        {
            self.other = Some((row, short(), meant.chars().take(MAX_LETTERS).collect()));
        } else if self.words.len() < MAX_WORDS {
            let is_known = |c: char| c.is_ascii() || self.words.iter().any(|(_, w)| w.contains(c));
            let short = short();
            if short.chars().any(|c| !is_known(c) && c != '\u{fffd}') {
                self.words.push((row, short));
            }
        }
    }

    /// The reading of a word whose bytes are UTF-8, which is no accident in Latin text.
    fn utf8_in(&self, word: &str) -> Option<String> {
        if !is_latin(self.encoding) {
            return None;
        }
        let (bytes, _, is_lossy) = self.encoding.encode(word);
        if is_lossy { None } else { String::from_utf8(bytes.into_owned()).ok() }
    }

    /// The warning that asks whether the encoding is right.
    pub(super) fn warning(self) -> Warning {
        let words: Vec<&str> = self.words.iter().map(|(_, word)| word.as_str()).collect();
        let mut detail = format!("read as {}", shown(self.encoding));
        if !words.is_empty() {
            detail += &format!(": {}", words.join(", "));
        }
        detail += "; is that right? If not, declare the encoding of the file";
        let mut rows: Vec<u32> = self.words.into_iter().map(|(row, _)| row).collect();
        if let Some((row, word, meant)) = self.other {
            detail += &format!(
                ". Row {row} has {word:?}, which is {meant:?} in UTF-8: perhaps two files were put \
                 together"
            );
            rows.push(row);
        }
        rows.sort_unstable();
        rows.dedup();
        Warning { code: WarningCode::EncodingGuessed, detail, rows }
    }
}

#[cfg(test)]
mod tests;
