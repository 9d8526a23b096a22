//! Checks that the blocker that the rules report for a batch or a recipient is true at that
//! instant, by the store's rows, the wire-tap, and the hours as the checkers read them.
//!
//! The check runs when the world is quiet: nothing happens for longer than news take to arrive. A
//! blocker that differs from the stored state is then not out of date but wrong.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use campanile_rules::{
    batch::BatchState,
    blocker::{Blocked, Blocker},
    dispatcher::{AgentKind, Snag},
    ids::{BatchId, RecipientId, TrunkId},
    recipient::RecipientStatus,
    retry::MAX_RETRY_AFTER,
    time::Timestamp,
    zones::ZoneSet,
};

use super::{hours::HoursJudge, pace::Pace};
use crate::{
    Violation,
    env::Env,
    machine::Machine,
    store::{BatchRow, RecipientRow, Store},
};

/// How many pending recipients of a batch are checked at each look.
const ASKED: usize = 3;

/// The check stops after this many false blockers.
const MOST_FOUND: usize = 3;

/// Compares the reported blockers with the truth.
#[derive(Debug, Default)]
pub(super) struct Truth {
    hours: HoursJudge,
    pub found: Vec<Violation>,
}

/// How long the rules may report no blocker for a batch that is in fact blocked by a limit or by
/// the pace: a claim that failed or came up short is made again. A claim that fails again and again
/// is made again after as long as it has failed.
const SPEECHLESS: Duration = Duration::from_millis(250);

/// How long a placed call that never left may count as one that left.
const UNSENT: Duration = Duration::from_millis(120);

/// The longest interval between probes of something that is missing.
const PROBED: Duration = Duration::from_secs(61);

/// The same for the server of an agent.
const SERVER_PROBED: Duration = Duration::from_secs(6);

/// A look at a quiet world.
pub(super) struct Look<'a> {
    pub env: &'a Env,
    pub store: &'a Store,
    pub trunks: &'a BTreeMap<TrunkId, Pace>,
    /// The time of the look, on the true clock and on the wall clock.
    pub at: (Timestamp, Timestamp),
    /// For how long nothing has happened.
    pub quiet: Duration,
}

/// The true blocker.
#[derive(Debug)]
enum Way {
    /// This blocker, with its end if known.
    Until(Blocker, Option<Timestamp>),
    /// Exhausted limits of concurrent calls, at least one.
    Full(BTreeSet<Blocker>),
    /// Only the pace of the trunk.
    Paced(TrunkId),
}

impl Truth {
    /// Checks every batch that is not over, and some of its recipients.
    pub fn look(&mut self, look: &Look<'_>, says: &Machine) {
        if self.found.len() >= MOST_FOUND {
            return;
        }
        let wall = look.at.1;
        let trunks = says.trunks(wall);
        if !trunks.iter().eq(look.store.trunks.keys()) {
            let what = format!("{trunks:?} are known at {wall}");
            self.found.push(Violation { checker: "the trunks are those that are stored", what });
        }
        let open = look.store.batches.values().filter(|row| {
            let state = row.facts.state;
            state != BatchState::Draft && !state.is_final()
        });
        for row in open {
            let id = row.facts.id;
            let pending = pending(row, look.store);
            let way = self.way_of(row, first_of_each(&pending, look.store), look);
            self.judge(row, &way, look, says.blocker(id, wall, look.store), None);
            for &index in chosen(&pending, look.at.0) {
                let recipient = &look.store.recipients[index];
                let way = self.way_of(row, vec![recipient], look);
                let said = says.recipient_blocker(id, &recipient.lane(), recipient.due, wall);
                self.judge(row, &way, look, said, Some(RecipientId(index as i64)));
            }
        }
    }

    fn judge(
        &mut self,
        row: &BatchRow,
        way: &Way,
        look: &Look<'_>,
        said: Option<Blocked>,
        of: Option<RecipientId>,
    ) {
        let batch = row.facts.id;
        let said = said.map(|said| (said.blocker, said.clears_at));
        let is_true = match (way, said) {
            (Way::Full(_) | Way::Paced(_), Some((blocker, until)))
                if look.is_outage((row.facts.id, row.facts.trunk), blocker, until) =>
            {
                true
            }
            (Way::Until(blocker, until), Some(said)) => {
                said == (*blocker, *until) || (of.is_none() && look.is_in_doubt(said.0))
            }
            (Way::Full(full), Some((blocker, None))) => full.contains(&blocker),
            (Way::Paced(trunk), Some((blocker, until))) => look.is_paced(*trunk, blocker, until),
            (Way::Full(_) | Way::Paced(_), None) => look.quiet <= SPEECHLESS + look.failing(batch),
            (Way::Full(_), Some(_)) | (Way::Until(..), None) => false,
        };
        if !is_true {
            let whose = of.map_or(String::new(), |of| format!("recipient {of} of "));
            let at = look.at.1;
            let pace = match way {
                Way::Paced(trunk) => look.trunks.get(trunk),
                Way::Until(..) | Way::Full(_) => None,
            };
            let paced = pace.map_or(String::new(), |pace| {
                format!(" at {:.3} of {} until {}", pace.share, pace.cps, pace.next_at())
            });
            let what = format!(
                "{whose}{batch} says at {at} that it waits so: {said:?}; it is {way:?}{paced}"
            );
            self.found.push(Violation { checker: "a blocker tells the truth", what });
        }
    }

    /// The true blocker of the recipient among these who may be called first.
    fn way_of(&mut self, row: &BatchRow, people: Vec<&RecipientRow>, look: &Look<'_>) -> Way {
        let settings = &row.facts.settings;
        let trunk = match (row.facts.state, row.facts.trunk) {
            (BatchState::Draft, _) => return Way::Until(Blocker::WaitingForStart, None),
            (BatchState::Scheduled, _) => {
                return Way::Until(Blocker::WaitingForStart, settings.starts_at);
            }
            (BatchState::Paused, _) => return Way::Until(Blocker::Paused, None),
            (BatchState::Completed | BatchState::Cancelled, _) => {
                return Way::Until(Blocker::AllDone, None);
            }
            (BatchState::Running, None) => return Way::Until(Blocker::NoRoute, None),
            (BatchState::Running, Some(trunk)) => trunk,
        };
        let waits = people.into_iter().map(|person| (self.wait_of(row, person, look), person.due));
        // Among waits that end together, a wait for calling hours alone gives the reason, then the
        // wait of the recipient who is due first.
        let first = waits.min_by_key(|((blocker, until), due)| {
            let hours = *blocker != Some(Blocker::OutsideCallingHours);
            (until.unwrap_or(Timestamp(i64::MAX)), hours, *due)
        });
        let first = first.map(|(wait, _)| wait);
        match first {
            None => Way::Until(Blocker::AllDone, None),
            Some((Some(blocker), until)) => Way::Until(blocker, until),
            Some((None, _)) => {
                let full = full(row, look.store);
                if full.is_empty() { Way::Paced(trunk) } else { Way::Full(full) }
            }
        }
    }

    /// The wait of a recipient before limits are considered, and when the recipient may be called.
    fn wait_of(
        &mut self,
        row: &BatchRow,
        person: &RecipientRow,
        look: &Look<'_>,
    ) -> (Option<Blocker>, Option<Timestamp>) {
        let (wall, due_at) = (look.at.1, person.due.at);
        let opens_at = self.opens_at(row, &person.zones, due_at.max(wall));
        let blocker = if opens_at.is_none() {
            Some(Blocker::OutsideCallingHours)
        } else if due_at > wall {
            let capped = person.capped_until == Some(due_at);
            Some(if capped { Blocker::DailyLimit } else { Blocker::RetryWait })
        } else {
            (opens_at != Some(wall)).then_some(Blocker::OutsideCallingHours)
        };
        (blocker, opens_at)
    }

    fn opens_at(&mut self, row: &BatchRow, zones: &ZoneSet, from: Timestamp) -> Option<Timestamp> {
        match &row.facts.settings.calling_hours {
            None => Some(from),
            Some(hours) => {
                let span = self.hours.next_open(row.facts.id, (hours, zones), from);
                span.map(|span| span.from.max(from))
            }
        }
    }
}

impl Look<'_> {
    /// Whether a lane may be wrongly reported as due. After the clock was set or a limit ended, a
    /// lane counts as due until it is read again, which happens when its hours open and a line is
    /// free.
    fn is_in_doubt(&self, said: Blocker) -> bool {
        let waits = [Blocker::RetryWait, Blocker::DailyLimit, Blocker::AllDone];
        let in_doubt = !self.env.tap.jumps.is_empty() || self.store.uncapped;
        in_doubt && !waits.contains(&said)
    }

    /// Whether something that calls need is or recently was missing, as far as any process has
    /// noticed.
    fn is_outage(
        &self,
        (batch, trunk): (BatchId, Option<TrunkId>),
        said: Blocker,
        until: Option<Timestamp>,
    ) -> bool {
        let tap = &self.env.tap;
        let led_at = tap.led.last().map(|(_, at)| *at);
        let snags = tap.snags.iter().filter(|(.., at)| Some(*at) >= led_at);
        let at_trunk = |snag: &Snag| matches!(snag, Snag::Trunk(_) | Snag::Machine(_));
        let failed = snags
            .clone()
            .filter(|(attempt, snag, _)| Some(attempt.trunk) == trunk && at_trunk(snag));
        let unanswered =
            tap.unanswered.iter().filter(|(id, at)| Some(*id) == trunk && Some(*at) >= led_at);
        let out_at = failed.map(|(.., at)| *at).chain(unanswered.map(|(_, at)| *at)).max();
        match said {
            Blocker::TrunkUnreachable => out_at.is_some() && self.is_soon(until, PROBED),
            Blocker::AgentCannotSpeak | Blocker::AgentUnreachable => {
                let (fits, probed) = match self.store.batches[&batch].facts.agent {
                    AgentKind::BuiltIn => (Blocker::AgentCannotSpeak, PROBED),
                    AgentKind::Served => (Blocker::AgentUnreachable, SERVER_PROBED),
                };
                let words = |snag: &Snag| matches!(snag, Snag::Agent(_));
                let mut failed = snags.filter(|(attempt, ..)| attempt.batch == batch);
                let soon = self.is_soon(until, probed);
                said == fits && soon && failed.any(|(_, snag, _)| words(snag))
            }
            _ => false,
        }
    }

    /// For how long claims of a batch had failed when the last of them failed.
    fn failing(&self, batch: BatchId) -> Duration {
        let of_batch = self.env.tap.failing_claims.iter().filter(|((id, _), _)| *id == batch);
        of_batch.map(|(_, (first, last))| last.since(*first)).max().unwrap_or_default()
    }

    /// Whether a probe at this instant comes within `probed`.
    fn is_soon(&self, until: Option<Timestamp>, probed: Duration) -> bool {
        until.is_none_or(|at| at <= self.at.1 + probed)
    }

    /// Whether the pace of the trunk is the blocker, as reported and until the reported instant.
    fn is_paced(&self, trunk: TrunkId, said: Blocker, until: Option<Timestamp>) -> bool {
        let (now, wall) = self.at;
        let Some(pace) = self.trunks.get(&trunk) else { return false };
        let tap = &self.env.tap;
        // This process does not know what an earlier process heard.
        let leader = tap.led.last().map(|(life, _)| *life);
        let refused = tap.congested.iter().any(|(whose, heard_at, wait, by)| {
            *whose == trunk && Some(*by) == leader && now < *heard_at + (*wait).min(MAX_RETRY_AFTER)
        });
        let fits = match said {
            Blocker::TrunkBackingOff => refused || pace.share < 1.0,
            Blocker::TrunkCps => !refused,
            _ => false,
        };
        // The checker assumes a pace that is never faster than the real one.
        let most = UNSENT + pace.next_at().since(now);
        fits && until.is_none_or(|until| wall < until && until <= wall + most)
    }
}

/// The indices of the pending recipients.
fn pending(row: &BatchRow, store: &Store) -> Vec<usize> {
    let is_pending = |index: &usize| store.recipients[*index].status == RecipientStatus::Pending;
    row.recipients.clone().filter(is_pending).collect()
}

/// The recipient who is due first for each set of zones.
fn first_of_each<'a>(pending: &[usize], store: &'a Store) -> Vec<&'a RecipientRow> {
    let mut firsts: Vec<&RecipientRow> = Vec::new();
    for person in pending.iter().map(|&index| &store.recipients[index]) {
        match firsts.iter_mut().find(|first| first.zones == person.zones) {
            Some(first) if person.due < first.due => *first = person,
            Some(_) => {}
            None => firsts.push(person),
        }
    }
    firsts
}

/// Some of the pending recipients, others at another time.
fn chosen(pending: &[usize], now: Timestamp) -> &[usize] {
    let from = match pending.len() {
        0 => 0,
        many => now.0.unsigned_abs() as usize % many,
    };
    &pending[from..pending.len().min(from + ASKED)]
}

/// The limits of concurrent calls that are exhausted, counted by the attempts that hold slots.
fn full(row: &BatchRow, store: &Store) -> BTreeSet<Blocker> {
    let facts = &row.facts;
    let (mut of_batch, mut of_workspace, mut of_trunk) = (0, 0, 0);
    for attempt in store.open.iter().map(|&index| &store.attempts[index].attempt) {
        of_batch += u32::from(attempt.batch == facts.id);
        of_workspace += u32::from(attempt.workspace == facts.workspace);
        of_trunk += u32::from(Some(attempt.trunk) == facts.trunk);
    }
    let trunk = facts.trunk.and_then(|trunk| store.trunks.get(&trunk));
    let limits = [
        (Blocker::BatchConcurrency, of_batch, facts.settings.max_concurrent_calls),
        (Blocker::WorkspaceConcurrency, of_workspace, Some(store.workspaces[&facts.workspace])),
        (Blocker::TrunkCalls, of_trunk, trunk.map(|(calls, _)| *calls)),
    ];
    let used_up = limits.into_iter().filter(|(_, used, most)| most.is_some_and(|m| *used >= m));
    used_up.map(|(blocker, ..)| blocker).collect()
}
