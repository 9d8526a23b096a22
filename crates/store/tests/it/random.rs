//! Runs random verbs from a seed: in any order, the counters equal a full count.

use std::time::Duration;

use campanile_rules::{
    attempt::Outcome,
    batch::{BatchSettings, Control},
    ids::BatchId,
    phone::E164,
    recipient::RecipientStatus,
    retry::Next,
};
use campanile_store::{Actor, CallLog, ClaimedRecipient, SuppressionRecord, SuppressionSource};
use rusqlite::Connection;

use crate::world::*;

const SEEDS: u64 = 24;
const STEPS: usize = 120;

#[tokio::test]
async fn counters_are_always_a_full_count() {
    for seed in 0..SEEDS {
        let world = World::new().await;
        world.store.set_workspace_limit(world.workspace, 6).await.unwrap();
        let mut rng = fastrand::Rng::with_seed(seed);
        let raw = world.raw();
        let batches = [some_batch(&world, &mut rng).await, some_batch(&world, &mut rng).await];
        let mut open = Vec::new();
        for step in 0..STEPS {
            let batch = batches[rng.usize(..2)];
            a_verb(&world, batch, &mut open, &mut rng).await;
            for (what, sql) in ALWAYS {
                let wrong: i64 = raw.query_row(sql, [], |row| row.get(0)).unwrap();
                assert_eq!(wrong, 0, "{what}, seed {seed}, step {step}");
            }
            progress_is_a_count(&world, &raw, batch).await;
        }
    }
}

/// Invariants that hold at every commit; each query counts violations.
const ALWAYS: &[(&str, &str)] = &[
    (
        "a counter is wrong",
        "SELECT count(*) FROM batch_progress p WHERE recipients <>
         (SELECT count(*) FROM recipients r WHERE r.batch = p.batch AND r.status = p.status
             AND (r.attempts_made > 0) = p.tried)",
    ),
    (
        "a round is wrong",
        "SELECT count(*) FROM batch_rounds p WHERE attempted <> (SELECT count(*) FROM attempts a
          WHERE a.batch = p.batch AND a.number_in_row = p.round)",
    ),
    (
        "somebody was not counted out of a round",
        "SELECT count(*) FROM batch_rounds p JOIN batches b ON b.id = p.batch
          WHERE b.state <> 'cancelled' AND total <>
         (SELECT count(*) FROM recipients r WHERE r.batch = p.batch AND phone_cell IS NULL
             AND attempts_recorded + (status = 'pending') >= p.round)",
    ),
    (
        "a suppression was not counted",
        "SELECT (SELECT count(*) FROM suppressions)
              <> (SELECT coalesce(sum(numbers), 0) FROM suppression_counts)",
    ),
    (
        "an open attempt without a slot, or a slot without one",
        "SELECT (SELECT count(*) FROM attempts WHERE ended_at IS NULL)
              + (SELECT count(*) FROM slots)
              - 2 * (SELECT count(*) FROM slots s JOIN attempts a ON a.id = s.attempt
                      WHERE a.ended_at IS NULL AND a.recipient = s.recipient)",
    ),
    (
        "somebody in a call without a slot",
        "SELECT count(*) FROM recipients r WHERE (status = 'in_progress')
             <> EXISTS (SELECT 1 FROM slots WHERE recipient = r.id)",
    ),
    (
        "a gap in somebody's attempts",
        "SELECT count(*) FROM recipients r WHERE attempts_recorded <>
         (SELECT coalesce(max(number_in_row), 0) FROM attempts WHERE recipient = r.id)
            OR attempts_recorded <> (SELECT count(*) FROM attempts WHERE recipient = r.id)",
    ),
    ("a limit is exceeded", "SELECT max(0, count(*) - 6) FROM slots"),
    (
        "somebody is pending in a stopped batch",
        "SELECT count(*) FROM recipients WHERE status = 'pending'
            AND batch IN (SELECT id FROM batches WHERE state = 'cancelled')",
    ),
];

async fn some_batch(world: &World, rng: &mut fastrand::Rng) -> BatchId {
    let settings = BatchSettings {
        max_concurrent_calls: rng.bool().then(|| rng.u32(1..6)),
        allow_overlapping_calls: rng.u8(..4) == 0,
        ..BatchSettings::default()
    };
    let rows = (2..rng.u64(4..20)).map(|position| match rng.u8(..8) {
        0 => rejected(position, "malformed_number"),
        // Few numbers, so that some rows share one.
        _ => row_with_number(position, number(rng.u64(..12))),
    });
    world.batch_of(rows.collect(), settings).await
}

async fn a_verb(
    world: &World,
    batch: BatchId,
    open: &mut Vec<ClaimedRecipient>,
    rng: &mut fastrand::Rng,
) {
    let store = &world.store;
    match rng.u8(..22) {
        0..6 => {
            let mut claim = claim(batch, rng.u32(1..5), rng.bool());
            claim.due_by = NOW + Duration::from_secs(rng.u64(..60));
            let due_by = claim.due_by;
            open.extend(store.claim_recipients(claim, due_by).await.unwrap().recipients);
        }
        6..9 if !open.is_empty() => {
            let attempt = open[rng.usize(..open.len())].attempt.id;
            store.mark_dialed(attempt, "dialog".into(), NOW).await.unwrap();
        }
        9..11 if !open.is_empty() => {
            let at = rng.usize(..open.len());
            if store.release_attempt(open[at].attempt.id, None).await.is_ok() {
                open.swap_remove(at);
            }
        }
        11..17 if !open.is_empty() => {
            let claimed = open.swap_remove(rng.usize(..open.len()));
            let outcome = Outcome::ALL[rng.usize(..Outcome::ALL.len())];
            let status = RecipientStatus::after(outcome);
            let retried = !matches!(outcome, Outcome::Completed | Outcome::RejectedByRoute);
            let next = match retried && rng.bool() {
                true => {
                    Next::Retry { at: NOW + Duration::from_secs(rng.u64(..60)), otherwise: status }
                }
                false => Next::Final(status),
            };
            let mut ended = settlement(&claimed, outcome, next);
            ended.charged = rng.u8(..4) > 0;
            assert!(store.settle_attempt(ended.clone(), CallLog::default()).await.unwrap());
            assert!(!store.settle_attempt(ended, CallLog::default()).await.unwrap());
        }
        17 => drop(store.control_batch(batch, Control::Pause, (Actor::Cli, NOW)).await),
        18 => drop(store.control_batch(batch, Control::Resume, (Actor::Cli, NOW)).await),
        20 => suppress(world, number(rng.u64(..12))).await,
        21 => drop(store.remove_suppression(world.workspace, number(rng.u64(..12))).await),
        19 if rng.u8(..10) == 0 => {
            drop(store.control_batch(batch, Control::Stop, (Actor::Cli, NOW)).await)
        }
        _ => {}
    }
}

async fn suppress(world: &World, number: E164) {
    let (source, reason) = (SuppressionSource::Api, String::new());
    let suppression = SuppressionRecord { number, source, reason, created_at: NOW };
    world.store.add_suppression(world.workspace, suppression).await.unwrap();
}

async fn progress_is_a_count(world: &World, raw: &Connection, batch: BatchId) {
    let progress = world.store.progress(batch).await.unwrap();
    let sum: u64 = RecipientStatus::ALL.into_iter().map(|status| progress.count(status)).sum();
    let sql = "SELECT count(*) FROM recipients WHERE batch = ?1";
    let rows: i64 = raw.query_row(sql, [batch.0], |row| row.get(0)).unwrap();
    assert_eq!((progress.total, sum), (rows as u64, rows as u64));
}
