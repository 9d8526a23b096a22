//! Planted bugs that serve recipients out of turn.

use campanile_rules::{
    dispatcher::{BatchFacts, Claim},
    hours,
    ids::BatchId,
    recipient::RecipientStatus,
    time::Timestamp,
};

use super::{BatchRow, RecipientRow, Store};
use crate::bug::Bug;

impl Store {
    /// Whether a bug leaves a claim empty, so that others are served first.
    pub(super) fn is_out_of_turn(&self, claim: &Claim, wall: Timestamp) -> bool {
        let is_first = !claim.lane.retry;
        match self.bug {
            Some(Bug::RetriesStarveFirst) => {
                is_first && self.pending(claim.batch).any(RecipientRow::was_dialed)
            }
            Some(Bug::ZonesBackwards) => is_first && self.closes_later(claim, wall),
            Some(Bug::TrunkFirstCome) => self.came_first(claim, wall),
            _ => false,
        }
    }

    fn pending(&self, batch: BatchId) -> impl Iterator<Item = &RecipientRow> {
        let people = &self.recipients[self.batches[&batch].recipients.clone()];
        people.iter().filter(|row| row.status == RecipientStatus::Pending)
    }

    /// Recipients of a batch who may be called now.
    fn due(&self, row: &BatchRow, wall: Timestamp) -> impl Iterator<Item = &RecipientRow> {
        let hours = row.facts.settings.calling_hours.clone();
        let open = move |person: &&RecipientRow| {
            let is_open = |hours| hours::is_open(hours, &person.zones, wall);
            person.due.at <= wall && hours.as_ref().is_none_or(is_open)
        };
        self.pending(row.facts.id).filter(open)
    }

    /// Whether a recipient who was never dialed may be called now in zones that close later than
    /// those of a claim.
    fn closes_later(&self, claim: &Claim, wall: Timestamp) -> bool {
        let row = &self.batches[&claim.batch];
        let Some(hours) = &row.facts.settings.calling_hours else { return false };
        let mine = hours::closes_at(hours, &claim.lane.zones, wall);
        let mut others = self.due(row, wall).filter(|person| !person.was_dialed());
        others.any(|person| hours::closes_at(hours, &person.zones, wall) > mine)
    }

    /// Whether an earlier workspace could use the trunk of a claim now.
    fn came_first(&self, claim: &Claim, wall: Timestamp) -> bool {
        let BatchFacts { trunk, workspace, .. } = self.batches[&claim.batch].facts;
        let mut others = self.batches.values().filter(|row| row.facts.trunk == trunk);
        others.any(|row| {
            row.facts.workspace < workspace
                && self.room(&row.facts) > 0
                && self.due(row, wall).next().is_some()
        })
    }
}
