//! The digits that a far end pressed: telephone events of its sound (RFC 4733) and INFO within its
//! signalling come to one line, and a press that is told in both ways is one digit.

use std::collections::VecDeque;

use campanile_media::dtmf::{digit_of, event_of};

/// Digits that may wait to be heard.
pub(crate) const MAX_WAITING: usize = 32;

/// A press may be told in the second way for so many steps of 20 ms after the first: 200 ms.
const SAME_PRESS: u64 = 10;

/// How a digit came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Told {
    Sound,
    Signalling,
}

/// Digits that wait to be heard.
#[derive(Debug, Default)]
pub(crate) struct Digits {
    waiting: VecDeque<char>,
    /// Presses that were told in one way so far, with their step.
    single: VecDeque<(char, Told, u64)>,
    step: u64,
}

impl Digits {
    /// Takes a digit, unless it is the press that the other way told already.
    pub fn push(&mut self, digit: char, told: Told) {
        let other = |&(pressed, way, _): &(char, Told, u64)| pressed == digit && way != told;
        if let Some(at) = self.single.iter().position(other) {
            self.single.remove(at);
        } else if self.waiting.len() < MAX_WAITING {
            self.waiting.push_back(digit);
            self.single.push_back((digit, told, self.step));
        }
    }

    /// The next digit; 20 ms go by.
    pub fn pop(&mut self) -> Option<char> {
        self.step += 1;
        while self.single.front().is_some_and(|(.., at)| self.step - at > SAME_PRESS) {
            self.single.pop_front();
        }
        self.waiting.pop_front()
    }
}

/// The digit in the body of an INFO: `Signal=9` among other lines, or the digit alone. Codes of
/// events stand for their digits.
pub(crate) fn digit_in(body: &[u8]) -> Option<char> {
    let text = std::str::from_utf8(body).ok()?;
    let fields = || text.lines().filter_map(|line| line.split_once('='));
    let signal = fields().find(|(name, _)| name.trim().eq_ignore_ascii_case("signal"));
    let value = signal.map_or(text, |(_, value)| value).trim();
    let mut chars = value.chars();
    let event = match (chars.next(), chars.next()) {
        (Some(digit), None) => event_of(digit)?,
        _ => value.parse().ok()?,
    };
    digit_of(event)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digit_of_an_info_is_read_in_its_forms() {
        for (body, digit) in [
            ("Signal=9\r\nDuration=160\r\n", Some('9')),
            ("Duration = 160\nsignal = #", Some('#')),
            ("9", Some('9')),
            (" d\r\n", Some('D')),
            ("Signal=10", Some('*')),
            ("11", Some('#')),
            ("Signal=16", None),
            ("Signal=", None),
            ("Duration=9", None),
            ("Signal=99999999999", None),
            ("é", None),
            ("", None),
        ] {
            assert_eq!(digit_in(body.as_bytes()), digit, "{body:?}");
        }
        assert_eq!(digit_in(b"\xff9"), None);
    }

    #[test]
    fn a_press_that_is_told_in_both_ways_within_200_ms_is_one_digit() {
        use Told::{Signalling, Sound};
        let heard = |apart: u64, presses: &[(char, Told)]| {
            let (mut digits, mut heard) = (Digits::default(), String::new());
            for (digit, told) in presses {
                digits.push(*digit, *told);
                (0..apart).for_each(|_| heard.extend(digits.pop()));
            }
            (0..MAX_WAITING).for_each(|_| heard.extend(digits.pop()));
            heard
        };
        for (one, other) in [(Sound, Signalling), (Signalling, Sound)] {
            assert_eq!(heard(10, &[('9', one), ('9', other)]), "9");
            assert_eq!(heard(11, &[('9', one), ('9', other)]), "99");
            assert_eq!(heard(1, &[('9', one), ('9', one)]), "99", "two presses");
            assert_eq!(heard(1, &[('9', one), ('8', other)]), "98");
            let twice = [('9', one), ('9', one), ('9', other), ('9', other)];
            assert_eq!(heard(1, &twice), "99");
            assert_eq!(heard(0, &[('1', one); 100]).len(), MAX_WAITING, "what waits is bounded");
        }
    }
}
