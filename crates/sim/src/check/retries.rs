//! Checks what followed each attempt, by the call records and the batch's retry settings.

use std::time::Duration;

use campanile_rules::{
    attempt::{EndReason, Outcome},
    batch::BatchState,
    dispatcher::Settlement,
    recipient::RecipientStatus,
    retry::{Next, RetryPolicy},
    time::Timestamp,
};

use super::{Case, backoff::LONGEST};
use crate::{Violation, carrier::Record, node::CORRECTED_US, store::AttemptRow};

/// How many refusals by a congested trunk are not charged (PRODUCT: attempt outcome).
const FREE_REFUSALS: u32 = 5;

pub(super) fn check(case: &Case) -> Vec<Violation> {
    let mut found = Vec::new();
    for (recipient, kept) in case.kept.iter().enumerate() {
        numbered_without_gaps(kept, &mut found);
        charged_as_they_should_be(case, recipient, kept, &mut found);
        for (index, row) in kept.iter().enumerate() {
            told_the_truth(case, row, &mut found);
            followed_up(case, &kept[..=index], &mut found);
            if let Some(next) = kept.get(index + 1) {
                never_too_early(case, row, next, &mut found);
            }
        }
    }
    found
}

fn numbered_without_gaps(kept: &[&AttemptRow], found: &mut Vec<Violation>) {
    for (row, number) in kept.iter().zip(1..) {
        if row.attempt.number_in_row != number {
            let attempt = &row.attempt;
            let what = format!("{} is number {}, not {number}", attempt.id, attempt.number_in_row);
            found.push(Violation { checker: "attempts numbered without gaps", what });
        }
    }
}

pub(super) fn was_free(case: &Case, row: &AttemptRow, free_before: u32) -> bool {
    let interrupted =
        row.settled.as_ref().is_some_and(|(_, s)| s.ending.outcome == Outcome::Interrupted);
    if interrupted {
        return false;
    }
    match case.record(row) {
        // `outages.rs` judges whether an excuse is justified.
        record if record.is_none_or(|record| record.mute) => {
            counted(row) == 0 || free_before < FREE_REFUSALS
        }
        record => record.is_some_and(|r| r.code == Some(503)) && free_before < FREE_REFUSALS,
    }
}

/// Whether an uncharged attempt counts against the limit of uncharged attempts. It does not during
/// an outage.
pub(super) fn counted(row: &AttemptRow) -> u32 {
    u32::from(row.settled.as_ref().is_some_and(|(_, settlement)| !settlement.excused))
}

fn charged_as_they_should_be(
    case: &Case,
    recipient: usize,
    kept: &[&AttemptRow],
    found: &mut Vec<Violation>,
) {
    let (mut charged, mut free) = (0, 0);
    for row in kept.iter().filter(|row| row.settled.is_some()) {
        if was_free(case, row, free) { free += counted(row) } else { charged += 1 }
    }
    let stored = case.world.store.recipients[recipient].charged;
    if stored != charged {
        let what = format!("recipient {recipient}: {stored} charged, {charged} by the records");
        found.push(Violation { checker: "attempts charged as they should be", what });
    }
    let batch = case.world.store.recipients[recipient].batch;
    let budgets = case.world.store.changes[&batch].iter();
    let budget = budgets.map(|change| change.settings.retry.max_retries).max().unwrap_or(0);
    if charged > 1 + budget {
        let what = format!("recipient {recipient} was dialed {charged} times, 1+{budget} allowed");
        found.push(Violation { checker: "no more attempts than allowed", what });
    }
}

fn told_the_truth(case: &Case, row: &AttemptRow, found: &mut Vec<Violation>) {
    let Some((_, settlement)) = &row.settled else { return };
    let outcome = settlement.ending.outcome;
    let is_true = match (outcome, case.record(row)) {
        (Outcome::Interrupted, _) => !case.world.env.faults.calm,
        (Outcome::Failed, None) => true,
        (_, None) => false,
        (outcome, Some(record)) => {
            let gave_up = case.world.env.tap.cancelled.contains(&record.call_id);
            agrees(outcome, record)
                || outcome == Outcome::NoAnswer && (gave_up || stood_still(case, record))
        }
    };
    if !is_true {
        let what = format!("{} is stored as {}", row.attempt.call_id, outcome.as_str());
        found.push(Violation { checker: "outcomes as they were", what });
    }
}

/// Whether a process stood still while a call was answered. Its timers may come before the answer.
fn stood_still(case: &Case, record: &Record) -> bool {
    let (Some(answered_at), Some(ended_at)) = (record.answered_at, record.ended_at) else {
        return false;
    };
    let frozen = &case.world.env.tap.frozen;
    frozen.iter().any(|(from, until)| *from <= answered_at && ended_at <= *until)
}

fn agrees(outcome: Outcome, record: &Record) -> bool {
    match outcome {
        Outcome::Completed => record.answered_at.is_some() && !record.machine,
        Outcome::Voicemail => record.answered_at.is_some() && record.machine,
        Outcome::NoAnswer => record.answered_at.is_none(),
        Outcome::Busy => record.code == Some(486),
        Outcome::RejectedByRoute => record.code == Some(403),
        Outcome::Failed => record.mute || matches!(record.code, Some(404 | 500 | 503 | 603)),
        Outcome::Interrupted => true,
    }
}

/// Checks the attempts of one recipient up to the one that is judged.
fn followed_up(case: &Case, kept: &[&AttemptRow], found: &mut Vec<Violation>) {
    let Some(row) = kept.last() else { return };
    let Some((settled_at, settlement)) = &row.settled else { return };
    let (mut charged_before, mut free_before) = (0, 0);
    for earlier in &kept[..kept.len() - 1] {
        if was_free(case, earlier, free_before) {
            free_before += counted(earlier);
        } else {
            charged_before += 1;
        }
    }
    let free = was_free(case, row, free_before);
    let policies = case.settings_at(row.attempt.batch, *settled_at);
    let state = case.state_at(row.attempt.batch, *settled_at);
    let heard = Timestamp(settled_at.0 - case.world.env.faults.hearsay().as_micros() as i64);
    let stopped = state == Some(BatchState::Cancelled);
    // A stopped batch continues only if an older backup is restored.
    let mut changes = case.world.store.changes[&row.attempt.batch].iter();
    let knew = case.state_at(row.attempt.batch, heard) == Some(BatchState::Cancelled)
        && !changes.any(|change| heard < change.at && change.at <= *settled_at);
    let fits = policies.iter().any(|settings| {
        let retried = free || tries_again(&settings.retry, settlement, charged_before);
        match settlement.next {
            Next::Final(status) => {
                (!retried || stopped) && status == RecipientStatus::after(settlement.ending.outcome)
            }
            Next::Retry { at, .. } => {
                retried && !knew && (free || on_time(case, row, &settings.retry, at))
            }
        }
    });
    if !fits {
        let what = format!(
            "{} ({}, {charged_before} charged before): {:?}",
            row.attempt.call_id,
            settlement.ending.outcome.as_str(),
            settlement.next
        );
        found.push(Violation { checker: "what follows from an attempt", what });
    }
}

fn tries_again(policy: &RetryPolicy, settlement: &Settlement, charged_before: u32) -> bool {
    let wanted = match settlement.ending.outcome {
        Outcome::NoAnswer => policy.retry_on_no_answer,
        Outcome::Voicemail => policy.retry_on_voicemail,
        Outcome::Busy => policy.retry_on_busy,
        Outcome::Failed if settlement.ending.end_reason == EndReason::UserDeclined => {
            policy.retry_on_declined
        }
        Outcome::Failed => policy.retry_on_failed && !settlement.ending.permanent,
        Outcome::Interrupted => policy.retry_on_interrupted,
        Outcome::Completed | Outcome::RejectedByRoute => false,
    };
    wanted && charged_before < policy.max_retries
}

/// A retry is due when its wait is over, and not much later.
fn on_time(case: &Case, row: &AttemptRow, policy: &RetryPolicy, at: Timestamp) -> bool {
    let Some((_, settlement)) = &row.settled else { return true };
    let ended_at = settlement.ending.ended_at;
    let asked = settlement.ending.retry_after.unwrap_or_default().min(LONGEST);
    let wait = Duration::from_secs_f64(policy.wait_minutes * 60.0).max(asked);
    ended_at + wait <= at + Duration::from_millis(1)
        && at <= ended_at + wait + Duration::from_secs(1) + case.slack
}

/// The wait runs from the end of the call as the network saw it.
fn never_too_early(case: &Case, row: &AttemptRow, next: &AttemptRow, found: &mut Vec<Violation>) {
    let Some((settled_at, settlement)) = &row.settled else { return };
    let Some(next_at) = case.record(next).map(|record| record.invited_at) else { return };
    let ended_at = case.record(row).and_then(|record| record.ended_at).or(row.dialed_at);
    let Some(ended_at) = ended_at else { return };
    let policies = case.settings_at(row.attempt.batch, *settled_at);
    let minutes = policies.iter().map(|settings| settings.retry.wait_minutes);
    let minutes = minutes.fold(f64::INFINITY, f64::min);
    let wait = match settlement.charged {
        true => Duration::from_secs_f64(minutes * 60.0),
        false => settlement.ending.retry_after.unwrap_or_default().min(LONGEST),
    };
    if next_at + unknowable(case, (ended_at, *settled_at), next_at) < ended_at + wait {
        let what = format!(
            "{} at {next_at}; {} ended at {ended_at}, the wait is {wait:?}",
            next.attempt.call_id, row.attempt.call_id
        );
        found.push(Violation { checker: "no retry before its wait is over", what });
    }
}

/// How long it takes until a process has noticed that the clock was set and the store knows it.
const SEEN_WITHIN: Duration = Duration::from_secs(30);

/// By how much the clock was set between two calls without a process that could notice: no node
/// led, the leader stood still, the first call was being stored at that moment, or the step was
/// only a correction.
fn unknowable(
    case: &Case,
    (ended_at, settled_at): (Timestamp, Timestamp),
    next_at: Timestamp,
) -> Duration {
    let tap = &case.world.env.tap;
    let led_through = |from: Timestamp, until: Timestamp| {
        let led_at = tap.led.iter().map(|(_, at)| *at).rfind(|at| *at <= from);
        let unbroken = |led_at: Timestamp| {
            !tap.led.iter().any(|(_, at)| from < *at && *at <= until)
                && !tap.died.iter().any(|at| led_at <= *at && *at <= until)
                && !tap.frozen.iter().any(|(since, thaws)| *since <= until && from <= *thaws)
        };
        led_at.is_some_and(unbroken)
    };
    let unknown = tap.jumps.iter().filter(|(at, by_us)| {
        let set = by_us.abs() >= CORRECTED_US;
        let known = set && settled_at < *at && led_through(*at, *at + SEEN_WITHIN);
        ended_at <= *at + SEEN_WITHIN && *at <= next_at && !known
    });
    Duration::from_micros(unknown.map(|(_, by_us)| by_us.unsigned_abs()).sum())
}
