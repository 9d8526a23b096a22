//! The state that a new process finds after another one died.

use std::time::Duration;

use campanile_rules::{
    attempt::Outcome,
    batch::{BatchSettings, BatchState, Control},
    recipient::{Due, RecipientStatus},
    retry::Next,
};

use campanile_store::{Actor, CallLog};

use super::{Fixture, claims::positions};
use crate::world::*;

pub async fn a_new_process_finds_every_open_attempt(f: impl Fixture) {
    let rows = (2..6).map(row).collect();
    let batch = f.import(rows, BatchSettings::default(), BatchState::Running).await;
    let left = f.store().claim_recipients(claim(batch, 3, false), NOW).await.unwrap().recipients;
    f.store().mark_dialed(left[1].attempt.id, "ringing".into(), NOW).await.unwrap();
    f.store().mark_dialed(left[2].attempt.id, "ringing".into(), NOW).await.unwrap();
    f.store().note_dialog(left[2].attempt.id, "talking".into(), Some(NOW)).await.unwrap();

    let f = f.restart().await;
    assert!(f.store().lead().await.unwrap());
    let undialed = f.store().take_over().await.unwrap();
    assert_eq!(undialed, [left[0].attempt.id], "a new leader is told who was never dialed");
    let snapshot = f.store().load().await.unwrap();
    let open = &snapshot.batches[0].open;
    for (found, left) in open.iter().zip(&left) {
        assert_eq!(found.attempt, left.attempt);
    }
    let seen: Vec<_> = open.iter().map(|open| (open.dialed_at, open.answered_at)).collect();
    assert_eq!(seen, [(None, None), (Some(NOW), None), (Some(NOW), Some(NOW))]);
    assert_eq!(open[2].dialog.as_deref(), Some("talking"));
    let more = f.store().claim_recipients(claim(batch, 9, false), NOW).await.unwrap();
    assert_eq!(more.recipients.len(), 1, "what is open stays taken");
}

pub async fn a_new_process_finds_everybody_who_waits(f: impl Fixture) {
    let rows = (2..4).map(row).collect();
    let batch = f.import(rows, BatchSettings::default(), BatchState::Running).await;
    f.import(vec![row(2)], BatchSettings::default(), BatchState::Draft).await;
    let taken = f.store().claim_recipients(claim(batch, 1, false), NOW).await.unwrap().recipients;
    let at = NOW + Duration::from_secs(60);
    let next = Next::Retry { at, otherwise: RecipientStatus::NoAnswer };
    f.store()
        .settle_attempt(settlement(&taken[0], Outcome::NoAnswer, next), CallLog::default())
        .await
        .unwrap();

    let f = f.restart().await;
    let snapshot = f.store().load().await.unwrap();
    assert_eq!((snapshot.workspaces.len(), snapshot.trunks.len()), (1, 1));
    assert_eq!(snapshot.batches.len(), 1, "a draft is nothing to dial");
    let lanes: Vec<_> =
        snapshot.batches[0].lanes.iter().map(|lane| (lane.key.retry, lane.next_due)).collect();
    assert_eq!(lanes, [(false, Due::default()), (true, at.into())]);
}

pub async fn a_new_process_knows_no_moment_of_the_one_before(f: impl Fixture) {
    f.daily_attempts(2).await;
    let same = |position| row_with_number(position, number(7));
    let rows = vec![same(2), same(3), row(4), row(5)];
    let batch = f.import(rows, BatchSettings::default(), BatchState::Running).await;
    let taken = f.store().claim_recipients(claim(batch, 3, false), NOW).await.unwrap().recipients;
    assert_eq!(taken.len(), 2, "the number of one is in a call, and one is beyond the daily limit");
    // An instant may be that of the next day by chance.
    let until = NOW.next_utc_day();
    f.store().release_attempt(taken[1].attempt.id, Some(until)).await.unwrap();

    let f = f.restart().await;
    f.store().take_over().await.unwrap();
    f.store().release_attempt(taken[0].attempt.id, None).await.unwrap();
    let lanes = f.store().load().await.unwrap().batches.remove(0).lanes;
    assert_eq!(lanes.iter().map(|lane| lane.next_due).collect::<Vec<_>>(), [Due::default()]);
    let mut early = claim(batch, 9, false);
    early.due_by = NOW - Duration::from_secs(3_600);
    let due = f.store().claim_recipients(early.clone(), early.due_by).await.unwrap();
    assert_eq!(
        positions(&due),
        [2, 4],
        "of the others, one is in a call and one waits for its day"
    );
}

pub async fn final_batches_with_open_calls_are_found(f: impl Fixture) {
    let batch = f.import(vec![row(2)], BatchSettings::default(), BatchState::Running).await;
    f.store().claim_recipients(claim(batch, 1, false), NOW).await.unwrap();
    f.store().control_batch(batch, Control::Stop, (Actor::Cli, NOW)).await.unwrap();
    let f = f.restart().await;
    let snapshot = f.store().load().await.unwrap();
    let found = &snapshot.batches[0];
    assert_eq!((found.facts.state, found.open.len()), (BatchState::Cancelled, 1));
}
