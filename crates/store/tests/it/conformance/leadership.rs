//! Nodes, their epochs, and who owns what is in progress.

use campanile_rules::{
    attempt::Outcome,
    batch::{BatchSettings, BatchState},
    recipient::RecipientStatus,
    retry::Next,
};
use campanile_store::{CallLog, StoreError};

use super::{Fixture, claims::positions};
use crate::world::*;

pub async fn each_start_begins_a_higher_epoch_and_leads(f: impl Fixture) {
    let first = f.store().owner().expect("it may dial");
    assert!(f.store().lead().await.unwrap() && f.store().beat().await.unwrap());
    let f = f.restart().await;
    let second = f.store().owner().expect("it may dial");
    assert_eq!(second.node, first.node);
    assert!(second.epoch > first.epoch);
    assert!(f.store().lead().await.unwrap() && f.store().beat().await.unwrap());
    assert!(f.store().lead().await.unwrap(), "who leads may ask again");
}

pub async fn a_start_takes_over_what_former_epochs_left_and_nothing_of_its_own(f: impl Fixture) {
    let rows = (2..6).map(row).collect();
    let batch = f.import(rows, BatchSettings::default(), BatchState::Running).await;
    let left = f.store().claim_recipients(claim(batch, 2, false), NOW).await.unwrap().recipients;
    assert!(f.store().mark_dialed(left[1].attempt.id, "ringing".into(), NOW).await.unwrap());
    assert!(f.store().take_over().await.unwrap().is_empty(), "these are its own");

    let f = f.restart().await;
    let own = f.store().claim_recipients(claim(batch, 1, false), NOW).await.unwrap();
    assert_eq!(positions(&own), [4]);
    assert_eq!(f.store().take_over().await.unwrap(), [left[0].attempt.id]);
    assert!(f.store().take_over().await.unwrap().is_empty(), "nothing is left");

    let f = f.restart().await;
    let undialed = f.store().take_over().await.unwrap();
    assert_eq!(undialed, [left[0].attempt.id, own.recipients[0].attempt.id]);
}

pub async fn only_the_owner_closes_an_attempt(f: impl Fixture) {
    let batch = f.import(vec![row(2), row(3)], BatchSettings::default(), BatchState::Running).await;
    let left = f.store().claim_recipients(claim(batch, 2, false), NOW).await.unwrap().recipients;
    let (dialed, undialed) = (left[0].attempt.id, left[1].attempt.id);
    assert!(f.store().mark_dialed(dialed, "ringing".into(), NOW).await.unwrap());
    let ended = settlement(&left[0], Outcome::Completed, Next::Final(RecipientStatus::Completed));

    let f = f.restart().await;
    assert!(!f.store().mark_dialed(undialed, "ringing".into(), NOW).await.unwrap());
    let released = f.store().release_attempt(undialed, None).await;
    assert!(matches!(released, Err(StoreError::NotFound(_))), "{released:?}");
    let noted = f.store().note_dialog(dialed, "talking".into(), Some(NOW)).await;
    assert!(matches!(noted, Err(StoreError::NotFound(_))), "{noted:?}");
    assert!(!f.store().settle_attempt(ended.clone(), CallLog::default()).await.unwrap());
    assert_eq!(f.progress(batch).await.in_progress, 2, "nothing was stored");

    f.store().take_over().await.unwrap();
    f.store().release_attempt(undialed, None).await.unwrap();
    f.store().note_dialog(dialed, "talking".into(), Some(NOW)).await.unwrap();
    assert!(f.store().settle_attempt(ended, CallLog::default()).await.unwrap());
    let progress = f.progress(batch).await;
    assert_eq!((progress.completed, progress.pending, progress.in_progress), (1, 1, 0));
}
