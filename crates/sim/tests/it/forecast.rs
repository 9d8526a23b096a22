//! Compares forecasts with the simulator, in worlds without faults.

use std::{collections::BTreeMap, sync::Mutex, time::Duration};

use campanile_rules::{
    attempt::{EndReason, Outcome},
    batch::{BatchSettings, BatchState},
    dispatcher::BatchFacts,
    forecast::{Load, Population, Question, Sample, Waiting, forecast},
    hours::{CallingHours, Day, HoursZone, TimeOfDay},
    ids::{BatchId, TrunkId, WorkspaceId},
    phone::E164,
    retry::RetryPolicy,
    time::Timestamp,
    zones::ZoneSet,
};
use campanile_sim::{
    plan::{Action, BatchPlan, Behaviour, Faults, Person, Plan, Row, TrunkPlan},
    world::World,
};
use fastrand::Rng;

const SCENARIOS: u64 = 200;

/// The longest duration of the agent's part of a talk, and of a talk with voicemail.
const TALK: [Duration; 2] = [Duration::from_secs(40), Duration::from_secs(6)];

const KINDS: [(Behaviour, Outcome, bool); 6] = [
    (Behaviour::Person, Outcome::Completed, false),
    (Behaviour::Voicemail, Outcome::Voicemail, false),
    (Behaviour::Silent, Outcome::NoAnswer, false),
    (Behaviour::Busy, Outcome::Busy, false),
    (Behaviour::Broken, Outcome::Failed, false),
    (Behaviour::Unknown, Outcome::Failed, true),
];

struct Scenario {
    plan: Plan,
    question: Question,
}

fn pick<T: Copy>(rng: &mut Rng, from: &[T]) -> T {
    from[rng.usize(0..from.len())]
}

fn person(rng: &mut Rng) -> Person {
    let kind = |rng: &mut Rng| KINDS[pick(rng, &[0, 0, 0, 1, 2, 2, 3, 4, 5])].0;
    Person {
        at_first_calls: 1,
        at_first: kind(rng),
        then: kind(rng),
        rings: Duration::from_millis(rng.u64(500..12_000)),
        talks: Duration::from_millis(rng.u64(2_000..90_000)),
    }
}

/// A call to this number as a history would show it.
fn sample(rng: &mut Rng, ring_timeout: Duration) -> Sample {
    let person = person(rng);
    let (_, outcome, permanent) = KINDS.into_iter().find(|kind| kind.0 == person.at_first).unwrap();
    let agent = |most: Duration, rng: &mut Rng| most.mul_f64(rng.f64());
    let picks_up = matches!(outcome, Outcome::Completed | Outcome::Voicemail);
    if picks_up && person.rings >= ring_timeout {
        let (outcome, end_reason) = (Outcome::NoAnswer, EndReason::UserDidNotPickUp);
        return Sample { outcome, end_reason, permanent, lasts: ring_timeout };
    }
    let lasts = match outcome {
        Outcome::Completed => person.rings + person.talks.min(agent(TALK[0], rng)),
        Outcome::Voicemail => person.rings + person.talks.min(agent(TALK[1], rng)),
        Outcome::NoAnswer => ring_timeout,
        _ => Duration::ZERO,
    };
    // No recipient here declines, the only reason that the forecast distinguishes.
    Sample { outcome, end_reason: EndReason::NetworkFailure, permanent, lasts }
}

fn settings(rng: &mut Rng) -> BatchSettings {
    BatchSettings {
        calling_hours: (rng.u8(0..10) < 3).then(|| CallingHours {
            start: TimeOfDay(rng.u16(0..20) * 60),
            end: TimeOfDay(rng.u16(0..24) * 60),
            days: Day::ALL.to_vec(),
            time_zone: HoursZone::Named("Europe/London".to_owned()),
        }),
        max_concurrent_calls: (rng.u8(0..4) == 0).then(|| rng.u32(1..8)),
        weight: rng.u32(1..4),
        retry: RetryPolicy {
            max_retries: rng.u32(0..4),
            wait_minutes: pick(rng, &[0.0, 0.5, 5.0, 30.0, 180.0]),
            retry_on_voicemail: rng.bool(),
            ..RetryPolicy::default()
        },
        ..BatchSettings::default()
    }
}

fn scenario(seed: u64) -> Scenario {
    let rng = &mut Rng::with_seed(seed ^ 0x666f_7265);
    let start = Timestamp((1_767_225_600 + 3_600 * rng.i64(0..8_760)) * 1_000_000);
    let (workspace, trunk) = (WorkspaceId(1), TrunkId(1));
    let limit = pick(rng, &[2, 4, 8, 16, 60]);
    let (max_calls, max_cps) = (pick(rng, &[6, 30, 100]), pick(rng, &[0.5, 1.0, 3.0, 20.0]));
    let ring_timeout = Duration::from_secs(rng.u64(8..25));
    let zones = ZoneSet::from_joined("America/New_York");
    let (mut people, mut batches, mut loads) = (BTreeMap::new(), Vec::new(), Vec::new());
    for id in 1..=rng.i64(1..=2) {
        let size = pick(rng, if id == 1 { &[40, 100, 250, 600, 1_500] } else { &[40, 300, 600] });
        let rows = (0..size).map(|_| {
            let number = E164::from_digits(14_155_000_000 + people.len() as u64);
            people.insert(number, person(rng));
            Row::Accepted { number, zones: zones.clone() }
        });
        let rows: Vec<Row> = rows.collect();
        let facts = BatchFacts {
            id: BatchId(id),
            version: 0,
            workspace,
            trunk: Some(trunk),
            agent: Default::default(),
            state: BatchState::Running,
            settings: settings(rng),
        };
        let group = Waiting { zones: zones.clone(), retry_at: None, people: size };
        let settings = facts.settings.clone();
        loads.push(Load { workspace, same_trunk: true, settings, waiting: vec![group] });
        batches.push(BatchPlan { facts, created_at: start, rows });
    }
    let samples = (0..400).map(|_| sample(rng, ring_timeout)).collect();
    let question = Question {
        batch: loads.remove(0),
        others: loads,
        workspace_calls: limit,
        trunk_calls: max_calls,
        trunk_cps: max_cps,
        population: Population::seen(samples, ring_timeout),
    };
    let (congested, dead) = (Vec::new(), Vec::new());
    let plan = Plan {
        start,
        closing_at: start + Duration::from_secs(60 * 86_400),
        workspaces: vec![(workspace, limit)],
        trunks: vec![TrunkPlan { id: trunk, max_calls, max_cps, congested, dead, deaf: false }],
        actions: (0..batches.len()).map(|index| (start, Action::Create(index))).collect(),
        batches,
        people,
        ring_timeout,
        faults: Faults::none(),
    };
    Scenario { plan, question }
}

/// The time from the creation of the batch to its end, in seconds: the forecast at creation (early,
/// likely, late), and the truth.
fn compare(seed: u64) -> ([f64; 3], f64) {
    let Scenario { plan, question } = scenario(seed);
    let mut world = World::of(plan, seed);
    world.run();
    let changes = &world.store.changes[&BatchId(1)];
    let came_at = changes[0].at;
    let done = changes.iter().find(|change| change.state == BatchState::Completed);
    let done_at = done.unwrap_or_else(|| panic!("seed {seed} never completes")).at;
    let told = forecast(&question, came_at).unwrap_or_else(|| panic!("seed {seed}: never"));
    let span = |at: Timestamp| at.since(came_at).as_secs_f64();
    ([told.early_at, told.likely_at, told.late_at].map(span), span(done_at))
}

#[test]
fn what_is_forecast_is_what_happens() {
    let compared = Mutex::new(Vec::new());
    crate::on_all_cores(SCENARIOS, |seed| {
        let (told, was) = compare(seed);
        compared.lock().unwrap().push((seed, told, was));
        false
    });
    let compared = compared.into_inner().unwrap();
    let holds = |told: &[f64; 3], was: &f64| (told[0]..=told[2]).contains(was);
    let within = compared.iter().filter(|(_, told, was)| holds(told, was)).count();
    // If hours close just when a batch may be done, the range covers both: this evening or
    // tomorrow.
    let near = |told: &[f64; 3], was: &f64| (1.0 / 1.5..=1.5).contains(&(was / told[1]));
    let far = compared.iter().filter(|(_, told, was)| !near(told, was) && !holds(told, was));
    let far: Vec<_> = far.collect();
    println!("{within} of {SCENARIOS} in the range, {} far from it", far.len());
    assert!(within as u64 * 100 >= SCENARIOS * 80, "{within} in the range");
    assert!(far.is_empty(), "{far:?}");
}
