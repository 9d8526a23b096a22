//! The telephone number that a call is made to.

use std::fmt;

/// A full international number (ITU-T E.164), stored as its digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct E164(u64);

impl E164 {
    /// Parses the strict form: `+`, then 7 to 15 digits of which the first is not zero.
    pub fn parse_strict(text: &str) -> Option<E164> {
        let digits = text.strip_prefix('+')?;
        let strict = (7..=15).contains(&digits.len())
            && !digits.starts_with('0')
            && digits.bytes().all(|b| b.is_ascii_digit());
        if strict { digits.parse().ok().map(E164) } else { None }
    }

    /// The digits as one integer, for storage and sets.
    pub fn digits(self) -> u64 {
        self.0
    }

    /// The number with these digits, as returned by [`E164::digits`].
    pub fn from_digits(digits: u64) -> E164 {
        E164(digits)
    }

    /// The number with its middle hidden, for logs: `+1415•••0101`.
    pub fn masked(self) -> String {
        let text = self.to_string();
        let (head, tail) = (text.len().min(5), text.len().saturating_sub(4));
        if tail <= head {
            "+•••".to_owned()
        } else {
            format!("{}•••{}", &text[..head], &text[tail..])
        }
    }
}

impl fmt::Display for E164 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "+{}", self.0)
    }
}

/// Debug output always masks numbers.
impl fmt::Debug for E164 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.masked())
    }
}
