//! What a model thinks and must not say: `<think>…</think>` in its text.

const OPEN: &str = "<think>";
const CLOSE: &str = "</think>";

/// Takes the thoughts out of a text that arrives in pieces.
#[derive(Debug, Default)]
pub struct Thoughts {
    /// What may be the beginning of a tag.
    held: String,
    is_thinking: bool,
}

impl Thoughts {
    /// Takes a piece and returns what may be said of it.
    pub fn push(&mut self, piece: &str) -> String {
        self.held.push_str(piece);
        let mut said = String::new();
        while let Some((at, tag)) = self.next_tag() {
            if !self.is_thinking {
                said.push_str(&self.held[..at]);
            }
            self.held.drain(..at + tag.len());
            self.is_thinking = tag == OPEN;
        }
        let done = self.held.len() - self.tail();
        let text: String = self.held.drain(..done).collect();
        if !self.is_thinking {
            said.push_str(&text);
        }
        said
    }

    /// Returns the end of what may be said.
    pub fn finish(self) -> String {
        if self.is_thinking { String::new() } else { self.held }
    }

    /// Returns the next tag and its place. A close without an open is dropped as well.
    fn next_tag(&self) -> Option<(usize, &'static str)> {
        let found = |tag: &'static str| self.held.find(tag).map(|at| (at, tag));
        match self.is_thinking {
            true => found(CLOSE),
            false => [found(OPEN), found(CLOSE)].into_iter().flatten().min(),
        }
    }

    /// Returns the length of the end of the text that may be the beginning of a tag.
    fn tail(&self) -> usize {
        let is_beginning = |len: &usize| {
            let tail = &self.held.as_bytes()[self.held.len() - len..];
            OPEN.as_bytes().starts_with(tail) || CLOSE.as_bytes().starts_with(tail)
        };
        (1..CLOSE.len().min(self.held.len() + 1)).rev().find(is_beginning).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str, piece: usize) -> String {
        let mut thoughts = Thoughts::default();
        let letters: Vec<char> = text.chars().collect();
        let mut said = String::new();
        for piece in letters.chunks(piece) {
            said += &thoughts.push(&piece.iter().collect::<String>());
        }
        said + &thoughts.finish()
    }

    #[test]
    fn thoughts_are_not_said_however_they_are_cut() {
        for (text, expected) in [
            ("<think>Hm. 1 < 2 </thin</think>Yés.", "Yés."),
            ("A <think></think>B<think>c</think> D", "A B D"),
            ("a < b <think", "a < b <think"),
            ("<think>never ends", ""),
            ("lost</think> and found", "lost and found"),
            ("<thinking> is another tag", "<thinking> is another tag"),
            ("x</", "x</"),
            ("", ""),
        ] {
            for piece in 1..=text.len().max(1) {
                assert_eq!(said(text, piece), expected, "{text:?} in pieces of {piece}");
            }
        }
    }
}
