//! Finds out what a person answers. A state machine without a clock; each [`Answering::hear`] is 20 ms
//! of the call.

use campanile_media::amd::{FRAME_MS, Vad};
use campanile_rules::agent::ScriptAnswer;

/// A person who has been quiet for this long has finished speaking.
const TURN_END_MS: u32 = 700;
/// After this pause no more keys are expected, and words that are no answer are over.
const KEYS_END_MS: u32 = 2_000;
/// The longest turn of a person.
const LONGEST_TURN_MS: u32 = 60_000;
/// The most keys of an answer.
const MOST_KEYS: usize = 32;
/// The key that ends an answer of several keys.
const LAST_KEY: char = '#';

/// What an answer can be.
#[derive(Debug, Clone, PartialEq, Eq)]
enum When {
    /// These keys.
    Keys(String),
    /// Keys that are no other answer.
    OtherKeys,
    /// Anything that is said.
    Speech,
}

impl When {
    fn of(answer: &ScriptAnswer) -> When {
        match answer.when.as_str() {
            "yes" => When::Keys("1".to_owned()),
            "no" => When::Keys("2".to_owned()),
            "keys" => When::OtherKeys,
            "speech" => When::Speech,
            keys => When::Keys(keys.to_owned()),
        }
    }
}

/// What came of a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Outcome {
    /// The answer at this place of the list, with the keys that were pressed.
    Answer(usize, String),
    /// The person did something that is no answer.
    NoMatch,
    /// The person did nothing.
    NoInput,
}

/// Listens for the answer to one question.
#[derive(Debug)]
pub(super) struct Answering {
    answers: Vec<When>,
    wait_ms: u32,
    keys: String,
    spoke: bool,
    quiet_ms: u32,
    age_ms: u32,
}

impl Answering {
    /// Begins to listen. The person may be silent for `wait_ms`.
    pub fn new(answers: &[ScriptAnswer], wait_ms: u32) -> Answering {
        let answers = answers.iter().map(When::of).collect();
        Answering { answers, wait_ms, keys: String::new(), spoke: false, quiet_ms: 0, age_ms: 0 }
    }

    /// Whether anything that is said is an answer.
    pub fn takes_speech(&self) -> bool {
        self.answers.contains(&When::Speech)
    }

    /// Whether keys were pressed that may become an answer.
    pub fn has_keys(&self) -> bool {
        !self.keys.is_empty()
    }

    /// The person has begun to speak before listening began.
    pub fn begins_to_speak(&mut self) {
        self.spoke = true;
    }

    /// Takes a key.
    pub fn press(&mut self, key: char) -> Option<Outcome> {
        self.quiet_ms = 0;
        if self.answers.iter().all(|answer| *answer == When::Speech) {
            self.spoke = true;
            return None;
        }
        let is_end = key == LAST_KEY && !self.keys.is_empty() && !self.is_expected(LAST_KEY);
        if is_end {
            return Some(self.judge());
        }
        self.keys.push(key);
        let takes_others = self.answers.contains(&When::OtherKeys);
        let is_beginning =
            |answer: &When| matches!(answer, When::Keys(keys) if keys.starts_with(&self.keys));
        let candidates = self.answers.iter().filter(|answer| is_beginning(answer)).count();
        let is_over = match (candidates, self.exact().is_some()) {
            (0, _) => !takes_others,
            (1, true) => !takes_others,
            (_, _) => false,
        };
        (is_over || self.keys.len() >= MOST_KEYS).then(|| self.judge())
    }

    /// Takes 20 ms of the person's side, in which there was a voice or not.
    pub fn hear(&mut self, is_voiced: bool) -> Option<Outcome> {
        self.age_ms += FRAME_MS;
        self.spoke |= is_voiced;
        self.quiet_ms = if is_voiced { 0 } else { self.quiet_ms + FRAME_MS };
        let is_over = self.age_ms >= LONGEST_TURN_MS;
        if self.has_keys() {
            return (is_over || self.quiet_ms >= KEYS_END_MS).then(|| self.judge());
        }
        let enough_ms = match (self.spoke, self.takes_speech()) {
            (true, true) => TURN_END_MS - Vad::LATE_END_MS,
            (true, false) => KEYS_END_MS,
            (false, _) => self.wait_ms,
        };
        (is_over || self.quiet_ms >= enough_ms).then(|| self.judge())
    }

    /// Decides by what there is.
    fn judge(&self) -> Outcome {
        let place = |when: &When| self.answers.iter().position(|answer| answer == when);
        let found = match self.has_keys() {
            true => self.exact().or_else(|| place(&When::OtherKeys)),
            false if self.spoke => place(&When::Speech),
            false => return Outcome::NoInput,
        };
        found.map_or(Outcome::NoMatch, |at| Outcome::Answer(at, self.keys.clone()))
    }

    fn exact(&self) -> Option<usize> {
        self.answers
            .iter()
            .position(|answer| matches!(answer, When::Keys(keys) if *keys == self.keys))
    }

    /// Whether this key goes on with an answer.
    fn is_expected(&self, key: char) -> bool {
        let keys = format!("{}{key}", self.keys);
        self.answers
            .iter()
            .any(|answer| matches!(answer, When::Keys(known) if known.starts_with(&keys)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answering(whens: &[&str]) -> Answering {
        let answer = |when: &&str| {
            let (when, go_to) = ((*when).to_owned(), String::new());
            ScriptAnswer { when, go_to, record: None }
        };
        Answering::new(&whens.iter().map(answer).collect::<Vec<_>>(), 5_000)
    }

    /// Presses keys 200 ms apart, then waits; returns what came of it and after how long.
    fn pressed(whens: &[&str], keys: &str) -> (Outcome, u32) {
        let mut answering = answering(whens);
        for key in keys.chars() {
            if let Some(outcome) = answering.press(key) {
                return (outcome, 0);
            }
            (0..10).for_each(|_| assert_eq!(answering.hear(false), None));
        }
        waited(&mut answering)
    }

    fn waited(answering: &mut Answering) -> (Outcome, u32) {
        for n in 1.. {
            if let Some(outcome) = answering.hear(false) {
                return (outcome, n * FRAME_MS);
            }
        }
        unreachable!()
    }

    fn answer(at: usize, keys: &str) -> Outcome {
        Outcome::Answer(at, keys.to_owned())
    }

    #[test]
    fn keys_answer_as_soon_as_they_can_mean_nothing_else() {
        for (whens, keys, outcome, after_ms) in [
            (&["1", "2"][..], "2", answer(1, "2"), 0),
            (&["yes", "no"], "2", answer(1, "2"), 0),
            (&["1", "10"], "10", answer(1, "10"), 0),
            (&["1", "10"], "1", answer(0, "1"), 1_800),
            (&["1", "10"], "1#", answer(0, "1"), 0),
            (&["1", "10"], "12", Outcome::NoMatch, 0),
            (&["10"], "1", Outcome::NoMatch, 1_800),
            (&["#", "1"], "#", answer(0, "#"), 0),
            (&["1", "keys"], "1", answer(0, "1"), 1_800),
            (&["1", "keys"], "4711#", answer(1, "4711"), 0),
            (&["1", "keys"], "4711", answer(1, "4711"), 1_800),
            (&["1", "2"], "5", Outcome::NoMatch, 0),
            (&["speech"], "5", answer(0, ""), 380),
        ] {
            let (found, ms) = pressed(whens, keys);
            assert_eq!(found, outcome, "{whens:?} {keys}");
            assert!(ms.abs_diff(after_ms) <= 140, "{whens:?} {keys}: {ms}");
        }
    }

    #[test]
    fn what_is_said_is_an_answer_only_where_speech_is_one() {
        for (whens, outcome, after_ms) in
            [(&["speech", "1"][..], answer(0, ""), 700), (&["1"], Outcome::NoMatch, 2_000)]
        {
            let mut answering = answering(whens);
            (0..50).for_each(|_| assert_eq!(answering.hear(true), None));
            let (found, ms) = waited(&mut answering);
            assert_eq!(found, outcome);
            assert!(ms.abs_diff(after_ms) <= 200, "{whens:?}: {ms}");
        }
    }

    #[test]
    fn a_person_who_does_nothing_is_waited_for() {
        let mut listening = answering(&["1", "speech"]);
        assert_eq!(waited(&mut listening), (Outcome::NoInput, 5_000));
    }

    #[test]
    fn an_endless_answer_ends() {
        let mut answering = answering(&["keys"]);
        let pressed = (1..).find_map(|n| answering.press('1').map(|outcome| (n, outcome)));
        assert_eq!(pressed, Some((MOST_KEYS, answer(0, &"1".repeat(MOST_KEYS)))));
        let mut speech = self::answering(&["speech"]);
        let heard = (1..).find_map(|n| speech.hear(true).map(|_| n * FRAME_MS));
        assert_eq!(heard, Some(LONGEST_TURN_MS));
    }
}
