//! Notices when the wall clock was set.

use std::time::{Duration, Instant};

use campanile_clock::Clock;
use campanile_rules::time::Timestamp;

/// A smaller step of the clock counts as a correction, not as a setting.
const SET: Duration = Duration::from_millis(100);

/// If two readings are further apart than this, comparing them tells too little.
const ONE_LOOK: Duration = Duration::from_millis(10);

/// Compares the wall clock with a monotonic clock.
#[derive(Debug)]
pub(crate) struct Watch {
    clock: Clock,
    begun: Instant,
    /// The wall-clock time at the zero of the monotonic clock.
    base: Timestamp,
}

impl Watch {
    /// Starts to compare.
    pub fn new(clock: Clock) -> Watch {
        let base = clock.now();
        Watch { clock, begun: Instant::now(), base }
    }

    /// The time and, if the clock was set since the last look, by how many microseconds.
    pub fn look(&mut self) -> (Timestamp, Option<i64>) {
        let before = self.begun.elapsed();
        let now = self.clock.now();
        let passed = self.begun.elapsed();
        let set_by = Duration::from_micros((self.base + passed).0.abs_diff(now.0));
        if passed - before > ONE_LOOK {
            return (now, None);
        }
        let by_us = now.0 - (self.base + passed).0;
        // Earlier corrections are no part of a later setting.
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
            // On a busy machine a look may be worthless; the next look finds the same.
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
