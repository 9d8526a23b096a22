//! Controls that users ask for, and changes that time brings.

use std::time::Duration;

use campanile_rules::{
    attempt::Outcome,
    batch::{BatchSettings, BatchState, Control},
    dispatcher::Advance,
    ids::BatchId,
    recipient::RecipientStatus,
    retry::Next,
};
use campanile_store::{Actor, CallLog, ClaimedRecipient, Controlled, StoreError};

use super::{Fixture, changed};
use crate::world::*;

fn retry() -> Next {
    let at = NOW + Duration::from_secs(60);
    Next::Retry { at, otherwise: RecipientStatus::Voicemail }
}

/// Rows 2 to 6: one completed, one waiting for a retry, two in a call, one never dialed.
async fn mixed(f: &impl Fixture) -> (BatchId, Vec<ClaimedRecipient>) {
    let rows = (2..7).map(row).collect();
    let batch = f.import(rows, BatchSettings::default(), BatchState::Running).await;
    let mut claimed =
        f.store().claim_recipients(claim(batch, 4, false), NOW).await.unwrap().recipients;
    let completed = Next::Final(RecipientStatus::Completed);
    let first = settlement(&claimed.remove(0), Outcome::Completed, completed);
    f.store().settle_attempt(first, CallLog::default()).await.unwrap();
    let second = settlement(&claimed.remove(0), Outcome::Voicemail, retry());
    f.store().settle_attempt(second, CallLog::default()).await.unwrap();
    (batch, claimed)
}

pub async fn a_stop_makes_everybody_final_but_those_in_a_call(f: impl Fixture) {
    let (batch, in_call) = mixed(&f).await;
    let did = f.store().control_batch(batch, Control::Stop, (Actor::Cli, NOW)).await.unwrap();
    let state = BatchState::Cancelled;
    let expected =
        Controlled { state, in_progress: 2, cancelled: 1, waiting_retries: 1, pending: 0 };
    assert_eq!(did, expected);

    let ended = settlement(&in_call[0], Outcome::NoAnswer, retry());
    assert!(f.store().settle_attempt(ended, CallLog::default()).await.unwrap());
    assert_eq!(f.store().release_attempt(in_call[1].attempt.id, None).await.unwrap(), None);
    let statuses: Vec<_> = f.rows(batch).await.into_iter().map(|seen| seen.status).collect();
    use RecipientStatus::{Cancelled, Completed, Voicemail};
    assert_eq!(statuses, [Completed, Voicemail, Voicemail, Cancelled, Cancelled]);
}

pub async fn a_stop_can_be_sent_twice(f: impl Fixture) {
    let (batch, _in_call) = mixed(&f).await;
    let first = f.store().control_batch(batch, Control::Stop, (Actor::Cli, NOW)).await.unwrap();
    let again = f.store().control_batch(batch, Control::Stop, (Actor::Cli, NOW)).await.unwrap();
    assert_eq!(first, again);
}

pub async fn a_stopped_batch_stays_stopped(f: impl Fixture) {
    let (batch, _in_call) = mixed(&f).await;
    f.store().control_batch(batch, Control::Stop, (Actor::Cli, NOW)).await.unwrap();
    for control in [Control::Start, Control::Pause, Control::Resume] {
        let refused = f.store().control_batch(batch, control, (Actor::Cli, NOW)).await;
        assert!(matches!(refused, Err(StoreError::Refused(_))), "{control:?}");
    }
    for advance in [Advance::Begin, Advance::Complete, Advance::End] {
        let facts = f.store().advance_batch(batch, advance, NOW).await.unwrap();
        assert_eq!(facts.state, BatchState::Cancelled);
    }
    let claimed = f.store().claim_recipients(claim(batch, 9, false), NOW).await.unwrap();
    assert!(claimed.recipients.is_empty());
}

pub async fn a_pause_keeps_everybody_waiting(f: impl Fixture) {
    let (batch, in_call) = mixed(&f).await;
    let did = f.store().control_batch(batch, Control::Pause, (Actor::Cli, NOW)).await.unwrap();
    let state = BatchState::Paused;
    let expected =
        Controlled { state, in_progress: 2, cancelled: 0, waiting_retries: 1, pending: 1 };
    assert_eq!(did, expected);
    assert_eq!(
        f.store().control_batch(batch, Control::Pause, (Actor::Cli, NOW)).await.unwrap(),
        expected
    );
    let claimed = f.store().claim_recipients(claim(batch, 9, false), NOW).await.unwrap();
    assert!(claimed.recipients.is_empty());
    let ended = settlement(&in_call[0], Outcome::NoAnswer, retry());
    assert!(f.store().settle_attempt(ended, CallLog::default()).await.unwrap());
    let did = f.store().control_batch(batch, Control::Resume, (Actor::Cli, NOW)).await.unwrap();
    let state = BatchState::Running;
    let expected =
        Controlled { state, in_progress: 1, cancelled: 0, waiting_retries: 2, pending: 1 };
    assert_eq!(did, expected);
}

pub async fn a_scheduled_batch_begins_when_its_time_comes(f: impl Fixture) {
    let starts_at = Some(NOW + Duration::from_secs(60));
    let settings = BatchSettings { starts_at, ..BatchSettings::default() };
    let batch = f.import(vec![row(2)], settings, BatchState::Draft).await;
    let did = f.store().control_batch(batch, Control::Start, (Actor::Cli, NOW)).await.unwrap();
    assert_eq!(did.state, BatchState::Scheduled);
    let facts = f.store().advance_batch(batch, Advance::Begin, NOW).await.unwrap();
    assert_eq!(facts.state, BatchState::Running);
    let facts = f.store().advance_batch(batch, Advance::Begin, NOW).await.unwrap();
    assert_eq!(facts.state, BatchState::Running);
}

pub async fn a_batch_completes_only_when_nobody_is_left(f: impl Fixture) {
    let rows = vec![row(2), rejected(3, "malformed_number")];
    let batch = f.import(rows, BatchSettings::default(), BatchState::Running).await;
    let complete =
        async || f.store().advance_batch(batch, Advance::Complete, NOW).await.unwrap().state;
    assert_eq!(complete().await, BatchState::Running, "somebody is pending");
    let claimed = f.store().claim_recipients(claim(batch, 1, false), NOW).await.unwrap();
    assert_eq!(complete().await, BatchState::Running, "somebody is in a call");
    let next = Next::Final(RecipientStatus::Completed);
    let ended = settlement(&claimed.recipients[0], Outcome::Completed, next);
    f.store().settle_attempt(ended, CallLog::default()).await.unwrap();
    assert_eq!(complete().await, BatchState::Completed);
    assert!(f.store().control_batch(batch, Control::Stop, (Actor::Cli, NOW)).await.is_err());
}

pub async fn a_batch_that_ended_says_so(f: impl Fixture) {
    let (batch, _in_call) = mixed(&f).await;
    let facts = f.store().advance_batch(batch, Advance::End, NOW).await.unwrap();
    assert_eq!(facts.state, BatchState::Cancelled);
    let progress = f.progress(batch).await;
    assert_eq!((progress.cancelled, progress.voicemail, progress.pending), (1, 1, 0));
}

pub async fn a_stop_reaches_more_rows_than_one_transaction_takes(f: impl Fixture) {
    let rows = (2..5_002).map(row).collect();
    let batch = f.import(rows, BatchSettings::default(), BatchState::Running).await;
    let did = f.store().control_batch(batch, Control::Stop, (Actor::Cli, NOW)).await.unwrap();
    assert_eq!((did.cancelled, did.pending), (5_000, 0));
    assert!(f.rows(batch).await.iter().all(|seen| seen.status == RecipientStatus::Cancelled));
}

pub async fn a_batch_has_a_higher_version_after_each_change(f: impl Fixture) {
    let rows = (2..4).map(row).collect();
    let batch = f.import(rows, BatchSettings::default(), BatchState::Running).await;
    let mut versions = vec![changed(&f, batch).await.facts.version];
    for control in [Control::Pause, Control::Resume, Control::Pause, Control::Pause] {
        f.store().control_batch(batch, control, (Actor::Cli, NOW)).await.unwrap();
        versions.push(changed(&f, batch).await.facts.version);
    }
    let ended = f.store().advance_batch(batch, Advance::End, NOW).await.unwrap();
    versions.push(ended.version);
    assert!(versions[..4].is_sorted_by(|one, next| one < next), "{versions:?}");
    assert_eq!(versions[3], versions[4], "nothing changed");
    assert!(versions[4] < versions[5], "{versions:?}");
}

pub async fn a_control_is_noted_with_who_asked_for_it(f: impl Fixture) {
    let batch = f.import(vec![row(2)], BatchSettings::default(), BatchState::Running).await;
    let key = || Actor::Key("key_1".into());
    for (control, actor) in
        [(Control::Pause, key()), (Control::Resume, Actor::Cli), (Control::Pause, Actor::Cli)]
    {
        f.store().control_batch(batch, control, (actor, NOW)).await.unwrap();
    }
    assert_eq!(f.actors("batch.paused").await, ["cli", "key_1"]);
    assert_eq!(f.actors("batch.resumed").await, ["cli"]);
}
