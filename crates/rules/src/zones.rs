//! Sets of time zones.

use std::sync::Arc;

/// The IANA time zones that a number may be in: sorted names, joined by commas. Empty if the zone
/// is unknown. Numbers with the same zones share a lane.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct ZoneSet(Arc<str>);

impl ZoneSet {
    /// The set with these joined names, as returned by [`ZoneSet::as_str`].
    pub fn from_joined(names: &str) -> ZoneSet {
        ZoneSet(names.into())
    }

    /// The joined names, for storage.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Each name.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.split(',').filter(|name| !name.is_empty())
    }
}
