//! Why a row of a file is not called: a closed set of reasons, each with a machine-readable code
//! and texts for users.

mod cause;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use self::cause::{RejectCause, help};

/// Why a row is rejected before launch.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum RejectReason {
    /// The cell is empty.
    MissingNumber,
    /// The cell does not hold exactly one full number.
    MalformedNumber,
    /// The country code belongs to no country that can be called.
    UnsupportedCountry,
    /// The number is in a range that the route does not serve.
    UnsupportedPrefix,
    /// The workspace has no country enabled on this route.
    NoEnabledCountries,
    /// The country is regulated and the workspace has no approved record for it.
    KycRequired,
    /// The person must not be called.
    Suppressed,
    /// An emergency or another short number.
    EmergencyOrShort,
    /// An earlier row has the number, and the batch rejects duplicates.
    DuplicateNumber,
    /// The row itself is broken: ragged, undecodable, or beyond the limits.
    BadRow,
}

impl RejectReason {
    /// Every reason, in the order in which they are shown.
    pub const ALL: [RejectReason; 10] = [
        RejectReason::MissingNumber,
        RejectReason::MalformedNumber,
        RejectReason::UnsupportedCountry,
        RejectReason::UnsupportedPrefix,
        RejectReason::NoEnabledCountries,
        RejectReason::KycRequired,
        RejectReason::Suppressed,
        RejectReason::EmergencyOrShort,
        RejectReason::DuplicateNumber,
        RejectReason::BadRow,
    ];

    /// The name in the API, the database and `rejections.csv`.
    pub fn as_str(self) -> &'static str {
        match self {
            RejectReason::MissingNumber => "missing_number",
            RejectReason::MalformedNumber => "malformed_number",
            RejectReason::UnsupportedCountry => "unsupported_country",
            RejectReason::UnsupportedPrefix => "unsupported_prefix",
            RejectReason::NoEnabledCountries => "no_enabled_countries",
            RejectReason::KycRequired => "kyc_required",
            RejectReason::Suppressed => "suppressed",
            RejectReason::EmergencyOrShort => "emergency_or_short",
            RejectReason::DuplicateNumber => "duplicate_number",
            RejectReason::BadRow => "bad_row",
        }
    }

    /// The reason with this name, if there is one.
    pub fn from_name(name: &str) -> Option<RejectReason> {
        Self::ALL.into_iter().find(|reason| reason.as_str() == name)
    }

    /// The name shown to users.
    pub fn label(self) -> &'static str {
        match self {
            RejectReason::MissingNumber => "Number missing",
            RejectReason::MalformedNumber => "Number malformed",
            RejectReason::UnsupportedCountry => "Country not supported",
            RejectReason::UnsupportedPrefix => "Number range not enabled",
            RejectReason::NoEnabledCountries => "No country enabled",
            RejectReason::KycRequired => "KYC required",
            RejectReason::Suppressed => "On the do-not-call list",
            RejectReason::EmergencyOrShort => "Emergency or short number",
            RejectReason::DuplicateNumber => "Duplicate number",
            RejectReason::BadRow => "Row unreadable",
        }
    }

    /// What to do about the row, in one line.
    pub fn help(self) -> &'static str {
        match self {
            RejectReason::MissingNumber => "Fill in phone_number, or delete the row.",
            RejectReason::MalformedNumber => {
                "Write one full number with its country code, for example +14155550101; in a \
                 spreadsheet, format the column as text first."
            }
            RejectReason::UnsupportedCountry => {
                "Enable a network group of that country in Settings → Telephony, or use another \
                 route; if no country has the code after the plus, correct it."
            }
            RejectReason::UnsupportedPrefix => {
                "Enable the number's network group in Settings → Telephony, or use another route."
            }
            RejectReason::NoEnabledCountries => {
                "Enable at least one network group in Settings → Telephony, or use another route."
            }
            RejectReason::KycRequired => {
                "Complete KYC for this country in Settings → KYC, and wait until it is approved."
            }
            RejectReason::Suppressed => {
                "This person is not to be called; take the number off the do-not-call list to \
                 call it again."
            }
            RejectReason::EmergencyOrShort => {
                "Emergency and short numbers are never called; write a full number."
            }
            RejectReason::DuplicateNumber => {
                "Keep one row per number, or let the batch allow duplicates."
            }
            RejectReason::BadRow => {
                "Make the row have one cell per column, closed quotes and the file's encoding."
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_found_by_its_name_and_serialised_by_it() {
        for reason in RejectReason::ALL {
            assert_eq!(RejectReason::from_name(reason.as_str()), Some(reason));
            let json = serde_json::to_value(reason).unwrap();
            assert_eq!(json, reason.as_str());
            assert!(!reason.label().is_empty() && reason.help().ends_with('.'));
        }
        let help = RejectReason::UnsupportedCountry.help();
        assert!(help.contains("Enable a network group of that country"), "{help}");
    }
}
