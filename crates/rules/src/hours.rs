//! Calling hours: when recipients may be called, on the clock of a time zone.
//!
//! Local wall-clock time decides. An hour that a time change skips is never open; an hour that a
//! time change repeats is open twice. A window that ends at or before its start crosses midnight
//! and belongs to the day on which it opens.

mod parse;
mod window;

pub use parse::{parse_closing, parse_days, parse_span, zone_mistake};
pub use window::{Window, closes_at, is_open, next_open, window};

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::words;

/// A daily window, on some days of the week, in a time zone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CallingHours {
    /// Opening time of day, `HH:MM`.
    pub start: TimeOfDay,
    /// Closing time of day, `HH:MM`; not after `start` means across midnight, and `24:00` is
    /// midnight.
    #[serde(deserialize_with = "closing_time")]
    pub end: TimeOfDay,
    /// Days on which the window opens; all seven when left out.
    #[serde(default = "whole_week")]
    pub days: Vec<Day>,
    /// Whose clock.
    pub time_zone: HoursZone,
}

fn closing_time<'de, D: serde::Deserializer<'de>>(d: D) -> Result<TimeOfDay, D::Error> {
    parse_closing(&String::deserialize(d)?).map_err(serde::de::Error::custom)
}

fn whole_week() -> Vec<Day> {
    Day::ALL.to_vec()
}

/// Minutes since midnight; `HH:MM` outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct TimeOfDay(pub u16);

words! {
    /// A day of the week.
    #[derive(
        Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema,
    )]
    #[allow(missing_docs)]
    pub enum Day {
        Mon = "mon",
        Tue = "tue",
        Wed = "wed",
        Thu = "thu",
        Fri = "fri",
        Sat = "sat",
        Sun = "sun",
    }
}

impl Day {
    /// The day with this name (`mon`, `Monday`), ignoring case.
    pub fn read(name: &str) -> Option<Day> {
        const LONG: [&str; 7] =
            ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
        let name = name.to_ascii_lowercase();
        (0..7).find(|&i| name == Day::ALL[i].as_str() || name == LONG[i]).map(|i| Day::ALL[i])
    }
}

/// The clock on which calling hours are read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HoursZone {
    /// The clock of the recipient's own zone, found by the number. If several zones are possible,
    /// the hours must be open in all of them.
    Recipient,
    /// The clock of one IANA zone for all recipients.
    Named(String),
}

impl std::fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}

impl std::str::FromStr for TimeOfDay {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let two = |part: &str| {
            (part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit()))
                .then(|| part.parse::<u16>().ok())
                .flatten()
        };
        text.split_once(':')
            .and_then(|(h, m)| Some((two(h)?, two(m)?)))
            .filter(|&(h, m)| h < 24 && m < 60)
            .map(|(h, m)| TimeOfDay(h * 60 + m))
            .ok_or_else(|| {
                format!("{text:?} is not a time of day; write it as HH:MM, for example 09:00")
            })
    }
}

impl utoipa::PartialSchema for TimeOfDay {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
        crate::described::text("^([01][0-9]|2[0-3]):[0-5][0-9]$", "09:00")
    }
}
impl ToSchema for TimeOfDay {}

impl utoipa::PartialSchema for HoursZone {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
        crate::described::text("^.{1,64}$", "Europe/Berlin")
    }
}
impl ToSchema for HoursZone {}

impl Serialize for TimeOfDay {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for TimeOfDay {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
    }
}

impl Serialize for HoursZone {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(match self {
            HoursZone::Recipient => "recipient",
            HoursZone::Named(name) => name,
        })
    }
}

impl<'de> Deserialize<'de> for HoursZone {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        Ok(match String::deserialize(d)?.as_str() {
            "recipient" => HoursZone::Recipient,
            name => HoursZone::Named(name.to_owned()),
        })
    }
}

#[cfg(test)]
mod tests;
