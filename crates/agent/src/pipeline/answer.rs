//! An answer of the agent on its way from text to the wire, and what was heard of it.

use campanile_media::{
    SAMPLE_RATE,
    playout::{Item, Playout},
};

use super::{clauses::Clauses, history::Place, speakable::speakable, synthesis::ClauseId};
use crate::supervised::cut_text;

/// The most characters of one answer that are spoken.
const MAX_CHARS: usize = 20_000;

/// A clause that is spoken.
#[derive(Debug)]
struct Clause {
    id: ClauseId,
    item: Item,
    text: String,
    samples: u64,
    /// Whether all of its sound has come.
    is_whole: bool,
    /// Whether all of its sound has left.
    was_heard: bool,
}

/// An answer.
#[derive(Debug, Default)]
pub struct Answer {
    cutter: Clauses,
    clauses: Vec<Clause>,
    chars: usize,
    /// Its piece of the transcript, since it began to be heard.
    pub number: Option<u32>,
    /// How many clauses the transcript has.
    pub shown: usize,
    /// Its message in the history, since the model has written it.
    pub place: Option<Place>,
}

/// What was heard of an answer.
#[derive(Debug, PartialEq, Eq)]
pub struct Heard {
    /// The words.
    pub text: String,
    /// Whether they are all of them.
    pub is_all: bool,
}

impl Answer {
    /// The greeting, whose clauses are already being spoken.
    pub fn greeting(clauses: Vec<(ClauseId, String)>) -> Answer {
        let mut answer = Answer::default();
        for (id, text) in clauses {
            answer.add(id, Item(0), text);
        }
        answer
    }

    /// Gives each clause its item of the playout.
    pub fn number_items(&mut self, mut next: impl FnMut() -> Item) {
        self.clauses.iter_mut().for_each(|clause| clause.item = next());
    }

    /// Takes text of the model; none: it has written everything. Returns the texts to speak.
    pub fn write(&mut self, text: Option<&str>) -> Vec<String> {
        let clauses = match text {
            Some(_) if self.chars > MAX_CHARS => Vec::new(),
            Some(text) => self.cutter.push(text),
            None => self.cutter.finish().into_iter().collect(),
        };
        self.chars += text.map_or(0, |text| text.chars().count());
        let spoken = clauses.iter().map(|clause| speakable(clause));
        spoken.filter(|text| !text.is_empty()).collect()
    }

    /// Adds a clause that is being spoken.
    pub fn add(&mut self, id: ClauseId, item: Item, text: String) {
        let clause = Clause { id, item, text, samples: 0, is_whole: false, was_heard: false };
        self.clauses.push(clause);
    }

    /// Notes sound of a clause. Returns the item to play it as; none if the clause is of another
    /// answer.
    pub fn note_sound(&mut self, id: ClauseId, samples: usize) -> Option<Item> {
        let clause = self.clauses.iter_mut().find(|clause| clause.id == id)?;
        clause.samples += samples as u64;
        Some(clause.item)
    }

    /// Notes that all sound of a clause has come.
    pub fn note_end(&mut self, id: ClauseId) {
        self.clauses.iter_mut().filter(|clause| clause.id == id).for_each(|clause| {
            clause.is_whole = true;
        });
    }

    /// Returns all that is said in it.
    pub fn text(&self) -> String {
        joined(self.clauses.iter().map(|clause| clause.text.as_str()))
    }

    /// Looks at what has left. Returns how many clauses have begun to be heard, and whether everything
    /// was heard.
    pub fn follow(&mut self, playout: &Playout) -> (usize, bool) {
        for clause in self.clauses.iter_mut().filter(|clause| !clause.was_heard) {
            clause.was_heard = clause.is_whole && playout.played(clause.item) >= clause.ms();
        }
        let begun = |clause: &&Clause| clause.was_heard || playout.played(clause.item) > 0;
        let begun = self.clauses.iter().take_while(begun).count();
        (begun, self.clauses.iter().all(|clause| clause.was_heard))
    }

    /// Returns the text of the first clauses.
    pub fn beginning(&self, clauses: usize) -> String {
        joined(self.clauses.iter().take(clauses).map(|clause| clause.text.as_str()))
    }

    /// Returns what was heard.
    pub fn heard(&self, playout: &Playout) -> Heard {
        let mut texts = Vec::new();
        // What has not left is silence, so that the last words have.
        let is_all_said = playout.unsaid() == 0;
        for clause in &self.clauses {
            let played_ms = playout.played(clause.item);
            let is_over = played_ms >= clause.ms() || (is_all_said && played_ms > 0);
            if clause.was_heard || (clause.is_whole && is_over) {
                texts.push(clause.text.clone());
                continue;
            }
            let cut = cut_text(&clause.text, played_ms, clause.ms());
            texts.extend(Some(cut).filter(|_| played_ms > 0 || !texts.is_empty()));
            return Heard { text: joined(texts.iter().map(String::as_str)), is_all: false };
        }
        Heard { text: joined(texts.iter().map(String::as_str)), is_all: true }
    }

    /// Returns when it was heard, in milliseconds since the answer of the call: from its first to its
    /// last sample so far.
    pub fn span(&self, playout: &Playout) -> Option<(u64, u64)> {
        let mut spans = self.clauses.iter().filter_map(|clause| playout.span(clause.item));
        let first = spans.next()?;
        Some((first.start, spans.next_back().unwrap_or(first).end))
    }
}

impl Clause {
    fn ms(&self) -> u64 {
        self.samples * 1_000 / u64::from(SAMPLE_RATE)
    }
}

fn joined<'t>(texts: impl Iterator<Item = &'t str>) -> String {
    texts.collect::<Vec<_>>().join(" ")
}
