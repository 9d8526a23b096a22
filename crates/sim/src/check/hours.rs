//! Reads calling hours independently of the rules: quarter of an hour by quarter of an hour on the
//! clock of the zone.

use std::collections::BTreeMap;

use campanile_rules::{
    hours::{CallingHours, HoursZone},
    ids::BatchId,
    time::Timestamp,
    zones::ZoneSet,
};
use jiff::tz::TimeZone;

/// Plans use hours in quarters, and the offset of every zone in a plan is a multiple of a quarter.
const QUARTER_US: i64 = 900_000_000;

/// The longest look ahead (docs/pacing.md), in quarters, the present one included. Two zones may be
/// open together only on the day of a time change in one of them.
const MOST_QUARTERS: i64 = 14 * 96 + 1;

/// A span of time, without its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    pub from: Timestamp,
    pub until: Timestamp,
}

/// Reads calling hours on any clock.
#[derive(Debug, Default)]
pub(super) struct HoursJudge {
    zones: BTreeMap<String, Option<TimeZone>>,
    /// What is known about the hours that each batch has or had, by set of zones. A version of a batch
    /// does not name its hours: a restored backup counts versions anew.
    calendars: BTreeMap<BatchId, Vec<Known>>,
}

/// What is known about one set of hours on the clocks of one set of zones.
#[derive(Debug)]
struct Known {
    hours: CallingHours,
    zones: ZoneSet,
    calendar: Calendar,
}

/// What is known about one set of hours. Each quarter is read once.
#[derive(Debug)]
struct Calendar {
    /// The first quarter that was read, and the first quarter that was not.
    from: i64,
    until: i64,
    /// The open spans in between, in quarters. The last span may continue.
    open: Vec<(i64, i64)>,
}

impl HoursJudge {
    /// Whether a number in `zones` may be called at `wall`.
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

    /// Takes out what is known about these hours. Empty from `first` on if the hours are asked for
    /// the first time, or for an earlier instant than ever before.
    fn calendar(
        &mut self,
        batch: BatchId,
        (hours, zones): (&CallingHours, &ZoneSet),
        first: i64,
    ) -> Known {
        let all = self.calendars.entry(batch).or_default();
        let place = all.iter().position(|known| known.zones == *zones && known.hours == *hours);
        let known = place.map(|place| all.swap_remove(place));
        known.filter(|known| known.calendar.from <= first).unwrap_or_else(|| Known {
            hours: hours.clone(),
            zones: zones.clone(),
            calendar: Calendar { from: first, until: first, open: Vec::new() },
        })
    }

    /// The first open span that is not over at `wall`. `None` if the hours never open.
    pub fn next_open(
        &mut self,
        batch: BatchId,
        (hours, zones): (&CallingHours, &ZoneSet),
        wall: Timestamp,
    ) -> Option<Span> {
        let first = wall.0.div_euclid(QUARTER_US);
        let mut known = self.calendar(batch, (hours, zones), first);
        let calendar = &mut known.calendar;
        while calendar.until < first + MOST_QUARTERS && !calendar.knows(first) {
            let is_open = self.is_open(hours, zones, Timestamp(calendar.until * QUARTER_US));
            calendar.read(is_open);
        }
        let horizon = wall.0 + 14 * 96 * QUARTER_US;
        let span = calendar.next(first).filter(|span| span.from.0 < horizon);
        self.calendars.entry(batch).or_default().push(known);
        span
    }
}

impl Calendar {
    /// The index of the first open span that is not over before this quarter.
    fn place(&self, first: i64) -> usize {
        self.open.partition_point(|(_, until)| *until <= first)
    }

    /// Whether the end of that span is known: a closed quarter follows it.
    fn knows(&self, first: i64) -> bool {
        self.open.get(self.place(first)).is_some_and(|(_, until)| *until < self.until)
    }

    fn next(&self, first: i64) -> Option<Span> {
        let (from, until) = *self.open.get(self.place(first))?;
        let at = |quarter: i64| Timestamp(quarter * QUARTER_US);
        let until = if until < self.until { at(until) } else { Timestamp(i64::MAX) };
        Some(Span { from: at(from), until })
    }

    /// Reads one more quarter.
    fn read(&mut self, is_open: bool) {
        let quarter = self.until;
        self.until += 1;
        match self.open.last_mut().filter(|(_, until)| *until == quarter) {
            Some((_, until)) if is_open => *until += 1,
            None if is_open => self.open.push((quarter, quarter + 1)),
            Some(_) | None => {}
        }
    }
}
