//! Failed requests to the store that will be made again.

use std::{collections::VecDeque, time::Duration};

use super::{Failure, Output};
use crate::time::Timestamp;

/// How long a request waits after a failure that passes.
const WAIT: Duration = Duration::from_millis(200);

/// How long a request waits that the store refuses for good and that the node cannot do without.
const LONG_WAIT: Duration = Duration::from_secs(10);

/// Failed requests, in the order in which they will be made. None is made while the whole store
/// fails.
#[derive(Debug, Default)]
pub(super) struct Repeats {
    requests: VecDeque<(Timestamp, Output)>,
    store_fails: bool,
}

impl Repeats {
    pub fn put(&mut self, request: Output, failure: Failure, now: Timestamp) {
        let at = match failure {
            Failure::Passing => now + WAIT,
            Failure::Permanent => now + LONG_WAIT,
        };
        let before = self.requests.partition_point(|(other, _)| *other <= at);
        self.requests.insert(before, (at, request));
    }

    pub fn store_works(&mut self, works: bool) {
        self.store_fails = !works;
    }

    /// The request to make now, if any.
    pub fn next(&mut self, now: Timestamp) -> Option<Output> {
        self.next_at().filter(|at| *at <= now)?;
        self.requests.pop_front().map(|(_, request)| request)
    }

    /// When to make the next request.
    pub fn next_at(&self) -> Option<Timestamp> {
        self.requests.front().filter(|_| !self.store_fails).map(|(at, _)| *at)
    }

    pub fn clock_set(&mut self, by_us: i64) {
        self.requests.iter_mut().for_each(|(at, _)| at.0 = at.0.saturating_add(by_us));
    }
}
