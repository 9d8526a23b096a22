//! Token buckets, one per key. A bucket fills at a steady rate up to its burst size.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// The rate limit of each bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// Long-term rate, in requests per second. At least 1.
    pub per_s: u32,
    /// Burst: requests that may follow each other at once after a pause. At least 1.
    pub burst: u32,
}

impl Pace {
    fn interval(self) -> Duration {
        Duration::from_secs(1) / self.per_s.max(1)
    }

    /// How long an empty bucket takes to fill.
    pub fn window(self) -> Duration {
        self.interval() * self.burst.max(1)
    }
}

/// The state of a bucket after a request was allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowance {
    /// Requests that are still allowed right now.
    pub remaining: u32,
    /// The time until the bucket is full again.
    pub full_in: Duration,
}

/// A request exceeded the rate. Holds the time to wait before the next try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooEarly(pub Duration);

/// All buckets. A full bucket is dropped, and at most `max` buckets exist. When `max` is reached, a
/// new client is refused as too early.
pub struct Buckets<K> {
    pace: Pace,
    max: usize,
    /// The time at which each bucket is full again. Full buckets need no entry.
    full_at: Mutex<HashMap<K, Instant>>,
}

impl<K: Eq + Hash> Buckets<K> {
    /// Creates an empty set of buckets.
    pub fn new(pace: Pace, max: usize) -> Buckets<K> {
        Buckets { pace, max, full_at: Mutex::default() }
    }

    /// The rate limit of each bucket.
    pub fn pace(&self) -> Pace {
        self.pace
    }

    /// Takes one request from the bucket of `who`.
    pub fn take(&self, who: K, now: Instant) -> Result<Allowance, TooEarly> {
        let (interval, window) = (self.pace.interval(), self.pace.window());
        let mut buckets = self.full_at.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= self.max && !buckets.contains_key(&who) {
            buckets.retain(|_, full_at| *full_at > now);
            if buckets.len() >= self.max {
                return Err(TooEarly(interval));
            }
        }
        let full_at = buckets.entry(who).or_insert(now);
        let after = (*full_at).max(now) + interval;
        let full_in = after - now;
        if full_in > window {
            return Err(TooEarly(full_in - window));
        }
        *full_at = after;
        let remaining = (window - full_in).as_nanos() / interval.as_nanos().max(1);
        Ok(Allowance { remaining: u32::try_from(remaining).unwrap_or(u32::MAX), full_in })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PACE: Pace = Pace { per_s: 10, burst: 3 };

    #[test]
    fn a_burst_is_let_through_and_then_the_pace() {
        let (buckets, start) = (Buckets::new(PACE, 10), Instant::now());
        let left: Vec<u32> =
            (0..3).map(|_| buckets.take("a", start).expect("the burst").remaining).collect();
        assert_eq!(left, [2, 1, 0]);
        let Err(TooEarly(wait)) = buckets.take("a", start) else { panic!("a fourth at once") };
        assert_eq!(wait, Duration::from_millis(100));
        buckets.take("b", start).expect("somebody else has a bucket of his own");
        let later = start + wait;
        buckets.take("a", later).expect("one more after the wait that was named");
        assert!(buckets.take("a", later).is_err());
        let rested = later + Duration::from_secs(9);
        assert_eq!(buckets.take("a", rested).expect("a full bucket").remaining, 2);
    }

    #[test]
    fn over_any_stretch_no_more_than_the_burst_and_the_pace_get_through() {
        let (buckets, start) = (Buckets::new(PACE, 10), Instant::now());
        let through = (0..2_000)
            .filter(|ms| buckets.take("a", start + Duration::from_millis(*ms)).is_ok())
            .count();
        assert_eq!(through, 3 + 19);
    }

    #[test]
    fn strangers_cannot_fill_the_memory() {
        let (buckets, start) = (Buckets::new(PACE, 100), Instant::now());
        let through = (0..1_000).filter(|n| buckets.take(*n, start).is_ok()).count();
        assert_eq!(through, 100);
        buckets.take(7, start).expect("who has a bucket goes on");
        let later = start + Duration::from_secs(1);
        buckets.take(5_000, later).expect("full buckets are forgotten");
        assert_eq!(buckets.full_at.lock().unwrap().len(), 1);
    }
}
