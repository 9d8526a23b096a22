//! The person's turn: its words so far, and its piece of the transcript.

use crate::{Piece, Said, Supervised, pipeline::recogniser::Words};

/// The most characters of one turn.
const MAX_CHARS: usize = 10_000;

/// A turn of the person.
#[derive(Debug, Default)]
pub struct PersonTurn {
    /// The words that stay.
    settled: String,
    /// The words after them, which may change.
    partial: String,
    /// The piece of the transcript, and when it began.
    piece: Option<(u32, u64)>,
}

impl PersonTurn {
    /// Takes words, and returns all words of the turn so far.
    pub fn take(&mut self, words: Words) -> String {
        self.partial.clear();
        let room = MAX_CHARS.saturating_sub(self.settled.chars().count());
        let text: String = words.text.trim().chars().take(room).collect();
        match words.is_final {
            true => self.settled = joined(&self.settled, &text),
            false => self.partial = text,
        }
        self.text()
    }

    /// Returns all words so far.
    pub fn text(&self) -> String {
        joined(&self.settled, &self.partial)
    }

    /// Writes the words so far into the transcript, as a turn that began at this time.
    pub fn show(&mut self, line: &mut Supervised<'_>, began_ms: u64) {
        if !self.text().is_empty() {
            self.write(line, began_ms, self.text(), false);
        }
    }

    /// Ends the turn and returns its words. Without words, the transcript has `otherwise`.
    pub fn end(&mut self, line: &mut Supervised<'_>, began_ms: u64, otherwise: &str) -> String {
        let text = self.text();
        let shown = if text.is_empty() { otherwise.to_owned() } else { text.clone() };
        if !shown.is_empty() || self.piece.is_some() {
            self.write(line, began_ms, shown, true);
        }
        *self = PersonTurn::default();
        text
    }

    fn write(&mut self, line: &mut Supervised<'_>, began_ms: u64, text: String, is_final: bool) {
        let (number, start_ms) = *self.piece.get_or_insert_with(|| (line.next_piece(), began_ms));
        let said = Said { by_agent: false, text, start_ms, end_ms: line.now_ms().max(start_ms) };
        line.write(Piece { number, said, is_final });
    }
}

fn joined(first: &str, second: &str) -> String {
    match (first, second) {
        ("", text) | (text, "") => text.to_owned(),
        (first, second) => format!("{first} {second}"),
    }
}
