//! A batch from its first call to its end.

use super::world::*;
use crate::{
    attempt::{EndReason, Ending, Outcome},
    batch::{BatchSettings, BatchState},
    blocker::Blocker,
    dispatcher::{Advance, Input, LaneKey, WakeReason},
    hours::{CallingHours, HoursZone, parse_days, parse_span},
    recipient::RecipientStatus,
    retry::{Next, RetryPolicy},
    time::Timestamp,
    zones::ZoneSet,
};

pub fn retrying(max_retries: u32, wait_minutes: f64) -> BatchSettings {
    let retry = RetryPolicy { max_retries, wait_minutes, ..RetryPolicy::default() };
    BatchSettings { retry, ..BatchSettings::default() }
}

pub fn in_hours(span: &str, zone: HoursZone) -> BatchSettings {
    let (start, end) = parse_span(span).unwrap();
    let days = parse_days("daily").unwrap();
    let calling_hours = Some(CallingHours { start, end, days, time_zone: zone });
    BatchSettings { calling_hours, ..BatchSettings::default() }
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
    assert_eq!(world.dispatcher.stats(), Default::default());
}

#[test]
fn an_empty_batch_completes_at_once() {
    let mut world = World::new();
    let batch = world.batch(1, 0, BatchSettings::default());
    assert_eq!(world.advances, [(batch, Advance::Complete)]);
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

#[test]
fn a_batch_does_not_complete_while_an_ending_is_on_its_way_to_the_store() {
    let mut world = World::new();
    world.batch(1, 1, retrying(1, 1.0));
    let id = *world.live.keys().next().unwrap();
    let ended = Input::Ended { attempt: id, ending: ending(Outcome::Busy, world.now) };
    world.dispatcher.handle(ended, world.now);
    let settle = world.dispatcher.poll(world.now);
    assert!(matches!(settle, super::super::Output::Settle(_)));
    for _ in 0..3 {
        let next = world.dispatcher.poll(world.now);
        assert!(matches!(next, super::super::Output::Wake { .. }), "{next:?}");
    }
    assert_eq!(world.dispatcher.stats().settling, 1);
}

#[test]
fn a_scheduled_batch_begins_at_its_time() {
    let mut world = World::new();
    let starts_at = world.now + s(3600);
    let settings = BatchSettings { starts_at: Some(starts_at), ..BatchSettings::default() };
    let batch = world.batch(1, 1, settings);
    assert_eq!(world.wake, (Some(starts_at), WakeReason::Blocked(Blocker::WaitingForStart)));
    world.pass(s(7200));
    assert_eq!(world.advances, [(batch, Advance::Begin)]);
    assert_eq!(world.calls[0].at, starts_at);
}

#[test]
fn a_batch_whose_time_has_passed_ends_and_its_calls_count() {
    let mut world = World::new();
    let ends_at = world.now + s(60);
    let settings =
        BatchSettings { ends_at: Some(ends_at), max_concurrent_calls: Some(1), ..retrying(3, 0.0) };
    let batch = world.batch(1, 5, settings);
    world.pass(s(90));
    assert_eq!(world.advances, [(batch, Advance::End)]);
    assert_eq!(world.live.len(), 1);
    world.end_all(Outcome::NoAnswer);
    assert_eq!(world.settled[0].next, Next::Final(RecipientStatus::NoAnswer));
    assert_eq!(world.calls.len(), 1);
    assert_eq!(world.dispatcher.stats().batches, 0);
}

#[test]
fn nobody_is_dialed_outside_calling_hours() {
    let mut world = World::new();
    let zone = HoursZone::Named("UTC".to_owned());
    let settings = BatchSettings { max_concurrent_calls: Some(1), ..in_hours("09:00-13:00", zone) };
    let batch = world.batch(1, 3, settings);
    world.pass(s(3600));
    world.end_all(Outcome::Completed);
    let opens_at = NOON + s(21 * 3600);
    assert_eq!(world.calls.len(), 1);
    assert_eq!(world.blocker(batch), Some(Blocker::OutsideCallingHours.until(opens_at)));
    world.pass(s(24 * 3600));
    assert_eq!(world.calls[1].at, opens_at);
}

#[test]
fn each_is_dialed_on_the_clock_of_their_own_zone() {
    let mut world = World::new();
    let facts = crate::dispatcher::BatchFacts {
        id: crate::ids::BatchId(1),
        version: 0,
        workspace: WORKSPACE,
        trunk: Some(TRUNK),
        agent: Default::default(),
        state: BatchState::Running,
        settings: in_hours("09:00-17:00", HoursZone::Recipient),
    };
    let lane = |zone| LaneKey { zones: ZoneSet::from_joined(zone), retry: false };
    let (london, new_york) = (lane("Europe/London"), lane("America/New_York"));
    let (both, unknown) = (lane("America/Chicago,America/New_York"), lane(""));
    let people = vec![unknown.clone(), both.clone(), new_york.clone(), london.clone()];
    let batch = world.load(facts, people);
    world.pass(s(12 * 3600));
    let dialed: Vec<_> = world
        .calls
        .iter()
        .map(|call| (call.attempt.lane.zones.as_str().to_owned(), call.at.since(NOON).as_secs()))
        .collect();
    let expected = [("Europe/London", 0), ("America/New_York", 3600)];
    assert_eq!(dialed[..2], expected.map(|(zone, at)| (zone.to_owned(), at)));
    assert_eq!(dialed[2], (both.zones.as_str().to_owned(), 7200));
    world.end_all(Outcome::Completed);
    assert!(world.advances.is_empty(), "somebody of unknown zone is left");
    assert_eq!(world.blocker(batch), Some(Blocker::OutsideCallingHours.open_ended()));
    let blocked = world.dispatcher.recipient_blocker(batch, &unknown, NOON.into(), world.now);
    assert!(crate::blocker::describe(&blocked.unwrap()).contains("time zone is unknown"));
}

#[test]
fn congestion_is_not_charged_and_slows_the_trunk() {
    let mut world = World::new();
    world.trunk(100, 10.0);
    let batch = world.batch(1, 20, BatchSettings::default());
    let (&id, _) = world.live.iter().next().unwrap();
    world.end(id, congestion(Some(s(5)), world.now));
    assert!(!world.settled[0].charged);
    let until = world.now + s(5);
    assert_eq!(world.blocker(batch), Some(Blocker::TrunkBackingOff.until(until)));
    world.pass(s(60));
    assert!(world.calls[1..].iter().all(|call| call.at >= until));
    assert_eq!(world.calls.len(), 21);
    let spacing = world.calls[2].at.since(world.calls[1].at);
    assert!(spacing >= ms(180), "{spacing:?}");
    let again = world.calls.iter().rfind(|call| call.attempt.uncharged_before == 1).unwrap();
    assert_eq!(again.attempt.charged_before, 0);
}

#[test]
fn an_answer_that_is_final_is_not_followed_by_another_call() {
    let mut world = World::new();
    world.batch(1, 3, retrying(10, 0.0));
    world.pass(s(1));
    let endings = [
        ending(Outcome::Completed, world.now),
        ending(Outcome::RejectedByRoute, world.now),
        Ending {
            permanent: true,
            end_reason: EndReason::InvalidNumber,
            ..ending(Outcome::Failed, world.now)
        },
    ];
    for (id, ending) in world.live.keys().copied().collect::<Vec<_>>().into_iter().zip(endings) {
        world.end(id, ending);
    }
    assert_eq!(world.calls.len(), 3);
    assert_eq!(world.advances.len(), 1);
}

#[test]
fn the_same_history_twice_gives_the_same_commands() {
    let history = || {
        let mut world = World::new();
        world.trunk(7, 20.0);
        for id in 1..5 {
            world.batch(id, 40, BatchSettings { weight: id as u32, ..retrying(2, 0.1) });
        }
        for round in 0..100u64 {
            world.pass(ms(170));
            let outcome = Outcome::ALL[round as usize % Outcome::ALL.len()];
            if let Some((&id, _)) = world.live.iter().next() {
                world.end(id, ending(outcome, world.now));
            }
        }
        let calls = world.calls.iter().map(|call| (call.attempt.id, call.at));
        calls.collect::<Vec<(_, Timestamp)>>()
    };
    assert_eq!(history(), history());
}
