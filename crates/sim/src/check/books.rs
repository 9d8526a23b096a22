//! Checks that at the end every recipient is final, the counts add up, no slot is left in use, and
//! the report is complete.

use campanile_rules::{
    attempt::Outcome, batch::BatchState, recipient::RecipientStatus, retry::Next,
};

use super::Case;
use crate::{Violation, store::BatchRow};

pub(super) fn check(case: &Case) -> Vec<Violation> {
    let mut found = Vec::new();
    nothing_is_left_over(case, &mut found);
    only_the_owner_settles(case, &mut found);
    for row in case.world.store.batches.values() {
        everybody_is_final(case, row, &mut found);
        the_report_is_whole(case, row, &mut found);
    }
    found
}

fn nothing_is_left_over(case: &Case, found: &mut Vec<Violation>) {
    let store = &case.world.store;
    let left = store.open.iter().map(|&index| store.attempts[index].attempt.id.to_string());
    let left: Vec<String> = left.collect();
    if !left.is_empty() {
        let what = format!("{} hold slots at the end", left.join(" "));
        found.push(Violation { checker: "no slot leaks", what });
    }
    for record in case.world.carrier.records.iter().filter(|record| record.ended_at.is_none()) {
        let what = format!("{} is not over at the end", record.call_id);
        found.push(Violation { checker: "no call is left over", what });
    }
    if store.batches.len() < case.world.plan.batches.len() {
        let what = "a batch never came".to_owned();
        found.push(Violation { checker: "everybody ends final", what });
    }
}

/// An attempt belongs to the process that claimed it, until another one begins to lead.
fn only_the_owner_settles(case: &Case, found: &mut Vec<Violation>) {
    for row in &case.world.store.attempts {
        let (Some((settled_at, _)), Some(by)) = (&row.settled, row.settled_by) else { continue };
        let terms = case.world.store.terms.iter();
        let mut later = terms.skip_while(|(life, _)| *life != by).skip(1);
        if let Some((life, at)) = later.next().filter(|(_, at)| at < settled_at) {
            let id = row.attempt.id;
            let what = format!("{by:?} settles {id} at {settled_at}, {life:?} leads since {at}");
            found.push(Violation { checker: "only the owner settles", what });
        }
    }
}

fn everybody_is_final(case: &Case, row: &BatchRow, found: &mut Vec<Violation>) {
    let (state, store) = (row.facts.state, &case.world.store);
    if !state.is_final() {
        let what = format!("{} ends as {}", row.facts.id, state.as_str());
        found.push(Violation { checker: "everybody ends final", what });
    }
    for index in row.recipients.clone() {
        let status = store.recipients[index].status;
        let settled = case.kept[index].last().and_then(|last| last.settled.as_ref());
        let (expected, waits) = match settled {
            None => (RecipientStatus::Cancelled, true),
            Some((_, settlement)) => (
                RecipientStatus::after(settlement.ending.outcome),
                matches!(settlement.next, Next::Retry { .. }),
            ),
        };
        let home = row.facts.workspace;
        let skipped = status == RecipientStatus::Skipped
            && waits
            && store.is_suppressed(home, store.recipients[index].number);
        if status != expected && !skipped {
            let what = format!(
                "recipient {index} of {} ends as {}, not {}",
                row.facts.id,
                status.as_str(),
                expected.as_str()
            );
            found.push(Violation { checker: "everybody ends final", what });
        }
        if waits && !skipped && state == BatchState::Completed {
            let what = format!("{} completes while recipient {index} waits", row.facts.id);
            found.push(Violation { checker: "nobody is lost", what });
        }
    }
}

fn the_report_is_whole(case: &Case, row: &BatchRow, found: &mut Vec<Violation>) {
    let report = case.world.store.report(row.facts.id);
    let plan = case.world.plan.batches.iter().find(|plan| plan.facts.id == row.facts.id);
    let rows = plan.map_or(0, |plan| plan.rows.len());
    if report.len() != rows || report.iter().enumerate().any(|(at, line)| line.row != at) {
        let what = format!("{}: {} lines for {rows} rows", row.facts.id, report.len());
        found.push(Violation { checker: "the report has every row", what });
    }
    let tally: usize = RecipientStatus::ALL
        .iter()
        .map(|status| report.iter().filter(|line| line.status == *status).count())
        .sum();
    if tally != rows {
        let what = format!("{}: the statuses add up to {tally} of {rows}", row.facts.id);
        found.push(Violation { checker: "counts add up", what });
    }
    for line in report.iter().filter(|line| line.status == RecipientStatus::Completed) {
        let spoke = line
            .call_id
            .as_deref()
            .and_then(|id| case.records.get(id))
            .is_some_and(|record| record.answered_at.is_some() && !record.machine);
        if !spoke {
            let what = format!(
                "{} row {}: {} has no call",
                row.facts.id,
                line.row,
                Outcome::Completed.as_str()
            );
            found.push(Violation { checker: "the report has every row", what });
        }
    }
}
