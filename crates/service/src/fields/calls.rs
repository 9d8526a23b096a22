//! The tables for what is asked of a call in progress. The keys are the arguments of an agent's tool of
//! the same meaning.

use super::{Field, Kind, rules::PHONE_NUMBER};

/// The end of a call.
pub const CALL_HANG_UP: &[Field] = &[Field::new("at_once", Kind::Boolean).about(
    "true: the person hears nothing more. Otherwise what the agent said is played first, for ten \
     seconds at the most.",
)];

/// A result of a call.
pub const CALL_RESULT: &[Field] = &[
    Field::required("name", Kind::Text(64)).about("A result that the agent's version declares."),
    Field::required("value", Kind::Scalar)
        .about("Its value, of the type that the version declares."),
];

/// The transfer of a call.
pub const CALL_TRANSFER: &[Field] = &[Field::required("to", PHONE_NUMBER)
    .about("One of the numbers in transfer_to of the agent's version, E.164.")];

/// Digits to press.
pub const CALL_DIGITS: &[Field] = &[Field::required("digits", Kind::Text(32))
    .about("0 to 9, *, #, A to D, and w for a pause of half a second.")];
