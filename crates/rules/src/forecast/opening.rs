//! When any recipient of a batch may be called. The instants of a forecast lie within these times.

use std::{collections::BTreeSet, time::Duration};

use super::Load;
use crate::{
    hours::{self, CallingHours, Window},
    time::Timestamp,
    zones::ZoneSet,
};

/// How far back the search for the last closing goes, and in which steps.
const BACK: Duration = Duration::from_secs(14 * 86_400);
const STEP: Duration = Duration::from_secs(1_800);

/// The most openings and closings that are visited.
const MOST_STEPS: usize = 2_000;

/// The calling hours of all recipients of a batch taken together.
pub(super) struct Opening<'a> {
    hours: Option<&'a CallingHours>,
    zones: BTreeSet<&'a ZoneSet>,
    /// The start of the batch. No recipient is called before it.
    begins_at: Timestamp,
}

impl Opening<'_> {
    /// The opening of a batch at `now`.
    pub fn of(batch: &Load, now: Timestamp) -> Opening<'_> {
        let waiting = batch.waiting.iter().filter(|group| group.people > 0);
        Opening {
            hours: batch.settings.calling_hours.as_ref(),
            zones: waiting.map(|group| &group.zones).collect(),
            begins_at: batch.settings.starts_at.map_or(now, |at| at.max(now)),
        }
    }

    /// Returns `at` if any recipient may be called then; otherwise the closing before it. If no
    /// recipient could be called until `at`, returns the next opening.
    pub fn at_or_before(&self, at: Timestamp) -> Timestamp {
        if self.is_open(at) {
            return at;
        }
        let mut back = Duration::ZERO;
        while back < BACK {
            back += STEP;
            let before = Timestamp(at.0 - back.as_micros() as i64);
            if before < self.begins_at {
                break;
            }
            if self.is_open(before) {
                return self.closes_at(before).min(at);
            }
        }
        if self.is_open(self.begins_at) {
            return self.closes_at(self.begins_at).min(at);
        }
        self.next_open(at)
    }

    /// The instant after `span` of open time.
    pub fn later(&self, mut at: Timestamp, mut span: Duration) -> Timestamp {
        for _ in 0..MOST_STEPS {
            at = self.next_open(at);
            let closes_at = self.closes_at(at);
            let open = closes_at.since(at);
            if span <= open || closes_at <= at {
                break;
            }
            span -= open;
            at = closes_at;
        }
        at + span
    }

    fn windows(&self, at: Timestamp) -> impl Iterator<Item = Window> {
        self.zones.iter().filter_map(move |zones| Some(hours::window(self.hours?, zones, at)))
    }

    fn is_open(&self, at: Timestamp) -> bool {
        self.hours.is_none() || self.windows(at).any(|window| window.open)
    }

    /// When calls must end, for an instant at which calls are allowed.
    fn closes_at(&self, mut at: Timestamp) -> Timestamp {
        if self.hours.is_none() {
            return Timestamp(i64::MAX);
        }
        for _ in 0..MOST_STEPS {
            let open = self.windows(at).filter(|window| window.open);
            match open.map(|window| window.until).max() {
                Some(until) if until > at => at = until,
                _ => break,
            }
        }
        at
    }

    fn next_open(&self, at: Timestamp) -> Timestamp {
        if self.is_open(at) {
            return at;
        }
        let opens = self.windows(at).filter(|window| window.turns).map(|window| window.until);
        opens.min().unwrap_or(at)
    }
}
