//! Checks that no recipient is charged for an outage, that no attempt is excused without one, and
//! that every recipient is dialed after it. The truth is when trunks were really down.

use std::time::Duration;

use campanile_rules::{
    attempt::Outcome, batch::BatchState, dispatcher::Settlement, ids::TrunkId,
    recipient::RecipientStatus, time::Timestamp,
};

use super::Case;
use crate::{Violation, node::PATIENCE, plan::TrunkPlan, store::AttemptRow};

/// How long after the end of an outage the probe that notices the recovery must be answered: the
/// longest interval between two probes, a trial call, and the longest wait for an answer.
const NOTICED: Duration = Duration::from_secs(60 + 32 + 8);

pub(super) fn check(case: &Case) -> Vec<Violation> {
    let mut found = Vec::new();
    let kept = case.world.store.attempts.iter().filter(|row| row.is_on_record());
    for row in kept {
        let Some((settled_at, settlement)) = &row.settled else { continue };
        let Some(dialed_at) = row.dialed_at else { continue };
        let silent = case.record(row).is_none_or(|record| record.mute)
            && settlement.ending.outcome == Outcome::Failed;
        if !silent {
            if settlement.excused {
                let what = format!("{} was answered, and is excused", row.attempt.call_id);
                found.push(Violation { checker: "nobody is excused without an outage", what });
            }
            continue;
        }
        let span = (dialed_at, *settled_at);
        if !settlement.excused && !may_be_counted(case, row, span) {
            let what = format!(
                "{}: its trunk was gone from {dialed_at} to {settled_at}",
                row.attempt.call_id
            );
            found.push(Violation { checker: "nobody is charged for an outage", what });
        }
        if settlement.excused && !may_be_excused(case, row, span) {
            let what = format!("{}: its trunk was there from {dialed_at} on", row.attempt.call_id);
            found.push(Violation { checker: "nobody is excused without an outage", what });
        }
    }
    dialed_after_it(case, &mut found);
    found
}

/// An attempt without a response may be charged if its trunk was up for a moment or was heard.
fn may_be_counted(case: &Case, row: &AttemptRow, (from, until): (Timestamp, Timestamp)) -> bool {
    let id = row.attempt.trunk;
    let trunk = case.trunk(id);
    let gone = trunk.dead.iter().any(|(since, to)| *since <= from && until < *to);
    let tap = &case.world.env.tap;
    // Calls that began before go on, and messages about them count as answers.
    let since = trunk.dead.iter().map(|(since, _)| *since).rfind(|since| *since <= from);
    let heard = tap.heard.iter().any(|(of, at)| *of == id && Some(*at) >= since && *at <= until);
    !gone || heard || seems_deaf(case, trunk, until) && is_alone(case, row, until)
}

/// Whether a trunk answers no probes, or was heard while it left one unanswered.
fn seems_deaf(case: &Case, trunk: &TrunkPlan, until: Timestamp) -> bool {
    let tap = &case.world.env.tap;
    let mut unanswered =
        tap.unanswered.iter().filter(|(of, over_at)| *of == trunk.id && *over_at <= until);
    let spoke = |over_at: Timestamp| {
        let asked_at = Timestamp(over_at.0 - PATIENCE.as_micros() as i64);
        tap.heard.iter().any(|(of, at)| *of == trunk.id && asked_at < *at && *at <= over_at)
    };
    trunk.deaf || unanswered.any(|(_, over_at)| spoke(*over_at))
}

/// Whether a trunk that answers no probes was silent to this recipient alone since it was last
/// heard. Calls cannot tell such an outage from a mute number.
fn is_alone(case: &Case, row: &AttemptRow, until: Timestamp) -> bool {
    let id = row.attempt.trunk;
    let heard = case.world.env.tap.heard.iter().filter(|(of, at)| *of == id && *at < until);
    let heard_at = heard.map(|(_, at)| *at).max();
    !case.world.store.attempts.iter().any(|other| {
        other.attempt.trunk == id
            && other.attempt.recipient != row.attempt.recipient
            && other.dialed_at > heard_at
            && other
                .settled
                .as_ref()
                .is_some_and(|(at, settlement)| *at <= until && is_silence(case, other, settlement))
    })
}

fn is_silence(case: &Case, row: &AttemptRow, settlement: &Settlement) -> bool {
    settlement.ending.outcome == Outcome::Failed
        && case.record(row).is_none_or(|record| record.mute)
}

/// An attempt may be excused if something was missing while it waited for a response, or so shortly
/// before that no process had noticed the end; or if a probe of its trunk was lost.
fn may_be_excused(case: &Case, row: &AttemptRow, (from, until): (Timestamp, Timestamp)) -> bool {
    let id = row.attempt.trunk;
    let trunk = case.trunk(id);
    let stalls = case.world.env.tap.stalls.iter().sum::<Duration>();
    let since = Timestamp(from.0 - (NOTICED + stalls).as_micros() as i64);
    let overlaps = |begins: Timestamp, ends: Timestamp| begins <= until && since <= ends;
    let gone = trunk.dead.iter().any(|(begins, ends)| overlaps(*begins, *ends));
    let troubles = &case.world.env.faults.troubles;
    let missing = troubles.iter().any(|trouble| overlaps(trouble.from, trouble.until));
    let wire_loss = case.world.env.faults.wire_loss > 0.0;
    let unanswered = case.world.env.tap.unanswered.iter();
    let unanswered = unanswered.filter(|(of, _)| *of == id).any(|(_, at)| overlaps(*at, *at));
    gone || missing || trunk.deaf || wire_loss && unanswered
}

/// In a completed batch, no recipient is at rest without a charged attempt.
fn dialed_after_it(case: &Case, found: &mut Vec<Violation>) {
    let store = &case.world.store;
    for (index, recipient) in store.recipients.iter().enumerate() {
        let completed = store.batches[&recipient.batch].facts.state == BatchState::Completed;
        if completed && recipient.charged == 0 && recipient.status != RecipientStatus::Skipped {
            let what = format!("recipient {index} is {:?} without a call", recipient.status);
            found.push(Violation { checker: "everybody is dialed after an outage", what });
        }
    }
}

impl Case<'_> {
    fn trunk(&self, id: TrunkId) -> &TrunkPlan {
        let mut trunks = self.world.plan.trunks.iter();
        trunks.find(|trunk| trunk.id == id).expect("calls go through trunks of the plan")
    }
}
