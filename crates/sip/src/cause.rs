//! Q.850 causes in Reason headers (RFC 3326, RFC 8606, RFC 9366).

use crate::message::{Message, Name, param, split_list};

/// Causes that say only that the call is over (Q.850: normal call clearing, normal unspecified,
/// interworking unspecified).
const EMPTY: [u16; 3] = [16, 31, 127];

/// A Q.850 cause.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cause {
    pub number: u16,
    /// Whether the cause arose at the recipient's own phone (`location=U`).
    pub at_user: bool,
}

impl Cause {
    /// Returns the message's first Q.850 cause that is not in [`EMPTY`], else its first Q.850
    /// cause. Causes of other protocols are ignored, because their numbers mean other things.
    pub fn of(message: &Message) -> Option<Cause> {
        let values = message.all(Name::Reason).flat_map(split_list);
        let causes: Vec<Cause> = values.filter_map(Cause::parse).collect();
        let telling = causes.iter().find(|cause| !EMPTY.contains(&cause.number));
        telling.or(causes.first()).copied()
    }

    fn parse(value: &str) -> Option<Cause> {
        let protocol = value.split(';').next()?.trim();
        if !protocol.eq_ignore_ascii_case("Q.850") {
            return None;
        }
        let number = param(value, "cause")?.trim().parse().ok()?;
        let at_user = param(value, "location").is_some_and(|at| at.eq_ignore_ascii_case("U"));
        (1..128).contains(&number).then_some(Cause { number, at_user })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(lines: &str) -> Option<u16> {
        let text = format!("SIP/2.0 480 X\r\n{lines}\r\n\r\n");
        Cause::of(&Message::parse(text.as_bytes()).unwrap()).map(|cause| cause.number)
    }

    #[test]
    fn q850_causes_are_found_however_they_are_written() {
        for (lines, cause) in [
            ("Reason: Q.850;cause=17", Some(17)),
            ("reason : q.850 ; CAUSE = 17 ; text=\"User busy\"", Some(17)),
            ("Reason: Q.850;text=\"a;cause=1, Q.850;cause=2 \\\" x\";cause=34", Some(34)),
            ("Reason: SIP;cause=200;text=\"Call completed elsewhere\", Q.850;cause=19", Some(19)),
            ("Reason: SIP;cause=600\r\nReason: Q.850;cause=\"20\"", Some(20)),
            ("Reason: Q.850;cause=16, Q.850;cause=34", Some(34)),
            ("Reason: Q.850\r\n ;cause=018", Some(18)),
            ("Reason: Q.850;cause=16", Some(16)),
            ("Reason: SIP;cause=200", None),
            ("Reason: X.int;reasoncode=0x1;cause=17", None),
            ("Reason: Q.850X;cause=17", None),
            ("Reason: Preemption;cause=1", None),
            ("Reason: Q.850;cause=200", None),
            ("Reason: Q.850;cause=0", None),
            ("Reason: Q.850;cause=99999999999", None),
            ("Reason: Q.850;cause=-17", None),
            ("Reason: Q.850;text=\"cause=17\"", None),
            ("Reason: Q.850", None),
            ("Reason:", None),
        ] {
            assert_eq!(read(lines), cause, "{lines}");
        }
    }

    #[test]
    fn the_place_of_a_cause_is_read() {
        for (value, at_user) in [
            ("Q.850;cause=21;location=U", true),
            ("Q.850;location=u;cause=21", true),
            ("Q.850;cause=21;location=LN", false),
            ("Q.850;cause=21", false),
        ] {
            assert_eq!(Cause::parse(value), Some(Cause { number: 21, at_user }), "{value}");
        }
    }
}
