//! Calling hours, read anew: quarter of an hour by quarter of an hour on the zone's clock.

use std::collections::BTreeMap;

use campanile_rules::{
    hours::{CallingHours, HoursZone},
    ids::BatchId,
    time::Timestamp,
    zones::ZoneSet,
};
use jiff::tz::TimeZone;

/// Plans set hours in quarters; no zone of a plan has an offset that is not a multiple of one.
const QUARTER_US: i64 = 900_000_000;

/// The longest look ahead: a window opens at least once a week.
const MOST_QUARTERS: i64 = 9 * 96;

/// A span of time, the end not included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    pub from: Timestamp,
    pub until: Timestamp,
}

/// Reads hours on every clock.
#[derive(Debug, Default)]
pub(super) struct HoursJudge {
    zones: BTreeMap<String, Option<TimeZone>>,
    /// For a batch in a version, in zones: the next open span as it was asked for at an instant.
    spans: BTreeMap<(BatchId, u64, ZoneSet), (Timestamp, Option<Span>)>,
}

impl HoursJudge {
    /// Whether somebody in `zones` may be called at `wall`.
    pub fn is_open(&mut self, hours: &CallingHours, zones: &ZoneSet, wall: Timestamp) -> bool {
        let names: Vec<&str> = match &hours.time_zone {
            HoursZone::Named(name) => vec![name.as_str()],
            HoursZone::Recipient => zones.names().collect(),
        };
        !names.is_empty() && names.iter().all(|name| self.is_open_in(hours, name, wall))
    }

    fn is_open_in(&mut self, hours: &CallingHours, zone: &str, wall: Timestamp) -> bool {
        if !self.zones.contains_key(zone) {
            self.zones.insert(zone.to_owned(), TimeZone::get(zone).ok());
        }
        let Some(Some(tz)) = self.zones.get(zone) else { return false };
        let Ok(instant) = jiff::Timestamp::from_microsecond(wall.0) else { return false };
        let local = tz.to_datetime(instant);
        let minute = local.hour() as u16 * 60 + local.minute() as u16;
        let today = local.weekday().to_monday_zero_offset();
        let opens_on = |day: i8| hours.days.iter().any(|open| *open as i8 == day.rem_euclid(7));
        let (start, end) = (hours.start.0, hours.end.0);
        if start < end {
            opens_on(today) && start <= minute && minute < end
        } else {
            (opens_on(today) && minute >= start) || (opens_on(today - 1) && minute < end)
        }
    }

    /// The first open span that is not over at `wall`; none when it never opens.
    pub fn next_open(
        &mut self,
        key: (BatchId, u64, &ZoneSet),
        hours: &CallingHours,
        wall: Timestamp,
    ) -> Option<Span> {
        let key = (key.0, key.1, key.2.clone());
        if let Some((asked_at, span)) = self.spans.get(&key)
            && *asked_at <= wall
            && span.is_some_and(|span| wall < span.until)
        {
            return *span;
        }
        let first = wall.0.div_euclid(QUARTER_US);
        let at = |quarter: i64| Timestamp(quarter * QUARTER_US);
        let opens = (first..first + MOST_QUARTERS)
            .find(|quarter| self.is_open(hours, &key.2, at(*quarter)));
        let span = opens.map(|opens| {
            let closes = (opens..opens + MOST_QUARTERS)
                .find(|quarter| !self.is_open(hours, &key.2, at(*quarter)));
            let until = closes.map_or(Timestamp(i64::MAX), at);
            Span { from: at(opens), until }
        });
        self.spans.insert(key, (wall, span));
        span
    }
}
