//! Instants as the store keeps them: integer microseconds since 1970-01-01T00:00:00Z.

use std::{
    fmt,
    ops::{Add, Sub},
    time::Duration,
};

const DAY_US: i64 = 86_400_000_000;

/// An instant, in microseconds UTC. Callers hand it in; the rules never read a clock.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// The time since `earlier`. Zero if `earlier` is later.
    pub fn since(self, earlier: Timestamp) -> Duration {
        Duration::from_micros(self.0.saturating_sub(earlier.0).max(0) as u64)
    }

    /// The number of days from 1970-01-01 to the UTC day of this instant.
    pub fn utc_day(self) -> i64 {
        self.0.div_euclid(DAY_US)
    }

    /// The beginning of the next UTC day.
    pub fn next_utc_day(self) -> Timestamp {
        Timestamp((self.utc_day() + 1).saturating_mul(DAY_US))
    }

    pub(crate) fn as_jiff(self) -> jiff::Timestamp {
        jiff::Timestamp::from_microsecond(self.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH)
    }
}

/// RFC 3339 in UTC with microseconds, for example `2026-11-23T12:46:35.000000Z`.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.6}", self.as_jiff())
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::str::FromStr for Timestamp {
    type Err = jiff::Error;
    fn from_str(text: &str) -> Result<Self, jiff::Error> {
        text.parse::<jiff::Timestamp>().map(|t| Timestamp(t.as_microsecond()))
    }
}

impl serde::Serialize for Timestamp {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for Timestamp {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
    }
}

impl utoipa::PartialSchema for Timestamp {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
        crate::described::instant("2026-12-01T09:00:00.000000Z")
    }
}
impl utoipa::ToSchema for Timestamp {}

fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}

impl Add<Duration> for Timestamp {
    type Output = Timestamp;
    fn add(self, duration: Duration) -> Timestamp {
        Timestamp(self.0.saturating_add(micros(duration)))
    }
}

impl Sub<Duration> for Timestamp {
    type Output = Timestamp;
    fn sub(self, duration: Duration) -> Timestamp {
        Timestamp(self.0.saturating_sub(micros(duration)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_begins_at_midnight_utc() {
        let last: Timestamp = "2026-11-23T23:59:59.999999Z".parse().unwrap();
        let next: Timestamp = "2026-11-24T00:00:00Z".parse().unwrap();
        assert_eq!((last.next_utc_day(), next.utc_day()), (next, last.utc_day() + 1));
        assert_eq!(next.next_utc_day(), next + Duration::from_secs(86_400));
    }
}
