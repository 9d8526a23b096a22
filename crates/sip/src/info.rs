//! DTMF digits in INFO requests.

/// The digits in the order of their event codes (RFC 4733 §3.2).
const DIGITS: &str = "0123456789*#ABCD";

/// Returns the digit in the body of an INFO: `Signal=9` among other lines, or the digit alone.
/// Event codes are read as their digits.
pub(crate) fn digit_in(body: &[u8]) -> Option<char> {
    let text = std::str::from_utf8(body).ok()?;
    let fields = || text.lines().filter_map(|line| line.split_once('='));
    let signal = fields().find(|(name, _)| name.trim().eq_ignore_ascii_case("signal"));
    let value = signal.map_or(text, |(_, value)| value).trim();
    match value.len() {
        1 => {
            DIGITS.chars().find(|digit| value.eq_ignore_ascii_case(digit.encode_utf8(&mut [0; 4])))
        }
        _ => DIGITS.chars().nth(value.parse().ok()?),
    }
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
