//! The causes of a rejection, which are finer than its reason. The help of a cause names the one
//! click or the one edit that fixes the row.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::RejectReason;

/// What exactly is wrong with a rejected row.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum RejectCause {
    /// The number is written without its country code, and no default country says which it is.
    NoCountryCode,
    /// An extension or a service code stands in the cell.
    Extension,
    /// The cell may hold more than one number.
    TwoNumbers,
    /// A spreadsheet rounded the number: `1.41556E+10`.
    Rounded,
    /// The sheet or a program holds it as a quantity: its plus and leading zeros are gone.
    HeldAsNumber,
    /// Letters stand in the cell.
    Letters,
    /// A sign stands in the cell that no number has.
    Sign,
    /// The number has too few digits.
    TooShort,
    /// The number has too many digits.
    TooLong,
    /// The numbering plan of its country has no such number.
    NotInPlan,
    /// No country has the code after the plus.
    NoSuchCode,
    /// The code belongs to no country: satellite phones, international freephone.
    NoCountry,
    /// The row has fewer cells than the header.
    TooFewCells,
    /// The row has more cells than the header.
    TooManyCells,
    /// A quote in the row or above it is not closed, or closed too early.
    Quotes,
    /// The row has bytes that are not in the file's encoding.
    NotInEncoding,
    /// The row has a zero byte.
    ZeroByte,
    /// The row or a cell of it is longer than allowed.
    RowTooLong,
    /// A formula has no stored result.
    FormulaWithoutResult,
}

impl RejectCause {
    /// Every cause, in the order in which they are shown.
    pub const ALL: [RejectCause; 19] = [
        RejectCause::NoCountryCode,
        RejectCause::Extension,
        RejectCause::TwoNumbers,
        RejectCause::Rounded,
        RejectCause::HeldAsNumber,
        RejectCause::Letters,
        RejectCause::Sign,
        RejectCause::TooShort,
        RejectCause::TooLong,
        RejectCause::NotInPlan,
        RejectCause::NoSuchCode,
        RejectCause::NoCountry,
        RejectCause::TooFewCells,
        RejectCause::TooManyCells,
        RejectCause::Quotes,
        RejectCause::NotInEncoding,
        RejectCause::ZeroByte,
        RejectCause::RowTooLong,
        RejectCause::FormulaWithoutResult,
    ];

    /// The reason that the cause belongs to.
    pub fn reason(self) -> RejectReason {
        match self {
            RejectCause::NoCountryCode
            | RejectCause::Extension
            | RejectCause::TwoNumbers
            | RejectCause::Rounded
            | RejectCause::HeldAsNumber
            | RejectCause::Letters
            | RejectCause::Sign
            | RejectCause::TooShort
            | RejectCause::TooLong
            | RejectCause::NotInPlan => RejectReason::MalformedNumber,
            RejectCause::NoSuchCode | RejectCause::NoCountry => RejectReason::UnsupportedCountry,
            RejectCause::TooFewCells
            | RejectCause::TooManyCells
            | RejectCause::Quotes
            | RejectCause::NotInEncoding
            | RejectCause::ZeroByte
            | RejectCause::RowTooLong
            | RejectCause::FormulaWithoutResult => RejectReason::BadRow,
        }
    }

    /// The name in the API, the database and `rejections.csv`.
    pub fn as_str(self) -> &'static str {
        match self {
            RejectCause::NoCountryCode => "no_country_code",
            RejectCause::Extension => "extension",
            RejectCause::TwoNumbers => "two_numbers",
            RejectCause::Rounded => "rounded",
            RejectCause::HeldAsNumber => "held_as_number",
            RejectCause::Letters => "letters",
            RejectCause::Sign => "sign",
            RejectCause::TooShort => "too_short",
            RejectCause::TooLong => "too_long",
            RejectCause::NotInPlan => "not_in_plan",
            RejectCause::NoSuchCode => "no_such_code",
            RejectCause::NoCountry => "no_country",
            RejectCause::TooFewCells => "too_few_cells",
            RejectCause::TooManyCells => "too_many_cells",
            RejectCause::Quotes => "quotes",
            RejectCause::NotInEncoding => "not_in_encoding",
            RejectCause::ZeroByte => "zero_byte",
            RejectCause::RowTooLong => "row_too_long",
            RejectCause::FormulaWithoutResult => "formula_without_result",
        }
    }

    /// The cause with this name, if there is one.
    pub fn from_name(name: &str) -> Option<RejectCause> {
        Self::ALL.into_iter().find(|cause| cause.as_str() == name)
    }

    /// The name shown to users.
    pub fn label(self) -> &'static str {
        match self {
            RejectCause::NoCountryCode => "No country code",
            RejectCause::Extension => "Extension or service code",
            RejectCause::TwoNumbers => "Two numbers in one cell",
            RejectCause::Rounded => "Rounded by a spreadsheet",
            RejectCause::HeldAsNumber => "Held as a quantity, not as text",
            RejectCause::Letters => "Letters in the number",
            RejectCause::Sign => "A sign that no number has",
            RejectCause::TooShort => "Too short",
            RejectCause::TooLong => "Too long",
            RejectCause::NotInPlan => "Not in the numbering plan",
            RejectCause::NoSuchCode => "No such country code",
            RejectCause::NoCountry => "Number of no country",
            RejectCause::TooFewCells => "Cells are missing",
            RejectCause::TooManyCells => "Too many cells",
            RejectCause::Quotes => "Quotes do not match",
            RejectCause::NotInEncoding => "Not in the file's encoding",
            RejectCause::ZeroByte => "Zero byte in the row",
            RejectCause::RowTooLong => "Row too long",
            RejectCause::FormulaWithoutResult => "Formula without a stored result",
        }
    }

    /// The one click or the one edit that fixes the row, in one line.
    pub fn help(self) -> &'static str {
        match self {
            RejectCause::NoCountryCode => {
                "Choose the country of numbers without a country code (default_country), or write \
                 + and the country code in front."
            }
            RejectCause::Extension => {
                "Take away what follows the number (ext., x, #), or write a number that can be \
                 dialed directly."
            }
            RejectCause::TwoNumbers => {
                "Keep one number in the cell, and give the other a row of its own."
            }
            RejectCause::Rounded => {
                "Its digits are lost: format the column as text, then take the number from where \
                 it came from."
            }
            RejectCause::HeldAsNumber => {
                "Format the column as text, then enter or paste the numbers again with + and the \
                 country code."
            }
            RejectCause::Letters => {
                "Write digits only; the letter O is no zero, and words belong into another column."
            }
            RejectCause::Sign => "Write digits only, with a plus in front.",
            RejectCause::TooShort => {
                "Add the digits that are missing: country code, area code and number."
            }
            RejectCause::TooLong => "Take away the digits that are too many.",
            RejectCause::NotInPlan => {
                "No number begins so: correct the country code, or the digits behind it."
            }
            RejectCause::NoSuchCode => "Correct the country code after the plus.",
            RejectCause::NoCountry => {
                "Write a number of a country; satellite and international freephone numbers need a \
                 managed trunk."
            }
            RejectCause::TooFewCells => {
                "Give the row one cell for each column; put a cell with a line break in quotes."
            }
            RejectCause::TooManyCells => {
                "Put a cell that contains the separator in quotes, or give its column a name in \
                 the header."
            }
            RejectCause::Quotes => "Close the quote that opens in this row or in the one above.",
            RejectCause::NotInEncoding => "Choose the file's encoding, or save the file as UTF-8.",
            RejectCause::ZeroByte => "Take the zero byte out of the row.",
            RejectCause::RowTooLong => "Shorten the cells, or close a quote that was left open.",
            RejectCause::FormulaWithoutResult => {
                "Open the file in your spreadsheet program and save it, so that results are stored."
            }
        }
    }
}

/// The help for a rejected row, by cause if it is known, otherwise by reason.
pub fn help(reason: RejectReason, cause: Option<RejectCause>) -> &'static str {
    cause.map_or(reason.help(), RejectCause::help)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cause_is_found_by_its_name_and_serialised_by_it() {
        for (at, cause) in RejectCause::ALL.into_iter().enumerate() {
            assert_eq!(cause as usize, at);
            assert_eq!(RejectCause::from_name(cause.as_str()), Some(cause));
            assert_eq!(serde_json::to_value(cause).unwrap(), cause.as_str());
            assert!(!cause.label().is_empty() && cause.help().ends_with('.'));
        }
    }
}
