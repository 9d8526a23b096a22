//! A batch from its first call to its end.

use super::world::*;
use crate::{
    attempt::Outcome,
    batch::{BatchSettings, BatchState},
    blocker::Blocker,
    dispatcher::{Advance, WakeReason},
    retry::RetryPolicy,
};

fn retrying(max_retries: u32, wait_minutes: f64) -> BatchSettings {
    let retry = RetryPolicy { max_retries, wait_minutes, ..RetryPolicy::default() };
    BatchSettings { retry, ..BatchSettings::default() }
}

#[test]
fn a_batch_dials_everybody_and_completes() {
    let mut world = World::new();
    let batch = world.batch(1, 30, BatchSettings::default());
    world.pass(s(1));
    assert_eq!(world.live.len(), 30);
    assert_eq!(world.dispatcher.in_flight(batch), 30);
    assert!(world.advances.is_empty());
    world.end_all(Outcome::Completed);
    assert_eq!(world.advances, [(batch, Advance::Complete)]);
    assert_eq!(world.wake, (None, WakeReason::Idle));
    assert_eq!(world.dispatcher.stats().batches, 0);
}

#[test]
fn a_retry_is_dialed_when_its_wait_from_the_end_is_over() {
    let mut world = World::new();
    let batch = world.batch(1, 1, retrying(1, 2.0));
    world.pass(s(30));
    world.end_all(Outcome::NoAnswer);
    let due_at = world.now + s(120);
    assert_eq!(world.blocker(batch), Some(Blocker::RetryWait.until(due_at)));
    assert_eq!(world.wake, (Some(due_at), WakeReason::Blocked(Blocker::RetryWait)));
    world.pass(s(300));
    assert_eq!(world.calls.len(), 2);
    assert_eq!(world.calls[1].at, due_at);
    world.end_all(Outcome::NoAnswer);
    assert_eq!(world.facts[&batch].state, BatchState::Completed);
}
