//! Even a few lines are shared by weight, measured by how long each batch has them.

use std::collections::BTreeMap;

use super::world::*;
use crate::{
    attempt::Outcome, batch::BatchSettings, dispatcher::Input, ids::AttemptId, time::Timestamp,
};

/// A batch: its weight, its number of recipients, and the length of its longest call in seconds.
type Party = (u32, usize, u64);

/// The average number of lines that each batch had, and the fraction of all lines that was used.
fn shares(lines: u32, parties: &[Party]) -> (Vec<f64>, f64) {
    const STEPS: u32 = 20_000;
    let mut world = World::new();
    let limit = |max| Input::Workspace { id: WORKSPACE, max_concurrent_calls: max };
    world.tell(limit(0));
    let batches: Vec<_> = (1..)
        .zip(parties)
        .map(|(id, &(weight, people, _))| {
            world.batch(id, people, BatchSettings { weight, ..BatchSettings::default() })
        })
        .collect();
    world.tell(limit(lines));
    let mut ends: BTreeMap<AttemptId, Timestamp> = BTreeMap::new();
    let mut had = vec![0; parties.len()];
    for _ in 0..STEPS {
        for (&id, attempt) in &world.live {
            let longest_ms = parties[attempt.batch.0 as usize - 1].2 * 1_000;
            let length = ms(500 + id.0 as u64 * 7_919 % longest_ms);
            ends.entry(id).or_insert(world.now + length);
        }
        for (had, batch) in had.iter_mut().zip(&batches) {
            *had += world.on_line(*batch);
        }
        world.pass(ms(100));
        let is_over = |id: &AttemptId| ends.get(id).is_some_and(|at| *at <= world.now);
        let over: Vec<_> = world.live.keys().copied().filter(is_over).collect();
        for id in over {
            world.end(id, ending(Outcome::Completed, world.now));
        }
    }
    let lines_had = had.iter().map(|had| *had as f64 / f64::from(STEPS)).collect::<Vec<_>>();
    let used = lines_had.iter().sum::<f64>() / f64::from(lines);
    (lines_had, used)
}

fn come_out_as(lines: u32, parties: &[Party], expected: &[f64]) {
    let (had, used) = shares(lines, parties);
    for (had_one, due) in had.iter().zip(expected) {
        let within = (due * 0.05).max(0.05);
        assert!((had_one - due).abs() <= within, "{had:?}, {expected:?} by weight");
    }
    assert!(used >= 0.98, "{used} of {lines} lines are used");
}

#[test]
fn weights_one_and_three_share_six_lines_one_to_three() {
    come_out_as(6, &[(1, 4_000, 20), (3, 4_000, 20)], &[1.5, 4.5]);
}

#[test]
fn calls_of_another_length_change_no_share() {
    come_out_as(6, &[(1, 4_000, 60), (3, 4_000, 5)], &[1.5, 4.5]);
    come_out_as(6, &[(1, 4_000, 4), (3, 4_000, 90)], &[1.5, 4.5]);
}

#[test]
fn three_equals_share_four_lines() {
    let party = (1, 4_000, 20);
    come_out_as(4, &[party, party, party], &[4.0 / 3.0; 3]);
}

#[test]
fn one_to_ten_on_five_lines_leaves_the_light_one_its_half_line() {
    come_out_as(5, &[(1, 4_000, 20), (10, 4_000, 20)], &[5.0 / 11.0, 50.0 / 11.0]);
}

#[test]
fn what_a_batch_with_little_to_do_leaves_is_shared_by_weight() {
    let (had, used) = shares(6, &[(1, 4_000, 20), (3, 4_000, 20), (5, 20, 10)]);
    assert!((2.7..3.3).contains(&(had[1] / had[0])), "{had:?}");
    assert!(used >= 0.98, "{used}");
}
