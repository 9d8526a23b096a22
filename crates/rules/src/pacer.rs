//! The pace at which one trunk is dialed: evenly spaced, never above the limit, and slower while
//! the trunk is congested.
//!
//! Two rules hold together. Calls are *placed* at even intervals. A call is placed only while fewer
//! calls than one second allows have left *on the wire* within the last second. A call that was
//! placed but is not known to have left counts, whenever it will leave. So the limit holds in every
//! sliding second as the far end sees it, whatever the delay between placing a call and its INVITE.

use std::{collections::VecDeque, time::Duration};

use crate::{retry::MAX_RETRY_AFTER, time::Timestamp};

/// The fastest pace that the pacer supports, in calls per second.
pub const MAX_CPS: f64 = 10_000.0;

/// How much longer than a second the sliding second is, in microseconds. The margin covers INVITEs
/// that take different times to the far end.
const MARGIN_US: i64 = 10_000;

/// How much a late poll may catch up, in microseconds, when calls are close together.
const CATCH_UP_US: i64 = 20_000;

/// The rate, in calls per second, from which calls count as close together: several calls fall
/// within one tick of a timer.
const CLOSE_CPS: usize = 100;

/// How far ahead of their time calls are prepared.
pub const LEAD: Duration = Duration::from_millis(50);

/// The most calls that are prepared ahead.
const MAX_AHEAD: u32 = 128;

/// The slowest pace under congestion, as a share of the full pace.
const FLOOR: f64 = 1.0 / 64.0;

/// The pace after an outage, as a share of the full pace.
const AFTER_OUTAGE: f64 = 1.0 / 8.0;

/// The longest interval between calls under congestion, in microseconds. Calls must go on, because
/// only a call shows that the congestion is over.
const LONGEST_PROBE_US: f64 = 5e6;

/// The share of the full pace that returns with each second without congestion.
const GROWTH_PER_S: f64 = 0.05;

/// The longest time, in seconds, that one call can prove to be free of congestion.
const MAX_GROWTH_S: f64 = 5.0;

/// The pace of one trunk.
#[derive(Debug, Clone)]
pub struct Pacer {
    /// The calls that may leave within one window; 0 means that no call may leave.
    per_window: usize,
    /// The length of the window: a second and the margin, or longer if the limit is below one call
    /// per second.
    window_us: i64,
    /// The pace as a share of the full pace.
    share: f64,
    /// When the calls of the last window left, in order.
    sent: VecDeque<Timestamp>,
    /// Calls that were placed but are not known to have left.
    unsent: usize,
    /// Until this instant an earlier process may have dialed at the full pace.
    dialed_until: Option<Timestamp>,
    /// When the last call was due to be placed.
    last_at: Option<Timestamp>,
    /// No call is placed before this instant.
    blocked_until: Option<Timestamp>,
    /// When congestion last slowed the pace.
    slowed_at: Option<Timestamp>,
    /// When the pace last grew.
    grown_at: Option<Timestamp>,
}

impl Pacer {
    /// Creates a pacer for `max_cps` calls per second. A limit below one is kept (0.5 is one call
    /// in two seconds). Above one, the limit of a sliding second is rounded down, so 2.5 paces as
    /// 2. A limit that is not a positive number stops all calls.
    pub fn new(max_cps: f64) -> Pacer {
        let mut pacer = Pacer {
            per_window: 0,
            window_us: 0,
            share: 1.0,
            sent: VecDeque::new(),
            unsent: 0,
            dialed_until: None,
            last_at: None,
            blocked_until: None,
            slowed_at: None,
            grown_at: None,
        };
        pacer.set_max_cps(max_cps);
        pacer
    }

    /// Changes the full pace. The calls that have left still count.
    pub fn set_max_cps(&mut self, max_cps: f64) {
        let cps = if max_cps > 0.0 { max_cps.min(MAX_CPS) } else { 0.0 };
        self.per_window = if cps > 0.0 { (cps as usize).max(1) } else { 0 };
        let seconds = if cps < 1.0 { 1.0 / cps.max(1e-6) } else { 1.0 };
        self.window_us = (seconds * 1e6) as i64 + MARGIN_US;
    }

    /// The earliest instant, at or after `now`, at which the next call may be placed. `None` if
    /// that depends on when an earlier call leaves, or if calls are stopped.
    pub fn next_at(&self, now: Timestamp) -> Option<Timestamp> {
        let spaced = self.last_at.map_or(now, |last| later(last, self.interval_us()));
        let earlier = self.dialed_until.map_or(now, |until| later(until, self.window_us));
        let at = now.max(spaced).max(earlier).max(self.blocked_until.unwrap_or(now));
        let over = (self.sent.len() + self.unsent + 1).saturating_sub(self.per_window);
        match over {
            0 => Some(at),
            // All but the newest `per_window - unsent - 1` calls must have left the window.
            _ => self.sent.get(over - 1).map(|&left| at.max(later(left, self.window_us))),
        }
    }

    /// How many calls may be prepared ahead of their time.
    pub fn ahead(&self) -> u32 {
        let lead_us = LEAD.as_micros() as i64;
        u32::try_from(lead_us / self.interval_us() + 1).map_or(MAX_AHEAD, |n| n.min(MAX_AHEAD))
    }

    /// Whether congestion slows the pace at `now`.
    pub fn is_backing_off(&self, now: Timestamp) -> bool {
        self.share < 1.0 || self.blocked_until.is_some_and(|until| until > now)
    }

    /// The pace as a share of the full pace.
    pub fn share(&self) -> f64 {
        self.share
    }

    /// Notes that a call was handed out for dialing.
    pub fn placed(&mut self, now: Timestamp) {
        let due = match self.last_at {
            Some(last) => {
                let catch_up = Timestamp(now.0.saturating_sub(self.catch_up_us()));
                later(last, self.interval_us()).max(catch_up)
            }
            None => now,
        };
        self.last_at = Some(due.min(now));
        self.unsent += 1;
        self.forget_before(now);
        self.grow(now);
    }

    /// Notes that a placed call left on the wire at `at`.
    pub fn dialed(&mut self, at: Timestamp) {
        self.unsent = self.unsent.saturating_sub(1);
        self.note_sent(at);
    }

    /// Notes that a placed call will never leave.
    pub fn withdrawn(&mut self) {
        self.unsent = self.unsent.saturating_sub(1);
    }

    /// Notes that an earlier process may have dialed at the full pace until `at`.
    pub fn dialed_before(&mut self, at: Timestamp) {
        self.dialed_until = self.dialed_until.max(Some(at));
    }

    /// Notes that the trunk refused a call because it is full. The pace halves once for all calls
    /// that left before the pace was last slowed. No call is placed until `retry_after` has passed.
    pub fn congested(
        &mut self,
        dialed_at: Timestamp,
        retry_after: Option<Duration>,
        now: Timestamp,
    ) {
        if let Some(wait) = retry_after {
            let until = now + wait.min(MAX_RETRY_AFTER);
            self.blocked_until = Some(self.blocked_until.unwrap_or(until).max(until));
        }
        if self.slowed_at.is_none_or(|slowed_at| dialed_at > slowed_at) {
            self.share = (self.share / 2.0).max(self.floor());
            self.slowed_at = Some(now);
        }
    }

    /// Notes that the trunk is back after an outage. The pace starts slowly, as after congestion.
    pub fn resumes(&mut self, now: Timestamp) {
        self.share = self.share.min(AFTER_OUTAGE.max(self.floor()));
        self.slowed_at = Some(now);
    }

    /// Moves all instants by a step of the clock, so that the time since each instant stays the
    /// same.
    pub fn shift(&mut self, by_us: i64) {
        let move_it = |at: &mut Timestamp| at.0 = at.0.saturating_add(by_us);
        self.sent.iter_mut().for_each(move_it);
        let instants = [
            &mut self.dialed_until,
            &mut self.last_at,
            &mut self.blocked_until,
            &mut self.slowed_at,
            &mut self.grown_at,
        ];
        instants.into_iter().flatten().for_each(move_it);
    }

    fn note_sent(&mut self, at: Timestamp) {
        let place = self.sent.partition_point(|&left| left <= at);
        self.sent.insert(place, at);
    }

    /// The interval between calls at the present pace, in microseconds.
    fn interval_us(&self) -> i64 {
        (self.window_us as f64 / (self.per_window.max(1) as f64 * self.share)).ceil() as i64
    }

    fn floor(&self) -> f64 {
        let full_interval_us = self.window_us as f64 / self.per_window.max(1) as f64;
        (full_interval_us / LONGEST_PROBE_US).clamp(FLOOR, 1.0)
    }

    fn catch_up_us(&self) -> i64 {
        if self.per_window >= CLOSE_CPS { CATCH_UP_US } else { self.interval_us() / 10 }
    }

    fn forget_before(&mut self, now: Timestamp) {
        while self.sent.front().is_some_and(|&left| later(left, self.window_us) <= now) {
            self.sent.pop_front();
        }
    }

    /// Restores some of the pace, if the call before this one was not refused.
    fn grow(&mut self, now: Timestamp) {
        if self.share >= 1.0 {
            return;
        }
        if self.grown_at > self.slowed_at {
            let seconds = now.since(self.grown_at.unwrap_or(now)).as_secs_f64();
            self.share = (self.share + GROWTH_PER_S * seconds.min(MAX_GROWTH_S)).min(1.0);
        }
        self.grown_at = Some(now);
    }
}

fn later(at: Timestamp, by_us: i64) -> Timestamp {
    Timestamp(at.0.saturating_add(by_us))
}

#[cfg(test)]
mod tests;
