//! The texts of a workbook. Most texts are in a separate part, and cells refer to them.

use std::io::Read;

use quick_xml::events::Event;

use super::{
    damaged,
    xml::{Xml, text},
};
use crate::{import::ImportError, preflight::RefusalCode::TooLarge};

/// The most bytes of all texts, as UTF-8.
const MAX_TEXT_BYTES: usize = 96 << 20;

/// The most texts.
const MAX_TEXTS: usize = 5_000_000;

/// The texts that cells refer to, stored one after the other.
#[derive(Debug, Default)]
pub(super) struct Strings {
    text: String,
    ends: Vec<u32>,
}

impl Strings {
    /// Reads the texts. Only one byte more than `max_cell_bytes` is kept of each text: a longer
    /// cell is too long anyway.
    pub(super) fn read(part: impl Read, max_cell_bytes: usize) -> Result<Strings, ImportError> {
        let mut strings = Strings::default();
        let mut xml = Xml::new(part);
        let mut one = String::new();
        loop {
            match xml.next()? {
                Event::Start(tag) if tag.local_name().into_inner() == "si" => {}
                Event::Eof => return Ok(strings),
                _ => continue,
            }
            one.clear();
            read_text(&mut xml, "si", &mut one, max_cell_bytes)?;
            strings.push(&one)?;
        }
    }

    fn push(&mut self, one: &str) -> Result<(), ImportError> {
        if self.text.len() + one.len() > MAX_TEXT_BYTES || self.ends.len() == MAX_TEXTS {
            let detail = format!(
                "the workbook has more than {} MiB of text or {MAX_TEXTS} texts; save the sheet as \
                 CSV UTF-8 and upload that",
                MAX_TEXT_BYTES >> 20
            );
            return Err(ImportError::refused(TooLarge, detail));
        }
        self.text.push_str(one);
        self.ends.push(self.text.len() as u32);
        Ok(())
    }

    /// The text with this number, counted from 0.
    pub(super) fn get(&self, number: usize) -> Option<&str> {
        let end = *self.ends.get(number)? as usize;
        let start = number.checked_sub(1).map_or(0, |before| self.ends[before] as usize);
        self.text.get(start..end)
    }
}

/// Appends the text of the element `element`, whose start was read, up to its end: all of its runs,
/// without phonetic readings (ECMA-376-1 §18.4).
pub(super) fn read_text<R: Read>(
    xml: &mut Xml<R>,
    element: &str,
    out: &mut String,
    max_bytes: usize,
) -> Result<(), ImportError> {
    let (mut in_text, mut readings) = (false, 0_u32);
    let mut run = String::new();
    loop {
        let event = xml.next()?;
        match &event {
            Event::Start(tag) => match tag.local_name().into_inner() {
                "t" => in_text = readings == 0,
                "rPh" => readings += 1,
                _ => {}
            },
            Event::End(tag) => match tag.local_name().into_inner() {
                "t" => {
                    push_unescaped(&run, out);
                    cut(out, max_bytes + 1);
                    run.clear();
                    in_text = false;
                }
                "rPh" => readings = readings.saturating_sub(1),
                name if name == element => return Ok(()),
                _ => {}
            },
            Event::Eof => return Err(damaged("a text has no end")),
            other if in_text => {
                run.push_str(&text(other)?);
                // Seven characters may stand for one, which may need one byte.
                cut(&mut run, 7 * (max_bytes + 1));
            }
            _ => {}
        }
    }
}

/// Cuts a text to at most this many bytes, between characters.
pub(super) fn cut(text: &mut String, max_bytes: usize) {
    if text.len() > max_bytes {
        text.truncate(text.floor_char_boundary(max_bytes));
    }
}

/// Appends a text in which `_x000D_` stands for a character that XML cannot hold (ECMA-376-1
/// §22.9.2.19).
pub(super) fn push_unescaped(text: &str, out: &mut String) {
    let mut rest = text;
    while let Some(at) = rest.find("_x") {
        let (before, escape) = rest.split_at(at);
        out.push_str(before);
        match escaped(escape) {
            Some(character) => {
                out.push(character);
                rest = &escape[7..];
            }
            None => {
                out.push_str("_x");
                rest = &escape[2..];
            }
        }
    }
    out.push_str(rest);
}

fn escaped(text: &str) -> Option<char> {
    let hex = text.get(2..6).filter(|hex| hex.bytes().all(|b| b.is_ascii_hexdigit()))?;
    let closed = text.as_bytes().get(6) == Some(&b'_');
    let code = u32::from_str_radix(hex, 16).ok().filter(|_| closed)?;
    char::from_u32(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_kept_up_to_a_bound() {
        let mut strings = Strings::default();
        let long = "x".repeat(1 << 20);
        assert_eq!((0..100).take_while(|_| strings.push(&long).is_ok()).count(), 96);
        let mut strings = Strings::default();
        let kept = (0..MAX_TEXTS + 1).take_while(|_| strings.push("").is_ok()).count();
        assert_eq!(kept, MAX_TEXTS);
        assert_eq!((strings.get(kept - 1), strings.get(kept)), (Some(""), None));
    }
}
