//! The catalogue: every network group that the numbering plans of the world give.

use std::{collections::HashMap, fmt, str::FromStr, sync::LazyLock};

use super::{NumberKind, custom::Prefix, plan};
use crate::phone::{Country, E164};

/// The name of a group for programs: `us-geographic-and-mobile`, `gb-premium`,
/// `001-870-satellite`, or one of the installation's own, `custom-…`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GroupId(String);

/// A text that is no name of a group.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is no group id; write lower-case letters, digits and hyphens, at most 64 characters, \
     for example us-toll-free"
)]
pub struct BadGroupId(String);

impl GroupId {
    /// What the ids of groups of the installation's own begin with.
    pub const CUSTOM: &str = "custom-";

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it names a group of the installation's own.
    pub fn is_custom(&self) -> bool {
        self.0.starts_with(Self::CUSTOM)
    }
}

impl FromStr for GroupId {
    type Err = BadGroupId;

    fn from_str(text: &str) -> Result<Self, BadGroupId> {
        let fits = (1..=64).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if fits { Ok(GroupId(text.to_owned())) } else { Err(BadGroupId(text.to_owned())) }
    }
}

impl fmt::Display for GroupId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl serde::Serialize for GroupId {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(&self.0)
    }
}

impl<'de> serde::Deserialize<'de> for GroupId {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
    }
}

impl utoipa::PartialSchema for GroupId {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
        crate::described::text("^[a-z0-9-]{1,64}$", "us-geographic-and-mobile")
    }
}
impl utoipa::ToSchema for GroupId {}

/// A group of the catalogue: the numbers of one kind in one country, or in one international
/// network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NetworkGroup {
    /// Its name for programs.
    pub id: GroupId,
    /// Its name for people: `US – geographic and mobile`.
    pub name: String,
    /// Where it is; none for a network that belongs to no country, such as +881.
    pub country: Option<Country>,
    /// Its calling code, without the plus.
    pub calling_code: u16,
    /// What sort of numbers it has.
    pub kind: NumberKind,
    /// Its place in the catalogue.
    pub(super) index: usize,
}

impl NetworkGroup {
    pub(super) fn new(
        index: usize,
        country: Option<Country>,
        calling_code: u16,
        kind: NumberKind,
    ) -> NetworkGroup {
        let (place, region) = match country {
            Some(country) => (country.to_string(), country.to_string().to_lowercase()),
            None => (format!("+{calling_code}"), format!("001-{calling_code}")),
        };
        let id = GroupId(format!("{region}-{}", kind.as_str().replace('_', "-")));
        let name = format!("{place} – {}", kind.label());
        NetworkGroup { id, name, country, calling_code, kind, index }
    }

    /// Whether only an operator may enable it: a costly kind, or an international network that
    /// is not toll-free.
    pub fn is_costly(&self) -> bool {
        self.kind.is_costly() || (self.country.is_none() && self.kind != NumberKind::TollFree)
    }

    /// The shortest prefixes under which all numbers that exist are of this group, in order; up to
    /// some thousands. Where only the length tells groups apart, each of them has the prefix.
    pub fn prefixes(&self) -> Vec<Prefix> {
        plan::prefixes(self)
    }
}

static BY_ID: LazyLock<HashMap<&'static str, &'static NetworkGroup>> =
    LazyLock::new(|| catalogue().iter().map(|group| (group.id.as_str(), group)).collect());

/// Every group, by country and kind; international networks first.
pub fn catalogue() -> &'static [NetworkGroup] {
    plan::groups()
}

/// The group of the catalogue called `id`.
pub fn find(id: &GroupId) -> Option<&'static NetworkGroup> {
    BY_ID.get(id.as_str()).copied()
}

/// The group of the catalogue that `number` is in; none when no such number exists.
pub fn group_of(number: E164) -> Option<&'static NetworkGroup> {
    plan::place(number).group
}

/// The groups of `country`, in the order of their kinds.
pub fn groups_of(country: Country) -> impl Iterator<Item = &'static NetworkGroup> {
    catalogue().iter().filter(move |group| group.country == Some(country))
}
