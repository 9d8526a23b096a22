//! Cuts a text that arrives in pieces into the clauses that are spoken one by one.

/// The first clause ends at the first mark after this many characters, so that it is heard soon.
const FIRST_CHARS: usize = 20;
/// A later sentence with fewer characters is spoken with the next one.
const SENTENCE_CHARS: usize = 20;
/// A later clause ends at a comma and the like only when it is longer.
const CLAUSE_CHARS: usize = 150;
/// A clause is cut at a space when it is longer than this.
const MAX_CHARS: usize = 300;

/// Words whose full stop ends no sentence.
const ABBREVIATIONS: &[&str] = &[
    "mr", "mrs", "ms", "dr", "prof", "st", "no", "nr", "e.g", "i.e", "z.b", "bzw", "ca", "sr",
    "sra", "srta", "approx", "vs", "etc", "jr", "hr", "fr", "u.s", "a.m", "p.m",
];

/// A text on its way to be spoken.
#[derive(Debug, Default)]
pub struct Clauses {
    rest: String,
    is_later: bool,
}

impl Clauses {
    /// Takes a piece of the text and returns the clauses that it completes.
    pub fn push(&mut self, piece: &str) -> Vec<String> {
        self.rest.push_str(piece);
        let mut clauses = Vec::new();
        while let Some(end) = self.end() {
            let clause: String = self.rest.drain(..end).collect();
            self.is_later = true;
            clauses.push(clause);
        }
        clauses
    }

    /// Returns the end of the text, and begins a new one.
    pub fn finish(&mut self) -> Option<String> {
        let rest = std::mem::take(self).rest;
        (!rest.trim().is_empty()).then_some(rest)
    }

    /// Returns where the first clause ends, if it is known to end.
    fn end(&self) -> Option<usize> {
        let (mut chars, mut open, mut space) = (0, 0_u32, None);
        let mut letters = self.rest.char_indices().peekable();
        while let Some((at, letter)) = letters.next() {
            let after = at + letter.len_utf8();
            chars += 1;
            match letter {
                '[' | '(' => open += 1,
                ']' | ')' => open = open.saturating_sub(1),
                _ => {}
            }
            if letter.is_whitespace() {
                space = Some(after);
            }
            if chars >= MAX_CHARS {
                return Some(space.unwrap_or(after));
            }
            // What follows a mark decides whether it is one: 3.5, 10:30, “etc.)”.
            let follows = letters.peek().map(|(_, next)| *next);
            if open == 0 && self.ends_at(&self.rest[..after], letter, follows, chars) {
                return Some(after);
            }
        }
        None
    }

    fn ends_at(&self, clause: &str, letter: char, follows: Option<char>, chars: usize) -> bool {
        let is_wide = matches!(letter, '。' | '？' | '！' | '，' | '；' | '、' | '।');
        let is_apart = is_wide || follows.is_some_and(char::is_whitespace);
        let is_sentence = match letter {
            '\n' => !clause.trim().is_empty(),
            '.' => is_apart && !ends_in_abbreviation(clause),
            '?' | '!' | '…' => is_apart,
            '。' | '？' | '！' | '।' => true,
            _ => false,
        };
        let is_clause = is_apart && matches!(letter, ',' | ';' | ':' | '，' | '；' | '、');
        match self.is_later {
            false => chars >= FIRST_CHARS && (is_sentence || is_clause),
            true => {
                (chars >= SENTENCE_CHARS && is_sentence) || (chars >= CLAUSE_CHARS && is_clause)
            }
        }
    }
}

/// Whether the full stop at the end belongs to an abbreviation, an initial or the number of a list.
fn ends_in_abbreviation(clause: &str) -> bool {
    let word = clause.trim_end_matches('.').rsplit([' ', '\n', '(']).next().unwrap_or_default();
    let is_initial = word.chars().count() == 1 && word.chars().all(char::is_alphanumeric);
    is_initial || ABBREVIATIONS.contains(&word.to_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &str, piece: usize) -> Vec<String> {
        let mut clauses = Clauses::default();
        let letters: Vec<char> = text.chars().collect();
        let mut all = Vec::new();
        for piece in letters.chunks(piece) {
            all.extend(clauses.push(&piece.iter().collect::<String>()));
        }
        all.extend(clauses.finish());
        all
    }

    #[test]
    fn the_first_clause_is_short_and_the_others_are_sentences() {
        let text = "Good morning, this is Ana from the clinic. I call about your visit, which is on \
                    Monday. Is 10:30 all right? Dr. Smith asks for $3.50, too.";
        let expected = [
            "Good morning, this is Ana from the clinic.",
            " I call about your visit, which is on Monday.",
            " Is 10:30 all right?",
            " Dr. Smith asks for $3.50, too.",
        ];
        for piece in 1..text.len() {
            assert_eq!(cut(text, piece), expected, "in pieces of {piece}");
        }
        let first = cut("Well then, as I said before, we can do it. Yes.", 5);
        assert_eq!(first, ["Well then, as I said before,", " we can do it. Yes."]);
    }

    #[test]
    fn nothing_is_lost_and_no_clause_is_too_long() {
        let mut random = fastrand::Rng::with_seed(4);
        for _ in 0..2_000 {
            let letters = ['a', 'é', '語', ' ', ' ', '.', ',', '。', '(', ']', '\n', '3', '…'];
            let text: String =
                (0..random.usize(..900)).map(|_| *random.choice(&letters).unwrap()).collect();
            let clauses = cut(&text, random.usize(1..50));
            assert_eq!(clauses.concat().trim_end(), text.trim_end());
            assert!(clauses.iter().all(|clause| clause.chars().count() <= MAX_CHARS));
        }
    }

    #[test]
    fn a_link_is_not_cut() {
        let text = "Please look at [our page, which is new](https://a.example/x) today. Thanks a lot to you.";
        assert_eq!(cut(text, 3).len(), 2);
    }
}
