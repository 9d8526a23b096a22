//! The versions of what the engine keeps in memory.

use std::collections::BTreeSet;

use campanile_rules::{
    batch::{BatchSettings, BatchState, Control},
    ids::BatchId,
};
use campanile_store::Actor;

use super::{Fixture, claims::positions};
use crate::world::*;

async fn draft(f: &impl Fixture) -> BatchId {
    f.import(vec![row(2)], BatchSettings::default(), BatchState::Draft).await
}

pub async fn a_change_raises_the_version_and_is_told_once(f: impl Fixture) {
    let mut known = f.store().version();
    let batch = draft(&f).await;
    for control in [Control::Start, Control::Pause, Control::Resume, Control::Stop] {
        let did = f.store().control_batch(batch, control, (Actor::Cli, NOW)).await.unwrap();
        let changes = f.store().changes_since(known).await.unwrap();
        assert!(changes.version > known, "{control:?}");
        assert_eq!(changes.version, f.store().version());
        let told = &changes.batches[0].facts;
        assert_eq!((told.id, told.state, changes.batches.len()), (batch, did.state, 1));
        assert!(changes.workspaces.is_empty() && changes.trunks.is_empty() && !changes.limits);
        known = changes.version;
    }
    f.limit(7, 8).await;
    let changes = f.store().changes_since(known).await.unwrap();
    assert_eq!(changes.workspaces.iter().map(|(_, limit)| *limit).collect::<Vec<_>>(), [7]);
    let trunks = changes.trunks.iter().map(|(_, trunk)| trunk.as_ref().unwrap().max_calls);
    assert_eq!(trunks.collect::<Vec<_>>(), [8]);
    assert!(changes.batches.is_empty());
    let nothing = f.store().changes_since(changes.version).await.unwrap();
    assert_eq!(nothing.version, changes.version);
    assert!(nothing.batches.is_empty() && nothing.trunks.is_empty());
}

pub async fn many_changes_come_in_parts_and_none_is_left_out(f: impl Fixture) {
    let mut known = f.store().version();
    let mut batches = BTreeSet::new();
    for _ in 0..300 {
        batches.insert(draft(&f).await);
    }
    let mut parts = 0;
    while known < f.store().version() {
        let changes = f.store().changes_since(known).await.unwrap();
        assert!(changes.version > known, "each part brings something");
        (known, parts) = (changes.version, parts + 1);
        changes.batches.iter().for_each(|batch| assert!(batches.remove(&batch.facts.id)));
    }
    assert!(batches.is_empty(), "{batches:?}");
    assert!(parts > 1, "an answer is bounded");
}

pub async fn whoever_waits_for_a_change_is_woken_by_it(f: impl Fixture) {
    let known = f.store().version();
    let (newest, batch) = tokio::join!(f.store().next_version(known), draft(&f));
    let changes = f.store().changes_since(known).await.unwrap();
    assert_eq!(changes.batches[0].facts.id, batch);
    assert!(known < newest.unwrap());
    // What is there already is told at once.
    assert_eq!(f.store().next_version(known).await.unwrap(), f.store().version());
}

pub async fn a_new_process_knows_every_version_of_the_one_before(f: impl Fixture) {
    draft(&f).await;
    let known = f.store().version();
    let f = f.restart().await;
    assert_eq!(f.store().version(), known);
    assert_eq!(f.store().load().await.unwrap().version, known);
    draft(&f).await;
    assert!(f.store().version() > known);
}

pub async fn changed_limits_are_told_until_those_they_postponed_are_due(f: impl Fixture) {
    f.daily_attempts(1).await;
    let rows = (2..5).map(row).collect();
    let batch = f.import(rows, BatchSettings::default(), BatchState::Running).await;
    let first = f.store().claim_recipients(claim(batch, 9, false), NOW).await.unwrap();
    assert_eq!(first.recipients.len(), 1);
    let known = f.store().version();
    f.daily_attempts(2).await;
    assert!(f.store().changes_since(known).await.unwrap().limits);
    let f = f.restart().await;
    assert!(f.store().load().await.unwrap().limits, "nobody was woken before the process died");
    f.store().wake_limited(NOW).await.unwrap();
    assert!(!f.store().load().await.unwrap().limits);
    let changes = f.store().changes_since(known).await.unwrap();
    assert_eq!((changes.limits, changes.version), (false, f.store().version()));
    let second = f.store().claim_recipients(claim(batch, 9, false), NOW).await.unwrap();
    assert_eq!(positions(&second), [3]);
    assert_eq!(second.next_due, Some(next_day(NOW)), "the new limit holds, too");
}

pub async fn a_store_that_can_be_written_says_so(f: impl Fixture) {
    assert!(f.store().health().borrow().is_none());
    f.store().writable().await;
}
