//! How a dialed number's last two digits choose the far end's behaviour.

/// What the far end does with one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Behaviour {
    /// Rings; a person answers and talks.
    Person,
    /// Rings, answers with a greeting and a beep, then records.
    Voicemail,
    /// Rings until the caller gives up.
    RingsForEver,
    /// Answers and hangs up at once.
    HangsUpAtOnce,
    /// Sends a final response other than 2xx at once.
    Refuses(Refusal),
}

/// The ways to refuse a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// 486
    Busy,
    /// 603
    Declined,
    /// 503 with `Retry-After`
    Congested,
    /// 500
    ServerError,
    /// 404
    NotFound,
    /// 403
    Forbidden,
}

impl Refusal {
    /// Status code and reason phrase.
    pub fn status(self) -> (u16, &'static str) {
        match self {
            Refusal::Busy => (486, "Busy Here"),
            Refusal::Declined => (603, "Decline"),
            Refusal::Congested => (503, "Service Unavailable"),
            Refusal::ServerError => (500, "Server Internal Error"),
            Refusal::NotFound => (404, "Not Found"),
            Refusal::Forbidden => (403, "Forbidden"),
        }
    }
}

/// Returns the last two digits of a dialed number, ignoring signs and letters; `None` if it has
/// fewer.
pub fn last_two_digits(number: &str) -> Option<u32> {
    let mut digits = number.chars().rev().filter_map(|c| c.to_digit(10));
    let ones = digits.next()?;
    Some(digits.next()? * 10 + ones)
}

/// Whether the behaviour of this ending changes after the first attempt.
pub fn remembers_attempts(ending: u32) -> bool {
    matches!(ending, 85..=88 | 90..=92)
}

/// Returns the behaviour of a number with this ending.
pub fn behaviour(ending: u32, is_first_attempt: bool) -> Behaviour {
    match ending {
        60..=69 => Behaviour::Voicemail,
        70..=79 => Behaviour::RingsForEver,
        80..=84 => Behaviour::Refuses(Refusal::Busy),
        85..=86 if is_first_attempt => Behaviour::Refuses(Refusal::Busy),
        87..=88 if is_first_attempt => Behaviour::RingsForEver,
        89 => Behaviour::Refuses(Refusal::Declined),
        90..=92 if is_first_attempt => Behaviour::Refuses(Refusal::Congested),
        93..=94 => Behaviour::Refuses(Refusal::ServerError),
        95..=96 => Behaviour::Refuses(Refusal::NotFound),
        97..=98 => Behaviour::Refuses(Refusal::Forbidden),
        99 => Behaviour::HangsUpAtOnce,
        _ => Behaviour::Person,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_the_one_of_the_documentation() {
        use Behaviour::*;
        let table = [
            (0..=59, Person, Person),
            (60..=69, Voicemail, Voicemail),
            (70..=79, RingsForEver, RingsForEver),
            (80..=84, Refuses(Refusal::Busy), Refuses(Refusal::Busy)),
            (85..=86, Refuses(Refusal::Busy), Person),
            (87..=88, RingsForEver, Person),
            (89..=89, Refuses(Refusal::Declined), Refuses(Refusal::Declined)),
            (90..=92, Refuses(Refusal::Congested), Person),
            (93..=94, Refuses(Refusal::ServerError), Refuses(Refusal::ServerError)),
            (95..=96, Refuses(Refusal::NotFound), Refuses(Refusal::NotFound)),
            (97..=98, Refuses(Refusal::Forbidden), Refuses(Refusal::Forbidden)),
            (99..=99, HangsUpAtOnce, HangsUpAtOnce),
        ];
        let mut seen = 0;
        for (endings, first, next) in table {
            for ending in endings {
                assert_eq!(behaviour(ending, true), first, "{ending} at first");
                assert_eq!(behaviour(ending, false), next, "{ending} later");
                assert!(first == next || remembers_attempts(ending), "{ending}");
                seen += 1;
            }
        }
        assert_eq!(seen, 100);
    }

    #[test]
    fn the_ending_is_that_of_the_digits() {
        assert_eq!(last_two_digits("+14155550107"), Some(7));
        assert_eq!(last_two_digits("1-415-555-01-63"), Some(63));
        assert_eq!(last_two_digits("echo"), None);
        assert_eq!(last_two_digits("5"), None);
        assert_eq!(last_two_digits(""), None);
    }
}
