//! Claiming due recipients.

use std::time::Duration;

use campanile_rules::{
    attempt::Outcome,
    batch::{BatchSettings, BatchState},
    recipient::{Due, RecipientStatus},
    retry::Next,
    time::Timestamp,
    zones::ZoneSet,
};
use campanile_store::{CallLog, Claimed, NewRow, RowVerdict};

use super::{Fixture, changed};
use crate::world::*;

pub(super) fn positions(claimed: &Claimed) -> Vec<i64> {
    claimed.recipients.iter().map(|taken| taken.attempt.recipient.0 % 1_000_000_000).collect()
}

pub async fn the_longest_due_are_taken_first_then_by_row(f: impl Fixture) {
    let rows = (2..6).map(row).collect();
    let batch = f.import(rows, BatchSettings::default(), BatchState::Running).await;
    let first = f.store().claim_recipients(claim(batch, 4, false), NOW).await.unwrap();
    assert_eq!(positions(&first), [2, 3, 4, 5]);
    for (taken, seconds) in first.recipients.iter().zip([3, 1, 2, 9]) {
        let at = NOW + Duration::from_secs(seconds);
        let next = Next::Retry { at, otherwise: RecipientStatus::NoAnswer };
        let ended = settlement(taken, Outcome::NoAnswer, next);
        assert!(f.store().settle_attempt(ended, CallLog::default()).await.unwrap());
    }
    let mut later = claim(batch, 2, true);
    later.due_by = NOW + Duration::from_secs(3);
    let second = f.store().claim_recipients(later.clone(), later.due_by).await.unwrap();
    assert_eq!(positions(&second), [3, 4]);
    assert_eq!(second.next_due, Some((NOW + Duration::from_secs(3)).into()));
    later.limit = 5;
    let third = f.store().claim_recipients(later.clone(), later.due_by).await.unwrap();
    assert_eq!(
        (positions(&third), third.next_due),
        (vec![2], Some((NOW + Duration::from_secs(9)).into()))
    );
}

pub async fn a_claim_stays_within_every_limit(f: impl Fixture) {
    let capped = BatchSettings { max_concurrent_calls: Some(3), ..BatchSettings::default() };
    let rows = |from: u64| (from..from + 20).map(row).collect::<Vec<_>>();
    let small = f.import(rows(2), capped, BatchState::Running).await;
    let other = f.import(rows(100), BatchSettings::default(), BatchState::Running).await;
    let take = async |batch| {
        f.store().claim_recipients(claim(batch, 20, false), NOW).await.unwrap().recipients
    };
    f.limit(10, 8).await;
    let first = take(small).await;
    assert_eq!(first.len(), 3, "the batch's own limit");
    assert_eq!(take(other).await.len(), 5, "the trunk's limit counts both batches");
    f.limit(10, 100).await;
    assert_eq!(take(other).await.len(), 2, "the workspace's limit counts both batches");
    f.limit(1, 100).await;
    assert!(take(small).await.is_empty(), "a lowered limit lets nobody in");
    f.limit(10, 100).await;
    f.store().release_attempt(first[0].attempt.id, None).await.unwrap();
    assert_eq!(take(other).await.len(), 1, "a slot given back is free");
}

pub async fn a_batch_that_does_not_run_gives_nobody(f: impl Fixture) {
    for state in [BatchState::Draft, BatchState::Scheduled] {
        let batch = f.import(vec![row(2)], BatchSettings::default(), state).await;
        let claimed = f.store().claim_recipients(claim(batch, 1, false), NOW).await.unwrap();
        assert!(claimed.recipients.is_empty());
        assert_eq!(claimed.next_due, Some(Timestamp(0).into()));
    }
}

pub async fn a_number_in_a_call_is_put_off(f: impl Fixture) {
    let same = |position| row_with_number(position, number(7));
    let rows = vec![same(2), same(3), row(4)];
    let batch = f.import(rows, BatchSettings::default(), BatchState::Running).await;
    let other = f.import(vec![same(2)], BatchSettings::default(), BatchState::Running).await;
    let claimed = f.store().claim_recipients(claim(batch, 2, false), NOW).await.unwrap();
    assert_eq!(positions(&claimed), [2, 4], "the put off leaves its place to the next");
    let later = Some((NOW + Duration::from_secs(5)).into());
    assert_eq!(claimed.next_due, later);
    let elsewhere = f.store().claim_recipients(claim(other, 2, false), NOW).await.unwrap();
    assert_eq!((elsewhere.recipients.len(), elsewhere.next_due), (0, later));
}

pub async fn a_batch_may_allow_overlapping_calls(f: impl Fixture) {
    let same = |position| row_with_number(position, number(7));
    let allowed = BatchSettings { allow_overlapping_calls: true, ..BatchSettings::default() };
    let batch = f.import(vec![same(2), same(3)], allowed, BatchState::Running).await;
    let strict = f.import(vec![same(2)], BatchSettings::default(), BatchState::Running).await;
    let claimed = f.store().claim_recipients(claim(batch, 2, false), NOW).await.unwrap();
    assert_eq!(positions(&claimed), [2, 3]);
    let strict = f.store().claim_recipients(claim(strict, 1, false), NOW).await.unwrap();
    assert!(strict.recipients.is_empty(), "another batch has not allowed it");
}

pub async fn lanes_are_kept_apart(f: impl Fixture) {
    let elsewhere = NewRow {
        verdict: RowVerdict::Accepted {
            number: number(900),
            zones: ZoneSet::from_joined("America/Denver,America/Phoenix"),
        },
        ..row(3)
    };
    let rows = vec![row(2), elsewhere, row(4)];
    let batch = f.import(rows, BatchSettings::default(), BatchState::Running).await;
    let lanes = changed(&f, batch).await.lanes;
    assert_eq!(lanes.len(), 2);
    assert!(lanes.iter().all(|lane| lane.next_due == Due::default() && !lane.key.retry));
    let claimed = f.store().claim_recipients(claim(batch, 9, false), NOW).await.unwrap();
    assert_eq!((positions(&claimed), claimed.next_due), (vec![2, 4], None));
    let mut unknown = claim(batch, 9, false);
    unknown.lane.zones = ZoneSet::from_joined("Mars/Olympus");
    let none = f.store().claim_recipients(unknown, NOW).await.unwrap();
    assert!(none.recipients.is_empty() && none.next_due.is_none());
}

pub async fn whoever_was_never_dialed_is_due_whatever_the_clock_says(f: impl Fixture) {
    let batch = f.import(vec![row(2)], BatchSettings::default(), BatchState::Running).await;
    let mut early = claim(batch, 1, false);
    early.due_by = NOW - Duration::from_secs(365 * 24 * 3_600);
    let claimed = f.store().claim_recipients(early.clone(), early.due_by).await.unwrap();
    assert_eq!(positions(&claimed), [2]);
}

pub async fn a_clock_that_is_set_changes_no_wait(f: impl Fixture) {
    const HOUR_US: i64 = 3_600_000_000;
    let rows = vec![row(2), row(3)];
    let batch = f.import(rows, BatchSettings::default(), BatchState::Running).await;
    let first = f.store().claim_recipients(claim(batch, 1, false), NOW).await.unwrap();
    let at = NOW + Duration::from_secs(60);
    let next = Next::Retry { at, otherwise: RecipientStatus::NoAnswer };
    let ended = settlement(&first.recipients[0], Outcome::NoAnswer, next);
    assert!(f.store().settle_attempt(ended, CallLog::default()).await.unwrap());
    f.store().move_due(-HOUR_US).await.unwrap();
    let mut retry = claim(batch, 1, true);
    retry.due_by = Timestamp(at.0 - HOUR_US - 1);
    let none = f.store().claim_recipients(retry.clone(), retry.due_by).await.unwrap();
    assert!(none.recipients.is_empty(), "a microsecond is left to wait");
    assert_eq!(none.next_due, Some(Timestamp(at.0 - HOUR_US).into()));
    retry.due_by = Timestamp(at.0 - HOUR_US);
    let due = f.store().claim_recipients(retry.clone(), retry.due_by).await.unwrap();
    assert_eq!(positions(&due), [2]);
    let fresh = f.store().claim_recipients(claim(batch, 1, false), NOW).await.unwrap();
    assert_eq!(positions(&fresh), [3]);
}

pub async fn a_recipient_beyond_the_daily_limit_waits_for_the_next_day(f: impl Fixture) {
    f.daily_attempts(1).await;
    let rows = vec![row(2), row(3)];
    let batch = f.import(rows, BatchSettings::default(), BatchState::Running).await;
    let tomorrow = NOW.next_utc_day();
    let first = f.store().claim_recipients(claim(batch, 2, false), NOW).await.unwrap();
    assert_eq!((positions(&first), first.next_due), (vec![2], Some(next_day(NOW))));
    f.store().move_due(-1).await.unwrap();
    let none = f.store().claim_recipients(claim(batch, 2, false), NOW).await.unwrap();
    assert_eq!(none.next_due, Some(next_day(NOW)), "no clock that is set ends the day sooner");
    let mut later = claim(batch, 2, false);
    later.due_by = tomorrow;
    let second = f.store().claim_recipients(later, tomorrow).await.unwrap();
    assert_eq!(positions(&second), [3]);
}
