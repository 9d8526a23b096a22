//! When a message is sent again on a path that loses messages (RFC 3261 §17.1, §13.3.1.4).

use std::time::{Duration, Instant};

use crate::{flow::Flow, timers::Timers};

/// What is due now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Due {
    Nothing,
    /// The message is sent again.
    Again,
    /// No answer came in time; the message is given up.
    GiveUp,
}

/// The times at which one message is sent again, and when it is given up.
#[derive(Debug)]
pub(crate) struct Repeat {
    /// None on a reliable transport, or after [`Repeat::stop`].
    next_at: Option<Instant>,
    interval: Duration,
    /// The longest interval; None for an INVITE, whose intervals keep growing.
    longest: Option<Duration>,
    until: Instant,
}

impl Repeat {
    /// Repeats an INVITE: timers A and B.
    pub fn invite(flow: Flow, timers: &Timers, now: Instant) -> Repeat {
        Repeat { longest: None, ..Repeat::other(flow, timers, now) }
    }

    /// Repeats any other request (timers E and F), or a 2xx that waits for its ACK (§13.3.1.4).
    pub fn other(flow: Flow, timers: &Timers, now: Instant) -> Repeat {
        Repeat {
            next_at: (!flow.is_reliable()).then(|| now + timers.t1),
            interval: timers.t1,
            longest: Some(timers.t2),
            until: now + timers.patience(),
        }
    }

    /// Stops repeating the message; it is still given up in time.
    pub fn stop(&mut self) {
        self.next_at = None;
    }

    /// Repeats the message at its longest interval from the next time on.
    pub fn slow_down(&mut self) {
        self.interval = self.longest.unwrap_or(self.interval);
    }

    /// Returns when [`Repeat::poll`] must be called next.
    pub fn wake_at(&self) -> Instant {
        self.next_at.map_or(self.until, |next_at| next_at.min(self.until))
    }

    /// Returns what is due.
    pub fn poll(&mut self, now: Instant) -> Due {
        if now >= self.until {
            return Due::GiveUp;
        }
        match self.next_at {
            Some(next_at) if now >= next_at => {
                let doubled = self.interval * 2;
                self.interval = self.longest.map_or(doubled, |longest| doubled.min(longest));
                self.next_at = Some(now + self.interval);
                Due::Again
            }
            Some(_) | None => Due::Nothing,
        }
    }
}
