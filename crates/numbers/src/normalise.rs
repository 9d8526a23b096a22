//! Parses one cell as one E.164 number, or gives the reason why not. The parser never guesses: a
//! number with two possible readings is rejected.

use std::borrow::Cow;

use campanile_rules::{
    phone::E164,
    rejection::{RejectCause, RejectReason},
};
use rlibphonenumber::{
    NumberLengthType, PHONE_NUMBER_UTIL, ParseError, PhoneNumber, PhoneNumberType, Region,
    ValidationError, get_national_significant_number_owned,
};

use super::{
    Country, short,
    spelling::{self, Doubt, Spelled},
};

/// Why a cell is not a number that can be called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reject {
    /// The machine code of the reason.
    pub reason: RejectReason,
    /// The exact cause, if the reason has several.
    pub cause: Option<RejectCause>,
    /// What is wrong and what to do, as a phrase that follows the cell: `is empty`.
    pub problem: Cow<'static, str>,
}

const NO_COUNTRY_CODE: &str =
    "is not a full number; write it with its country code, for example +9198…";
/// The fewest digits of a number without its country code, including the prefix of an international
/// call.
const SHORTEST: usize = 6;
const LONGEST: usize = 18;
/// The most digits of a country and area code with prefixes: `0049 33203`.
const MAX_AREA_DIGITS: usize = 9;
const SHORT: &str = "is an emergency or short number, which is never called; write a full number";

impl Reject {
    /// A rejection for `reason`, with what is wrong and what to do.
    pub fn new(reason: RejectReason, problem: impl Into<Cow<'static, str>>) -> Reject {
        Reject { reason, cause: None, problem: problem.into() }
    }

    /// A rejection for `cause`, with what is wrong and what to do.
    pub fn because(cause: RejectCause, problem: impl Into<Cow<'static, str>>) -> Reject {
        Reject { reason: cause.reason(), cause: Some(cause), problem: problem.into() }
    }

    fn short() -> Reject {
        Reject::new(RejectReason::EmergencyOrShort, SHORT)
    }
}

/// Parses `cell` as E.164. Digits of any script, spaces, brackets, dashes, `tel:` and invisible
/// marks are understood. A number without a country code is read as dialed within
/// `default_country`, and is rejected if there is no default country.
pub fn normalise(cell: &str, default_country: Option<Country>) -> Result<E164, Reject> {
    read(cell, default_country).map_err(|reject| match reject.cause {
        Some(RejectCause::TooLong) if spelling::has_two_numbers(cell) => {
            doubtful(Doubt::SecondNumber)
        }
        _ => reject,
    })
}

fn read(cell: &str, default_country: Option<Country>) -> Result<E164, Reject> {
    let spelled = spelling::read(cell).map_err(doubtful)?;
    if !spelled.slashes.is_empty() {
        return slashed(&spelled, default_country);
    }
    understood(&spelled, default_country)
}

/// Whether a cell is written like a telephone number of any country.
pub fn looks_like_number(cell: &str) -> bool {
    spelling::read(cell).is_ok_and(|spelled| (7..=15).contains(&spelled.digits.len()))
}

/// Parses a number with a slash. It is one number if the slash follows an area code, as in
/// `030/123456`. The digits before the slash must not be a number themselves, because the cell may
/// then hold two.
fn slashed(spelled: &Spelled, default_country: Option<Country>) -> Result<E164, Reject> {
    let two_numbers = || doubtful(Doubt::SecondNumber);
    let [at] = spelled.slashes[..] else { return Err(two_numbers()) };
    let whole = understood(spelled, default_country)?;
    let part =
        |digits: &str, plus| Spelled { plus, digits: digits.to_owned(), slashes: Vec::new() };
    let (head, tail) = spelled.digits.split_at(at);
    let stands_alone = |part: &Spelled| understood(part, default_country).is_ok();
    let valid = PHONE_NUMBER_UTIL
        .parse(whole.to_string(), None)
        .is_ok_and(|parsed| PHONE_NUMBER_UTIL.is_valid_number(&parsed));
    let one = valid
        && !head.is_empty()
        && !tail.is_empty()
        && !stands_alone(&part(head, spelled.plus))
        && !stands_alone(&part(tail, true))
        && head.len() <= MAX_AREA_DIGITS;
    if one { Ok(whole) } else { Err(two_numbers()) }
}

fn understood(spelled: &Spelled, default_country: Option<Country>) -> Result<E164, Reject> {
    if spelled.plus {
        return international(&spelled.digits);
    }
    match default_country {
        Some(country) => national(spelled, country.region()),
        None if spelled.digits.len() <= 3 => Err(Reject::short()),
        None => {
            // A default country helps only if the number has a plausible length.
            let cause = match spelled.digits.len() {
                0..SHORTEST => RejectCause::TooShort,
                SHORTEST..=LONGEST => RejectCause::NoCountryCode,
                _ => RejectCause::TooLong,
            };
            Err(Reject::because(cause, NO_COUNTRY_CODE))
        }
    }
}

fn international(digits: &str) -> Result<E164, Reject> {
    // No default country here: the library would read +210… as if the plus were a mistake.
    let parsed = PHONE_NUMBER_UTIL.parse(format!("+{digits}"), None);
    if let Ok(parsed) = &parsed {
        let full = full_digits(parsed);
        // Only a trunk zero may have been dropped, as in +44 (0)20 7946 0018.
        if full != digits && !without_trunk_zero(digits, &full) {
            return Err(Reject::because(
                RejectCause::NotInPlan,
                "has a digit too many after its country code; write the number as +country code \
                 and number",
            ));
        }
    }
    match parsed {
        Ok(parsed) => check(&parsed),
        Err(ParseError::InvalidCountryCode) if digits.starts_with('0') => Err(Reject::because(
            RejectCause::NotInPlan,
            "has a zero after the plus; write the country code there, for example +9198…",
        )),
        Err(ParseError::InvalidCountryCode) => Err(Reject::because(
            RejectCause::NoSuchCode,
            "begins with a country code that does not exist; correct it",
        )),
        Err(error) => Err(unparsed(error, digits)),
    }
}

fn national(spelled: &Spelled, region: Region) -> Result<E164, Reject> {
    let digits = &spelled.digits;
    let parsed = PHONE_NUMBER_UTIL.parse(digits, Some(region));
    if let Ok(parsed) = &parsed
        && digits.len() > 6
    {
        return check(parsed);
    }
    // In small countries a full number is as short as a service number elsewhere.
    match parsed {
        _ if short::is_short(region, digits) || digits.len() <= 3 => Err(Reject::short()),
        Ok(parsed) => check(&parsed),
        Err(error) => Err(unparsed(error, digits)),
    }
}

/// Checks that a parsed number can be called: it has the right length for its country and is not a
/// service number. Unassigned ranges are accepted here, because plans change faster than tables;
/// the route decides which ranges may be called.
fn check(parsed: &PhoneNumber) -> Result<E164, Reject> {
    let code = parsed.country_code;
    let nsn = get_national_significant_number_owned(parsed);
    let region = PHONE_NUMBER_UTIL.get_region_for_country_code(code);
    let valid = || PHONE_NUMBER_UTIL.is_valid_number(parsed);
    if region.is_none_or(|region| region == Region::World && !valid()) {
        return Err(Reject::because(
            RejectCause::NoCountry,
            "begins with a code that belongs to no country; write a number of a country",
        ));
    }
    if short::is_never_called(code, &nsn, valid) {
        return Err(Reject::short());
    }
    if let Some((cause, problem)) = wrong_length(parsed) {
        let detail = format!(
            "has {} digits after +{code}, which is {problem}; write the full number",
            nsn.len()
        );
        return Err(Reject::because(cause, detail));
    }
    let begins_wrong = nsn.starts_with('0') || (code == 1 && nsn.starts_with('1'));
    if begins_wrong && !valid() {
        let detail =
            format!("has a {} after +{code}, where no number begins so; correct it", &nsn[..1]);
        return Err(Reject::because(RejectCause::NotInPlan, detail));
    }
    E164::parse_strict(&format!("+{code}{nsn}")).ok_or_else(|| {
        let cause = if nsn.len() < SHORTEST { RejectCause::TooShort } else { RejectCause::TooLong };
        Reject::because(cause, "is too short or too long for a telephone number")
    })
}

/// The problem with the length, if neither an ordinary line nor a range in use has this length.
/// Service ranges of a country can be longer than any line.
fn wrong_length(parsed: &PhoneNumber) -> Option<(RejectCause, &'static str)> {
    let lines = [PhoneNumberType::FixedLine, PhoneNumberType::Mobile];
    let problems =
        lines.map(|line| PHONE_NUMBER_UTIL.is_possible_number_for_type_with_reason(parsed, line));
    if problems.contains(&Ok(NumberLengthType::IsPossible))
        || PHONE_NUMBER_UTIL.is_valid_number(parsed)
    {
        return None;
    }
    Some(match problems[0] {
        Ok(_) => (RejectCause::TooShort, "a local number without its area code"),
        Err(ValidationError::TooShort) => (RejectCause::TooShort, "too few"),
        Err(ValidationError::TooLong) => (RejectCause::TooLong, "too many"),
        Err(ValidationError::InvalidLength | ValidationError::InvalidCountryCode) => {
            (RejectCause::NotInPlan, "not the length of a number there")
        }
    })
}

fn full_digits(parsed: &PhoneNumber) -> String {
    format!("{}{}", parsed.country_code, get_national_significant_number_owned(parsed))
}

/// Whether `written` is `read` with one more zero within the first four digits, between the country
/// code (one to three digits) and the number.
fn without_trunk_zero(written: &str, read: &str) -> bool {
    (1..=3).any(|at| {
        written.len() == read.len() + 1
            && written.as_bytes()[at] == b'0'
            && written.get(..at) == read.get(..at)
            && written.get(at + 1..) == read.get(at..)
    })
}

fn unparsed(error: ParseError, digits: &str) -> Reject {
    match error {
        ParseError::TooShortAfterIdd | ParseError::TooShortNsn | ParseError::NotANumber(_)
            if digits.len() <= 3 =>
        {
            Reject::short()
        }
        ParseError::TooShortAfterIdd | ParseError::TooShortNsn | ParseError::NotANumber(_) => {
            Reject::because(
                RejectCause::TooShort,
                "has too few digits; write the full number with its country code",
            )
        }
        ParseError::TooLongNsn => Reject::because(
            RejectCause::TooLong,
            "has too many digits; write one number with its country code",
        ),
        ParseError::InvalidCountryCode => {
            Reject::because(RejectCause::NoCountryCode, NO_COUNTRY_CODE)
        }
    }
}

fn doubtful(doubt: Doubt) -> Reject {
    let (cause, problem) = match doubt {
        Doubt::Empty => return Reject::new(RejectReason::MissingNumber, "is empty"),
        Doubt::Exponent => (
            RejectCause::Rounded,
            "was shortened by a spreadsheet; format the column as text and export it again",
        ),
        Doubt::Decimal => (
            RejectCause::HeldAsNumber,
            "is written as a decimal; format the column as text and export it again",
        ),
        Doubt::Letter => {
            (RejectCause::Letters, "has a letter in it; write digits only, without an extension")
        }
        Doubt::Extension => (
            RejectCause::Extension,
            "has an extension or a service code; write a number that can be dialed directly",
        ),
        Doubt::SecondNumber => {
            (RejectCause::TwoNumbers, "may be more than one number; write one number per row")
        }
        Doubt::Sign => {
            (RejectCause::Sign, "has a sign in it that no number has; write digits only")
        }
        Doubt::NoDigits => {
            (RejectCause::TooShort, "is not a telephone number; write it with its country code")
        }
        Doubt::TooManyDigits => {
            (RejectCause::TooLong, "is not a telephone number; write it with its country code")
        }
    };
    Reject::because(cause, problem)
}
