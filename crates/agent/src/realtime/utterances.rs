//! What the model says: on its way to the wire, in the transcript as far as it left, and cut where
//! the person interrupted it.

use std::collections::VecDeque;

use campanile_media::playout::Item;

use super::{
    sound::{Form, Mouth},
    story::Story,
};
use crate::{Piece, Said, Supervised, cut_text, wire::realtime::ToModel};

/// The interrupted responses that are remembered, so that what still comes of them is dropped.
const MOST_DROPPED: usize = 64;

/// How often the transcript grows while the agent speaks.
const GROWS_EVERY_MS: u64 = 400;

/// Nobody says more characters a second. The words of a model may be far ahead of its sound.
const MOST_CHARS_PER_S: u64 = 25;

/// The most text of one utterance, in bytes.
const MOST_BYTES: usize = 16_000;

/// The most utterances that wait.
const MOST_OPEN: usize = 64;

/// The items of a session's responses.
#[derive(Debug)]
pub(super) struct Utterances {
    form: Form,
    mouth: Mouth,
    /// The utterances that have not been heard to their end, in order.
    open: VecDeque<Utterance>,
    dropped: VecDeque<String>,
}

#[derive(Debug)]
struct Utterance {
    response_id: String,
    item_id: String,
    item: Item,
    number: Option<u32>,
    text: String,
    /// The sound that came, in bytes.
    received: u64,
    has_ended: bool,
    written_ms: u64,
    arrived_ms: u64,
}

/// The beginning of an utterance on the wire.
#[derive(Debug, Clone, Copy)]
pub(super) struct Began {
    /// When its first sound came.
    pub arrived_ms: u64,
    /// When its first sound left.
    pub left_ms: u64,
}

impl Utterances {
    pub fn new(form: Form) -> Utterances {
        let (open, dropped) = (VecDeque::new(), VecDeque::new());
        Utterances { form, mouth: Mouth::new(form), open, dropped }
    }

    /// Takes sound of an item. Returns false for one that was interrupted.
    pub fn sound(
        &mut self,
        line: &mut Supervised<'_>,
        (response_id, item_id): (&str, &str),
        sound: &[u8],
    ) -> bool {
        let Some(at) = self.find(line, response_id, item_id) else { return false };
        let utterance = &mut self.open[at];
        utterance.received += sound.len() as u64;
        self.mouth.speak(line.playout(), utterance.item, sound);
        true
    }

    /// Takes further words of an item.
    pub fn words(
        &mut self,
        line: &mut Supervised<'_>,
        (response_id, item_id): (&str, &str),
        words: &str,
    ) {
        if let Some(at) = self.find(line, response_id, item_id) {
            let text = &mut self.open[at].text;
            let room = MOST_BYTES.saturating_sub(text.len());
            text.push_str(&words[..words.floor_char_boundary(room)]);
        }
    }

    /// Takes all words of an item.
    pub fn all_words(&mut self, response_id: &str, item_id: &str, text: &str) {
        let known = self.open.iter_mut().rfind(|utterance| utterance.is(response_id, item_id));
        if let Some(utterance) = known
            && !text.is_empty()
        {
            utterance.text = text[..text.floor_char_boundary(MOST_BYTES)].to_owned();
        }
    }

    /// A response has ended: nothing more comes of it.
    pub fn ended(&mut self, line: &mut Supervised<'_>, response_id: &str) {
        for utterance in &mut self.open {
            if response_id.is_empty() || utterance.response_id == response_id {
                utterance.has_ended = true;
                self.mouth.finish(line.playout(), utterance.item);
            }
        }
    }

    /// Silences the agent at once. Returns what the server must know of what was heard.
    pub fn interrupt(&mut self, line: &mut Supervised<'_>, story: &mut Story) -> Vec<ToModel> {
        line.playout().clear();
        let mut told = Vec::new();
        for utterance in std::mem::take(&mut self.open) {
            let received_ms = self.form.ms(utterance.received);
            let heard_ms = line.playout().played(utterance.item).min(received_ms);
            let is_whole = utterance.has_ended && heard_ms >= received_ms;
            utterance.close(line, story, (heard_ms, received_ms), is_whole);
            if !utterance.has_ended {
                self.drop_response(&utterance.response_id);
            }
            if utterance.item_id.is_empty() || is_whole || utterance.received == 0 {
                continue;
            }
            let item_id = utterance.item_id;
            told.push(match heard_ms {
                0 => ToModel::Delete { item_id },
                heard_ms => ToModel::Truncate { item_id, heard_ms },
            });
        }
        told
    }

    /// Drops what still comes of a response.
    pub fn drop_response(&mut self, response_id: &str) {
        if response_id.is_empty() || self.dropped.iter().any(|old| old == response_id) {
            return;
        }
        if self.dropped.len() == MOST_DROPPED {
            self.dropped.pop_front();
        }
        self.dropped.push_back(response_id.to_owned());
    }

    /// Follows what left in the 20 ms that have passed. Returns the beginning of an utterance.
    pub fn step(&mut self, line: &mut Supervised<'_>, story: &mut Story) -> Option<Began> {
        let mut began = None;
        for at in 0..self.open.len() {
            let Some(left) = line.playout().span(self.open[at].item) else { continue };
            let is_next_heard = self.open.get(at + 1).map(|next| next.item);
            let is_next_heard =
                is_next_heard.is_some_and(|next| line.playout().span(next).is_some());
            let utterance = &mut self.open[at];
            if utterance.number.is_none() {
                utterance.number = Some(line.next_piece());
                began = Some(Began { arrived_ms: utterance.arrived_ms, left_ms: left.start });
            }
            if !utterance.is_over(line, is_next_heard)
                && line.now_ms() >= utterance.written_ms + GROWS_EVERY_MS
            {
                utterance.written_ms = line.now_ms();
                let received_ms = self.form.ms(utterance.received);
                utterance.write(line, story, received_ms, false);
            }
        }
        while let Some(first) = self.open.front() {
            let next = self.open.get(1).map(|next| next.item);
            let is_next_heard = next.is_some_and(|next| line.playout().span(next).is_some());
            if !first.is_over(line, is_next_heard) {
                break;
            }
            let received_ms = self.form.ms(first.received);
            if let Some(first) = self.open.pop_front() {
                first.close(line, story, (received_ms, received_ms), true);
            }
        }
        began
    }

    /// Ends what is being said as far as it was heard, at the end of the call.
    pub fn close(&mut self, line: &mut Supervised<'_>, story: &mut Story) {
        for utterance in std::mem::take(&mut self.open) {
            let received_ms = self.form.ms(utterance.received);
            let heard_ms = line.playout().played(utterance.item).min(received_ms);
            let is_whole = utterance.has_ended && line.playout().unplayed() == 0;
            utterance.close(line, story, (heard_ms, received_ms), is_whole);
        }
    }

    /// Returns the utterance of an item, a new one if need be; none for one that was interrupted.
    fn find(
        &mut self,
        line: &mut Supervised<'_>,
        response_id: &str,
        item_id: &str,
    ) -> Option<usize> {
        if self.dropped.iter().any(|dropped| dropped == response_id) {
            return None;
        }
        let known = self.open.iter().rposition(|utterance| utterance.is(response_id, item_id));
        if known.is_none() {
            if self.open.len() == MOST_OPEN {
                return None;
            }
            self.open.push_back(Utterance {
                response_id: response_id.to_owned(),
                item_id: item_id.to_owned(),
                item: line.next_item(),
                number: None,
                text: String::new(),
                received: 0,
                has_ended: false,
                written_ms: 0,
                arrived_ms: line.now_ms(),
            });
        }
        Some(known.unwrap_or(self.open.len() - 1))
    }
}

impl Utterance {
    fn is(&self, response_id: &str, item_id: &str) -> bool {
        self.item_id == item_id && self.response_id == response_id && !self.has_ended
    }

    /// Whether all of it was heard.
    fn is_over(&self, line: &mut Supervised<'_>, is_next_heard: bool) -> bool {
        self.has_ended && (line.playout().unplayed() == 0 || is_next_heard)
    }

    /// Writes the words that were heard so far.
    fn write(
        &self,
        line: &mut Supervised<'_>,
        story: &mut Story,
        received_ms: u64,
        is_final: bool,
    ) {
        let heard_ms = line.playout().played(self.item);
        let text = self.heard_text(heard_ms, received_ms);
        self.put(line, story, text, is_final);
    }

    /// Writes the turn for good: whole, or cut where it stopped.
    fn close(
        &self,
        line: &mut Supervised<'_>,
        story: &mut Story,
        (heard_ms, received_ms): (u64, u64),
        is_whole: bool,
    ) {
        let text = match is_whole {
            true => self.text.trim().to_owned(),
            false if heard_ms == 0 => return,
            false => self.heard_text(heard_ms, received_ms),
        };
        self.put(line, story, text, true);
    }

    /// Returns the words that fit into the sound that was heard.
    fn heard_text(&self, heard_ms: u64, received_ms: u64) -> String {
        let text = self.text.trim();
        // Without the end of the sound, it is not known how much of the words it has.
        let slowest_ms = text.chars().count() as u64 * 1_000 / MOST_CHARS_PER_S;
        let sound_ms = if self.has_ended { received_ms } else { received_ms.max(slowest_ms) };
        cut_text(text, heard_ms, sound_ms)
    }

    fn put(&self, line: &mut Supervised<'_>, story: &mut Story, text: String, is_final: bool) {
        let Some(number) = self.number else { return };
        let when_ms = line.playout().span(self.item).unwrap_or_default();
        let (start_ms, end_ms) = (when_ms.start, when_ms.end);
        let said = |text| Said { by_agent: true, text, start_ms, end_ms };
        if text.is_empty() {
            let seconds = (end_ms - start_ms) as f64 / 1_000.0;
            let said = said(format!("speech {seconds:.1} s"));
            story.sounds(line, Piece { number, said, is_final });
        } else {
            story.words(line, Piece { number, said: said(text), is_final });
        }
    }
}
