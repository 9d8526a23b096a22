//! Time zones of telephone numbers.

use std::sync::Arc;

/// The IANA time zones a number may be in: names in order, joined by commas. Empty when nobody
/// knows. A number is in one lane with all numbers that have the same zones.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct ZoneSet(Arc<str>);

impl ZoneSet {
    /// The set whose joined names are `names`, as [`ZoneSet::as_str`] gave them.
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
