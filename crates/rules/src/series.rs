//! The outcomes of a batch's calls over time, as the data of a chart.

use serde::Serialize;
use utoipa::ToSchema;

use crate::{attempt::Outcome, time::Timestamp};

/// The widths of a bucket, in seconds: usual divisions of time.
const WIDTHS: [u64; 19] = [
    1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400, 21_600, 43_200,
    86_400, 604_800,
];

/// An attempt, as a chart needs it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// When the INVITE left. `None` if it never left.
    pub dialed_at: Option<Timestamp>,
    /// When and how the attempt ended. `None` while it is open.
    pub ended: Option<(Timestamp, Outcome)>,
}

/// Attempts over time.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Series {
    /// Seconds that a point stands for.
    pub bucket_s: u64,
    /// One for each bucket from the first attempt on, also for those in which nothing happened.
    pub points: Vec<Point>,
}

/// What happened in one bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct Point {
    /// When it begins.
    pub at: Timestamp,
    /// Attempts that ended in it with a live conversation.
    pub completed: u64,
    /// Attempts that ended in it and were not picked up.
    pub no_answer: u64,
    /// Attempts that ended in it at a voicemail.
    pub voicemail: u64,
    /// Attempts that ended in it at a busy line.
    pub busy: u64,
    /// Attempts that ended in it in any other way.
    pub failed: u64,
    /// The most calls at once in it, ringing ones included.
    pub calls_at_once: u64,
}

impl Series {
    /// Counts the attempts of a batch in at most `most` points. Open attempts last until `until`.
    pub fn of(spans: &[Span], until: Timestamp, most: u64) -> Series {
        let begins = |span: &Span| span.dialed_at.or(span.ended.map(|(at, _)| at));
        let Some(first) = spans.iter().filter_map(begins).min() else {
            return Series { bucket_s: WIDTHS[0], points: Vec::new() };
        };
        let ends = spans.iter().filter_map(|span| span.ended.map(|(at, _)| at));
        let last = ends.fold(until.max(first), Timestamp::max);
        let bucket_s = width(first, last, most.max(1));
        let width_us = bucket_s as i64 * 1_000_000;
        let from = first.0.div_euclid(width_us) * width_us;
        let bucket = |at: Timestamp| ((at.0 - from) / width_us) as usize;
        let quiet = |n: i64| Point::quiet(Timestamp(from + n * width_us));
        let mut points: Vec<Point> = (0..=bucket(last) as i64).map(quiet).collect();
        for (at, outcome) in spans.iter().filter_map(|span| span.ended) {
            *points[bucket(at)].of(outcome) += 1;
        }
        count_calls(spans, &mut points, bucket);
        Series { bucket_s, points }
    }
}

/// The smallest width with which `most` buckets cover the time from `first` to `last`.
fn width(first: Timestamp, last: Timestamp, most: u64) -> u64 {
    let fits = |width: &u64| {
        let width_us = *width as i64 * 1_000_000;
        let buckets = last.0.div_euclid(width_us) - first.0.div_euclid(width_us) + 1;
        buckets as u64 <= most
    };
    let rounded_up = || {
        let longest = WIDTHS[WIDTHS.len() - 1];
        let seconds = last.since(first).as_secs();
        // One bucket more than needed, because the first bucket may begin before the first attempt.
        (seconds / longest / most.saturating_sub(1).max(1) + 1) * longest
    };
    WIDTHS.into_iter().find(fits).unwrap_or_else(rounded_up)
}

/// Walks through all beginnings and ends in order of time. A call that ends at the instant at which
/// another begins is counted as ended first.
fn count_calls(spans: &[Span], points: &mut [Point], bucket: impl Fn(Timestamp) -> usize) {
    let mut begun: Vec<Timestamp> = spans.iter().filter_map(|span| span.dialed_at).collect();
    let over = |span: &Span| span.dialed_at.and(span.ended).map(|(at, _)| at);
    let mut over: Vec<Timestamp> = spans.iter().filter_map(over).collect();
    begun.sort_unstable();
    over.sort_unstable();
    let (mut begun, mut over) = (begun.into_iter().peekable(), over.into_iter().peekable());
    let mut calls = 0_u64;
    for (n, point) in points.iter_mut().enumerate() {
        point.calls_at_once = calls;
        loop {
            let begins = begun.peek().copied().filter(|at| bucket(*at) <= n);
            let ends = over.peek().copied().filter(|at| bucket(*at) <= n);
            match (begins, ends) {
                (Some(begins), Some(ends)) if begins < ends => calls += 1,
                (Some(_), None) => calls += 1,
                (_, Some(_)) => {
                    over.next();
                    calls = calls.saturating_sub(1);
                    continue;
                }
                (None, None) => break,
            }
            begun.next();
            point.calls_at_once = point.calls_at_once.max(calls);
        }
    }
}

impl Point {
    fn quiet(at: Timestamp) -> Point {
        Point { at, completed: 0, no_answer: 0, voicemail: 0, busy: 0, failed: 0, calls_at_once: 0 }
    }

    fn of(&mut self, outcome: Outcome) -> &mut u64 {
        match outcome {
            Outcome::Completed => &mut self.completed,
            Outcome::NoAnswer => &mut self.no_answer,
            Outcome::Voicemail => &mut self.voicemail,
            Outcome::Busy => &mut self.busy,
            Outcome::Failed | Outcome::RejectedByRoute | Outcome::Interrupted => &mut self.failed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn s(seconds: i64) -> Timestamp {
        Timestamp(seconds * 1_000_000)
    }

    fn call(from: i64, to: i64, outcome: Outcome) -> Span {
        Span { dialed_at: Some(s(from)), ended: Some((s(to), outcome)) }
    }

    #[test]
    fn outcomes_stand_where_calls_end_and_peaks_where_they_overlap() {
        let spans = [
            call(100, 103, Outcome::Completed),
            call(101, 102, Outcome::Busy),
            call(103, 104, Outcome::Voicemail),
            Span { dialed_at: Some(s(104)), ended: None },
            Span { dialed_at: None, ended: Some((s(104), Outcome::Failed)) },
        ];
        let series = Series::of(&spans, s(106), 100);
        assert_eq!(series.bucket_s, 1);
        let at_once: Vec<u64> = series.points.iter().map(|point| point.calls_at_once).collect();
        assert_eq!(at_once, [1, 2, 2, 1, 1, 1, 1]);
        let [first, _, third, fourth, fifth, ..] = &series.points[..] else { panic!() };
        assert_eq!(*first, Point { calls_at_once: 1, ..Point::quiet(s(100)) });
        assert_eq!((third.busy, fourth.completed), (1, 1));
        assert_eq!((fifth.voicemail, fifth.failed), (1, 1));
    }

    #[test]
    fn however_long_it_lasted_there_are_no_more_points_than_asked_for() {
        for lasted in [0, 1, 59, 60, 3_599, 86_400, 40_000_000, 900_000_000] {
            for most in [1, 2, 60, 500] {
                let spans = [call(7, 8 + lasted, Outcome::Interrupted)];
                let series = Series::of(&spans, s(7), most);
                assert!(series.points.len() as u64 <= most.max(2), "{lasted} s in {most} points");
                assert_eq!(series.points.iter().map(|point| point.failed).sum::<u64>(), 1);
                assert!(series.points.iter().all(|point| point.calls_at_once == 1));
            }
        }
    }

    #[test]
    fn a_batch_without_attempts_has_no_points() {
        assert_eq!(Series::of(&[], s(9), 60).points, []);
    }
}
