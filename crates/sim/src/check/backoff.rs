//! Checks the effects of refusals by a congested trunk: waits that double, a Retry-After that is
//! respected for an hour at most, and half the pace.

use std::{collections::BTreeMap, time::Duration};

use campanile_rules::{ids::TrunkId, retry::Next, time::Timestamp};

use super::{
    Case,
    retries::{counted, was_free},
};
use crate::{Violation, env::Life, store::AttemptRow};

/// The longest Retry-After that is respected (docs/pacing.md).
pub(super) const LONGEST: Duration = Duration::from_secs(3_600);

/// A refusal comes as a surprise if the trunk refused nothing for this long: the pace had fully
/// recovered.
const FORGOTTEN: Duration = Duration::from_secs(60);

/// For this long after a surprise, the pace is not much above half.
const SLOWED: Duration = Duration::from_secs(2);

/// The smallest interval between two calls in that time, in intervals of the full pace. It allows
/// for half the pace, the growth since, and what a late poll may catch up.
const NEAREST: f64 = 1.4;

pub(super) fn check(case: &Case) -> Vec<Violation> {
    let mut found = Vec::new();
    let mut refused: BTreeMap<i64, u32> = BTreeMap::new();
    for row in case.world.store.attempts.iter().filter(|row| row.is_on_record()) {
        let before = refused.entry(row.attempt.recipient.0).or_default();
        if was_free(case, row, *before) {
            if counted(row) > 0 {
                waits_twice_as_long(case, row, *before, &mut found);
            }
            *before += counted(row);
        }
    }
    slows_down(case, &mut found);
    found
}

/// The wait is one second after the first refusal, two after the second, and so on, or longer if
/// the trunk asked for it.
fn waits_twice_as_long(case: &Case, row: &AttemptRow, before: u32, found: &mut Vec<Violation>) {
    let Some((_, settlement)) = &row.settled else { return };
    let Next::Retry { at, .. } = settlement.next else { return };
    let asked = settlement.ending.retry_after.unwrap_or_default().min(LONGEST);
    let due_at = settlement.ending.ended_at + asked.max(Duration::from_secs(1 << before));
    if at != due_at && case.slack == Duration::ZERO {
        let what = format!(
            "{} was refusal {} of its recipient: due at {at}, not {due_at}",
            row.attempt.call_id,
            before + 1
        );
        found.push(Violation { checker: "waits after congestion double", what });
    }
}

/// After a refusal that comes as a surprise, the interval between calls doubles.
fn slows_down(case: &Case, found: &mut Vec<Violation>) {
    let tap = &case.world.env.tap;
    let mut last_at: BTreeMap<TrunkId, Timestamp> = BTreeMap::new();
    for &(trunk, heard_at, _, by) in &tap.congested {
        let before = last_at.insert(trunk, heard_at);
        let surprise = before.is_none_or(|at| at + FORGOTTEN < heard_at);
        if surprise && case.slack == Duration::ZERO {
            found.extend(too_near(case, trunk, heard_at, by));
        }
    }
}

fn too_near(case: &Case, trunk: TrunkId, heard_at: Timestamp, by: Life) -> Option<Violation> {
    let tap = &case.world.env.tap;
    let changes = &case.world.store.limits.trunks[&trunk];
    let until = heard_at + SLOWED;
    let cps = changes.iter().map(|(_, _, cps)| *cps).fold(0.0, f64::max);
    let led = tap.led.iter().any(|(life, at)| *life != by && *at > heard_at && *at < until);
    if cps < 1.0 || led {
        return None;
    }
    let distance = Duration::from_secs_f64(NEAREST / cps.floor());
    let placements = tap
        .placements
        .iter()
        .filter(|(whose, at)| *whose == trunk && heard_at < *at && *at < until);
    let placements: Vec<Timestamp> = placements.map(|(_, at)| *at).collect();
    let near = placements.windows(2).find(|two| two[0] + distance > two[1])?;
    let what = format!(
        "{trunk} refused a call at {heard_at}; the calls at {} and {} are nearer than {distance:?}",
        near[0], near[1]
    );
    Some(Violation { checker: "a congested trunk is slowed", what })
}
