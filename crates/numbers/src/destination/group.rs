//! The catalogue: all network groups in the numbering plans of the world.

use std::{collections::HashMap, fmt, str::FromStr, sync::LazyLock};

use campanile_rules::phone::E164;

use super::{NumberKind, custom::Prefix, plan};
use crate::Country;

/// The ID of a group: `us-geographic-and-mobile`, `gb-premium`, `001-870-satellite`, or `custom-…`
/// for a custom group.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GroupId(String);

/// The error for a text that is not the ID of a group.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is no group id; write lower-case letters, digits and hyphens, at most 64 characters, \
     for example us-toll-free"
)]
pub struct BadGroupId(String);

impl GroupId {
    /// The prefix of the IDs of custom groups.
    pub const CUSTOM: &str = "custom-";

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the ID names a custom group.
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
        campanile_rules::described::text("^[a-z0-9-]{1,64}$", "us-geographic-and-mobile")
    }
}
impl utoipa::ToSchema for GroupId {}

/// A group of the catalogue: the numbers of one kind in one country, or in one international
/// network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NetworkGroup {
    /// The machine-readable ID.
    pub id: GroupId,
    /// The name shown to users: `US – geographic and mobile`.
    pub name: String,
    /// The country. `None` for a network that belongs to no country, such as +881.
    pub country: Option<Country>,
    /// The calling code, without the plus.
    pub calling_code: u16,
    /// The kind of the numbers.
    pub kind: NumberKind,
    /// The index in the catalogue.
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

    /// Whether only an operator may enable the group: its kind is costly, or it is an international
    /// network that is not toll-free.
    pub fn is_costly(&self) -> bool {
        self.kind.is_costly() || (self.country.is_none() && self.kind != NumberKind::TollFree)
    }

    /// The shortest prefixes, in order, under which all existing numbers belong to this group; up
    /// to some thousands. If only the length tells groups apart, each of the groups has the prefix.
    pub fn prefixes(&self) -> Vec<Prefix> {
        plan::prefixes(self)
    }
}

static BY_ID: LazyLock<HashMap<&'static str, &'static NetworkGroup>> =
    LazyLock::new(|| catalogue().iter().map(|group| (group.id.as_str(), group)).collect());

/// All groups, by country and kind. International networks come first.
pub fn catalogue() -> &'static [NetworkGroup] {
    plan::groups()
}

/// The catalogue's group with this ID.
pub fn find(id: &GroupId) -> Option<&'static NetworkGroup> {
    BY_ID.get(id.as_str()).copied()
}

/// The catalogue's group of `number`. `None` if no such number exists.
pub fn group_of(number: E164) -> Option<&'static NetworkGroup> {
    plan::place(number).group
}

/// The groups of `country`, ordered by kind.
pub fn groups_of(country: Country) -> impl Iterator<Item = &'static NetworkGroup> {
    catalogue().iter().filter(move |group| group.country == Some(country))
}
