//! One cell → one E.164 number, or the reason why not. Nothing is guessed: a number that could be
//! read in two ways is rejected.

use std::borrow::Cow;

use rlibphonenumber::{
    NumberLengthType, PHONE_NUMBER_UTIL, ParseError, PhoneNumber, PhoneNumberType, Region,
    ValidationError, get_national_significant_number_owned,
};

use super::{
    Country, E164, short,
    spelling::{self, Doubt, Spelled},
};
use crate::rejection::{RejectCause, RejectReason};

/// Why a cell is no number that can be called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reject {
    /// The machine code of the reason.
    pub reason: RejectReason,
    /// What exactly is wrong, where the reason has several causes.
    pub cause: Option<RejectCause>,
    /// What is wrong and what to do, to be read after the cell: `is empty`.
    pub problem: Cow<'static, str>,
}

const NO_COUNTRY_CODE: &str =
    "is not a full number; write it with its country code, for example +9198…";
/// Digits of a number without its country code, the prefix of an international call included.
const SHORTEST: usize = 6;
const LONGEST: usize = 18;
/// The longest country and area code with its prefixes, in digits: `0049 33203`.
const MAX_AREA_DIGITS: usize = 9;
const SHORT: &str = "is an emergency or short number, which is never called; write a full number";

impl Reject {
    /// A rejection for `reason`, with what is wrong and what to do.
    pub fn new(reason: RejectReason, problem: impl Into<Cow<'static, str>>) -> Reject {
        Reject { reason, cause: None, problem: problem.into() }
    }

    /// A rejection by `cause`, with what is wrong and what to do.
    pub fn because(cause: RejectCause, problem: impl Into<Cow<'static, str>>) -> Reject {
        Reject { reason: cause.reason(), cause: Some(cause), problem: problem.into() }
    }

    fn short() -> Reject {
        Reject::new(RejectReason::EmergencyOrShort, SHORT)
    }
}

/// What `cell` means as E.164. Digits of any script, spaces, brackets, dashes, `tel:` and
/// invisible marks are understood. A number without a country code is read as people in
/// `default_country` dial it, and rejected when there is none.
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

/// Whether a cell is written as a telephone number is, of whatever country.
pub fn looks_like_number(cell: &str) -> bool {
    spelling::read(cell).is_ok_and(|spelled| (7..=15).contains(&spelled.digits.len()))
}

/// A number with a slash: one number when the slash stands behind an area code, as in
/// `030/123456`. What stands before it must be no number of its own, or the cell may hold two.
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
            // Choosing a country mends only what has the length of a number.
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
    // A default country must not be offered here: the library would read +210… as if the plus
    // were a slip.
    let parsed = PHONE_NUMBER_UTIL.parse(format!("+{digits}"), None);
    if let Ok(parsed) = &parsed {
        let full = full_digits(parsed);
        // Only a trunk zero may have gone, as in +44 (0)20 7946 0018.
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
    // In small countries a full number is as short as a service elsewhere.
    match parsed {
        _ if short::is_short(region, digits) || digits.len() <= 3 => Err(Reject::short()),
        Ok(parsed) => check(&parsed),
        Err(error) => Err(unparsed(error, digits)),
    }
}

/// Whether a parsed number is one that can be called: the right length for its country, and no
/// service. Ranges that nobody was given are not refused here: plans change faster than tables,
/// and which ranges may be called is for the route to say.
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

/// What is wrong with the length, when it is neither that of an ordinary line nor that of a range
/// that is in use: service ranges of a country can be longer than any line.
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

/// Whether `written` is `read` with one zero more, somewhere in the first four digits: between
/// country code (one to three digits) and number.
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
