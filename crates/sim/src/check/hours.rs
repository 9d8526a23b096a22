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

/// The longest look ahead (docs/pacing.md), in quarters, of which the first has begun. Two zones may
/// be open together only on the day on which one of them changes its clock.
const MOST_QUARTERS: i64 = 14 * 96 + 1;

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
    /// For a batch in a version: what is known of its hours, zones by zones.
    calendars: BTreeMap<(BatchId, u64), Vec<(ZoneSet, Calendar)>>,
}

/// What is known of somebody's hours: each quarter is read once.
#[derive(Debug)]
struct Calendar {
    /// The first quarter that was read, and the first that was not.
    from: i64,
    until: i64,
    /// Open spans in between, in quarters; the last may go on.
    open: Vec<(i64, i64)>,
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

    /// What is known of these hours, taken out; nothing yet from `first` on if it is asked for the
    /// first time, or for earlier than ever.
    fn calendar(&mut self, key: (BatchId, u64, &ZoneSet), first: i64) -> (ZoneSet, Calendar) {
        let known = self.calendars.entry((key.0, key.1)).or_default();
        let place = known.iter().position(|(zones, _)| zones == key.2);
        let known = place.map(|place| known.swap_remove(place));
        known.filter(|(_, calendar)| calendar.from <= first).unwrap_or_else(|| {
            (key.2.clone(), Calendar { from: first, until: first, open: Vec::new() })
        })
    }

    /// The first open span that is not over at `wall`; none when it never opens.
    pub fn next_open(
        &mut self,
        key: (BatchId, u64, &ZoneSet),
        hours: &CallingHours,
        wall: Timestamp,
    ) -> Option<Span> {
        let first = wall.0.div_euclid(QUARTER_US);
        let (zones, mut calendar) = self.calendar(key, first);
        while calendar.until < first + MOST_QUARTERS && !calendar.knows(first) {
            let is_open = self.is_open(hours, &zones, Timestamp(calendar.until * QUARTER_US));
            calendar.read(is_open);
        }
        let horizon = wall.0 + 14 * 96 * QUARTER_US;
        let span = calendar.next(first).filter(|span| span.from.0 < horizon);
        self.calendars.entry((key.0, key.1)).or_default().push((zones, calendar));
        span
    }
}

impl Calendar {
    /// The first open span that is not over before this quarter, by its place.
    fn place(&self, first: i64) -> usize {
        self.open.partition_point(|(_, until)| *until <= first)
    }

    /// Whether that span is known whole: a closed quarter follows it.
    fn knows(&self, first: i64) -> bool {
        self.open.get(self.place(first)).is_some_and(|(_, until)| *until < self.until)
    }

    fn next(&self, first: i64) -> Option<Span> {
        let (from, until) = *self.open.get(self.place(first))?;
        let at = |quarter: i64| Timestamp(quarter * QUARTER_US);
        let until = if until < self.until { at(until) } else { Timestamp(i64::MAX) };
        Some(Span { from: at(from), until })
    }

    /// Reads one quarter more.
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
