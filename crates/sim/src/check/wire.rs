//! Checks that each attempt has one INVITE after its commit, that no two calls to one number
//! overlap, and that a call holds a slot until its end.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use campanile_rules::{ids::WorkspaceId, phone::E164};

use super::Case;
use crate::{Violation, carrier::Record};

pub(super) fn check(case: &Case) -> Vec<Violation> {
    let mut found = Vec::new();
    one_invite_per_attempt(case, &mut found);
    invites_after_their_commit(case, &mut found);
    no_overlapping_calls(case, &mut found);
    slots_until_the_wire_is_quiet(case, &mut found);
    found
}

fn one_invite_per_attempt(case: &Case, found: &mut Vec<Violation>) {
    let (mut call_ids, mut attempts) = (BTreeSet::new(), BTreeSet::new());
    for sent in &case.world.env.tap.sent {
        let fresh = call_ids.insert(&sent.attempt.call_id);
        if !attempts.insert(sent.attempt.id) || !fresh {
            let what = format!("{} is sent again at {}", sent.attempt.call_id, sent.at);
            found.push(Violation { checker: "one INVITE per attempt", what });
        }
    }
}

fn invites_after_their_commit(case: &Case, found: &mut Vec<Violation>) {
    for sent in &case.world.env.tap.sent {
        let row = case.attempt(sent);
        if row.dialed_at.is_none_or(|dialed_at| dialed_at > sent.at) || row.released {
            let what = format!("{} left at {} and is not stored", sent.attempt.call_id, sent.at);
            found.push(Violation { checker: "an INVITE after its commit", what });
        }
    }
}

fn no_overlapping_calls(case: &Case, found: &mut Vec<Violation>) {
    let mut calls: BTreeMap<(WorkspaceId, E164), Vec<&Record>> = BTreeMap::new();
    for row in &case.world.store.attempts {
        let Some(later) = case.record(row).filter(|_| !row.relic) else { continue };
        let earlier = calls.entry((later.parties.workspace, later.parties.to)).or_default();
        let facts = &case.world.store.batches[&row.attempt.batch].facts;
        if !facts.settings.allow_overlapping_calls {
            for earlier in earlier.iter().filter(|earlier| overlap(earlier, later)) {
                let what = format!(
                    "{} and {} overlap, both to +{}",
                    earlier.call_id,
                    later.call_id,
                    later.parties.to.digits()
                );
                found.push(Violation { checker: "no overlapping calls to a number", what });
            }
        }
        earlier.push(later);
    }
}

fn overlap(a: &Record, b: &Record) -> bool {
    a.ended_at.is_none_or(|ended_at| ended_at > b.invited_at)
        && b.ended_at.is_none_or(|ended_at| ended_at > a.invited_at)
}

fn slots_until_the_wire_is_quiet(case: &Case, found: &mut Vec<Violation>) {
    for row in &case.world.store.attempts {
        let (Some((settled_at, _)), Some(record)) = (&row.settled, case.record(row)) else {
            continue;
        };
        if record.ended_at.is_none_or(|ended_at| ended_at > *settled_at) {
            let what = format!(
                "{} is settled at {settled_at} and over at {:?}",
                record.call_id, record.ended_at
            );
            found.push(Violation { checker: "a slot until the wire is quiet", what });
        }
        let late = record.ended_at.is_some_and(|at| at + Duration::from_secs(2) < *settled_at);
        if case.world.env.faults.calm && late && !record.mute {
            let what = format!("{} is settled only at {settled_at}", record.call_id);
            found.push(Violation { checker: "a slot no longer than the call", what });
        }
    }
}
