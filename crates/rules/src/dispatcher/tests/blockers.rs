//! Every blocker, for a batch, for a recipient and in the wake-up.

use super::{life::*, world::*};
use crate::{
    attempt::Outcome,
    batch::{BatchSettings, BatchState},
    blocker::{Blocked, Blocker, describe},
    dispatcher::{BatchFacts, Input, Lane, LaneKey, WakeReason},
    hours::HoursZone,
    ids::BatchId,
    recipient::{Due, WaitsFor},
    time::Timestamp,
    zones::ZoneSet,
};

fn lane(retry: bool) -> LaneKey {
    LaneKey { zones: ZoneSet::default(), retry }
}

impl World {
    fn recipient(&self, batch: BatchId) -> Option<Blocked> {
        self.dispatcher.recipient_blocker(batch, &lane(false), self.now.into(), self.now)
    }

    fn waits_for(&self, batch: BatchId, blocked: Blocked) {
        assert_eq!(self.blocker(batch), Some(blocked.clone()));
        assert_eq!(self.recipient(batch), Some(blocked.clone()));
        assert_eq!(self.wake.1, WakeReason::Blocked(blocked.blocker));
    }
}

#[test]
fn waiting_for_start() {
    let mut world = World::new();
    let starts_at = Some(NOON + s(60));
    let batch = world.batch(1, 1, BatchSettings { starts_at, ..BatchSettings::default() });
    world.waits_for(batch, Blocker::WaitingForStart.until(NOON + s(60)));
    world.set_state(batch, BatchState::Draft);
    world.waits_for(batch, Blocker::WaitingForStart.open_ended());
}

#[test]
fn outside_calling_hours() {
    let mut world = World::new();
    let batch = world.batch(1, 1, in_hours("13:00-14:00", HoursZone::Named("UTC".to_owned())));
    world.waits_for(batch, Blocker::OutsideCallingHours.until(NOON + s(3600)));
}

#[test]
fn workspace_concurrency() {
    let mut world = World::new();
    world.tell(Input::Workspace { id: WORKSPACE, max_concurrent_calls: 1 });
    let batch = world.batch(1, 2, BatchSettings::default());
    world.waits_for(batch, Blocker::WorkspaceConcurrency.open_ended());
    world.tell(Input::Workspace { id: WORKSPACE, max_concurrent_calls: 2 });
    world.pass(s(1));
    assert_eq!(world.live.len(), 2);
}

#[test]
fn batch_concurrency() {
    let mut world = World::new();
    let max_concurrent_calls = Some(1);
    let batch =
        world.batch(1, 2, BatchSettings { max_concurrent_calls, ..BatchSettings::default() });
    world.waits_for(batch, Blocker::BatchConcurrency.open_ended());
}

#[test]
fn trunk_calls() {
    let mut world = World::new();
    world.trunk(1, 100.0);
    let batch = world.batch(1, 2, BatchSettings::default());
    world.waits_for(batch, Blocker::TrunkCalls.open_ended());
}

#[test]
fn trunk_cps() {
    let mut world = World::new();
    world.trunk(100, 1.0);
    let batch = world.batch(1, 2, BatchSettings::default());
    world.waits_for(batch, Blocker::TrunkCps.until(NOON + ms(1010)));
}

#[test]
fn trunk_backing_off() {
    let mut world = World::new();
    let batch =
        world.batch(1, 2, BatchSettings { max_concurrent_calls: Some(1), ..retrying(0, 0.0) });
    let (&id, _) = world.live.iter().next().unwrap();
    world.end(id, congestion(Some(s(30)), world.now));
    world.waits_for(batch, Blocker::TrunkBackingOff.until(NOON + s(30)));
    let trunk = world.dispatcher.trunks(world.now).next().unwrap();
    assert!(trunk.backing_off && trunk.pace < 1.0, "{trunk:?}");
}

#[test]
fn whoever_watches_sees_every_trunk_and_what_batches_wait_for() {
    let mut world = World::new();
    let batch = world.batch(1, 3, BatchSettings::default());
    world.pass(s(1));
    let trunk = world.dispatcher.trunks(world.now).next().unwrap();
    assert_eq!((trunk.calls, trunk.pace, trunk.backing_off), (3, 1.0, false));
    world.set_state(batch, BatchState::Paused);
    let blockers: Vec<_> = world.dispatcher.blockers(world.now).collect();
    assert_eq!(blockers, [Some(Blocker::Paused)]);
    world.set_state(batch, BatchState::Cancelled);
    assert_eq!(world.dispatcher.blockers(world.now).count(), 0, "it is over");
}

#[test]
fn retry_wait() {
    let mut world = World::new();
    let batch = world.batch(1, 1, retrying(1, 5.0));
    world.end_all(Outcome::Busy);
    let blocked = Blocker::RetryWait.until(NOON + s(300));
    assert_eq!(world.blocker(batch), Some(blocked.clone()));
    let recipient =
        world.dispatcher.recipient_blocker(batch, &lane(true), (NOON + s(300)).into(), world.now);
    assert_eq!(recipient, Some(blocked));
}

#[test]
fn a_call_that_ended_before_the_clock_was_set_back_is_tried_again_by_the_new_clock() {
    let mut world = World::new();
    let batch = world.batch(1, 1, retrying(1, 5.0));
    let (&id, _) = world.live.iter().next().unwrap();
    let ended_at = world.now;
    world.now = Timestamp(world.now.0 - 3_600_000_000);
    world.tell(Input::ClockSet { by_us: -3_600_000_000 });
    world.end(id, ending(Outcome::Busy, ended_at));
    assert_eq!(world.blocker(batch), Some(Blocker::RetryWait.until(world.now + s(300))));
}

#[test]
fn a_retry_that_comes_due_at_night_says_when_it_is_really_dialed() {
    let mut world = World::new();
    let hours = in_hours("09:00-12:30", HoursZone::Named("UTC".to_owned())).calling_hours;
    let batch = world.batch(1, 1, BatchSettings { calling_hours: hours, ..retrying(1, 60.0) });
    world.end_all(Outcome::Busy);
    let opens_at = NOON + s(21 * 3600);
    assert_eq!(world.blocker(batch), Some(Blocker::RetryWait.until(opens_at)));
    world.pass(s(24 * 3600));
    assert_eq!(world.calls[1].at, opens_at);
}

#[test]
fn paused() {
    let mut world = World::new();
    let batch =
        world.batch(1, 2, BatchSettings { max_concurrent_calls: Some(1), ..retrying(0, 0.0) });
    world.set_state(batch, BatchState::Paused);
    world.waits_for(batch, Blocker::Paused.open_ended());
}

#[test]
fn no_route() {
    let mut world = World::new();
    let batch =
        world.batch(1, 2, BatchSettings { max_concurrent_calls: Some(1), ..retrying(0, 0.0) });
    world.change(batch, |facts| facts.trunk = None);
    world.waits_for(batch, Blocker::NoRoute.open_ended());
}

#[test]
fn all_done() {
    let mut world = World::new();
    let batch = world.batch(1, 1, BatchSettings::default());
    assert_eq!(world.blocker(batch), Some(Blocker::AllDone.open_ended()));
    assert_eq!(world.wake, (None, WakeReason::Idle));
}

#[test]
fn nothing_blocks_a_batch_that_dials_freely() {
    let mut world = World::new();
    let batch = world.batch(1, 500, BatchSettings::default());
    world.now = world.now + ms(50);
    assert_eq!(world.blocker(batch), None);
    assert_eq!(world.recipient(batch), None);
    assert_eq!(world.dispatcher.blocker(BatchId(99), world.now), None);
}

#[test]
fn a_wake_up_is_for_what_clears_first() {
    let mut world = World::new();
    let starts_at = Some(NOON + s(60));
    world.batch(1, 1, BatchSettings { starts_at, ..BatchSettings::default() });
    world.batch(2, 1, in_hours("12:01-13:00", HoursZone::Named("UTC".to_owned())));
    world.batch(3, 1, retrying(1, 0.5));
    world.end_all(Outcome::Busy);
    assert_eq!(world.wake, (Some(NOON + s(30)), WakeReason::Blocked(Blocker::RetryWait)));
}

#[test]
fn every_blocker_has_a_code_and_a_sentence() {
    for blocker in Blocker::ALL {
        let json = serde_json::to_string(&blocker).unwrap();
        assert_eq!(json, format!("{:?}", blocker.as_str()));
        for blocked in [blocker.open_ended(), blocker.until(NOON)] {
            assert!(describe(&blocked).ends_with('.'));
        }
    }
}

#[test]
fn daily_limit() {
    let mut world = World::new();
    let tomorrow = world.now.next_utc_day();
    let wait = tomorrow.since(world.now).as_secs_f64() / 60.0;
    let batch = world.batch(1, 1, retrying(1, wait));
    world.end_all(Outcome::Busy);
    let told = |world: &mut World, due: Due, expected: Blocked| {
        let (facts, key) = (world.facts[&batch].clone(), lane(true));
        let lanes = vec![Lane { key, next_due: due }];
        world.tell(Input::BatchLoaded { facts, lanes, open: Vec::new() });
        assert_eq!(world.blocker(batch), Some(expected.clone()));
        let recipient = world.dispatcher.recipient_blocker(batch, &lane(true), due, world.now);
        assert_eq!(recipient, Some(expected));
    };
    // A retry may be due at the very instant at which the next day begins.
    told(&mut world, tomorrow.into(), Blocker::RetryWait.until(tomorrow));
    let due = Due { at: tomorrow, waits_for: Some(WaitsFor::DailyLimit) };
    told(&mut world, due, Blocker::DailyLimit.until(tomorrow));
}

/// A batch on the recipients' clocks, with a number in New York, whose hours open at 13:00 UTC, and
/// a number in London, whose hours are open. The London number was busy and is retried after
/// `wait_minutes`.
fn london_and_new_york(world: &mut World, wait_minutes: f64) -> BatchId {
    let hours = in_hours("09:00-17:00", HoursZone::Recipient).calling_hours;
    let facts = BatchFacts {
        id: BatchId(1),
        version: 0,
        workspace: WORKSPACE,
        trunk: Some(TRUNK),
        agent: Default::default(),
        state: BatchState::Running,
        settings: BatchSettings { calling_hours: hours, ..retrying(1, wait_minutes) },
    };
    let lane = |zone| LaneKey { zones: ZoneSet::from_joined(zone), retry: false };
    let batch = world.load(facts, vec![lane("America/New_York"), lane("Europe/London")]);
    world.end_all(Outcome::Busy);
    batch
}

#[test]
fn a_batch_names_what_lets_go_first() {
    let mut world = World::new();
    let batch = london_and_new_york(&mut world, 5.0);
    assert_eq!(world.blocker(batch), Some(Blocker::RetryWait.until(NOON + s(300))));
    let mut world = World::new();
    let batch = london_and_new_york(&mut world, 120.0);
    assert_eq!(world.blocker(batch), Some(Blocker::OutsideCallingHours.until(NOON + s(3600))));
}

#[test]
fn who_is_due_and_waits_for_nothing_but_the_hours_says_so() {
    let mut world = World::new();
    let hours = in_hours("09:00-12:30", HoursZone::Named("UTC".to_owned())).calling_hours;
    let settings = BatchSettings { calling_hours: hours, ..retrying(1, 60.0) };
    let batch = world.batch(1, 2, BatchSettings { max_concurrent_calls: Some(1), ..settings });
    world.pass(s(31 * 60));
    world.end_all(Outcome::Busy);
    // The retry is due at 13:31. It may be called at nine, like the other recipient.
    let opens_at = NOON + s(21 * 3600);
    assert_eq!(world.blocker(batch), Some(Blocker::OutsideCallingHours.until(opens_at)));
}

#[test]
fn a_retry_that_may_never_be_called_waits_for_the_hours() {
    let mut world = World::new();
    let batch = world.batch(1, 1, retrying(1, 5.0));
    world.end_all(Outcome::Busy);
    let hours = in_hours("09:00-17:00", HoursZone::Recipient).calling_hours;
    world.change(batch, |facts| facts.settings.calling_hours = hours);
    let never = Some(Blocker::OutsideCallingHours.open_ended());
    assert_eq!(world.blocker(batch), never);
    let due_at = NOON + s(300);
    assert_eq!(
        world.dispatcher.recipient_blocker(batch, &lane(true), due_at.into(), world.now),
        never
    );
}
