//! Failed verbs that will be asked again.

use std::{collections::VecDeque, time::Duration};

use super::Verb;
use crate::time::Timestamp;

/// How long a failed verb waits before it is asked again.
const WAIT: Duration = Duration::from_millis(200);

/// Failed verbs, in the order in which they failed. No verb is asked again while the whole store
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

    /// The verb to ask now, if any.
    pub fn next(&mut self, now: Timestamp) -> Option<Verb> {
        self.next_at().filter(|at| *at <= now)?;
        self.verbs.pop_front().map(|(_, verb)| verb)
    }

    /// When to ask the next verb.
    pub fn next_at(&self) -> Option<Timestamp> {
        self.verbs.front().filter(|_| !self.store_fails).map(|(at, _)| *at)
    }

    pub fn clock_set(&mut self, by_us: i64) {
        self.verbs.iter_mut().for_each(|(at, _)| at.0 = at.0.saturating_add(by_us));
    }
}
