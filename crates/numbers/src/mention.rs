//! Finds a number within other text, in any spelling.

use campanile_rules::phone::E164;
use rlibphonenumber::{PHONE_NUMBER_UTIL, get_national_significant_number_owned};

use super::spelling::{Kind, kind};

/// A shorter number without its country code may be any other quantity.
const SHORTEST_NATIONAL: usize = 7;

/// A pattern that finds a number in foreign text: with its country code in any spelling, and as
/// written within its country.
#[derive(Debug, Clone)]
pub struct Mention {
    full: String,
    /// The country code, and the digits after it.
    parts: Option<(String, String)>,
}

/// Consecutive digits.
#[derive(Default)]
struct Run(String);

impl Mention {
    /// The pattern for `number`.
    pub fn of(number: E164) -> Mention {
        let parsed = PHONE_NUMBER_UTIL.parse(number.to_string(), None).ok();
        let parts = parsed.map(|parsed| {
            let national = get_national_significant_number_owned(&parsed);
            (parsed.country_code.to_string(), national)
        });
        let parts = parts.filter(|(_, national)| national.len() >= SHORTEST_NATIONAL);
        Mention { full: number.digits().to_string(), parts }
    }

    /// Whether `text` contains the number.
    pub fn is_in(&self, text: &str) -> bool {
        // A slash may be part of a number or separate two numbers.
        let (mut joined, mut split) = (Run::default(), Run::default());
        for c in text.chars() {
            match kind(c) {
                Kind::Digit(digit) => {
                    joined.0.push(digit);
                    split.0.push(digit);
                    continue;
                }
                Kind::Dot | Kind::Separator | Kind::Invisible => continue,
                Kind::Slash => {
                    if self.ends(&mut split) {
                        return true;
                    }
                }
                Kind::Plus | Kind::Break | Kind::Doubtful(_) => {
                    if self.ends(&mut split) || self.ends(&mut joined) {
                        return true;
                    }
                }
            }
        }
        self.ends(&mut split) || self.ends(&mut joined)
    }

    /// Whether a finished run of digits is or contains the number.
    fn ends(&self, run: &mut Run) -> bool {
        let run = std::mem::take(&mut run.0);
        if run.len() < self.full.len().min(SHORTEST_NATIONAL) {
            return false;
        }
        if run.contains(&self.full) {
            return true;
        }
        // 020 7946 0018, 44 20 7946 0018, 0044 (0)20 7946 0018.
        self.parts.as_ref().is_some_and(|(code, national)| {
            let before = run.strip_suffix(national.as_str()).map(|before| before.trim_matches('0'));
            before.is_some_and(|before| before.is_empty() || before == code.trim_matches('0'))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(number: &str, text: &str) -> bool {
        Mention::of(E164::parse_strict(number).unwrap()).is_in(text)
    }

    #[test]
    fn a_number_is_found_in_every_spelling() {
        for text in [
            "+14155550101",
            "14155550101",
            "0014155550101",
            "4155550101",
            "(415) 555-0101",
            "call +1 (415) 555-0101, please",
            "tel:+1-415-555-0101",
            r#"{"phone_number":"+14155550101","row":2}"#,
            "+14155550188/4155550101",
            "+1415\u{200b}5550101",
            "１４１５５５５０１０１",
            "4155550101 ext 5",
            "sip:+14155550101@sip.example.com",
        ] {
            assert!(found("+14155550101", text), "{text}");
        }
        for text in [
            "020 7946 0018",
            "+44 (0)20 7946 0018",
            "0044 20/7946 0018",
            "00442079460018",
            "2079460018",
        ] {
            assert!(found("+442079460018", text), "{text}");
        }
    }

    #[test]
    fn nobody_elses_number_is_taken_for_it() {
        for text in [
            "",
            "+14155550102",
            "+494155550101",
            "415 555 010",
            "1415555, 0101",
            "2026-11-29T14:15:55.550101Z",
            r#"["14155550","101"]"#,
            "94155550101",
        ] {
            assert!(!found("+14155550101", text), "{text}");
        }
    }
}
