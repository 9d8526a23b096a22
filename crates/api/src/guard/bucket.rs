//! Token buckets, one for each who: a bucket fills evenly and holds so many requests at most.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// How fast one may ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// Requests per second, in the long run. At least 1.
    pub per_s: u32,
    /// Requests at once, after a pause. At least 1.
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

/// A request that was let through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Taken {
    /// Requests that may follow at once.
    pub remaining: u32,
    /// When the bucket is full again.
    pub full_in: Duration,
}

/// A request that came too early, and when to come again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooEarly(pub Duration);

/// The buckets of everybody. Nothing is kept of who has not asked for a while, and not more than
/// `max` buckets at all: then, whoever is new comes too early.
pub struct Buckets<K> {
    pace: Pace,
    max: usize,
    /// When each bucket is full again; a full one need not be kept.
    full_at: Mutex<HashMap<K, Instant>>,
}

impl<K: Eq + Hash> Buckets<K> {
    /// No bucket yet.
    pub fn new(pace: Pace, max: usize) -> Buckets<K> {
        Buckets { pace, max, full_at: Mutex::default() }
    }

    /// How fast one may ask.
    pub fn pace(&self) -> Pace {
        self.pace
    }

    /// Takes a request out of somebody's bucket.
    pub fn take(&self, who: K, now: Instant) -> Result<Taken, TooEarly> {
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
        Ok(Taken { remaining: u32::try_from(remaining).unwrap_or(u32::MAX), full_in })
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
