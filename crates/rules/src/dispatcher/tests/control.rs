//! Pause, resume, stop and edits.

use super::{
    life::{in_hours, retrying},
    world::*,
};
use crate::{
    attempt::Outcome,
    batch::{BatchSettings, BatchState},
    blocker::Blocker,
    dispatcher::{Advance, Input, Output},
    hours::HoursZone,
    recipient::RecipientStatus,
    retry::Next,
};

#[test]
fn a_paused_batch_dials_nobody_and_its_calls_finish() {
    let mut world = World::new();
    let batch =
        world.batch(1, 5, BatchSettings { max_concurrent_calls: Some(2), ..retrying(1, 1.0) });
    world.pass(s(1));
    world.set_state(batch, BatchState::Paused);
    world.end_all(Outcome::NoAnswer);
    world.pass(s(3600));
    assert_eq!((world.calls.len(), world.settled.len()), (2, 2));
    assert_eq!(world.blocker(batch), Some(Blocker::Paused.open_ended()));
}

#[test]
fn retries_that_came_due_in_a_pause_are_due_at_once_after_it() {
    let mut world = World::new();
    let batch = world.batch(1, 2, retrying(1, 1.0));
    world.pass(s(1));
    world.end_all(Outcome::NoAnswer);
    world.set_state(batch, BatchState::Paused);
    world.pass(s(3600));
    world.set_state(batch, BatchState::Running);
    let resumed_at = world.now;
    world.pass(s(1));
    assert_eq!(world.calls.len(), 4);
    assert_eq!(world.calls[2].at, resumed_at);
}

#[test]
fn who_was_claimed_when_a_pause_came_is_given_back() {
    let mut world = World::new();
    world.trunk(100, 200.0);
    let batch = world.batch(1, 50, BatchSettings::default());
    assert!(world.dispatcher.stats().ready > 3);
    world.set_state(batch, BatchState::Paused);
    assert_eq!(world.dispatcher.stats().ready, 0);
    assert!(world.released > 3);
    assert_eq!(world.dispatcher.in_flight(batch), world.live.len() as u32);
    world.set_state(batch, BatchState::Running);
    world.pass(s(10));
    assert_eq!(world.calls.len(), 50);
}

#[test]
fn who_is_claimed_in_a_pause_is_given_back() {
    let mut world = World::new();
    world.trunk(100, 10.0);
    let batch = world.batch(1, 0, BatchSettings::default());
    assert_eq!(world.advances, [(batch, Advance::Complete)]);
    let batch = world.batch(2, 5, BatchSettings::default());
    let wake_at = world.wake.0.unwrap();
    world.now = wake_at;
    let Output::Claim(claim) = world.dispatcher.poll(world.now) else { panic!("no claim") };
    let mut paused = world.facts[&batch].clone();
    paused.state = BatchState::Paused;
    world.facts.insert(batch, paused.clone());
    world.dispatcher.handle(Input::BatchChanged(paused), world.now);
    let person = world.pending.get_mut(&batch).unwrap().remove(0);
    let attempts = vec![world.attempt(batch, person)];
    let next_due = Some(NOON.into());
    world.tell(Input::Claimed { batch, lane: claim.lane, attempts, next_due });
    assert_eq!((world.released, world.calls.len()), (1, 1));
}

#[test]
fn a_placed_attempt_may_come_back_unrung() {
    let mut world = World::new();
    let batch =
        world.batch(1, 2, BatchSettings { max_concurrent_calls: Some(1), ..retrying(0, 0.0) });
    let (id, attempt) = world.live.pop_first().unwrap();
    let due_at = Some(world.now);
    world.dispatcher.handle(Input::Released { attempt: id, due_at }, world.now);
    assert_eq!(world.dispatcher.in_flight(batch), 0);
    drop(attempt);
    world.drain();
    world.pass(s(1));
    assert_eq!(world.dispatcher.in_flight(batch), 1);
}

#[test]
fn a_stopped_batch_settles_its_calls_for_good() {
    let mut world = World::new();
    let batch =
        world.batch(1, 5, BatchSettings { max_concurrent_calls: Some(2), ..retrying(3, 1.0) });
    world.pass(s(1));
    world.set_state(batch, BatchState::Cancelled);
    world.end_all(Outcome::NoAnswer);
    world.pass(s(3600));
    assert_eq!(world.calls.len(), 2);
    let expected = Next::Final(RecipientStatus::NoAnswer);
    assert!(world.settled.iter().all(|settlement| settlement.next == expected));
    assert!(world.advances.is_empty());
    assert_eq!(world.dispatcher.stats().batches, 0);
}

#[test]
fn a_paused_batch_with_nobody_left_completes_when_it_is_resumed() {
    let mut world = World::new();
    let batch = world.batch(1, 1, BatchSettings::default());
    world.set_state(batch, BatchState::Paused);
    world.end_all(Outcome::Completed);
    assert!(world.advances.is_empty());
    world.set_state(batch, BatchState::Running);
    assert_eq!(world.advances, [(batch, Advance::Complete)]);
}

#[test]
fn a_paused_batch_ends_at_its_time() {
    let mut world = World::new();
    let ends_at = Some(NOON + s(60));
    let batch = world.batch(1, 1, BatchSettings { ends_at, ..BatchSettings::default() });
    world.set_state(batch, BatchState::Paused);
    world.pass(s(60));
    assert_eq!(world.advances, [(batch, Advance::End)]);
}

#[test]
fn edits_hold_at_once() {
    let mut world = World::new();
    let batch =
        world.batch(1, 50, BatchSettings { max_concurrent_calls: Some(1), ..retrying(0, 0.0) });
    world.pass(s(1));
    assert_eq!(world.live.len(), 1);
    world.change(batch, |facts| facts.settings.max_concurrent_calls = Some(5));
    world.pass(s(1));
    assert_eq!(world.live.len(), 5);
    world.change(batch, |facts| facts.settings.max_concurrent_calls = Some(2));
    world.end_all(Outcome::Completed);
    world.pass(s(1));
    assert_eq!(world.live.len(), 2);
    let closed = in_hours("09:00-10:00", HoursZone::Named("UTC".to_owned())).calling_hours;
    world.change(batch, |facts| facts.settings.calling_hours = closed);
    world.end_all(Outcome::Completed);
    assert_eq!(world.live.len(), 0);
    world.change(batch, |facts| facts.settings.calling_hours = None);
    world.pass(s(1));
    assert_eq!(world.live.len(), 2);
}

#[test]
fn a_retry_rule_that_is_edited_holds_for_calls_on_the_line() {
    let mut world = World::new();
    let batch = world.batch(1, 1, retrying(0, 0.0));
    world.change(batch, |facts| facts.settings.retry.max_retries = 1);
    world.end_all(Outcome::Busy);
    assert!(matches!(world.settled[0].next, Next::Retry { .. }));
}

#[test]
fn a_start_that_is_moved_is_kept() {
    let mut world = World::new();
    let starts_at = Some(NOON + s(60));
    let batch = world.batch(1, 1, BatchSettings { starts_at, ..BatchSettings::default() });
    world.change(batch, |facts| facts.settings.starts_at = Some(NOON + s(30)));
    world.pass(s(100));
    assert_eq!(world.calls[0].at, NOON + s(30));
}
