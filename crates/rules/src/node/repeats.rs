//! Verbs that failed and are asked again.

use std::{collections::VecDeque, time::Duration};

use super::Verb;
use crate::time::Timestamp;

/// How long a verb that failed waits before it is asked again.
const WAIT: Duration = Duration::from_millis(200);

/// Verbs to ask again, in the order in which they failed. None is asked while the store as a whole
/// fails.
#[derive(Debug, Default)]
pub(super) struct Repeats {
    verbs: VecDeque<(Timestamp, Verb)>,
    store_fails: bool,
}

impl Repeats {
    pub fn put(&mut self, verb: Verb, now: Timestamp) {
        self.verbs.push_back((now + WAIT, verb));
    }

    pub fn store_works(&mut self, works: bool) {
        self.store_fails = !works;
    }

    /// The verb that is to be asked now.
    pub fn next(&mut self, now: Timestamp) -> Option<Verb> {
        self.next_at().filter(|at| *at <= now)?;
        self.verbs.pop_front().map(|(_, verb)| verb)
    }

    /// When the next verb is to be asked.
    pub fn next_at(&self) -> Option<Timestamp> {
        self.verbs.front().filter(|_| !self.store_fails).map(|(at, _)| *at)
    }

    pub fn clock_set(&mut self, by_us: i64) {
        self.verbs.iter_mut().for_each(|(at, _)| at.0 += by_us);
    }
}
