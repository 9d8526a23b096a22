//! Rules for text: a check, and the same rule as a pattern for the OpenAPI document.

use campanile_numbers::{Country, normalise};
use campanile_rules::{
    hours::{TimeOfDay, parse_closing},
    ids,
    phone::E164,
    time::Timestamp,
};

use super::{Kind, Rule};

/// The longest name, in characters.
const MAX_NAME: usize = 200;

/// The longest URL, in characters.
const MAX_URL: usize = 2_000;

/// A label for people.
pub const NAME: Kind = Kind::Parsed(&Rule {
    check: name,
    pattern: r"^[^\u0000-\u001f\u007f-\u009f]*[^\s\u0000-\u001f\u007f-\u009f][^\u0000-\u001f\u007f-\u009f]*$",
    longest: MAX_NAME,
    example: "June reminders",
});

/// The far end of a trunk.
pub const HOST: Kind = Kind::Parsed(&Rule {
    check: host,
    pattern: r"^([A-Za-z0-9][A-Za-z0-9._-]{0,252}|\[?[0-9A-Fa-f:.]{2,45}\]?)$",
    longest: 253,
    example: "sip.example.com",
});

/// A full number. Spaces, brackets and other punctuation are accepted, and count as characters.
pub const PHONE_NUMBER: Kind = Kind::Parsed(&Rule {
    check: number,
    pattern: r"^\+[1-9][0-9]{6,14}$",
    longest: 40,
    example: "+14155550100",
});

/// An instant.
pub const INSTANT: Kind = Kind::Parsed(&Rule {
    check: instant,
    pattern: r"^[12][0-9]{3}-((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|1[0-9]|2[0-9]))T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,9})?(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$",
    longest: 35,
    example: "2026-12-01T09:00:00Z",
});

/// A time of day.
pub const TIME_OF_DAY: Kind = Kind::Parsed(&Rule {
    check: time_of_day,
    pattern: "^([01][0-9]|2[0-3]):[0-5][0-9]$",
    longest: 5,
    example: "09:00",
});

/// A time of day at which something closes.
pub const CLOSING_TIME: Kind = Kind::Parsed(&Rule {
    check: closing_time,
    pattern: "^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$",
    longest: 5,
    example: "17:00",
});

/// The position after a page of a list.
pub const CURSOR: Kind =
    Kind::Parsed(&Rule { check: cursor, pattern: "^[0-9]{1,18}$", longest: 18, example: "50" });

/// The first digits of a number.
pub const DIGITS: Kind = Kind::Parsed(&Rule {
    check: digits,
    pattern: r"^\+?[1-9][0-9]{0,14}$",
    longest: 16,
    example: "+1415",
});

/// A country.
pub const COUNTRY: Kind =
    Kind::Parsed(&Rule { check: country, pattern: "^[A-Za-z]{2}$", longest: 2, example: "US" });

/// The URL of an endpoint.
pub const URL: Kind = Kind::Parsed(&Rule {
    check: url,
    pattern: r"^https?://[A-Za-z0-9.:_\[\]-]+(/[!-~]*)?$",
    longest: MAX_URL,
    example: "https://example.com/campanile",
});

/// The rule for an ID such as `trunk_1`.
#[macro_export]
macro_rules! id_rule {
    ($id:ty, $prefix:literal) => {
        $crate::fields::Rule {
            check: $crate::fields::rules::id::<$id>,
            pattern: <$id>::PATTERN,
            longest: 40,
            example: concat!($prefix, "_k7d20xv9m41qa"),
        }
    };
}
fn name(text: &str) -> Result<(), String> {
    let control = text.chars().any(char::is_control);
    match text.chars().count() {
        1..=MAX_NAME if !text.trim().is_empty() && !control => Ok(()),
        _ => Err(format!("is not a name; write 1 to {MAX_NAME} visible characters")),
    }
}

fn host(text: &str) -> Result<(), String> {
    let is_name = text.len() <= 253
        && text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || ".-_".contains(c));
    let address = text.trim_start_matches('[').trim_end_matches(']');
    match is_name || address.parse::<std::net::IpAddr>().is_ok() {
        true => Ok(()),
        false => Err(format!(
            "{text:?} is not a host; write a name or an address without sip: and without a port, \
             for example sip.example.com"
        )),
    }
}

fn number(text: &str) -> Result<(), String> {
    full_number(text).map(|_| ())
}

/// Parses an international number as a cell of a file is parsed. The error says what to write
/// instead.
pub fn full_number(text: &str) -> Result<E164, String> {
    E164::parse_strict(text).or_else(|| normalise(text, None).ok()).ok_or_else(|| {
        format!(
            "{text:?} is not a full number; write + and the country code, for example +14155550100"
        )
    })
}

fn instant(text: &str) -> Result<(), String> {
    text.parse::<Timestamp>().map(|_| ()).map_err(|_| {
        format!(
            "{text:?} is not an instant; write it as RFC 3339, for example 2026-12-01T09:00:00Z"
        )
    })
}

fn closing_time(text: &str) -> Result<(), String> {
    parse_closing(text).map(|_| ())
}

fn time_of_day(text: &str) -> Result<(), String> {
    text.parse::<TimeOfDay>().map(|_| ())
}

fn cursor(text: &str) -> Result<(), String> {
    match (1..=18).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit()) {
        true => Ok(()),
        false => Err(format!("{text:?} is not a cursor; use the next_cursor of a page")),
    }
}

fn digits(text: &str) -> Result<(), String> {
    let digits = text.strip_prefix('+').unwrap_or(text);
    let fits = (1..=15).contains(&digits.len())
        && !digits.starts_with('0')
        && digits.bytes().all(|b| b.is_ascii_digit());
    match fits {
        true => Ok(()),
        false => Err(format!("{text:?} is not the beginning of a number; write 1 to 15 digits")),
    }
}

fn country(text: &str) -> Result<(), String> {
    text.parse::<Country>().map(|_| ()).map_err(|error| error.to_string())
}

fn url(text: &str) -> Result<(), String> {
    let wrong =
        |why: &str| Err(format!("{text:?} {why}; write for example https://example.com/campanile"));
    let Ok(uri) = text.parse::<http::Uri>() else { return wrong("is not a URL") };
    let authority = uri.authority().map_or("", |authority| authority.as_str());
    match uri.scheme_str() {
        _ if text.len() > MAX_URL => wrong("is too long"),
        Some("https" | "http") if authority.is_empty() => wrong("names no host"),
        Some("https" | "http") if authority.contains('@') => wrong("holds a user name"),
        Some("https" | "http") => Ok(()),
        _ => wrong("does not begin with https://"),
    }
}

/// Checks that a text is an ID of this kind.
pub fn id<T: std::str::FromStr<Err = ids::BadId>>(text: &str) -> Result<(), String> {
    text.parse::<T>().map(|_| ()).map_err(|error| error.to_string())
}
