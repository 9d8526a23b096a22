//! What people answer whenever the caller has finished speaking, if they are to answer questions.

use crate::behaviour::last_two_digits;

/// An answer of a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// Presses this key.
    Presses(char),
    /// Says the sentence at this place of [`SENTENCES`].
    Says(usize),
    /// Does nothing.
    Nothing,
}

/// The sentences of people who answer, each with its word for the call records.
pub const SENTENCES: [(&str, &str); 4] = [
    ("yes", "Yes, please."),
    ("no", "No, thank you."),
    ("move", "I want to move it."),
    ("stop", "Please do not call me again."),
];

/// Returns what the person at this number answers, by its last digit.
pub fn answer(number: &str) -> Answer {
    match last_two_digits(number).unwrap_or_default() % 10 {
        0..=2 => Answer::Presses('1'),
        3..=4 => Answer::Presses('2'),
        5 => Answer::Says(0),
        6 => Answer::Says(1),
        7 => Answer::Says(2),
        8 => Answer::Presses('9'),
        _ => Answer::Nothing,
    }
}
