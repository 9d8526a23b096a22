//! The only place that asks the wall clock, and that sees when somebody set it.

use std::time::{Duration, Instant};

use campanile_rules::time::Timestamp;
use campanile_telephony::Clock;

/// A clock that is found to have moved by less was corrected, not set.
const SET: Duration = Duration::from_millis(100);

/// Two looks that are further apart say too little about each other.
const ONE_LOOK: Duration = Duration::from_millis(10);

/// Compares the wall clock with one that only goes on.
#[derive(Debug)]
pub(crate) struct Watch {
    clock: Clock,
    begun: Instant,
    /// What the wall clock showed when the other one began.
    base: Timestamp,
}

impl Watch {
    /// Begins to watch.
    pub fn new(clock: Clock) -> Watch {
        let base = clock.now();
        Watch { clock, begun: Instant::now(), base }
    }

    /// The time, and by how many microseconds the clock was set since the last look, if it was.
    pub fn look(&mut self) -> (Timestamp, Option<i64>) {
        let before = self.begun.elapsed();
        let now = self.clock.now();
        let passed = self.begun.elapsed();
        let set_by = Duration::from_micros((self.base + passed).0.abs_diff(now.0));
        if passed - before > ONE_LOOK {
            return (now, None);
        }
        let by_us = now.0 - (self.base + passed).0;
        // Corrections before it are no part of what the clock is set by later.
        self.base.0 += by_us;
        (now, (set_by >= SET).then_some(by_us))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR_US: i64 = 3_600_000_000;

    #[test]
    fn a_clock_that_is_set_is_seen_once() {
        let clock = Clock::default();
        let mut watch = Watch::new(clock.clone());
        let mut seen = |by_us: i64| {
            clock.set_by(by_us);
            // A busy machine may make a look worthless; the next one tells the same.
            (0..1_000).find_map(|_| watch.look().1)
        };
        for by_us in [HOUR_US, -3 * HOUR_US] {
            let found = seen(by_us).expect("it was set");
            assert!(found.abs_diff(by_us) < 100_000, "{found}");
        }
        assert_eq!(seen(0), None, "it goes on as before");
    }

    #[test]
    fn corrections_do_not_add_up_to_a_clock_that_was_set() {
        let clock = Clock::default();
        let mut watch = Watch::new(clock.clone());
        for _ in 0..10 {
            clock.set_by(50_000);
            assert_eq!((0..1_000).find_map(|_| watch.look().1), None);
        }
    }
}
