//! The transcript of a conversation, while it grows and in the end.

use std::ops::Range;

/// The most turns that are kept.
const MOST_PIECES: usize = 2_000;

/// One turn of a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// Whether the agent spoke; otherwise the other side.
    pub by_agent: bool,
    /// What was said; or what was heard, such as `speech 1.4 s` or `digit 5`.
    pub text: String,
    /// When the turn began, in milliseconds after the answer.
    pub start_ms: u64,
    /// When the turn ended, in milliseconds after the answer.
    pub end_ms: u64,
}

/// A turn as it stands now. A later piece of the same number replaces it, and a piece without text
/// removes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// The turn's number in its call.
    pub number: u32,
    /// What was said so far.
    pub said: Said,
    /// Whether the turn is over.
    pub is_final: bool,
}

impl Piece {
    /// Creates a final piece of the other side.
    pub fn heard(number: u32, text: String, when_ms: Range<u64>) -> Piece {
        let (start_ms, end_ms) = (when_ms.start, when_ms.end);
        let said = Said { by_agent: false, text, start_ms, end_ms };
        Piece { number, said, is_final: true }
    }
}

/// The turns of both sides, up to 2,000.
#[derive(Debug, Clone, Default)]
pub struct Transcript {
    pieces: Vec<Piece>,
}

impl Transcript {
    /// Adds a turn, or replaces or removes it.
    pub fn write(&mut self, piece: Piece) {
        let known = self.pieces.iter().rposition(|known| known.number == piece.number);
        match known {
            Some(at) if piece.said.text.is_empty() => drop(self.pieces.remove(at)),
            Some(at) => self.pieces[at] = piece,
            None if piece.said.text.is_empty() || self.pieces.len() >= MOST_PIECES => {}
            None => self.pieces.push(piece),
        }
    }

    /// Returns the turns in the order in which they began.
    pub fn into_said(self) -> Vec<Said> {
        let mut said: Vec<_> = self.pieces.into_iter().map(|piece| piece.said).collect();
        said.sort_by_key(|said| said.start_ms);
        said
    }
}
