//! The DTMF digits that the far end pressed. They come as telephone events (RFC 4733), as INFO
//! requests and as audible tones, and one press that comes in several ways counts once.

use std::collections::VecDeque;

/// The most digits that may wait to be read.
pub(crate) const MAX_WAITING: usize = 32;

/// An event and an INFO within this many steps of 20 ms are one press: 200 ms.
const SAME_PRESS: u64 = 10;

/// A tone and an event or INFO within this many steps are one press: 500 ms. The jitter buffer
/// delays tones, and INFO comes when the key is released.
const SAME_TONE: u64 = 25;

/// The way a digit came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    Event,
    Info,
    Tone,
}

/// A press and the ways in which it came.
#[derive(Debug)]
struct Press {
    digit: char,
    sources: Vec<Source>,
    /// The step in which the digit came or was heard last.
    at: u64,
}

impl Press {
    /// Whether a digit that comes in this way now can be this press.
    fn may_be(&self, digit: char, source: Source, step: u64) -> bool {
        let heard = source == Source::Tone || self.sources.contains(&Source::Tone);
        let apart = if heard { SAME_TONE } else { SAME_PRESS };
        self.digit == digit && !self.sources.contains(&source) && step - self.at <= apart
    }
}

/// The digits that wait to be read.
#[derive(Debug, Default)]
pub(crate) struct Digits {
    waiting: VecDeque<char>,
    /// The presses of the last 500 ms.
    presses: VecDeque<Press>,
    step: u64,
}

impl Digits {
    /// Adds a digit, unless the same press already came in another way.
    pub fn push(&mut self, digit: char, source: Source) {
        let step = self.step;
        let known = self.presses.iter_mut().find(|press| press.may_be(digit, source, step));
        if let Some(press) = known {
            press.sources.push(source);
        } else if self.waiting.len() < MAX_WAITING {
            self.waiting.push_back(digit);
            self.presses.push_back(Press { digit, sources: vec![source], at: step });
        }
    }

    /// Notes that the tone of this digit still sounds.
    pub fn sounds(&mut self, digit: char) {
        let is_it =
            |press: &&mut Press| press.digit == digit && press.sources.contains(&Source::Tone);
        if let Some(press) = self.presses.iter_mut().rev().find(is_it) {
            press.at = self.step;
        }
    }

    /// Returns the next digit and advances by one step (20 ms).
    pub fn pop(&mut self) -> Option<char> {
        self.step += 1;
        let step = self.step;
        self.presses.retain(|press| step - press.at <= SAME_TONE);
        self.waiting.pop_front()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_press_that_is_told_in_both_ways_within_200_ms_is_one_digit() {
        use Source::{Event, Info};
        let heard = |apart: u64, presses: &[(char, Source)]| {
            let (mut digits, mut heard) = (Digits::default(), String::new());
            for (digit, source) in presses {
                digits.push(*digit, *source);
                (0..apart).for_each(|_| heard.extend(digits.pop()));
            }
            (0..MAX_WAITING).for_each(|_| heard.extend(digits.pop()));
            heard
        };
        for (one, other) in [(Event, Info), (Info, Event)] {
            assert_eq!(heard(10, &[('9', one), ('9', other)]), "9");
            assert_eq!(heard(11, &[('9', one), ('9', other)]), "99");
            assert_eq!(heard(1, &[('9', one), ('9', one)]), "99", "two presses");
            assert_eq!(heard(1, &[('9', one), ('8', other)]), "98");
            let twice = [('9', one), ('9', one), ('9', other), ('9', other)];
            assert_eq!(heard(1, &twice), "99");
            assert_eq!(heard(0, &[('1', one); 100]).len(), MAX_WAITING, "what waits is bounded");
        }
    }

    #[test]
    fn a_press_that_is_also_heard_is_one_digit_however_long_it_is() {
        use Source::{Event, Info, Tone};
        let mut digits = Digits::default();
        let mut heard = String::new();
        digits.push('9', Event);
        (0..SAME_TONE).for_each(|_| heard.extend(digits.pop()));
        digits.push('9', Tone);
        // The key is held for two seconds; INFO comes when the key is released.
        for _ in 0..100 {
            digits.sounds('9');
            heard.extend(digits.pop());
        }
        digits.push('9', Info);
        heard.extend(digits.pop());
        assert_eq!(heard, "9");
        // A gateway sends two presses as events and lets the tone of each through.
        for source in [Event, Tone, Event, Tone] {
            (0..9).for_each(|_| heard.extend(digits.pop()));
            digits.push('5', source);
        }
        (0..SAME_TONE).for_each(|_| heard.extend(digits.pop()));
        assert_eq!(heard, "955");
        digits.push('5', Tone);
        assert_eq!(digits.pop(), Some('5'), "later it is another press");
    }
}
