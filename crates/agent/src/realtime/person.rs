//! The person's turns, as the server hears them.

use std::collections::VecDeque;

use super::story::Story;
use crate::{Piece, Supervised};

/// The longest turn of a person.
const LONGEST_TURN_MS: u64 = 60_000;

/// The turns whose words may still come.
const MOST_OPEN: usize = 64;

/// The turns of one session.
#[derive(Debug)]
pub(super) struct Person {
    /// When the server was sent the first sound, in milliseconds of the call.
    began_ms: u64,
    turns: VecDeque<Turn>,
    /// When the turn began that goes on.
    speaking_since_ms: Option<u64>,
    /// When the latest turn ended, until it is answered.
    pub stopped_ms: Option<u64>,
    /// When the words of the latest turn came, until it is answered.
    pub understood_ms: Option<u64>,
}

#[derive(Debug)]
struct Turn {
    item_id: String,
    number: u32,
    start_ms: u64,
    end_ms: u64,
}

impl Person {
    pub fn new(began_ms: u64) -> Person {
        Person {
            began_ms,
            turns: VecDeque::new(),
            speaking_since_ms: None,
            stopped_ms: None,
            understood_ms: None,
        }
    }

    pub fn started(
        &mut self,
        line: &mut Supervised<'_>,
        story: &mut Story,
        item_id: &str,
        at_ms: Option<u64>,
    ) {
        let start_ms = self.of_call(line, at_ms);
        self.speaking_since_ms = Some(line.now_ms());
        (self.stopped_ms, self.understood_ms) = (None, None);
        if self.turns.iter().any(|turn| turn.item_id == item_id && !item_id.is_empty()) {
            return;
        }
        let (number, item_id) = (line.next_piece(), item_id.to_owned());
        if self.turns.len() == MOST_OPEN {
            self.turns.pop_front();
        }
        self.turns.push_back(Turn { item_id, number, start_ms, end_ms: start_ms });
        story.sounds(
            line,
            Piece {
                is_final: false,
                ..Piece::heard(number, "speech".to_owned(), start_ms..start_ms)
            },
        );
    }

    pub fn stopped(
        &mut self,
        line: &mut Supervised<'_>,
        story: &mut Story,
        item_id: &str,
        at_ms: Option<u64>,
    ) {
        if self.speaking_since_ms.take().is_none() {
            return;
        }
        let end_ms = self.of_call(line, at_ms);
        self.stopped_ms = Some(end_ms);
        if let Some(turn) = self.turn(item_id) {
            turn.end_ms = end_ms.max(turn.start_ms);
            let seconds = (turn.end_ms - turn.start_ms) as f64 / 1_000.0;
            let text = format!("speech {seconds:.1} s");
            story.sounds(line, Piece::heard(turn.number, text, turn.start_ms..turn.end_ms));
        }
    }

    /// Writes the words of a turn where it began. A turn without words was a noise.
    pub fn heard(
        &mut self,
        line: &mut Supervised<'_>,
        story: &mut Story,
        item_id: &str,
        text: &str,
    ) {
        let now_ms = line.now_ms();
        let text = text.trim();
        self.understood_ms = Some(now_ms);
        let (number, when_ms) = match self.turn(item_id) {
            Some(turn) => (turn.number, turn.start_ms..turn.end_ms),
            None => (line.next_piece(), now_ms..now_ms),
        };
        story.words(line, Piece::heard(number, text.to_owned(), when_ms));
        line.heard_words(text);
    }

    /// Whether a turn goes on for too long. It is then taken for ended.
    pub fn is_endless(&mut self, now_ms: u64) -> bool {
        let is_long = |since_ms: &mut u64| now_ms.saturating_sub(*since_ms) >= LONGEST_TURN_MS;
        self.speaking_since_ms.take_if(is_long).is_some()
    }

    /// Returns the turn of an item; the latest one for a server that names none.
    fn turn(&mut self, item_id: &str) -> Option<&mut Turn> {
        self.turns.iter_mut().rev().find(|turn| turn.item_id == item_id)
    }

    /// Returns an instant of the server's sound in the time of the call.
    fn of_call(&self, line: &Supervised<'_>, at_ms: Option<u64>) -> u64 {
        at_ms.map_or(line.now_ms(), |at_ms| (self.began_ms + at_ms).min(line.now_ms()))
    }
}
