//! Checks that no INVITE leaves when it must not: while paused, after a stop, outside calling
//! hours, too early or too late.

use std::time::Duration;

use campanile_rules::{
    batch::{BatchSettings, BatchState, Control},
    time::Timestamp,
};

use super::{Case, hours::HoursJudge};
use crate::{Violation, env::Sent, store::Change};

pub(super) fn check(case: &Case) -> Vec<Violation> {
    let mut found = Vec::new();
    let mut judge = HoursJudge::default();
    for sent in &case.world.env.tap.sent {
        runs_when_it_leaves(case, sent, &mut found);
        was_resumed(case, sent, &mut found);
        may_be_called_now(case, sent, &mut judge, &mut found);
        respects_retry_after(case, sent, &mut found);
        may_be_called_at_all(case, sent, &mut found);
        leaves_before_its_process_stopped(case, sent, &mut found);
        leaves_through_a_trunk(case, sent, &mut found);
    }
    pauses_are_answered_in_time(case, &mut found);
    found
}

/// A process that said that it dials nobody any more sends no INVITE.
fn leaves_before_its_process_stopped(case: &Case, sent: &Sent, found: &mut Vec<Violation>) {
    let mut stopped = case.world.env.tap.stopped.iter();
    if let Some((life, at)) = stopped.find(|(life, at)| *life == sent.by && *at < sent.at) {
        let what =
            format!("{} leaves at {}; {life:?} stopped at {at}", sent.attempt.call_id, sent.at);
        found.push(Violation { checker: "no INVITE of a process that stopped", what });
    }
}

/// Nobody is called through a trunk that was removed.
fn leaves_through_a_trunk(case: &Case, sent: &Sent, found: &mut Vec<Violation>) {
    let removed_at = case.world.store.removed.get(&sent.attempt.trunk);
    let dialed_at = case.attempt(sent).dialed_at;
    if removed_at.is_some_and(|at| Some(*at) < dialed_at) {
        let what = format!("{} leaves through {}", sent.attempt.call_id, sent.attempt.trunk);
        found.push(Violation { checker: "no INVITE through a removed trunk", what });
    }
}

/// A pause waits for the store and for the INVITEs of its own batch, and not for other batches.
fn pauses_are_answered_in_time(case: &Case, found: &mut Vec<Violation>) {
    let (tap, faults) = (&case.world.env.tap, &case.world.env.faults);
    let mut longest = faults.store_delay * 20 + Duration::from_secs(1);
    if faults.store_slow > 0.0 {
        longest += Duration::from_secs(12);
    }
    if faults.store_fails > 0.0 {
        longest += Duration::from_secs(5);
    }
    for returned in tap.returned.iter().filter(|returned| returned.control == Control::Pause) {
        let stood_still = tap
            .frozen
            .iter()
            .any(|(from, until)| *from <= returned.at && returned.asked_at <= *until);
        if returned.asked_at + longest < returned.at && !stood_still {
            let what = format!(
                "a pause of {} is asked for at {} and answered at {}",
                returned.batch, returned.asked_at, returned.at
            );
            found.push(Violation { checker: "a pause is answered in time", what });
        }
    }
}

fn runs_when_it_leaves(case: &Case, sent: &Sent, found: &mut Vec<Violation>) {
    let batch = sent.attempt.batch;
    let Some(dialed_at) = case.attempt(sent).dialed_at else { return };
    // The order of two commits at one instant is unknown.
    let just_before = Timestamp(dialed_at.0 - 1);
    let state = case.state_at(batch, dialed_at);
    if case.state_at(batch, just_before) != Some(BatchState::Running)
        && state != Some(BatchState::Running)
    {
        let what = format!("{} leaves while {batch} is {state:?}", sent.attempt.call_id);
        found.push(Violation { checker: "only running batches dial", what });
    }
    let halted = case.world.env.tap.returned.iter().find(|returned| {
        returned.batch == batch
            && matches!(returned.control, Control::Pause | Control::Stop)
            && returned.stored_at >= dialed_at
            && returned.at < sent.at
            && !case.runs_again(batch, returned.stored_at, sent.at)
    });
    if let Some(halted) = halted {
        let what = format!(
            "{} leaves at {} after {} of {batch} was answered at {}",
            sent.attempt.call_id,
            sent.at,
            halted.control.as_str(),
            halted.at
        );
        found.push(Violation { checker: "no INVITE after pause or stop", what });
    }
}

/// A batch that was running in a restored backup is called only after it is resumed.
fn was_resumed(case: &Case, sent: &Sent, found: &mut Vec<Violation>) {
    let batch = sent.attempt.batch;
    let Some(dialed_at) = case.attempt(sent).dialed_at else { return };
    for (at, paused) in &case.world.env.tap.restored {
        let runs = |change: &Change| {
            *at < change.at && change.at <= dialed_at && change.state == BatchState::Running
        };
        let changes = &case.world.store.changes[&batch];
        if *at < dialed_at && paused.contains(&batch) && !changes.iter().any(runs) {
            let what = format!("{} leaves; {batch} was restored at {at}", sent.attempt.call_id);
            found.push(Violation { checker: "nobody is called after a restore", what });
        }
    }
}

/// Judged at the instant at which the rules placed the call; the commit before the INVITE takes a
/// moment more.
fn may_be_called_now(case: &Case, sent: &Sent, judge: &mut HoursJudge, found: &mut Vec<Violation>) {
    let Some(&(placed_at, wall)) = case.world.env.tap.placed.get(&sent.attempt.id) else { return };
    let settings = case.settings_at(sent.attempt.batch, placed_at);
    let zones = &case.world.store.recipient(sent.attempt.recipient).zones;
    let any = |test: &mut dyn FnMut(&BatchSettings) -> bool| settings.iter().any(|s| test(s));
    let mut fail = |checker, wall: Timestamp| {
        let what = format!("{} is placed at {wall}", sent.attempt.call_id);
        found.push(Violation { checker, what });
    };
    if !any(&mut |s| s.calling_hours.as_ref().is_none_or(|h| judge.is_open(h, zones, wall))) {
        fail("no INVITE outside calling hours", wall);
    }
    if !any(&mut |s| s.starts_at.is_none_or(|at| at <= wall + case.slack)) {
        fail("no INVITE before starts_at", wall);
    }
    if !any(&mut |s| s.ends_at.is_none_or(|at| wall < at + case.slack)) {
        fail("no INVITE after ends_at", wall);
    }
}

/// Judged for the process that got the Retry-After; a later process cannot know it.
fn respects_retry_after(case: &Case, sent: &Sent, found: &mut Vec<Violation>) {
    let Some(&(placed_at, _)) = case.world.env.tap.placed.get(&sent.attempt.id) else { return };
    let ignored = case.world.env.tap.congested.iter().find(|(trunk, heard_at, wait, by)| {
        *trunk == sent.attempt.trunk
            && *by == sent.by
            && *heard_at < placed_at
            && placed_at < *heard_at + (*wait).min(super::backoff::LONGEST)
    });
    if let Some((trunk, heard_at, wait, _)) = ignored
        && case.slack == Duration::ZERO
    {
        let what = format!(
            "{} is placed at {placed_at}; {trunk} said at {heard_at} to wait {wait:?}",
            sent.attempt.call_id
        );
        found.push(Violation { checker: "no INVITE before Retry-After", what });
    }
}

/// Judged by what was stored just before the INVITE left.
fn may_be_called_at_all(case: &Case, sent: &Sent, found: &mut Vec<Violation>) {
    let (attempt, row) = (&sent.attempt, case.attempt(sent));
    let (store, Some(dialed_at)) = (&case.world.store, row.dialed_at) else { return };
    let suppressed_at = store.suppressed.get(&(attempt.workspace, attempt.number));
    if suppressed_at.is_some_and(|at| *at < dialed_at) {
        let what = format!("{} leaves at {dialed_at}", attempt.call_id);
        found.push(Violation { checker: "no INVITE to whom nobody may call", what });
    }
    let caps = store.caps.get(&attempt.workspace).into_iter().flatten();
    let offset_us = row.dialed_wall.map_or(0, |wall| wall.0 - dialed_at.0);
    let claimed_wall = Timestamp(row.claimed_at.0 + offset_us);
    for (since, _) in caps.filter(|(since, until)| *since < row.claimed_at && claimed_wall < *until)
    {
        if case.slack == Duration::ZERO {
            let what =
                format!("{} is claimed at {claimed_wall}, capped since {since}", attempt.call_id);
            found.push(Violation { checker: "no INVITE when the day's calls are used up", what });
        }
    }
}
