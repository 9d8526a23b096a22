//! A slow or failing store, a node that died, a clock that jumps, a lease that expires.

use super::{life::retrying, world::*};
use crate::{
    attempt::Outcome,
    batch::{BatchSettings, BatchState},
    blocker::Blocker,
    dispatcher::{
        Advance, BatchFacts, Claim, Dispatcher, Input, Lane, LaneKey, Output, WakeReason,
    },
    ids::{AttemptId, BatchId, RecipientId},
    recipient::{Due, WaitsFor},
    time::Timestamp,
    zones::ZoneSet,
};

fn lane() -> LaneKey {
    LaneKey { zones: ZoneSet::default(), retry: false }
}

fn facts(id: i64, settings: BatchSettings) -> BatchFacts {
    BatchFacts {
        id: BatchId(id),
        version: 0,
        workspace: WORKSPACE,
        trunk: Some(TRUNK),
        agent: Default::default(),
        state: BatchState::Running,
        settings,
    }
}

/// A world whose store does not answer automatically, with a batch that has due recipients.
fn unanswered() -> (World, Claim) {
    let mut world = World::new();
    let lanes = vec![Lane { key: lane(), next_due: NOON.into() }];
    world.facts.insert(BatchId(1), facts(1, retrying(1, 0.0)));
    let input = Input::BatchLoaded { facts: facts(1, retrying(1, 0.0)), lanes, open: vec![] };
    world.dispatcher.handle(input, NOON);
    let Output::Claim(claim) = world.dispatcher.poll(NOON) else { panic!("no claim") };
    (world, claim)
}

fn claimed(claim: &Claim, next_due: Option<Due>) -> Input {
    let (batch, lane) = (claim.batch, claim.lane.clone());
    Input::Claimed { batch, lane, attempts: vec![], next_due }
}

#[test]
fn a_store_that_does_not_answer_is_not_asked_again() {
    let (mut world, claim) = unanswered();
    let reason = WakeReason::Store;
    assert_eq!(world.dispatcher.poll(NOON), Output::Wake { at: None, reason });
    assert_eq!(world.dispatcher.in_flight(BatchId(1)), claim.limit);
    assert_eq!(world.dispatcher.poll(NOON + s(60)), Output::Wake { at: None, reason });
}

#[test]
fn while_nothing_can_be_stored_nobody_is_claimed_and_every_batch_says_so() {
    let (mut world, claim) = unanswered();
    world.dispatcher.handle(Input::Store { works: false }, NOON);
    let failed = Input::ClaimFailed { batch: claim.batch, lane: claim.lane.clone() };
    world.dispatcher.handle(failed, NOON);
    let reason = WakeReason::Store;
    for later in [s(0), s(1), s(3_600)] {
        assert_eq!(world.dispatcher.poll(NOON + later), Output::Wake { at: None, reason });
        let blocked = world.dispatcher.blocker(BatchId(1), NOON + later).expect("a blocker");
        assert_eq!((blocked.blocker, blocked.clears_at), (Blocker::StoreFailing, None));
        let blocked =
            world.dispatcher.recipient_blocker(BatchId(1), &lane(), NOON.into(), NOON + later);
        assert_eq!(blocked.expect("a blocker").blocker, Blocker::StoreFailing);
    }
    world.dispatcher.handle(Input::Store { works: true }, NOON + s(3_601));
    assert!(matches!(world.dispatcher.poll(NOON + s(3_601)), Output::Claim(_)));
    let blocked = world.dispatcher.blocker(BatchId(1), NOON + s(3_601));
    assert!(blocked.is_none_or(|blocked| blocked.blocker != Blocker::StoreFailing));
}

#[test]
fn a_claim_that_failed_is_asked_again_after_a_while() {
    let (mut world, claim) = unanswered();
    let failed = Input::ClaimFailed { batch: claim.batch, lane: claim.lane.clone() };
    world.dispatcher.handle(failed, NOON);
    let Output::Wake { at: Some(at), reason: WakeReason::Store } = world.dispatcher.poll(NOON)
    else {
        panic!("it waits for nothing")
    };
    assert_eq!(at, NOON + ms(200));
    assert_eq!(world.dispatcher.in_flight(BatchId(1)), 0);
    assert!(matches!(world.dispatcher.poll(at), Output::Claim(_)));
}

#[test]
fn a_claim_that_brought_less_than_there_is_does_not_spin() {
    let (mut world, claim) = unanswered();
    world.dispatcher.handle(claimed(&claim, Some(NOON.into())), NOON);
    let Output::Wake { at: Some(at), .. } = world.dispatcher.poll(NOON) else { panic!("it spins") };
    assert!(at >= NOON + ms(10));
    assert!(matches!(world.dispatcher.poll(at), Output::Claim(_)));
}

#[test]
fn who_joins_a_lane_while_it_is_claimed_is_not_forgotten() {
    let (mut world, claim) = unanswered();
    let person =
        Pending { id: RecipientId(7), lane: lane(), due_at: NOON, charged: 0, uncharged: 0 };
    let attempt = world.attempt(BatchId(1), person);
    let id = attempt.id;
    let (batch, key) = (claim.batch, claim.lane.clone());
    let attempts = vec![attempt];
    let answer = Input::Claimed { batch, lane: key, attempts, next_due: Some(NOON.into()) };
    world.dispatcher.handle(answer, NOON);
    assert!(matches!(world.dispatcher.poll(NOON), Output::Place(_)));
    let later = NOON + s(1);
    let Output::Claim(second) = world.dispatcher.poll(later) else { panic!("no second claim") };
    // The phone never rang, and the recipient is due again. The answer to the claim was written
    // before that.
    world.dispatcher.handle(Input::Released { attempt: id, due_at: Some(later) }, later);
    world.dispatcher.handle(claimed(&second, None), later);
    assert!(matches!(world.dispatcher.poll(later), Output::Claim(_)));
}

#[test]
fn who_waits_for_the_next_day_is_asked_for_when_limits_change() {
    let (mut world, claim) = unanswered();
    let tomorrow = Due { at: NOON.next_utc_day(), waits_for: Some(WaitsFor::DailyLimit) };
    world.dispatcher.handle(claimed(&claim, Some(tomorrow)), NOON);
    let asleep = world.dispatcher.poll(NOON);
    let reason = WakeReason::Blocked(Blocker::DailyLimit);
    assert_eq!(asleep, Output::Wake { at: Some(tomorrow.at), reason });
    world.dispatcher.handle(Input::LimitsChanged, NOON);
    assert!(matches!(world.dispatcher.poll(NOON), Output::Claim(_)));
    // This claim may have been answered before the store made the recipients due.
    world.dispatcher.handle(Input::LimitsChanged, NOON);
    world.dispatcher.handle(claimed(&claim, Some(tomorrow)), NOON);
    assert!(matches!(world.dispatcher.poll(NOON + s(1)), Output::Claim(_)));
}

#[test]
fn an_advance_that_did_not_happen_is_asked_again_after_a_while() {
    let mut dispatcher = Dispatcher::new();
    let input =
        Input::BatchLoaded { facts: facts(1, retrying(0, 0.0)), lanes: vec![], open: vec![] };
    dispatcher.handle(input, NOON);
    let complete = Output::Advance { batch: BatchId(1), advance: Advance::Complete };
    assert_eq!(dispatcher.poll(NOON), complete);
    let sleeping = Output::Wake { at: None, reason: WakeReason::Store };
    assert_eq!(dispatcher.poll(NOON), sleeping);
    dispatcher.handle(Input::BatchChanged(facts(1, retrying(0, 0.0))), NOON);
    let Output::Wake { at: Some(at), .. } = dispatcher.poll(NOON) else { panic!("it spins") };
    assert_eq!(dispatcher.poll(at), complete);
}

#[test]
fn calls_of_a_dead_process_hold_their_slots_until_they_are_settled() {
    let mut world = World::new();
    world.tell(Input::Workspace { id: WORKSPACE, max_concurrent_calls: 2 });
    world.facts.insert(BatchId(1), facts(1, retrying(1, 1.0)));
    let open: Vec<_> = (1..=2)
        .map(|id| {
            let id = RecipientId(id);
            let person = Pending { id, lane: lane(), due_at: NOON, charged: 0, uncharged: 0 };
            world.attempt(BatchId(1), person)
        })
        .collect();
    for attempt in &open {
        world.live.insert(attempt.id, attempt.clone());
    }
    let person =
        Pending { id: RecipientId(3), lane: lane(), due_at: NOON, charged: 0, uncharged: 0 };
    world.pending.insert(BatchId(1), vec![person]);
    let lanes = world.lanes(BatchId(1));
    let input = Input::BatchLoaded { facts: facts(1, retrying(1, 1.0)), lanes, open: open.clone() };
    world.tell(input.clone());
    assert_eq!(world.blocker(BatchId(1)), Some(Blocker::WorkspaceConcurrency.open_ended()));
    world.tell(input);
    assert_eq!(world.dispatcher.in_flight(BatchId(1)), 2, "loaded twice is held once");
    world.end(open[0].id, ending(Outcome::Interrupted, world.now));
    world.pass(s(2));
    assert_eq!(world.calls.len(), 1);
    assert!(world.calls[0].at >= NOON + s(1), "calls of the dead process count in their second");
}

#[test]
fn a_final_batch_with_open_calls_is_remembered_until_they_are_settled() {
    let mut world = World::new();
    let person =
        Pending { id: RecipientId(1), lane: lane(), due_at: NOON, charged: 0, uncharged: 0 };
    let cancelled = BatchFacts { state: BatchState::Cancelled, ..facts(1, retrying(1, 1.0)) };
    world.facts.insert(BatchId(1), cancelled.clone());
    let attempt = world.attempt(BatchId(1), person);
    world.live.insert(attempt.id, attempt.clone());
    let open = vec![attempt.clone()];
    world.tell(Input::BatchLoaded { facts: cancelled, lanes: vec![], open });
    assert_eq!(world.dispatcher.stats().calls, 1);
    world.end(attempt.id, ending(Outcome::Interrupted, world.now));
    assert_eq!(world.dispatcher.stats(), Default::default());
}

#[test]
fn calls_that_an_earlier_process_settled_count_in_their_second() {
    let mut world = World::new();
    world.trunk(100, 5.0);
    world.tell(Input::TrunkDialed { id: TRUNK, at: NOON - ms(400) });
    world.batch(1, 1, BatchSettings::default());
    world.pass(s(2));
    assert_eq!(world.calls[0].at, NOON + ms(610));
}

#[test]
fn without_a_lease_nothing_but_endings_leaves() {
    let mut world = World::new();
    world.trunk(100, 10.0);
    world.tell(Input::Lease { until: NOON + s(1) });
    world.batch(1, 100, BatchSettings::default());
    world.pass(s(5));
    let sent = world.calls.len();
    assert!(world.calls.iter().all(|call| call.at < NOON + s(1)));
    world.end_all(Outcome::Completed);
    assert_eq!((world.settled.len(), world.calls.len()), (sent, sent));
    assert_eq!(world.wake, (None, WakeReason::Store));
    world.tell(Input::Lease { until: world.now + s(1) });
    world.pass(ms(900));
    assert!(world.calls.len() > sent);
}

#[test]
fn a_clock_that_jumps_neither_wedges_nor_bursts() {
    for hours in [-5i64, 5] {
        let mut world = World::new();
        world.trunk(1000, 10.0);
        world.batch(1, 500, BatchSettings::default());
        world.pass(s(5));
        let before = world.calls.len();
        world.now = Timestamp(world.now.0 + hours * 3_600_000_000);
        world.drain();
        assert!(world.calls.len() <= before + 1);
        world.pass(s(5));
        let after = world.calls.len() - before;
        assert!((45..=51).contains(&after), "{after} calls after {hours} hours");
    }
}

#[test]
fn readings_of_the_clock_in_the_wrong_order_do_not_hurry_the_pace() {
    let mut world = World::new();
    world.trunk(1000, 10.0);
    world.batch(1, 500, BatchSettings::default());
    for step in 0..1000u64 {
        let behind = ms(if step % 2 == 0 { 0 } else { 30 });
        world.now = NOON + ms(5 * step);
        world.dispatcher.handle(Input::Lease { until: NOON + s(600) }, world.now - behind);
        world.drain();
    }
    assert!((45..=51).contains(&world.calls.len()), "{} calls in 5 s", world.calls.len());
}

#[test]
fn words_about_nothing_known_are_let_pass() {
    let mut world = World::new();
    let id = AttemptId(404);
    world.tell(Input::Dialed { attempt: id, at: NOON });
    world.tell(Input::Ended { attempt: id, ending: ending(Outcome::Busy, NOON) });
    world.tell(Input::Settled { attempt: id });
    world.tell(Input::Released { attempt: id, due_at: None });
    world.tell(Input::ClaimFailed { batch: BatchId(404), lane: lane() });
    world.tell(Input::BatchChanged(facts(404, BatchSettings::default())));
    assert_eq!(world.dispatcher.stats(), Default::default());
}

#[test]
fn an_ending_that_is_told_twice_is_settled_once() {
    let mut world = World::new();
    let batch = world.batch(1, 1, retrying(1, 1.0));
    let (&id, _) = world.live.iter().next().unwrap();
    let ended = Input::Ended { attempt: id, ending: ending(Outcome::Busy, world.now) };
    world.dispatcher.handle(ended.clone(), world.now);
    world.dispatcher.handle(ended, world.now);
    world.drain();
    world.tell(Input::Settled { attempt: id });
    assert_eq!((world.settled.len(), world.dispatcher.in_flight(batch)), (1, 0));
}

#[test]
fn a_call_that_ended_without_being_seen_to_leave_counts_in_its_second() {
    let mut world = World::new();
    world.trunk(100, 1.0);
    world.facts.insert(BatchId(1), facts(1, retrying(0, 0.0)));
    let lanes = vec![Lane { key: lane(), next_due: NOON.into() }];
    let input = Input::BatchLoaded { facts: facts(1, retrying(0, 0.0)), lanes, open: vec![] };
    world.dispatcher.handle(input, NOON);
    let Output::Claim(claim) = world.dispatcher.poll(NOON) else { panic!("no claim") };
    let person =
        Pending { id: RecipientId(1), lane: lane(), due_at: NOON, charged: 0, uncharged: 0 };
    let attempt = world.attempt(BatchId(1), person);
    let id = attempt.id;
    world.dispatcher.handle(
        Input::Claimed {
            batch: claim.batch,
            lane: claim.lane,
            attempts: vec![attempt],
            next_due: Some(NOON.into()),
        },
        NOON,
    );
    assert!(matches!(world.dispatcher.poll(NOON), Output::Place(_)));
    let ended = NOON + ms(500);
    let ending = ending(Outcome::Failed, ended);
    world.dispatcher.handle(Input::Ended { attempt: id, ending }, ended);
    assert!(matches!(world.dispatcher.poll(ended), Output::Settle(_)));
    world.dispatcher.handle(Input::Settled { attempt: id }, ended);
    let blocked = world.dispatcher.blocker(BatchId(1), ended).unwrap();
    assert_eq!(blocked, Blocker::TrunkCps.until(ended + ms(1010)));
}
