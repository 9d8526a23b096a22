//! Custom groups of the installation: a country and prefixes.

use std::{fmt, str::FromStr};

use super::GroupId;
use crate::Country;

/// The first digits of E.164 numbers, calling code included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Prefix(u64);

/// The error for a text that is not a prefix.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is no prefix; write a plus, the country code and the digits that follow, 15 at most, \
     for example +1900"
)]
pub struct BadPrefix(String);

impl Prefix {
    /// The digits as one integer. The first digit is not zero.
    pub fn digits(self) -> u64 {
        self.0
    }

    pub(super) fn from_digits(digits: u64) -> Prefix {
        Prefix(digits)
    }
}

impl FromStr for Prefix {
    type Err = BadPrefix;

    fn from_str(text: &str) -> Result<Self, BadPrefix> {
        let digits = text.strip_prefix('+').unwrap_or(text);
        let fits = (1..=15).contains(&digits.len())
            && !digits.starts_with('0')
            && digits.bytes().all(|b| b.is_ascii_digit());
        let parsed = if fits { digits.parse().ok() } else { None };
        parsed.map(Prefix).ok_or_else(|| BadPrefix(text.to_owned()))
    }
}

impl fmt::Display for Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "+{}", self.0)
    }
}

impl serde::Serialize for Prefix {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for Prefix {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
    }
}

impl utoipa::PartialSchema for Prefix {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
        campanile_rules::described::text(r"^\+[1-9][0-9]{0,14}$", "+1900")
    }
}
impl utoipa::ToSchema for Prefix {}

/// A group that the operator defined by prefixes. The longest prefix of a number decides its group,
/// among the catalogue's and the custom groups. If a custom group has the same prefix as the
/// catalogue, the custom group wins; between two custom groups, the enabled one wins. So a custom
/// group that is not enabled removes its range from the groups around it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomGroup {
    id: GroupId,
    name: String,
    country: Country,
    prefixes: Vec<Prefix>,
}

/// A mistake in a custom group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupMistake {
    /// The place of the mistake, as a JSON pointer into the group: `/prefixes/0`.
    pub pointer: String,
    /// What is wrong, and what to do.
    pub detail: String,
}

/// All mistakes in a custom group.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.iter().map(|m| m.detail.as_str()).collect::<Vec<_>>().join("; "))]
pub struct GroupMistakes(pub Vec<GroupMistake>);

impl CustomGroup {
    /// The most prefixes of one group.
    pub const MAX_PREFIXES: usize = 1_000;
    /// The most characters of a name.
    pub const MAX_NAME_CHARS: usize = 100;

    /// Parses a group as a user wrote it. All mistakes are reported together.
    pub fn parse(
        id: &str,
        name: &str,
        country: &str,
        prefixes: &[impl AsRef<str>],
    ) -> Result<CustomGroup, GroupMistakes> {
        let mut mistakes = Vec::new();
        let mut wrong = |pointer: String, detail: String| {
            mistakes.push(GroupMistake { pointer, detail });
        };
        let id = id.parse::<GroupId>().map_err(|e| e.to_string()).and_then(|id| {
            let detail = || format!("the id {id} must begin with {}", GroupId::CUSTOM);
            if id.is_custom() { Ok(id) } else { Err(detail()) }
        });
        let id = id.map_err(|detail| wrong("/id".into(), detail)).ok();
        let name = name.trim();
        if !(1..=Self::MAX_NAME_CHARS).contains(&name.chars().count()) {
            let most = Self::MAX_NAME_CHARS;
            wrong("/name".into(), format!("write a name of 1 to {most} characters"));
        }
        let country = country.parse::<Country>();
        let country = country.map_err(|e| wrong("/country".into(), e.to_string())).ok();
        if !(1..=Self::MAX_PREFIXES).contains(&prefixes.len()) {
            let most = Self::MAX_PREFIXES;
            wrong("/prefixes".into(), format!("write 1 to {most} prefixes"));
        }
        let mut read: Vec<Prefix> = Vec::new();
        for (at, text) in prefixes.iter().enumerate().take(Self::MAX_PREFIXES) {
            let prefix = text.as_ref().parse::<Prefix>().map_err(|e| e.to_string());
            match prefix.and_then(|prefix| belongs(prefix, country)) {
                Ok(prefix) if read.contains(&prefix) => {
                    wrong(format!("/prefixes/{at}"), format!("{prefix} is there twice; drop one"));
                }
                Ok(prefix) => read.push(prefix),
                Err(detail) => wrong(format!("/prefixes/{at}"), detail),
            }
        }
        match (id, country) {
            (Some(id), Some(country)) if mistakes.is_empty() => {
                Ok(CustomGroup { id, name: name.to_owned(), country, prefixes: read })
            }
            (_, _) => Err(GroupMistakes(mistakes)),
        }
    }

    /// The machine-readable ID.
    pub fn id(&self) -> &GroupId {
        &self.id
    }

    /// The name shown to users.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The country that the calling code of the prefixes belongs to.
    pub fn country(&self) -> Country {
        self.country
    }

    /// The prefixes as written.
    pub fn prefixes(&self) -> &[Prefix] {
        &self.prefixes
    }
}

/// Checks that a prefix begins with the calling code of `country`. An unknown country is not
/// checked.
fn belongs(prefix: Prefix, country: Option<Country>) -> Result<Prefix, String> {
    let Some(country) = country else { return Ok(prefix) };
    let code = country.calling_code();
    if prefix.0.to_string().starts_with(&code.to_string()) {
        Ok(prefix)
    } else {
        Err(format!("{prefix} is not in {country}, whose numbers begin with +{code}; correct it"))
    }
}
