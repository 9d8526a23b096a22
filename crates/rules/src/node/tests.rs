//! What a node asks of the store and of its calls, step by step.

use std::time::Duration;

use super::*;
use crate::{
    attempt::{Attempt, Ending},
    batch::{BatchSettings, BatchState},
    dispatcher::{BatchFacts, Lane, LaneKey},
    ids::{RecipientId, TrunkId, WorkspaceId},
    phone::E164,
    zones::ZoneSet,
};

const NOON: Timestamp = Timestamp(1_763_900_000_000_000);
const BATCH: BatchId = BatchId(1);

fn lane() -> LaneKey {
    LaneKey { zones: ZoneSet::default(), retry: false }
}

fn batch(state: BatchState, version: u64) -> LoadedBatch {
    LoadedBatch {
        facts: BatchFacts {
            id: BATCH,
            version,
            workspace: WorkspaceId(1),
            trunk: Some(TrunkId(1)),
            agent: Default::default(),
            state,
            settings: BatchSettings::default(),
        },
        lanes: vec![Lane { key: lane(), next_due: NOON.into() }],
        open: Vec::new(),
    }
}

fn attempt(id: i64) -> Attempt {
    Attempt {
        id: AttemptId(id),
        recipient: RecipientId(id),
        batch: BATCH,
        workspace: WorkspaceId(1),
        trunk: TrunkId(1),
        number: E164::from_digits(14_155_550_000 + id as u64),
        number_in_row: 1,
        charged_before: 0,
        uncharged_before: 0,
        lane: lane(),
        call_id: format!("a{id}"),
    }
}

fn snapshot(batches: Vec<LoadedBatch>) -> Snapshot {
    let trunk =
        LoadedTrunk { id: TrunkId(1), max_calls: 100, max_cps: 1000.0, last_dialed_at: None };
    let workspaces = vec![(WorkspaceId(1), 100)];
    Snapshot { version: 1, limits: false, workspaces, trunks: vec![trunk], batches }
}

/// A node, and the time.
struct World {
    node: Node,
    now: Timestamp,
}

impl World {
    /// A world whose node has just started.
    fn new(lease: Lease) -> World {
        World { node: Node::new(lease), now: NOON }
    }

    /// A world whose node leads and has a running batch.
    fn dialing() -> World {
        let mut world = World::new(None);
        world.begin(None, vec![batch(BatchState::Running, 1)]);
        world
    }

    fn begin(&mut self, until: Option<Timestamp>, batches: Vec<LoadedBatch>) -> Vec<Output> {
        assert_eq!(self.tell(Input::Begin), [Output::Ask(Verb::Lead)]);
        let leads = Answer::Leads { until, undialed: vec![] };
        assert_eq!(self.answer(leads), [Output::Ask(Verb::Load)]);
        self.answer(Answer::Loaded(snapshot(batches)))
    }

    fn tell(&mut self, input: Input) -> Vec<Output> {
        self.node.handle(input, self.now);
        self.drain()
    }

    fn answer(&mut self, answer: Answer) -> Vec<Output> {
        self.tell(Input::Answered(answer))
    }

    fn fail(&mut self, verb: Verb, failure: Failure) -> Vec<Output> {
        self.tell(Input::Failed { verb, failure })
    }

    fn call(&mut self, input: dispatcher::Input) -> Vec<Output> {
        self.tell(Input::Dispatch(input))
    }

    /// Tells the node of a version, and answers its question with these changes.
    fn changed(&mut self, since: u64, changes: Changes) -> Vec<Output> {
        let asked = self.tell(Input::Changed { version: changes.version });
        assert_eq!(asked, [reads(since)]);
        self.answer(Answer::Changes(changes))
    }

    fn later(&mut self, ms: u64) -> Vec<Output> {
        self.now = self.now + Duration::from_millis(ms);
        self.drain()
    }

    /// The outputs of the node until it waits.
    fn drain(&mut self) -> Vec<Output> {
        let mut outputs = Vec::new();
        loop {
            match self.node.poll(self.now) {
                Output::Wake { .. } => return outputs,
                output => outputs.push(output),
            }
        }
    }

    /// Claims these attempts. Returns the outputs that follow.
    fn claimed(&mut self, attempts: &[i64]) -> Vec<Output> {
        self.answer(Answer::Claimed {
            batch: BATCH,
            lane: lane(),
            attempts: attempts.iter().map(|id| attempt(*id)).collect(),
            next_due: None,
        })
    }

    /// Lets the INVITE of the attempt leave.
    fn invited(&mut self, id: i64) -> Vec<Output> {
        assert_eq!(self.claimed(&[id]), [Output::Prepare(attempt(id))]);
        self.tell(Input::Prepared(AttemptId(id)));
        self.answer(Answer::Marked(AttemptId(id), true))
    }
}

fn reads(since: u64) -> Output {
    Output::Ask(Verb::LoadChanges { since })
}

/// The batch in this state, as the only change.
fn in_state(version: u64, state: BatchState) -> Changes {
    let LoadedBatch { facts, lanes, .. } = batch(state, version);
    Changes { version, batches: vec![ChangedBatch { facts, lanes }], ..Changes::default() }
}

fn awaits(version: u64, ticket: u64) -> Input {
    Input::Await { version, batch: Some(BATCH), ticket: Ticket(ticket) }
}

fn release(id: i64) -> Output {
    Output::Ask(Verb::Release { attempt: AttemptId(id), not_before: None })
}

fn releases(outputs: &[Output], id: i64) -> usize {
    let is = |output: &&Output| matches!(output, Output::Ask(Verb::Release { attempt, .. }) if *attempt == AttemptId(id));
    outputs.iter().filter(is).count()
}

#[test]
fn an_invite_leaves_when_the_store_has_said_that_it_may_and_not_before() {
    let mut world = World::dialing();
    assert_eq!(world.claimed(&[7]), [Output::Prepare(attempt(7))]);
    let asked = world.tell(Input::Prepared(AttemptId(7)));
    assert_eq!(asked, [Output::Mark(AttemptId(7))]);
    let invited = world.answer(Answer::Marked(AttemptId(7), true));
    assert_eq!(invited, [Output::Invite(AttemptId(7))]);
}

#[test]
fn an_attempt_that_may_not_be_dialed_is_given_back_once() {
    let mut world = World::dialing();
    world.claimed(&[7]);
    world.tell(Input::Prepared(AttemptId(7)));
    let refused = world.answer(Answer::Marked(AttemptId(7), false));
    assert_eq!(refused, [Output::Withdraw(AttemptId(7)), release(7)]);
    assert_eq!(world.tell(Input::Stop { ticket: Ticket(1) }), [Output::Holds(Ticket(1))]);
    let released = Answer::Released(AttemptId(7), Some(NOON));
    assert_eq!(releases(&world.answer(released), 7), 0);
}

#[test]
fn whoever_stops_just_after_a_pause_has_each_attempt_given_back_once() {
    let mut world = World::dialing();
    // The trunk lets one call leave at a time; the other attempts wait for its pace.
    let limits = dispatcher::Input::Trunk { id: TrunkId(1), max_calls: 100, max_cps: 0.5 };
    world.call(limits);
    let mut outputs = world.claimed(&[1, 2, 3]);
    outputs.extend(world.tell(awaits(2, 1)));
    outputs.extend(world.answer(Answer::Changes(in_state(2, BatchState::Paused))));
    outputs.extend(world.tell(Input::Stop { ticket: Ticket(2) }));
    let prepared = outputs.iter().find_map(|output| match output {
        Output::Prepare(attempt) => Some(attempt.id),
        _ => None,
    });
    if let Some(prepared) = prepared {
        outputs.extend(world.tell(Input::Prepared(prepared)));
    }
    for id in [1, 2, 3] {
        assert_eq!(releases(&outputs, id), 1, "{id}: {outputs:?}");
        outputs.extend(world.answer(Answer::Released(AttemptId(id), Some(NOON))));
    }
    assert!(outputs.contains(&Output::Holds(Ticket(1))), "{outputs:?}");
    assert!(outputs.contains(&Output::Holds(Ticket(2))), "{outputs:?}");
    let drained = world.tell(Input::Drain { ticket: Ticket(3) });
    assert_eq!(drained, [Output::Holds(Ticket(3))]);
}

#[test]
fn a_pause_holds_when_no_invite_of_its_batch_can_leave() {
    let mut world = World::dialing();
    world.claimed(&[7]);
    world.tell(Input::Prepared(AttemptId(7)));
    assert_eq!(world.tell(awaits(2, 1)), [reads(1)]);
    assert_eq!(world.answer(Answer::Changes(in_state(2, BatchState::Paused))), []);
    // The store answered before the pause.
    let invited = world.answer(Answer::Marked(AttemptId(7), true));
    assert_eq!(invited, [Output::Invite(AttemptId(7))]);
    let dialed = dispatcher::Input::Dialed { attempt: AttemptId(7), at: world.now };
    assert_eq!(world.call(dialed), [Output::Holds(Ticket(1))]);
}

#[test]
fn a_control_holds_when_its_change_is_known_and_not_before() {
    let mut world = World::dialing();
    assert_eq!(world.tell(Input::Changed { version: 2 }), [reads(1)]);
    assert_eq!(world.tell(awaits(3, 1)), [], "one read at a time");
    let resumed = world.answer(Answer::Changes(in_state(2, BatchState::Running)));
    assert_eq!(resumed, [reads(2)]);
    let known = world.answer(Answer::Changes(in_state(3, BatchState::Running)));
    assert_eq!(known, [Output::Holds(Ticket(1))]);
}

#[test]
fn answers_that_overtake_each_other_do_not_bring_an_old_state_back() {
    let mut world = World::dialing();
    world.changed(1, in_state(3, BatchState::Paused));
    let late = Answer::Advanced(batch(BatchState::Running, 2).facts);
    world.answer(late);
    assert_eq!(world.later(10_000), [], "it is paused");
    assert_eq!(world.tell(Input::Changed { version: 2 }), [], "it is known");
    // The end of the batch overtakes an edit that was read before it.
    let edited = world.tell(Input::Changed { version: 4 });
    assert_eq!(edited, [reads(3)]);
    world.answer(Answer::Advanced(batch(BatchState::Cancelled, 5).facts));
    world.answer(Answer::Changes(in_state(4, BatchState::Running)));
    assert_eq!(world.later(10_000), [], "it is cancelled");
}

#[test]
fn changes_are_read_again_when_reading_failed_and_nobody_waits_for_them_meanwhile() {
    for (failure, wait_ms) in [(Failure::Passing, 200), (Failure::Permanent, 10_000)] {
        let mut world = World::dialing();
        world.claimed(&[]);
        assert_eq!(world.tell(awaits(2, 1)), [reads(1)]);
        let failed = world.fail(Verb::LoadChanges { since: 1 }, failure);
        assert_eq!(failed, [Output::Lost(Ticket(1))]);
        assert_eq!(world.tell(awaits(2, 2)), [Output::Lost(Ticket(2))]);
        assert_eq!(world.tell(awaits(1, 3)), [Output::Holds(Ticket(3))], "it is known");
        assert_eq!(world.later(wait_ms - 1), []);
        assert_eq!(world.later(1), [reads(1)]);
        world.answer(Answer::Changes(in_state(2, BatchState::Paused)));
        assert_eq!(world.tell(awaits(2, 4)), [Output::Holds(Ticket(4))]);
    }
}

#[test]
fn changes_from_before_the_node_leads_are_not_missed() {
    let mut world = World::new(None);
    assert_eq!(world.tell(Input::Changed { version: 2 }), []);
    let begun = world.begin(None, vec![batch(BatchState::Paused, 1)]);
    assert_eq!(begun, [Output::Leads, reads(1)]);
}

#[test]
fn a_trunk_that_was_removed_is_forgotten_and_gives_its_claimed_attempts_back() {
    let mut world = World::dialing();
    let slow = Some(TrunkLimits { max_calls: 100, max_cps: 0.5 });
    let trunks = |limits| vec![(TrunkId(1), limits)];
    world.changed(1, Changes { version: 2, trunks: trunks(slow), ..Changes::default() });
    world.claimed(&[1, 2]);
    let removed = Changes { version: 3, trunks: trunks(None), ..Changes::default() };
    let outputs = world.changed(2, removed);
    assert_eq!(releases(&outputs, 2), 1, "{outputs:?}");
    let trunks = |world: &World| world.node.dispatcher().trunks(world.now).count();
    assert_eq!(trunks(&world), 0);
    world.tell(Input::Prepared(AttemptId(1)));
    world.answer(Answer::Marked(AttemptId(1), false));
    for id in [1, 2] {
        let outputs = world.answer(Answer::Released(AttemptId(id), Some(NOON)));
        assert_eq!(outputs, [], "no trunk serves it");
    }
    assert_eq!(world.node.dispatcher().in_flight(BATCH), 0);
}

#[test]
fn changed_limits_make_recipients_due_and_let_the_lanes_be_read() {
    let mut world = World::dialing();
    let woken = world.changed(1, Changes { version: 2, limits: true, ..Changes::default() });
    assert_eq!(woken, [Output::Ask(Verb::WakeLimited)]);
    assert_eq!(world.fail(Verb::WakeLimited, Failure::Passing), []);
    assert_eq!(world.later(200), [Output::Ask(Verb::WakeLimited)]);
    // The dispatcher believes that the lane is empty.
    world.claimed(&[]);
    let limits = world.answer(Answer::LimitedWoken);
    assert_eq!(limits, [], "nobody is left");
}

#[test]
fn a_claim_that_the_store_refuses_for_good_is_made_ever_more_rarely() {
    let mut world = World::new(None);
    let begun = world.begin(None, vec![batch(BatchState::Running, 1)]);
    let claim = |outputs: &[Output]| {
        outputs.iter().find_map(|output| match output {
            Output::Ask(verb @ Verb::Claim(_)) => Some(verb.clone()),
            _ => None,
        })
    };
    let verb = claim(&begun).expect("a claim");
    let mut waits_ms = Vec::new();
    for _ in 0..12 {
        let (mut outputs, mut waited) = (world.fail(verb.clone(), Failure::Permanent), 0);
        while claim(&outputs).is_none() {
            outputs = world.later(100);
            waited += 100;
        }
        waits_ms.push(waited);
    }
    assert_eq!(waits_ms[..4], [200, 400, 800, 1_600]);
    assert_eq!(waits_ms[11], 60_000);
    // A store that failed as a whole and works again is asked at once.
    world.fail(verb, Failure::Passing);
    world.call(dispatcher::Input::Store { works: false });
    assert!(claim(&world.call(dispatcher::Input::Store { works: true })).is_some());
}

#[test]
fn what_may_pass_is_asked_again_while_the_store_works() {
    let mut world = World::dialing();
    world.invited(7);
    let ending = Ending::interrupted(None, world.now);
    let dialed = dispatcher::Input::Dialed { attempt: AttemptId(7), at: world.now };
    world.call(dialed);
    let settle = world.call(dispatcher::Input::Ended { attempt: AttemptId(7), ending });
    let Some(Output::Settle(settlement)) = settle.into_iter().next() else {
        panic!("nothing is settled")
    };
    let again = Output::Settle(settlement.clone());
    assert_eq!(world.tell(Input::Unsettled { settlement, failure: Failure::Passing }), []);
    world.call(dispatcher::Input::Store { works: false });
    assert_eq!(world.later(60_000), [], "the store fails");
    let outputs = world.call(dispatcher::Input::Store { works: true });
    assert!(outputs.contains(&again), "{outputs:?}");
}

#[test]
fn what_fails_for_good_is_not_asked_again_and_holds_up_no_end() {
    let mut world = World::dialing();
    world.invited(7);
    world.call(dispatcher::Input::Dialed { attempt: AttemptId(7), at: world.now });
    let ending = Ending::interrupted(None, world.now);
    let settle = world.call(dispatcher::Input::Ended { attempt: AttemptId(7), ending });
    let Some(Output::Settle(settlement)) = settle.into_iter().next() else {
        panic!("nothing is settled")
    };
    let again = Output::Settle(settlement.clone());
    world.tell(Input::Unsettled { settlement, failure: Failure::Permanent });
    assert!(!world.later(3_600_000).contains(&again));
    assert_eq!(world.tell(Input::Stop { ticket: Ticket(1) }), [Output::Holds(Ticket(1))]);
    assert_eq!(
        world.tell(Input::Drain { ticket: Ticket(2) }),
        [Output::Holds(Ticket(2))],
        "the attempt keeps its slot until the next start"
    );
}

#[test]
fn a_node_first_gives_back_what_never_rang_and_ends_what_may_ring() {
    let mut world = World::new(None);
    world.tell(Input::Begin);
    let undialed = vec![AttemptId(1), AttemptId(2)];
    let given_back = world.answer(Answer::Leads { until: None, undialed });
    assert_eq!(given_back, [release(1), release(2)]);
    assert_eq!(world.answer(Answer::Released(AttemptId(1), Some(NOON))), []);
    // Another start has already released the attempt.
    let verb = Verb::Release { attempt: AttemptId(2), not_before: None };
    assert_eq!(world.fail(verb, Failure::Permanent), [Output::Ask(Verb::Load)]);
    let left = LoadedBatch { open: vec![attempt(3)], ..batch(BatchState::Paused, 1) };
    let begun = world.answer(Answer::Loaded(snapshot(vec![left])));
    assert_eq!(begun, [Output::Leads, Output::HangUp(attempt(3))]);
}

#[test]
fn a_node_whose_lease_ran_out_sends_nothing_and_asks_on() {
    let lease = Duration::from_secs(10);
    let mut world = World::new(Some(lease));
    let until = Some(NOON + lease);
    let begun = world.begin(until, vec![batch(BatchState::Running, 1)]);
    assert!(begun.contains(&Output::Ask(Verb::Renew)), "{begun:?}");
    world.claimed(&[7]);
    world.tell(Input::Prepared(AttemptId(7)));
    world.later(10_000);
    let late = world.answer(Answer::Marked(AttemptId(7), true));
    assert_eq!(late[0], Output::Withdraw(AttemptId(7)));
    let settled = |output: &Output| matches!(output, Output::Settle(_));
    assert!(late.iter().any(settled), "the phone may ring for another node: {late:?}");
    assert!(!late.contains(&Output::Invite(AttemptId(7))));
    let renewed = world.answer(Answer::Renewed(world.now + lease));
    assert!(!renewed.contains(&Output::Invite(AttemptId(7))), "{renewed:?}");
    assert_eq!(world.later(3_334), [Output::Ask(Verb::Renew)]);
}

#[test]
fn a_renewal_that_is_heard_late_is_followed_by_the_next_at_once() {
    let lease = Duration::from_secs(9);
    let mut world = World::new(Some(lease));
    let begun = world.begin(Some(NOON + lease), vec![batch(BatchState::Running, 1)]);
    assert!(begun.contains(&Output::Ask(Verb::Renew)), "{begun:?}");
    world.later(10_000);
    let renewed = world.answer(Answer::Renewed(NOON + lease));
    assert!(renewed.contains(&Output::Ask(Verb::Renew)), "the lease is over: {renewed:?}");
}

#[test]
fn a_node_that_another_leads_asks_again_and_steps_down_when_it_is_told() {
    let mut world = World::new(Some(Duration::from_secs(10)));
    world.tell(Input::Begin);
    assert_eq!(world.answer(Answer::LedByAnother), []);
    assert_eq!(world.later(4_999), []);
    assert_eq!(world.later(1), [Output::Ask(Verb::Lead)]);
    assert_eq!(world.answer(Answer::LeadsNoMore), [Output::StepDown]);
    assert_eq!(world.later(60_000), []);
}

#[test]
fn who_was_claimed_while_the_node_stops_is_given_back() {
    let mut world = World::dialing();
    assert_eq!(world.tell(Input::Stop { ticket: Ticket(1) }), [Output::Holds(Ticket(1))]);
    assert_eq!(world.tell(Input::Drain { ticket: Ticket(2) }), [], "a claim is unanswered");
    assert_eq!(world.claimed(&[7]), [release(7)]);
    let released = world.answer(Answer::Released(AttemptId(7), Some(NOON)));
    assert_eq!(released, [Output::Holds(Ticket(2))]);
}

#[test]
fn a_mark_that_is_stored_after_all_counts_as_a_call_that_was_cut() {
    let mut world = World::dialing();
    world.claimed(&[7]);
    world.tell(Input::Prepared(AttemptId(7)));
    let failed = world.tell(Input::Unmarked(AttemptId(7)));
    let not_before = Some(world.now + Duration::from_secs(1));
    let release = Output::Ask(Verb::Release { attempt: AttemptId(7), not_before });
    assert_eq!(failed, [Output::Withdraw(AttemptId(7)), release]);
    let settle = world.answer(Answer::WasDialed(AttemptId(7)));
    let [Output::Settle(settlement)] = &settle[..] else { panic!("{settle:?}") };
    assert_eq!(settlement.ending, Ending::interrupted(None, world.now));
}

#[test]
fn due_instants_move_between_what_was_asked_by_the_former_clock_and_by_the_new_one() {
    let mut world = World::dialing();
    world.claimed(&[7, 8]);
    world.later(1_000);
    for id in [7, 8] {
        world.tell(Input::Prepared(AttemptId(id)));
        world.answer(Answer::Marked(AttemptId(id), true));
        world.call(dispatcher::Input::Dialed { attempt: AttemptId(id), at: world.now });
    }
    let ended = |id, at| dispatcher::Input::Ended {
        attempt: AttemptId(id),
        ending: Ending::interrupted(None, at),
    };
    let settles = |outputs: &[Output], id| matches!(outputs, [Output::Settle(settlement)] if settlement.attempt == AttemptId(id));
    assert!(settles(&world.call(ended(7, world.now)), 7));
    world.now.0 -= 3_600_000_000;
    let moves = [Output::Ask(Verb::MoveDue(-3_600_000_000))];
    assert_eq!(world.tell(Input::ClockSet { by_us: -3_600_000_000 }), [], "7 is not stored yet");
    assert_eq!(world.call(ended(8, world.now)), [], "8 tells its time by the new clock");
    assert_eq!(world.answer(Answer::Settled(AttemptId(7))), moves);
    assert!(settles(&world.answer(Answer::DueMoved), 8));
}
