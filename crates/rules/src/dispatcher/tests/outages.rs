//! Outages on our side: no recipient is charged, calls stop, and probes resume them.

use std::sync::Arc;

use super::{life::retrying, world::*};
use crate::{
    attempt::{EndReason, Ending, Outcome, Party},
    batch::BatchState,
    blocker::Blocker,
    dispatcher::{AgentKind, Input, Snag},
    ids::{AttemptId, BatchId},
    retry::Next,
    time::Timestamp,
};

fn cause() -> Arc<str> {
    "nobody listens there".into()
}

pub(super) fn silence(at: Timestamp) -> Ending {
    Ending { end_reason: EndReason::TrunkUnreachable, ..ending(Outcome::Failed, at) }
}

/// A world in which INVITEs leave only when the test says so.
fn by_hand(people: usize, cps: f64) -> World {
    let mut world = World::new();
    world.dials = false;
    world.trunk(1000, cps);
    world.batch(1, people, retrying(1, 0.0));
    world
}

/// The same world, with an agent that a server speaks for.
fn served(people: usize, cps: f64) -> World {
    let mut world = World::new();
    (world.dials, world.agent) = (false, AgentKind::Served);
    world.trunk(1000, cps);
    world.batch(1, people, retrying(1, 0.0));
    world
}

/// Fails every placed attempt until no more are placed.
fn fail_all(world: &mut World, snag: &Snag) {
    while let Some(&attempt) = world.live.keys().next() {
        world.tell(Input::Undialed { attempt, snag: snag.clone() });
    }
}

fn dial_all(world: &mut World) {
    for attempt in world.live.keys().copied().collect::<Vec<AttemptId>>() {
        world.tell(Input::Dialed { attempt, at: world.now });
    }
}

#[test]
fn what_fails_before_the_invite_is_given_back_and_stops_the_trunk() {
    let batch = BatchId(1);
    for (snag, blocker) in [
        (Snag::Trunk(cause()), Blocker::TrunkUnreachable),
        (Snag::Machine(cause()), Blocker::TrunkUnreachable),
        (Snag::Agent(cause()), Blocker::AgentCannotSpeak),
    ] {
        let mut world = by_hand(300, 50.0);
        fail_all(&mut world, &snag);
        assert!(world.settled.is_empty(), "nothing is on record: {snag:?}");
        assert_eq!(world.calls.len(), 1, "nothing ever worked, so one failure is enough");
        let blocked = world.blocker(batch).unwrap();
        assert_eq!((blocked.blocker, blocked.since), (blocker, Some(NOON)));
        assert_eq!(blocked.clears_at, Some(NOON + s(1)));
        assert_eq!(blocked.cause, Some(cause()));
        assert_eq!(world.wake.0, Some(NOON + s(1)), "{snag:?}");
    }
}

#[test]
fn a_trunk_that_is_gone_is_asked_more_and_more_seldom_and_nobody_is_dialed() {
    let mut world = by_hand(300, 50.0);
    fail_all(&mut world, &Snag::Trunk(cause()));
    for _ in 0..10_000 {
        if world.now > NOON + s(3_600) {
            break;
        }
        let asked = world.probes.len();
        world.pass(ms(500));
        if world.probes.len() > asked {
            world.tell(Input::Probed { id: TRUNK, answer: Err(cause()) });
        }
        fail_all(&mut world, &Snag::Trunk(cause()));
    }
    assert!(world.settled.is_empty(), "an hour's outage is on nobody's record");
    assert!((50..80).contains(&world.probes.len()), "{} questions", world.probes.len());
    assert!(world.calls.len() < 20, "{} calls were tried", world.calls.len());
}

#[test]
fn a_probe_that_is_answered_lets_calls_begin_again_gently() {
    let mut world = by_hand(300, 50.0);
    fail_all(&mut world, &Snag::Trunk(cause()));
    world.pass(s(1));
    assert_eq!(world.probes.len(), 1);
    assert_eq!(world.calls.len(), 1, "no call before the answer");
    world.dials = true;
    world.tell(Input::Probed { id: TRUNK, answer: Ok(()) });
    let begun = world.calls.len();
    world.pass(s(1));
    assert!((4..=10).contains(&(world.calls.len() - begun)), "{}", world.calls.len());
    let blocked = world.blocker(BatchId(1)).map(|blocked| blocked.blocker);
    assert!(matches!(blocked, None | Some(Blocker::TrunkBackingOff)), "{blocked:?}");
    world.pass(s(60));
    assert_eq!(world.calls.iter().skip(1).count(), 300, "everybody is dialed");
}

#[test]
fn a_trunk_whose_settings_change_is_asked_at_once() {
    let mut world = by_hand(10, 50.0);
    fail_all(&mut world, &Snag::Trunk(cause()));
    for _ in 0..5 {
        world.pass(s(20));
        world.tell(Input::Probed { id: TRUNK, answer: Err(cause()) });
    }
    let asked = world.probes.len();
    world.trunk(1000, 50.0);
    assert_eq!(world.probes.len(), asked + 1);
}

/// Gives every call in progress no response at all.
pub(super) fn silence_all(world: &mut World) {
    for id in world.live.keys().copied().collect::<Vec<_>>() {
        world.end(id, silence(world.now));
    }
}

pub(super) fn probed(world: &mut World, answers: bool) {
    world.tell(Input::Probed { id: TRUNK, answer: if answers { Ok(()) } else { Err(cause()) } });
}

/// A call was answered, and the trunk's answer to the following probe is known.
fn known(world: &mut World, answers: bool) {
    world.tell(Input::TrunkAnswered { id: TRUNK, at: world.now });
    assert_eq!(world.probes.len(), 1, "whether it answers questions is found out once");
    world.pass(s(1));
    world.tell(Input::TrunkAnswered { id: TRUNK, at: world.now });
    probed(world, answers);
    world.tell(Input::TrunkAnswered { id: TRUNK, at: world.now });
    world.probes.clear();
}

#[test]
fn silence_is_on_nobodys_record_before_the_trunk_was_asked() {
    let mut world = World::new();
    let batch = world.batch(1, 30, retrying(0, 0.0));
    world.pass(s(32));
    silence_all(&mut world);
    assert!(world.settled.is_empty());
    assert_eq!(world.probes.len(), 1, "one question for all of them");
    assert_eq!(world.dispatcher.in_flight(batch), 30);
    world.pass(s(600));
    assert_eq!((world.settled.len(), world.probes.len(), world.calls.len()), (0, 1, 30));
}

#[test]
fn silence_is_charged_to_nobody_while_the_trunk_answers_nobody() {
    let mut world = World::new();
    let batch = world.batch(1, 30, retrying(0, 0.0));
    world.pass(s(32));
    assert_eq!(world.live.len(), 30);
    silence_all(&mut world);
    world.pass(s(4));
    probed(&mut world, false);
    assert!(world.settled.iter().all(|settled| !settled.charged && settled.excused));
    assert_eq!(world.settled.len(), 30);
    let blocked = world.blocker(batch).unwrap();
    assert_eq!(blocked.blocker, Blocker::TrunkUnreachable);
    assert_eq!((blocked.since, blocked.clears_at), (Some(world.now), Some(world.now + s(1))));
    assert!(blocked.cause.unwrap().contains("nobody listens there"));
    world.pass(s(120));
    probed(&mut world, true);
    world.pass(s(60));
    world.end_all(Outcome::Completed);
    let reached = world.settled.iter().filter(|settled| settled.charged).count();
    assert_eq!((reached, world.settled.len()), (30, 60));
}

#[test]
fn a_call_without_an_answer_so_far_has_its_trunk_asked_before_it_gives_up() {
    for answers in [true, false] {
        let mut world = World::new();
        let batch = world.batch(1, 30, retrying(0, 0.0));
        world.pass(s(4));
        for id in world.live.keys().copied().collect::<Vec<_>>() {
            world.tell(Input::Silent { attempt: id });
        }
        assert_eq!(world.probes.len(), 1);
        probed(&mut world, answers);
        let stopped = world.dispatcher.trunk_outage(TRUNK).is_some();
        assert_eq!((stopped, world.settled.len()), (!answers, 0));
        assert_eq!(world.dispatcher.in_flight(batch), 30, "the calls go on");
    }
}

#[test]
fn a_trunk_that_answers_others_is_not_asked_about_a_call_without_an_answer_so_far() {
    let mut world = World::new();
    world.batch(1, 30, retrying(0, 0.0));
    world.pass(s(3));
    known(&mut world, true);
    world.tell(Input::Silent { attempt: *world.live.keys().next().unwrap() });
    assert!(world.probes.is_empty());
}

#[test]
fn who_gets_no_answer_while_the_trunk_is_out_is_excused_without_a_question() {
    let mut world = World::new();
    world.batch(1, 3, retrying(0, 0.0));
    world.pass(s(32));
    let ids: Vec<_> = world.live.keys().copied().collect();
    world.end(ids[0], silence(world.now));
    probed(&mut world, false);
    let asked = world.probes.len();
    world.end(ids[1], silence(world.now));
    assert_eq!((world.settled.len(), world.probes.len()), (2, asked));
    assert!(world.settled.iter().all(|settled| settled.excused));
}

#[test]
fn a_number_that_alone_gets_no_answer_is_charged_in_the_end() {
    let mut world = World::new();
    world.batch(1, 1, retrying(0, 0.0));
    for round in 0..6 {
        let id = *world.live.keys().next().expect("it is dialed again");
        world.pass(s(32));
        world.end(id, silence(world.now));
        assert_eq!(world.settled.len(), round, "not before the answer");
        probed(&mut world, true);
        let settled = world.settled.last().unwrap();
        assert_eq!((settled.charged, settled.excused), (round == 5, false), "round {round}");
        world.pass(s(40));
    }
    assert!(matches!(world.settled.last().unwrap().next, Next::Final(_)));
    assert_eq!(world.probes.len(), 6, "a question for each silence");
}

#[test]
fn a_mute_number_in_an_outage_costs_only_what_comes_after_it() {
    let mut world = World::new();
    world.batch(1, 1, retrying(0, 0.0));
    world.pass(s(32));
    silence_all(&mut world);
    probed(&mut world, false);
    assert!(world.settled[0].excused);
    world.pass(s(1));
    probed(&mut world, true);
    let counted = |world: &World| world.settled.iter().filter(|s| !s.excused).count();
    for round in 1..=6 {
        world.pass(s(200));
        silence_all(&mut world);
        probed(&mut world, true);
        assert_eq!(counted(&world), round);
    }
    assert!(world.settled.last().unwrap().charged);
}

#[test]
fn stop_while_an_attempt_waits_for_its_trunk_lets_it_come_to_rest() {
    for answers in [true, false] {
        let mut world = World::new();
        let batch = world.batch(1, 1, retrying(3, 0.0));
        world.pass(s(32));
        silence_all(&mut world);
        world.set_state(batch, BatchState::Cancelled);
        assert_eq!(world.dispatcher.in_flight(batch), 1, "its attempt is not settled yet");
        probed(&mut world, answers);
        let settled = world.settled.last().unwrap();
        assert!(matches!(settled.next, Next::Final(_)) && !settled.charged);
        assert_eq!(world.dispatcher.in_flight(batch), 0);
        world.pass(s(3_600));
        assert_eq!(world.calls.len(), 1);
    }
}

#[test]
fn what_waits_for_its_trunk_is_asked_about_also_when_nothing_else_may_be_sent() {
    let mut world = World::new();
    world.batch(1, 2, retrying(0, 0.0));
    world.pass(s(32));
    world.tell(Input::Lease { until: Timestamp(i64::MIN) });
    silence_all(&mut world);
    assert_eq!(world.probes.len(), 1);
    probed(&mut world, false);
    assert_eq!(world.settled.len(), 2);
    world.pass(s(3_600));
    assert_eq!(world.calls.len(), 2);
}

#[test]
fn a_call_that_is_answered_while_a_question_is_not_shows_a_trunk_that_hears_none() {
    let mut world = World::new();
    world.batch(1, 30, retrying(0, 0.0));
    known(&mut world, false);
    world.pass(s(32));
    let mute = *world.live.keys().next().unwrap();
    world.end(mute, silence(world.now));
    world.tell(Input::TrunkAnswered { id: TRUNK, at: world.now });
    probed(&mut world, false);
    let settled = world.settled.last().unwrap();
    assert!(!settled.charged && !settled.excused, "others are answered, so it failed alone");
    assert!(world.blocker(BatchId(1)).is_none_or(|b| b.blocker != Blocker::TrunkUnreachable));
}

#[test]
fn a_trunk_that_answers_no_question_is_asked_again_only_after_it_answered_a_call() {
    let mut world = World::new();
    world.batch(1, 30, retrying(0, 0.0));
    world.tell(Input::TrunkAnswered { id: TRUNK, at: world.now });
    assert_eq!(world.probes.len(), 1);
    world.pass(s(4));
    probed(&mut world, false);
    for _ in 0..100 {
        world.pass(s(4));
    }
    assert_eq!(world.probes.len(), 1, "while nothing else is heard, one question is enough");
    world.tell(Input::TrunkAnswered { id: TRUNK, at: world.now });
    assert_eq!(world.probes.len(), 2);
}

#[test]
fn one_mute_number_does_not_stop_a_trunk_that_answers_no_questions_and_is_not_tried_for_ever() {
    let mut world = World::new();
    known(&mut world, false);
    world.batch(1, 1, retrying(0, 0.0));
    for round in 0..6 {
        world.pass(s(60));
        silence_all(&mut world);
        probed(&mut world, false);
        assert_eq!(world.settled.last().unwrap().charged, round == 5, "round {round}");
        assert!(world.dispatcher.trunk_outage(TRUNK).is_none());
    }
}

#[test]
fn silence_to_several_stops_a_trunk_that_answers_no_questions() {
    let mut world = World::new();
    known(&mut world, false);
    world.batch(1, 2, retrying(0, 0.0));
    world.pass(s(60));
    silence_all(&mut world);
    probed(&mut world, false);
    assert!(world.settled.iter().all(|settled| settled.excused));
    assert!(world.dispatcher.trunk_outage(TRUNK).is_some());
}

#[test]
fn what_was_seen_before_the_outage_does_not_end_it() {
    let mut world = by_hand(3, 50.0);
    dial_all(&mut world);
    world.pass(s(32));
    let seen_at = world.now;
    let silent = *world.live.keys().next().unwrap();
    world.end(silent, silence(world.now));
    world.pass(s(4));
    probed(&mut world, false);
    world.tell(Input::TrunkAnswered { id: TRUNK, at: seen_at });
    assert!(world.dispatcher.trunk_outage(TRUNK).is_some());
    world.pass(ms(1));
    world.tell(Input::TrunkAnswered { id: TRUNK, at: world.now });
    assert!(world.dispatcher.trunk_outage(TRUNK).is_none());
}

#[test]
fn a_batch_that_begins_or_goes_on_has_its_trunk_asked_at_once() {
    let mut world = by_hand(10, 50.0);
    fail_all(&mut world, &Snag::Trunk(cause()));
    for _ in 0..8 {
        world.pass(s(70));
        probed(&mut world, false);
        fail_all(&mut world, &Snag::Trunk(cause()));
    }
    let asked = world.probes.len();
    world.set_state(BatchId(1), BatchState::Paused);
    world.set_state(BatchId(1), BatchState::Running);
    assert_eq!(world.probes.len(), asked + 1);
}

#[test]
fn one_persons_words_that_cannot_be_made_stop_nobody_else() {
    let mut world = by_hand(20, 50.0);
    let bad = world.live.values().next().unwrap().recipient;
    for _ in 0..40 {
        for (id, attempt) in world.live.clone() {
            if attempt.recipient == bad {
                world.tell(Input::Undialed { attempt: id, snag: Snag::Agent(cause()) });
            } else {
                world.tell(Input::Dialed { attempt: id, at: world.now });
                world.end(id, ending(Outcome::Completed, world.now));
            }
        }
        world.pass(ms(500));
    }
    assert_eq!(world.settled.len(), 19, "everybody else is dialed");
    assert!(world.settled.iter().all(|settled| settled.recipient != bad), "nothing on its record");
    let blocked = world.blocker(BatchId(1)).unwrap();
    assert_eq!((blocked.blocker, blocked.cause), (Blocker::AgentCannotSpeak, Some(cause())));
    let tries = world.calls.iter().filter(|call| call.attempt.recipient == bad).count();
    assert!(tries <= 12, "tried {tries} times");
}

#[test]
fn a_local_shortage_ends_with_the_call_that_ends() {
    let mut world = by_hand(20, 50.0);
    let first = *world.live.keys().next().unwrap();
    dial_all(&mut world);
    world.tell(Input::TrunkAnswered { id: TRUNK, at: world.now });
    for _ in 0..3 {
        world.pass(ms(100));
        for attempt in world.live.keys().copied().filter(|id| *id != first).collect::<Vec<_>>() {
            world.tell(Input::Undialed { attempt, snag: Snag::Machine(cause()) });
        }
    }
    let blocked = world.blocker(BatchId(1)).unwrap();
    assert_eq!(blocked.blocker, Blocker::TrunkUnreachable);
    let mut over = ending(Outcome::Completed, world.now);
    over.evidence.hung_up_by = Some(Party::Recipient);
    world.end(first, over);
    world.pass(ms(100));
    let blocked = world.blocker(BatchId(1)).map(|blocked| blocked.blocker);
    assert_ne!(blocked, Some(Blocker::TrunkUnreachable));
    assert!(!world.live.is_empty());
}

#[test]
fn a_stopped_trunk_is_not_asked_while_nobody_wants_it() {
    let mut world = by_hand(1, 50.0);
    fail_all(&mut world, &Snag::Trunk(cause()));
    let batch = BatchId(1);
    world.set_state(batch, BatchState::Paused);
    world.pass(s(600));
    assert!(world.probes.is_empty());
    assert_eq!(world.blocker(batch).unwrap().blocker, Blocker::Paused);
    world.set_state(batch, BatchState::Running);
    assert_eq!(world.probes.len(), 1);
}

/// The ending of a call that was cancelled because the agent's speech was missing.
fn speechless(at: Timestamp) -> Ending {
    let mut ending = Ending { end_reason: EndReason::AgentFailed, ..ending(Outcome::Failed, at) };
    ending.evidence.answered_at = None;
    ending.evidence.cause = Some("espeak-ng hangs".to_owned());
    ending
}

#[test]
fn the_first_call_whose_agent_falls_silent_stops_its_batch_and_is_not_charged() {
    let batch = BatchId(1);
    let mut world = by_hand(20, 50.0);
    let first = *world.live.keys().next().unwrap();
    dial_all(&mut world);
    world.pass(ms(100));
    let placed = *world.live.keys().find(|id| **id != first).unwrap();
    world.end(first, speechless(world.now));
    let stopped = |world: &World| {
        let blocked = world.blocker(batch)?;
        (blocked.blocker == Blocker::AgentCannotSpeak).then_some(blocked)
    };
    let blocked = stopped(&world).expect("stopped");
    assert_eq!(blocked.cause.as_deref(), Some("espeak-ng hangs"));
    assert_eq!(blocked.clears_at, Some(world.now + s(1)));
    let settled = world.settled.iter().find(|settled| settled.attempt == first).unwrap();
    assert!(!settled.charged && matches!(settled.next, Next::Retry { .. }), "{settled:?}");
    // A call that was placed earlier proves nothing about the speech that is missing now.
    world.pass(ms(10));
    world.tell(Input::Dialed { attempt: placed, at: world.now });
    assert!(stopped(&world).is_some());
    for (id, _) in world.live.clone() {
        world.tell(Input::Undialed { attempt: id, snag: Snag::Agent(cause()) });
    }
    let before = world.calls.len();
    world.pass(s(2));
    assert_eq!(world.calls.len(), before + 1, "one call is the trial");
    dial_all(&mut world);
    assert!(stopped(&world).is_none(), "it has its words");
}

#[test]
fn words_that_only_one_person_cannot_be_told_stop_nobody_else_and_are_final() {
    let mut world = by_hand(20, 50.0);
    let first = *world.live.keys().next().unwrap();
    dial_all(&mut world);
    world.end(first, Ending { permanent: true, ..speechless(world.now) });
    let blocked = world.blocker(BatchId(1)).map(|blocked| blocked.blocker);
    assert_ne!(blocked, Some(Blocker::AgentCannotSpeak));
    let settled = world.settled.iter().find(|settled| settled.attempt == first).unwrap();
    assert!(settled.charged && matches!(settled.next, Next::Final(_)), "{settled:?}");
}

#[test]
fn a_mute_number_is_not_excused_because_this_machine_lacks_a_port() {
    let mut world = by_hand(2, 50.0);
    world.pass(s(1));
    let (dialed, stuck) = (world.calls[0].attempt.id, world.calls[1].attempt.id);
    world.tell(Input::Dialed { attempt: dialed, at: world.now });
    world.tell(Input::Undialed { attempt: stuck, snag: Snag::Machine(cause()) });
    assert!(world.dispatcher.trunk_outage(TRUNK).is_some(), "calls are stopped");
    world.end(dialed, silence(world.now));
    assert!(world.settled.is_empty(), "nothing says whether the trunk is there");
    probed(&mut world, true);
    let settled = world.settled.last().unwrap();
    assert!(!settled.excused && !settled.charged, "the trunk is there: the number is mute");
}

#[test]
fn an_agent_whose_server_is_down_rings_nobody_and_is_tried_every_few_seconds() {
    let batch = BatchId(1);
    let mut world = served(300, 50.0);
    fail_all(&mut world, &Snag::Agent(cause()));
    let blocked = world.blocker(batch).unwrap();
    assert_eq!((blocked.blocker, blocked.cause), (Blocker::AgentUnreachable, Some(cause())));
    for _ in 0..40 {
        let (before, from) = (world.calls.len(), world.now);
        while world.calls.len() == before {
            world.pass(ms(100));
        }
        assert!(world.now <= from + ms(5_200), "the server is tried at least every five seconds");
        assert_eq!(world.calls.len(), before + 1, "one call at a time tries it");
        fail_all(&mut world, &Snag::Agent(cause()));
    }
    assert!(world.settled.is_empty(), "nobody is charged");
    // The server is back.
    let before = world.calls.len();
    world.pass(s(6));
    dial_all(&mut world);
    world.pass(s(1));
    dial_all(&mut world);
    assert!(world.calls.len() > before + 20, "all are called again");
    assert_ne!(world.blocker(batch).map(|b| b.blocker), Some(Blocker::AgentUnreachable));
}

#[test]
fn calls_that_lose_their_server_stop_the_batch_after_three_in_a_row() {
    let batch = BatchId(1);
    let mut world = served(400, 50.0);
    let stopped = |world: &World| {
        world.blocker(batch).is_some_and(|blocked| blocked.blocker == Blocker::AgentUnreachable)
    };
    world.pass(s(1));
    dial_all(&mut world);
    let calls: Vec<AttemptId> = world.live.keys().copied().collect();
    let lost = |at: Timestamp, outcome: Outcome| Ending {
        end_reason: EndReason::AgentFailed,
        ..ending(outcome, at)
    };
    let mut calls = calls.into_iter();
    let mut end = |world: &mut World, ending: Ending| world.end(calls.next().unwrap(), ending);
    let now = world.now;
    // A conversation that went well, and conversations that were cut, say that the server answers.
    let mut well = ending(Outcome::Completed, now);
    well.evidence.answered_at = Some(now);
    end(&mut world, well);
    for _ in 0..5 {
        end(&mut world, lost(now, Outcome::Completed));
    }
    assert!(!stopped(&world));
    for strike in 1..=3 {
        assert!(!stopped(&world), "before strike {strike}");
        end(&mut world, lost(now, Outcome::Failed));
    }
    assert!(stopped(&world), "{:?}", world.blocker(batch));
}
