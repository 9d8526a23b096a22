//! Random histories, checked for a few properties. The simulator checks the rest.

use proptest::{prelude::*, test_runner::RngSeed};

use super::world::*;
use crate::{
    attempt::Outcome,
    batch::{BatchSettings, BatchState},
    dispatcher::Input,
    retry::RetryPolicy,
    time::Timestamp,
};

/// The next step.
#[derive(Debug, Clone)]
enum Step {
    Pass(u64),
    End(usize, usize),
    Congest(usize, u64),
    Pause(i64),
    Resume(i64),
    Limit(u32),
    Jump(i64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (1u64..20_000).prop_map(Step::Pass),
        8 => (0usize..50, 0usize..7).prop_map(|(call, outcome)| Step::End(call, outcome)),
        2 => (0usize..50, 0u64..20).prop_map(|(call, wait_s)| Step::Congest(call, wait_s)),
        1 => (1i64..4).prop_map(Step::Pause),
        2 => (1i64..4).prop_map(Step::Resume),
        1 => (1u32..8).prop_map(Step::Limit),
        1 => (-5_000_000i64..5_000_000).prop_map(Step::Jump),
    ]
}

fn set_state(world: &mut World, batch: i64, from: BatchState, to: BatchState) {
    let batch = crate::ids::BatchId(batch);
    if world.facts.get(&batch).is_some_and(|facts| facts.state == from) {
        world.set_state(batch, to);
    }
}

fn take(world: &mut World, step: Step) {
    let nth = |world: &World, n: usize| {
        let count = world.live.len().max(1);
        world.live.keys().nth(n % count).copied()
    };
    match step {
        Step::Pass(ms_) => world.pass(ms(ms_)),
        Step::End(call, outcome) => {
            if let Some(id) = nth(world, call) {
                world.end(id, ending(Outcome::ALL[outcome], world.now));
            }
        }
        Step::Congest(call, wait_s) => {
            if let Some(id) = nth(world, call) {
                world.end(id, congestion((wait_s > 0).then_some(s(wait_s)), world.now));
            }
        }
        Step::Pause(batch) => set_state(world, batch, BatchState::Running, BatchState::Paused),
        Step::Resume(batch) => set_state(world, batch, BatchState::Paused, BatchState::Running),
        Step::Limit(max_calls) => world.trunk(max_calls, 8.0),
        Step::Jump(by_us) => {
            world.now = Timestamp(world.now.0 + by_us);
            world.drain();
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 96,
        rng_seed: RngSeed::Fixed(13),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    /// Limits always hold, slots agree with calls, and every recipient comes to rest in the end.
    #[test]
    fn everybody_comes_to_rest(
        people in prop::collection::vec(0usize..12, 3),
        max_retries in 0u32..4,
        wait_s in 0u32..40,
        steps in prop::collection::vec(step(), 1..120),
    ) {
        let mut world = World::new();
        world.tell(Input::Workspace { id: WORKSPACE, max_concurrent_calls: 5 });
        world.trunk(6, 8.0);
        for (index, &count) in people.iter().enumerate() {
            let retry = RetryPolicy {
                max_retries,
                wait_minutes: f64::from(wait_s) / 60.0,
                retry_on_voicemail: true,
                ..RetryPolicy::default()
            };
            let weight = index as u32 + 1;
            world.batch(index as i64 + 1, count, BatchSettings { retry, weight, ..Default::default() });
        }
        for step in steps {
            take(&mut world, step);
            prop_assert!(world.live.len() <= 5);
            let stats = world.dispatcher.stats();
            prop_assert_eq!(stats.calls, world.live.len());
            prop_assert_eq!((stats.claiming, stats.settling, stats.releasing), (0, 0, 0));
        }
        (1..=3).for_each(|batch| take(&mut world, Step::Resume(batch)));
        world.trunk(6, 8.0);
        for _ in 0..400 {
            world.pass(s(30));
            world.end_all(Outcome::Completed);
        }
        let total: usize = people.iter().sum();
        prop_assert!(world.calls.len() <= total * (max_retries as usize + 1 + 5));
        prop_assert!(world.facts.values().all(|facts| facts.state == BatchState::Completed));
        prop_assert_eq!(world.dispatcher.stats(), Default::default());
    }
}
