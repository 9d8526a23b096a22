//! The life of an attempt.

use std::time::Duration;

use campanile_rules::{
    attempt::Outcome,
    batch::{BatchSettings, BatchState, Control},
    ids::BatchId,
    recipient::RecipientStatus,
    retry::Next,
    time::Timestamp,
};
use campanile_store::{Actor, CallLog, ClaimedRecipient, Round, StoreError};

use super::{Fixture, changed};
use crate::world::*;

async fn one(f: &impl Fixture) -> (BatchId, ClaimedRecipient) {
    let batch = f.import(vec![row(2)], BatchSettings::default(), BatchState::Running).await;
    (batch, take(f, batch, false).await)
}

async fn take(f: &impl Fixture, batch: BatchId, retry: bool) -> ClaimedRecipient {
    f.store().claim_recipients(claim(batch, 1, retry), NOW).await.unwrap().recipients.remove(0)
}

fn retry_now() -> Next {
    Next::Retry { at: NOW, otherwise: RecipientStatus::NoAnswer }
}

pub async fn a_row_flows_from_pending_to_completed(f: impl Fixture) {
    let (batch, claimed) = one(&f).await;
    assert_eq!((claimed.attempt.number_in_row, claimed.attempt.number), (1, number(2)));
    assert_eq!(claimed.cells, [number(2).to_string(), "Person 2".to_owned()]);
    assert_eq!(f.progress(batch).await.in_progress, 1);
    let brief = f.store().brief(batch).await.unwrap();
    assert_eq!((brief.name.as_str(), brief.columns.len()), ("Reminders", 2));

    let attempt = claimed.attempt.id;
    assert!(f.store().mark_dialed(attempt, "dialog".into(), NOW).await.unwrap());
    f.store().note_dialog(attempt, "answered".into(), Some(NOW)).await.unwrap();
    let ended = settlement(&claimed, Outcome::Completed, Next::Final(RecipientStatus::Completed));
    assert!(f.store().settle_attempt(ended, CallLog::default()).await.unwrap());
    let progress = f.progress(batch).await;
    assert_eq!((progress.total, progress.completed, progress.attempts), (1, 1, 1));
    assert_eq!(f.rows(batch).await[0].attempts_made, 1);
}

pub async fn an_invite_leaves_once_and_only_while_running(f: impl Fixture) {
    let rows = vec![row(2), row(3)];
    let batch = f.import(rows, BatchSettings::default(), BatchState::Running).await;
    let (first, second) = (take(&f, batch, false).await, take(&f, batch, false).await);
    let first = first.attempt.id;
    assert!(f.store().mark_dialed(first, "dialog".into(), NOW).await.unwrap());
    assert!(!f.store().mark_dialed(first, "again".into(), NOW).await.unwrap());
    f.store().control_batch(batch, Control::Pause, (Actor::Cli, NOW)).await.unwrap();
    assert!(!f.store().mark_dialed(second.attempt.id, "late".into(), NOW).await.unwrap());
    let loaded = f.store().load().await.unwrap().batches;
    let open = loaded.into_iter().find(|loaded| loaded.facts.id == batch).unwrap().open;
    assert_eq!(open[0].dialog.as_deref(), Some("dialog"));
    assert_eq!(open[1].dialed_at, None);
}

pub async fn whoever_settles_first_has_settled(f: impl Fixture) {
    let (batch, claimed) = one(&f).await;
    let ended = settlement(&claimed, Outcome::NoAnswer, Next::Final(RecipientStatus::NoAnswer));
    assert!(f.store().settle_attempt(ended.clone(), CallLog::default()).await.unwrap());
    assert!(!f.store().settle_attempt(ended, CallLog::default()).await.unwrap());
    assert!(!f.store().mark_dialed(claimed.attempt.id, "late".into(), NOW).await.unwrap());
    assert!(f.store().note_dialog(claimed.attempt.id, "late".into(), None).await.is_err());
    let progress = f.progress(batch).await;
    assert_eq!((progress.no_answer, progress.attempts), (1, 1));
}

pub async fn a_retry_is_due_when_the_rules_say(f: impl Fixture) {
    let (batch, claimed) = one(&f).await;
    let at = NOW + Duration::from_secs(60);
    let next = Next::Retry { at, otherwise: RecipientStatus::Failed };
    let ended = settlement(&claimed, Outcome::Busy, next);
    assert!(f.store().settle_attempt(ended, CallLog::default()).await.unwrap());
    let seen = f.rows(batch).await.remove(0);
    assert_eq!((seen.status, seen.next_attempt_at), (RecipientStatus::Pending, Some(at)));
    let lanes = changed(&f, batch).await.lanes;
    assert_eq!((lanes[0].key.retry, lanes[0].next_due), (true, at.into()));

    let early = f.store().claim_recipients(claim(batch, 1, true), NOW).await.unwrap();
    assert!(early.recipients.is_empty());
    let mut due = claim(batch, 1, true);
    due.due_by = at;
    let again = f.store().claim_recipients(due, at).await.unwrap().recipients.remove(0).attempt;
    assert_eq!((again.number_in_row, again.charged_before, again.uncharged_before), (2, 1, 0));
    let round = |round, attempted, total| Round { round, attempted, total };
    assert_eq!(f.progress(batch).await.rounds, [round(1, 1, 1), round(2, 1, 1)]);
}

pub async fn an_uncharged_attempt_is_on_record_and_not_counted(f: impl Fixture) {
    let (batch, claimed) = one(&f).await;
    let mut ended = settlement(&claimed, Outcome::Failed, retry_now());
    ended.charged = false;
    assert!(f.store().settle_attempt(ended, CallLog::default()).await.unwrap());
    assert_eq!(f.rows(batch).await[0].attempts_made, 0);
    let again = take(&f, batch, true).await.attempt;
    assert_eq!((again.number_in_row, again.charged_before, again.uncharged_before), (2, 0, 1));
}

pub async fn an_attempt_that_an_outage_excused_is_on_record_and_counted_nowhere(f: impl Fixture) {
    let (batch, claimed) = one(&f).await;
    let mut excused = settlement(&claimed, Outcome::Failed, retry_now());
    (excused.charged, excused.excused) = (false, true);
    assert!(f.store().settle_attempt(excused, CallLog::default()).await.unwrap());
    assert_eq!(f.rows(batch).await[0].attempts_made, 0);
    let again = take(&f, batch, true).await.attempt;
    assert_eq!((again.number_in_row, again.charged_before, again.uncharged_before), (2, 0, 0));
    let open = f.store().load().await.unwrap().batches.remove(0).open.remove(0).attempt;
    assert_eq!((open.number_in_row, open.uncharged_before), (2, 0), "after a crash too");
}

pub async fn what_is_given_back_may_be_due_later(f: impl Fixture) {
    let (batch, claimed) = one(&f).await;
    let at = NOW + Duration::from_secs(1);
    let given_back = f.store().release_attempt(claimed.attempt.id, Some(at)).await.unwrap();
    assert_eq!(given_back, Some(at));
    let early = f.store().claim_recipients(claim(batch, 1, false), NOW).await.unwrap();
    assert!(early.recipients.is_empty());
    assert_eq!(early.next_due, Some(at.into()));
}

pub async fn what_is_given_back_leaves_no_gap(f: impl Fixture) {
    let (batch, claimed) = one(&f).await;
    let given_back = f.store().release_attempt(claimed.attempt.id, None).await.unwrap();
    assert_eq!(given_back, Some(Timestamp::default()), "who is fresh is due since ever");
    assert!(matches!(
        f.store().release_attempt(claimed.attempt.id, None).await,
        Err(StoreError::NotFound(_))
    ));
    let progress = f.progress(batch).await;
    assert_eq!((progress.pending, progress.attempts), (1, 0));
    let again = take(&f, batch, false).await;
    assert_eq!(again.attempt.number_in_row, 1);
    assert_ne!(again.attempt.id, claimed.attempt.id);
    assert_ne!(again.attempt.call_id, claimed.attempt.call_id);
}

pub async fn a_dialed_attempt_is_not_given_back(f: impl Fixture) {
    let (batch, claimed) = one(&f).await;
    f.store().mark_dialed(claimed.attempt.id, "dialog".into(), NOW).await.unwrap();
    let refused = f.store().release_attempt(claimed.attempt.id, None).await;
    assert!(matches!(refused, Err(StoreError::Conflict(_))));
    assert_eq!(f.progress(batch).await.in_progress, 1);
}

pub async fn a_forbidden_number_is_skipped_with_the_reason(f: impl Fixture) {
    let (batch, claimed) = one(&f).await;
    let next = Next::Final(RecipientStatus::Skipped);
    let ended = settlement(&claimed, Outcome::RejectedByRoute, next);
    assert!(f.store().settle_attempt(ended, CallLog::default()).await.unwrap());
    assert_eq!(f.rows(batch).await[0].reason.as_deref(), Some("destination_forbidden"));
}

pub async fn who_asks_not_to_be_called_is_suppressed_by_the_engine(f: impl Fixture) {
    let (batch, claimed) = one(&f).await;
    let mut ended =
        settlement(&claimed, Outcome::Completed, Next::Final(RecipientStatus::Completed));
    ended.ending.evidence.asked_to_stop = true;
    assert!(f.store().settle_attempt(ended, CallLog::default()).await.unwrap());
    assert_eq!(f.actors("suppression.added").await, ["engine"]);
    let again = f.import(vec![row(2)], BatchSettings::default(), BatchState::Running).await;
    let none = f.store().claim_recipients(claim(again, 1, false), NOW).await.unwrap();
    assert!(none.recipients.is_empty());
    assert_eq!(f.rows(batch).await[0].status, RecipientStatus::Completed);
    assert_eq!(f.rows(again).await[0].status, RecipientStatus::Skipped);
}
