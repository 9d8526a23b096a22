//! Which recipients get the slots when there are fewer slots than due recipients.

use super::{life::retrying, world::*};
use crate::{
    attempt::Outcome,
    batch::{BatchSettings, BatchState},
    dispatcher::{BatchFacts, Input, LaneKey},
    ids::{BatchId, TrunkId, WorkspaceId},
    zones::ZoneSet,
};

fn weighing(weight: u32) -> BatchSettings {
    BatchSettings { weight, ..BatchSettings::default() }
}

fn limit(world: &mut World, max_concurrent_calls: u32) {
    world.tell(Input::Workspace { id: WORKSPACE, max_concurrent_calls });
}

#[test]
fn slots_are_shared_by_weight() {
    let mut world = World::new();
    limit(&mut world, 0);
    let light = world.batch(1, 100, weighing(1));
    let heavy = world.batch(2, 100, weighing(3));
    limit(&mut world, 20);
    world.pass(s(1));
    assert_eq!((world.on_line(light), world.on_line(heavy)), (5, 15));
}

#[test]
fn a_batch_that_comes_later_gets_its_share_as_slots_become_free() {
    let mut world = World::new();
    limit(&mut world, 10);
    let first = world.batch(1, 100, weighing(1));
    world.pass(s(1));
    let second = world.batch(2, 100, weighing(1));
    for _ in 0..5 {
        let (&id, _) = world.live.iter().find(|(_, attempt)| attempt.batch == first).unwrap();
        world.end(id, ending(Outcome::Completed, world.now));
        world.pass(s(1));
    }
    assert_eq!((world.on_line(first), world.on_line(second)), (5, 5));
}

#[test]
fn what_one_batch_cannot_use_the_others_get() {
    let mut world = World::new();
    limit(&mut world, 0);
    let small = world.batch(1, 2, weighing(10));
    let large = world.batch(2, 100, weighing(1));
    limit(&mut world, 20);
    world.pass(s(1));
    assert_eq!((world.on_line(small), world.on_line(large)), (2, 18));
}

#[test]
fn short_calls_on_a_slow_trunk_are_shared_by_weight_too() {
    let mut world = World::new();
    world.trunk(100, 10.0);
    limit(&mut world, 0);
    let light = world.batch(1, 1000, weighing(1));
    let heavy = world.batch(2, 1000, weighing(3));
    limit(&mut world, 100);
    for _ in 0..1000 {
        world.end_all(Outcome::Completed);
        world.pass(ms(40));
    }
    let of = |batch| world.calls.iter().filter(|call| call.attempt.batch == batch).count() as f64;
    let ratio = of(heavy) / of(light);
    assert!((2.8..3.2).contains(&ratio), "{ratio}");
}

#[test]
fn one_slot_goes_round() {
    let mut world = World::new();
    limit(&mut world, 1);
    let batches: Vec<_> = (1..=4).map(|id| world.batch(id, 50, weighing(1))).collect();
    for _ in 0..40 {
        world.end_all(Outcome::Completed);
        world.pass(ms(100));
    }
    for batch in batches {
        let calls = world.calls.iter().filter(|call| call.attempt.batch == batch).count();
        assert!((9..=12).contains(&calls), "{batch}: {calls}");
    }
}

#[test]
fn retries_and_first_attempts_take_turns() {
    let mut world = World::new();
    limit(&mut world, 1);
    world.batch(1, 100, retrying(10, 0.0));
    for _ in 0..60 {
        world.end_all(Outcome::NoAnswer);
        world.pass(ms(100));
    }
    let calls = &world.calls[10..];
    let retries = calls.iter().filter(|call| call.attempt.lane.retry).count();
    assert!((20..=30).contains(&retries), "{retries} of {}", calls.len());
}

#[test]
fn a_turn_that_is_given_back_is_not_used_up() {
    let mut world = World::new();
    world.trunk(1000, 2000.0);
    limit(&mut world, 2);
    world.batch(1, 1000, retrying(10, 0.0));
    for _ in 0..20_000 {
        world.pass(ms(10));
        for id in world.live.keys().copied().collect::<Vec<_>>() {
            world.end(id, congestion(Some(s(2)), world.now));
        }
    }
    assert!(world.released > 50, "only {} claims were given back", world.released);
    let calls = &world.calls[10..];
    let retries = calls.iter().filter(|call| call.attempt.lane.retry).count();
    assert!(
        (calls.len() / 3..calls.len() * 2 / 3).contains(&retries),
        "{retries} of {}",
        calls.len()
    );
}

#[test]
fn who_was_due_first_is_dialed_first() {
    let mut world = World::new();
    limit(&mut world, 1);
    world.batch(1, 3, retrying(1, 1.0));
    for _ in 0..3 {
        world.end_all(Outcome::NoAnswer);
        world.pass(s(10));
    }
    world.end_all(Outcome::NoAnswer);
    world.pass(s(600));
    world.end_all(Outcome::Completed);
    world.pass(s(1));
    world.end_all(Outcome::Completed);
    world.pass(s(1));
    let order: Vec<_> = world.calls.iter().map(|call| call.attempt.recipient.0).collect();
    assert_eq!(order, [1, 2, 3, 1, 2, 3]);
}

#[test]
fn zones_take_turns_when_none_closes_before_the_others() {
    let zones = ["America/Chicago", "America/Denver", "America/New_York"];
    let mut world = World::new();
    limit(&mut world, 1);
    let facts = BatchFacts {
        id: BatchId(1),
        version: 0,
        workspace: WORKSPACE,
        trunk: Some(TRUNK),
        agent: Default::default(),
        state: BatchState::Running,
        settings: BatchSettings::default(),
    };
    let lane = |zone| LaneKey { zones: ZoneSet::from_joined(zone), retry: false };
    world.load(facts, (0..30).map(|row| lane(zones[row % 3])).collect());
    for _ in 0..11 {
        world.end_all(Outcome::Completed);
        world.pass(s(1));
    }
    let order: Vec<_> = world.calls.iter().map(|call| call.attempt.recipient.0).collect();
    assert_eq!(order, (1..=12).collect::<Vec<_>>(), "as in the file");
}

#[test]
fn workspaces_share_a_trunk_evenly_however_many_batches_they_run() {
    let mut world = World::new();
    world.trunk(0, 1000.0);
    let other = WorkspaceId(2);
    world.tell(Input::Workspace { id: other, max_concurrent_calls: 100 });
    let mine: Vec<_> = (1..=3).map(|id| world.batch(id, 100, weighing(1))).collect();
    let facts = BatchFacts {
        id: BatchId(4),
        version: 0,
        workspace: other,
        trunk: Some(TRUNK),
        agent: Default::default(),
        state: BatchState::Running,
        settings: weighing(1),
    };
    let lane = LaneKey { zones: ZoneSet::default(), retry: false };
    let theirs = world.load(facts, vec![lane; 100]);
    world.trunk(12, 1000.0);
    world.pass(s(1));
    assert_eq!(world.on_line(theirs), 6);
    assert!(mine.iter().all(|&batch| world.on_line(batch) == 2));
}

#[test]
fn batches_on_different_trunks_share_their_workspace_by_weight() {
    let mut world = World::new();
    limit(&mut world, 0);
    let second = TrunkId(2);
    world.tell(Input::Trunk { id: second, max_calls: 100, max_cps: 1000.0 });
    let heavy = world.batch(1, 100, weighing(3));
    let light = world.batch(2, 100, weighing(1));
    world.change(light, |facts| facts.trunk = Some(second));
    limit(&mut world, 12);
    world.pass(s(1));
    assert_eq!((world.on_line(heavy), world.on_line(light)), (9, 3));
}

#[test]
fn no_limit_is_ever_exceeded_and_what_is_free_is_used() {
    let mut world = World::new();
    world.trunk(9, 1000.0);
    limit(&mut world, 8);
    let max_concurrent_calls = Some(3);
    let batch = world.batch(1, 100, BatchSettings { max_concurrent_calls, ..weighing(5) });
    world.batch(2, 300, weighing(1));
    for round in 0..100usize {
        world.pass(ms(20));
        assert!(world.on_line(batch) <= 3);
        assert_eq!(world.live.len(), 8);
        let nth = world.live.keys().nth(round % 8).copied().unwrap();
        world.end(nth, ending(Outcome::Completed, world.now));
    }
}
