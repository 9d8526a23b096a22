//! Conceals numbers by a keyed permutation of 64 bits, and writes the results as text.
//!
//! The permutation is a Feistel network (Luby and Rackoff 1988) with SipHash-2-4 as its round
//! function. As a permutation it never maps two numbers to one. Without the key, a result says
//! nothing about its number or about other results.

use std::{fmt, hash::Hasher as _};

use siphasher::sip::SipHasher24;

/// The number of rounds. Four are enough for the proof; the others cost little.
const ROUNDS: u8 = 8;

/// Letters and digits that are not easily confused.
const DIGITS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// The first character is one of sixteen letters, so that no result looks like a plain number.
const FIRST: &[u8] = b"abcdefghjkmnpqrs";

/// The length of a result: four bits in the first character, five in each of the others.
const LENGTH: usize = 13;

/// Writes numbers in concealed form and reads them back.
#[derive(Clone, PartialEq, Eq)]
pub struct Cipher {
    key: [u8; 16],
}

impl fmt::Debug for Cipher {
    /// Prints nothing of the key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Cipher")
    }
}

impl Cipher {
    /// Creates a cipher with the key of the installation. The key is enough to read every number.
    pub fn new(key: [u8; 16]) -> Cipher {
        Cipher { key }
    }

    /// Writes a number of one kind. Equal numbers of two kinds are written differently.
    pub fn write(&self, kind: &str, number: i64) -> String {
        let (mut left, mut right) = halves(number as u64);
        for round in 0..ROUNDS {
            (left, right) = (right, left ^ self.mix((kind, round), right));
        }
        let bits = joined((left, right));
        let digit = |at: usize| (bits >> (5 * (LENGTH - 1 - at))) as usize & 31;
        let letters = (1..LENGTH).map(|at| DIGITS[digit(at)]);
        std::iter::once(FIRST[digit(0)]).chain(letters).map(char::from).collect()
    }

    /// The number that `text` stands for, if it is one.
    pub fn read(&self, kind: &str, text: &str) -> Option<i64> {
        let (first, others) = text.as_bytes().split_first()?;
        if others.len() != LENGTH - 1 {
            return None;
        }
        let place = |digits: &[u8], letter| digits.iter().position(|digit| *digit == letter);
        let mut bits = place(FIRST, *first)? as u64;
        for letter in others {
            bits = bits << 5 | place(DIGITS, *letter)? as u64;
        }
        let (mut left, mut right) = halves(bits);
        for round in (0..ROUNDS).rev() {
            (left, right) = (right ^ self.mix((kind, round), left), left);
        }
        Some(joined((left, right)) as i64)
    }

    fn mix(&self, (kind, round): (&str, u8), half: u32) -> u32 {
        let mut hasher = SipHasher24::new_with_key(&self.key);
        hasher.write(&half.to_le_bytes());
        hasher.write(&[round]);
        hasher.write(kind.as_bytes());
        hasher.finish() as u32
    }
}

fn halves(bits: u64) -> (u32, u32) {
    ((bits >> 32) as u32, bits as u32)
}

fn joined((left, right): (u32, u32)) -> u64 {
    u64::from(left) << 32 | u64::from(right)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;

    fn cipher() -> Cipher {
        Cipher::new(*b"sixteen letters!")
    }

    proptest! {
        #[test]
        fn every_number_is_read_again(number: i64, key: [u8; 16]) {
            let text = Cipher::new(key).write("batch", number);
            prop_assert_eq!(text.len(), LENGTH);
            prop_assert!(text.starts_with(|c: char| c.is_ascii_lowercase()), "{}", text);
            prop_assert_eq!(Cipher::new(key).read("batch", &text), Some(number));
        }

        #[test]
        fn whatever_is_read_is_written_the_same(text in "[a-z][0-9a-z]{12}") {
            if let Some(number) = cipher().read("batch", &text) {
                prop_assert_eq!(cipher().write("batch", number), text);
            }
        }
    }

    #[test]
    fn neighbours_share_nothing_and_kinds_and_keys_differ() {
        let written: Vec<String> = (1..2_000).map(|n| cipher().write("batch", n)).collect();
        assert_eq!(written.iter().collect::<HashSet<_>>().len(), written.len());
        // Of 13 places with 32 letters each, fewer than one in two agrees by chance.
        let alike =
            |one: &str, two: &str| one.bytes().zip(two.bytes()).filter(|(a, b)| a == b).count();
        let most = written.windows(2).map(|pair| alike(&pair[0], &pair[1])).max().unwrap();
        assert!(most < 7, "{most}");
        let sorted = written.windows(2).filter(|pair| pair[0] < pair[1]).count();
        assert!((800..1_200).contains(&sorted), "their order says nothing: {sorted}");
        assert_ne!(cipher().write("batch", 1), cipher().write("agent", 1));
        assert_ne!(cipher().write("batch", 1), Cipher::new([0; 16]).write("batch", 1));
    }

    #[test]
    fn what_was_never_written_is_not_read() {
        for text in [
            "",
            "1",
            "a",
            "0000000000000",
            "aaaaaaaaaaaa",
            "aaaaaaaaaaaaaa",
            "aoooooooooooo",
            "Aaaaaaaaaaaaa",
            "aä0000000000",
            "t000000000000",
        ] {
            assert_eq!(cipher().read("batch", text), None, "{text}");
        }
    }
}
