//! Countries as far as numbers matter: regions with their own numbering plan.

use std::{fmt, str::FromStr};

use rlibphonenumber::{PHONE_NUMBER_UTIL, Region};

/// A country or territory that has telephone numbers (ISO 3166-1 alpha-2, for example `US`).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Country(Region);

/// The error for a text that names no country.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no country; write two letters as in ISO 3166, for example US, GB or IN")]
pub struct UnknownCountry(String);

impl Country {
    /// The calling code, without the plus.
    pub fn calling_code(self) -> u16 {
        let code = PHONE_NUMBER_UTIL.get_country_code_for_region(self.0);
        code.and_then(|code| u16::try_from(code).ok()).unwrap_or_default()
    }

    pub(super) fn region(self) -> Region {
        self.0
    }
}

impl FromStr for Country {
    type Err = UnknownCountry;

    fn from_str(text: &str) -> Result<Self, UnknownCountry> {
        Region::from_code(&text.to_ascii_uppercase())
            .ok()
            .filter(|region| PHONE_NUMBER_UTIL.get_country_code_for_region(*region).is_some())
            .map(Country)
            .ok_or_else(|| UnknownCountry(text.to_owned()))
    }
}

impl fmt::Display for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.as_region_str())
    }
}

impl fmt::Debug for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl serde::Serialize for Country {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for Country {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
    }
}

impl utoipa::PartialSchema for Country {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
        campanile_rules::described::text("^[A-Z]{2}$", "US")
    }
}
impl utoipa::ToSchema for Country {}
