//! What was said so far, for the transcript and for a session that takes over.

use std::collections::BTreeMap;

use crate::{Piece, Said, Supervised, wire::realtime::ToModel};

/// The latest turns that a new session is told.
const MOST_TURNS: usize = 60;

/// The turns whose words are known.
#[derive(Debug, Default)]
pub(super) struct Story(BTreeMap<u32, Said>);

impl Story {
    /// Writes a turn whose words are not known.
    pub fn sounds(&mut self, line: &mut Supervised<'_>, piece: Piece) {
        line.write(piece);
    }

    /// Writes a turn in words.
    pub fn words(&mut self, line: &mut Supervised<'_>, piece: Piece) {
        if piece.said.text.is_empty() {
            self.0.remove(&piece.number);
        } else if piece.is_final {
            self.0.insert(piece.number, piece.said.clone());
            if self.0.len() > MOST_TURNS {
                self.0.pop_first();
            }
        }
        line.write(piece);
    }

    /// Returns the turns as items of a new session.
    pub fn items(&self) -> Vec<ToModel> {
        let mut turns: Vec<&Said> = self.0.values().collect();
        turns.sort_by_key(|said| said.start_ms);
        let item = |said: &Said| match said.by_agent {
            true => ToModel::ModelSaid(said.text.clone()),
            false => ToModel::PersonSaid(said.text.clone()),
        };
        turns.into_iter().map(item).collect()
    }

    /// Whether the person said the last word.
    pub fn ends_with_the_person(&self) -> bool {
        self.0.values().max_by_key(|said| said.start_ms).is_some_and(|said| !said.by_agent)
    }
}
