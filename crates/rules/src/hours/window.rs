//! When calling hours are open, computed on the clocks of one or several time zones.

use std::time::Duration;

use jiff::{
    civil::{Date, Weekday},
    tz::TimeZone,
};

use super::{CallingHours, Day, HoursZone};
use crate::{time::Timestamp, zones::ZoneSet};

/// How far ahead the search for an opening goes.
const HORIZON: Duration = Duration::from_secs(14 * 24 * 3600);

/// A stretch of time in which calling hours stay open or stay closed, kept so that it need not be
/// computed again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// Whether recipients may be called.
    pub open: bool,
    /// The instant for which the window was computed. The window is not valid before it.
    pub from: Timestamp,
    /// The first instant at which the window is no longer valid.
    pub until: Timestamp,
    /// Whether `open` changes at `until`. If not, nothing changes within 14 days, or ever.
    pub turns: bool,
}

impl Window {
    /// A window without an end.
    pub(crate) fn forever(open: bool, from: Timestamp) -> Window {
        Window { open, from, until: Timestamp(i64::MAX), turns: false }
    }

    /// An empty window, which is never valid.
    pub(crate) fn stale() -> Window {
        let never = Timestamp(i64::MIN);
        Window { open: false, from: never, until: never, turns: false }
    }

    /// Whether the window is valid at `now`.
    pub(crate) fn holds(&self, now: Timestamp) -> bool {
        self.from <= now && now < self.until
    }
}

/// Whether a number that may be in any of `zones` may be called at `now`.
pub fn is_open(hours: &CallingHours, zones: &ZoneSet, now: Timestamp) -> bool {
    clocks(hours, zones).is_some_and(|clocks| all_open(hours, &clocks, now))
}

/// The first instant at or after `now` at which the number may be called. `None` if there is none
/// within 14 days, for example because the zone of the number is unknown.
pub fn next_open(hours: &CallingHours, zones: &ZoneSet, now: Timestamp) -> Option<Timestamp> {
    let window = window(hours, zones, now);
    if window.open { Some(now) } else { window.turns.then_some(window.until) }
}

/// The first instant at or after `now` at which the number may not be called. `None` if there is
/// none within 14 days.
pub fn closes_at(hours: &CallingHours, zones: &ZoneSet, now: Timestamp) -> Option<Timestamp> {
    let window = window(hours, zones, now);
    if window.open { window.turns.then_some(window.until) } else { Some(now) }
}

/// Whether the number may be called at `now`, and how long that stays the same.
pub fn window(hours: &CallingHours, zones: &ZoneSet, now: Timestamp) -> Window {
    let Some(clocks) = clocks(hours, zones) else {
        return Window::forever(false, now);
    };
    let open = all_open(hours, &clocks, now);
    let horizon = now + HORIZON;
    let mut at = now;
    loop {
        at = clocks.iter().map(|clock| next_change(hours, clock, at)).min().unwrap_or(horizon);
        if at >= horizon {
            return Window { open, from: now, until: horizon, turns: false };
        }
        if all_open(hours, &clocks, at) != open {
            return Window { open, from: now, until: at, turns: true };
        }
    }
}

/// The clocks that must all show an open hour. `None` if one of the zones is unknown.
fn clocks(hours: &CallingHours, zones: &ZoneSet) -> Option<Vec<TimeZone>> {
    match &hours.time_zone {
        HoursZone::Named(name) => TimeZone::get(name).ok().map(|zone| vec![zone]),
        HoursZone::Recipient => {
            let clocks: Vec<_> =
                zones.names().map(|name| TimeZone::get(name).ok()).collect::<Option<_>>()?;
            if clocks.is_empty() { None } else { Some(clocks) }
        }
    }
}

fn all_open(hours: &CallingHours, clocks: &[TimeZone], at: Timestamp) -> bool {
    clocks.iter().all(|clock| shows_open(hours, clock, at))
}

/// Whether the local time in this zone is within calling hours.
fn shows_open(hours: &CallingHours, clock: &TimeZone, at: Timestamp) -> bool {
    let local = clock.to_datetime(at.as_jiff());
    let minute = local.hour() as u16 * 60 + local.minute() as u16;
    let opens_on = |day: Weekday| hours.days.contains(&day_of(day));
    let (today, yesterday) = (local.weekday(), local.weekday().previous());
    if hours.start < hours.end {
        (hours.start.0..hours.end.0).contains(&minute) && opens_on(today)
    } else {
        (minute >= hours.start.0 && opens_on(today))
            || (minute < hours.end.0 && opens_on(yesterday))
    }
}

/// The first instant after `at` at which this clock may open or close: the start or end of the
/// hours, or a change of the zone's offset.
fn next_change(hours: &CallingHours, clock: &TimeZone, at: Timestamp) -> Timestamp {
    let date = clock.to_datetime(at.as_jiff()).date();
    let mut next = clock
        .following(at.as_jiff())
        .next()
        .map_or(Timestamp(i64::MAX), |change| Timestamp(change.timestamp().as_microsecond()));
    for date in [Ok(date), date.tomorrow()].into_iter().flatten() {
        for minute in [hours.start.0, hours.end.0] {
            for instant in instants(clock, date, minute) {
                if instant > at {
                    next = next.min(instant);
                }
            }
        }
    }
    next
}

/// The instants at which the clock shows this minute of this date. There are two in an hour that is
/// repeated.
fn instants(clock: &TimeZone, date: Date, minute: u16) -> impl Iterator<Item = Timestamp> {
    let shown = date.at((minute / 60) as i8, (minute % 60) as i8, 0, 0);
    let instant = clock.to_ambiguous_timestamp(shown);
    [instant.earlier(), instant.later()]
        .into_iter()
        .flatten()
        .map(|instant| Timestamp(instant.as_microsecond()))
}

fn day_of(day: Weekday) -> Day {
    Day::ALL[day.to_monday_zero_offset() as usize % 7]
}
