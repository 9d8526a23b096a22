//! Trial calls through a trunk that answers no probes.

use super::{
    life::{in_hours, retrying},
    outages::{probed, silence, silence_all},
    world::*,
};
use crate::{
    batch::BatchSettings,
    blocker::Blocker,
    dispatcher::Input,
    hours::HoursZone,
    ids::{AttemptId, BatchId},
};

#[test]
fn a_trunk_that_answers_no_questions_is_tried_with_one_call_at_a_time() {
    let mut world = World::new();
    world.batch(1, 30, retrying(0, 0.0));
    world.pass(s(32));
    silence_all(&mut world);
    probed(&mut world, false);
    for _ in 0..40 {
        if world.live.is_empty() {
            probed(&mut world, false);
        }
        world.pass(s(1));
    }
    assert_eq!(world.live.len(), 1, "one call is on trial");
    let (tried, waits) = (world.calls.len(), world.blocker(BatchId(1)).unwrap());
    assert_eq!(waits.blocker, Blocker::TrunkUnreachable);
    silence_all(&mut world);
    assert!(world.settled.last().unwrap().excused);
    for _ in 0..60 {
        if world.live.is_empty() {
            probed(&mut world, false);
        }
        world.pass(s(1));
    }
    assert_eq!((world.live.len(), world.calls.len()), (1, tried + 1));
    world.tell(Input::TrunkAnswered { id: TRUNK, at: world.now });
    world.pass(s(60));
    assert_eq!(world.live.len(), 30, "its answer lets the others go");
}

/// Lets time pass in which nothing is answered: no probe within four seconds, and no call.
fn deaf_for(world: &mut World, seconds: u64) {
    for _ in 0..seconds {
        if world.probes.last().is_some_and(|(_, at)| *at + s(4) == world.now) {
            probed(world, false);
        }
        let over = |id: &AttemptId| {
            world.calls.iter().any(|call| call.attempt.id == *id && call.at + s(32) <= world.now)
        };
        for id in world.live.keys().copied().filter(over).collect::<Vec<_>>() {
            world.end(id, silence(world.now));
        }
        world.pass(s(1));
    }
}

/// The interval from each call to the next, in seconds.
fn distances(calls: &[Call]) -> Vec<u64> {
    calls.windows(2).map(|two| two[1].at.since(two[0].at).as_secs()).collect()
}

#[test]
fn a_trunk_that_answers_no_questions_is_called_every_few_minutes_however_long_it_is_gone() {
    let mut world = World::new();
    world.batch(1, 3, retrying(0, 0.0));
    deaf_for(&mut world, 12 * 3_600);
    let apart = distances(&world.calls[3..]);
    assert!(apart.is_sorted_by(|a, b| a <= &(b + 60)), "more and more seldom: {apart:?}");
    assert!(apart.iter().all(|&seconds| seconds <= 300 + 32 + 64), "{apart:?}");
    assert!(apart.len() > 100, "{} calls", apart.len());
    assert!(world.settled.iter().all(|settled| settled.excused));
}

#[test]
fn how_often_a_trunk_failed_is_forgotten_over_a_night_in_which_nobody_wants_it() {
    let mut world = World::new();
    let hours = in_hours("09:00-17:00", HoursZone::Named("UTC".to_owned()));
    world.batch(1, 3, hours);
    deaf_for(&mut world, 24 * 3_600);
    let morning = NOON + s(21 * 3_600);
    let evening = NOON + s(5 * 3_600 + 60);
    let (before, after): (Vec<Call>, Vec<Call>) =
        world.calls.iter().cloned().partition(|call| call.at < morning);
    assert!(before.iter().all(|call| call.at < evening));
    assert!(*distances(&before).last().unwrap() >= 300);
    assert!(after[0].at.since(morning) <= s(10), "{}", after[0].at);
    assert!(distances(&after)[0] <= 60, "{:?}", distances(&after));
}

#[test]
fn a_trunk_that_had_nobody_to_try_is_asked_again_before_the_next_call() {
    let mut world = World::new();
    let batch = world.batch(1, 3, retrying(0, 0.0));
    deaf_for(&mut world, 45);
    assert_eq!((world.calls.len(), world.live.len()), (3, 0), "all three got no answer");
    // A daily limit holds all recipients back just before a trial call is permitted.
    let tomorrow = world.now + s(3_600);
    world.pending.get_mut(&batch).unwrap().iter_mut().for_each(|person| person.due_at = tomorrow);
    deaf_for(&mut world, 3_590);
    let asked = world.probes.len();
    world.pass(s(12));
    assert_eq!(world.probes.len(), asked + 1, "it is asked first");
    assert_eq!(world.calls.len(), 3, "nobody is called before it answers");
    probed(&mut world, true);
    world.pass(s(1));
    assert_eq!(world.live.len(), 3);
    silence_all(&mut world);
    probed(&mut world, true);
    assert!(world.settled[3..].iter().all(|settled| !settled.excused), "the numbers are mute");
}

#[test]
fn a_trunk_that_is_wanted_by_a_full_batch_is_asked_again_and_again() {
    let mut world = World::new();
    let settings = |most| BatchSettings { max_concurrent_calls: Some(most), ..retrying(0, 0.0) };
    let batch = world.batch(1, 4, settings(4));
    deaf_for(&mut world, 45);
    world.change(batch, |facts| facts.settings.max_concurrent_calls = Some(0));
    deaf_for(&mut world, 600);
    let asked = world.probes.iter().rev().take(4).map(|(_, at)| *at).collect::<Vec<_>>();
    assert!(asked.windows(2).all(|two| two[0].since(two[1]) <= s(80)), "{asked:?}");
    assert_eq!(world.calls.len(), 4);
    world.change(batch, |facts| facts.settings.max_concurrent_calls = Some(4));
    deaf_for(&mut world, 5);
    assert_eq!(world.calls.len(), 5, "one call is tried as soon as there is a line");
}
