//! Checks that among first attempts of a batch, the zone whose hours end first goes first
//! (docs/pacing.md).
//!
//! Claims are judged, because the claim chooses the zone. The compared recipients were never
//! called, claimed or postponed, and may be called before and after the choice, so that only their
//! hours differ.

use std::{collections::BTreeMap, time::Duration};

use campanile_rules::{
    hours::CallingHours, ids::BatchId, recipient::RecipientStatus, time::Timestamp, zones::ZoneSet,
};

use super::hours::{HoursJudge, Span};
use crate::{
    Violation,
    env::Env,
    store::{BatchRow, ClaimRow, DUE_SINCE_EVER, Store},
};

/// The rules know what was stored this long before a choice. What they asked for is stored this
/// long after the choice, unless something is wrong.
const KNOWN: Duration = Duration::from_secs(2);

/// A choice that seems wrong, until it is known whether the other zone had already been asked for.
#[derive(Debug)]
struct Suspect {
    batch: BatchId,
    chosen: ZoneSet,
    /// The zone that closes sooner.
    sooner: ZoneSet,
    chosen_at: Timestamp,
    stored_at: Timestamp,
}

/// Watches the order of zones.
#[derive(Debug, Default)]
pub(super) struct Zones {
    /// How many claims have been read.
    seen: usize,
    /// When a recipient in these zones of a batch was last claimed, or none was found there.
    claimed: BTreeMap<(BatchId, ZoneSet), Timestamp>,
    suspects: Vec<Suspect>,
    pub found: Vec<Violation>,
}

impl Zones {
    /// Reads the claims that were stored since the last look.
    pub fn look(&mut self, env: &Env, store: &Store, hours: &mut HoursJudge) {
        for row in &store.claims[self.seen..] {
            let (key, now) = ((row.claim.batch, row.claim.lane.zones.clone()), env.now());
            let known = env.at_wall(row.claim.due_by) - KNOWN;
            let is_first = row.taken > 0 && !row.claim.lane.retry;
            if is_first && env.tap.jumps.is_empty() && env.disturbed_until < known {
                let suspect = self.suspect(env, store, hours, (row, known));
                self.suspects.extend(suspect);
            }
            self.claimed.insert(key, now);
        }
        self.seen = store.claims.len();
        self.decide(env);
    }

    /// A waiting recipient in zones that close sooner than those of a claim, and who was there at
    /// `known`.
    fn suspect(
        &self,
        env: &Env,
        store: &Store,
        hours: &mut HoursJudge,
        (row, known): (&ClaimRow, Timestamp),
    ) -> Option<Suspect> {
        let claim = &row.claim;
        let batch = store.batches.get(&claim.batch)?;
        let changed_at = store.changes.get(&claim.batch)?.last()?.at;
        let led_at = env.tap.led.iter().map(|(_, at)| *at).max()?;
        let open_hours = batch.facts.settings.calling_hours.as_ref()?;
        if changed_at > known || led_at > known {
            return None;
        }
        let mut closes = |zones: &ZoneSet| closes_at(batch, (hours, open_hours), zones, env, known);
        let mine = closes(&claim.lane.zones)?.until;
        let mut looked = vec![&claim.lane.zones];
        for index in batch.recipients.clone() {
            let recipient = &store.recipients[index];
            if looked.contains(&&recipient.zones) {
                continue;
            }
            let span = closes(&recipient.zones);
            let open = span.filter(|span| span.from <= known && span.until > env.now());
            if open.is_none_or(|span| span.until >= mine) {
                looked.push(&recipient.zones);
                continue;
            }
            if is_fresh(store, env, index) {
                return Some(Suspect {
                    batch: claim.batch,
                    chosen: claim.lane.zones.clone(),
                    sooner: recipient.zones.clone(),
                    chosen_at: env.at_wall(claim.due_by),
                    stored_at: env.now(),
                });
            }
        }
        None
    }

    /// Decides about the suspects. A zone that had been asked for is no suspect, and no zone is one
    /// while something is wrong.
    fn decide(&mut self, env: &Env) {
        let now = env.now();
        for suspect in std::mem::take(&mut self.suspects) {
            let known = suspect.chosen_at - KNOWN;
            let key = (suspect.batch, suspect.sooner.clone());
            let asked = self.claimed.get(&key).is_some_and(|at| *at >= known);
            if asked || env.disturbed_until >= known {
                continue;
            }
            if now <= suspect.stored_at + KNOWN {
                self.suspects.push(suspect);
                continue;
            }
            let Suspect { batch, chosen, sooner, chosen_at, .. } = suspect;
            let (chosen, sooner) = (chosen.as_str(), sooner.as_str());
            let what = format!("{batch}: {chosen:?} at {chosen_at}, {sooner:?} closes sooner");
            self.found.push(Violation { checker: "who closes first is called first", what });
        }
    }
}

/// When the hours of these zones end that are not over at `from`.
fn closes_at(
    batch: &BatchRow,
    (judge, hours): (&mut HoursJudge, &CallingHours),
    zones: &ZoneSet,
    env: &Env,
    from: Timestamp,
) -> Option<Span> {
    let wall = Timestamp(from.0 + env.offset_us);
    let span = judge.next_open(batch.facts.id, (hours, zones), wall)?;
    Some(Span { from: env.at_wall(span.from), until: env.at_wall(span.until) })
}

/// Whether a recipient waits who was never claimed or postponed, and who is blocked only by what
/// blocks the whole batch.
fn is_fresh(store: &Store, env: &Env, index: usize) -> bool {
    let recipient = &store.recipients[index];
    let home = store.batches[&recipient.batch].facts.workspace;
    let attempts = || store.attempts.iter().map(|row| &row.attempt);
    let open = || store.open.iter().map(|&index| &store.attempts[index].attempt);
    recipient.status == RecipientStatus::Pending
        && recipient.due.at == DUE_SINCE_EVER
        && recipient.capped_until.is_none()
        && store.capped(home, env.wall()).is_none()
        && !store.is_suppressed(home, recipient.number)
        && !open().any(|call| call.workspace == home && call.number == recipient.number)
        && !attempts().any(|attempt| attempt.recipient.0 as usize == index)
}
