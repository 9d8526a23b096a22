//! DTMF digits in INFO requests.

use campanile_media::dtmf::{digit_of, event_of};

/// Returns the digit in the body of an INFO: `Signal=9` among other lines, or the digit alone.
/// Event codes are read as their digits.
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
}
