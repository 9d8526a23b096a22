//! Changes of batch state that time or completion brings: a batch begins, completes or ends.

use std::time::Duration;

use super::{
    Advance, BatchFacts, Dispatcher, Output,
    book::{AdvanceBook, BatchBook},
    sabotage::Bug,
};
use crate::{batch::BatchState, time::Timestamp};

/// How long to wait after an advance that changed nothing.
const AGAIN_WAIT: Duration = Duration::from_millis(200);

impl Dispatcher {
    /// The next batch to advance.
    pub(super) fn next_advance(&mut self) -> Option<Output> {
        let (&id, advance) = self.batches.iter().find_map(|(id, batch)| {
            let waits = match batch.advance {
                AdvanceBook::Idle => false,
                AdvanceBook::Asked => true,
                AdvanceBook::NotBefore(at) => at > self.now,
            };
            if waits { None } else { Some((id, self.advance_due(batch)?)) }
        })?;
        self.batches.get_mut(&id)?.advance = AdvanceBook::Asked;
        Some(Output::Advance { batch: id, advance })
    }

    /// The advance that is due for a batch, if any.
    pub(super) fn advance_due(&self, batch: &BatchBook) -> Option<Advance> {
        let settings = &batch.facts.settings;
        let passed = |at: Option<Timestamp>| at.is_some_and(|at| at <= self.now);
        match batch.facts.state {
            BatchState::Draft | BatchState::Completed | BatchState::Cancelled => None,
            BatchState::Paused if self.sabotaged(Bug::PausedNeverEnds) => None,
            _ if self.is_past(settings.ends_at) => Some(Advance::End),
            BatchState::Scheduled => (settings.starts_at.is_none() || passed(settings.starts_at))
                .then_some(Advance::Begin),
            BatchState::Running => self.is_done(batch).then_some(Advance::Complete),
            BatchState::Paused => None,
        }
    }

    /// Whether `ends_at` has come.
    fn is_past(&self, ends_at: Option<Timestamp>) -> bool {
        let late =
            if self.sabotaged(Bug::EndsLate) { Duration::from_secs(30) } else { Duration::ZERO };
        ends_at.is_some_and(|at| at + late <= self.now)
    }

    /// Whether no recipient is pending and none is in progress.
    fn is_done(&self, batch: &BatchBook) -> bool {
        if self.sabotaged(Bug::CompletesWhileRetryDue) {
            let first = |lane: &super::LaneKey| !lane.retry;
            let pending = |book: &super::book::LaneBook| book.next_due_at.is_some();
            return batch.used == 0
                && !batch.lanes.iter().any(|(key, lane)| first(key) && pending(lane));
        }
        batch.used == 0 && !batch.has_pending()
    }
}

/// The state of the request to advance a batch when `facts` arrive.
pub(super) fn answered(batch: &BatchBook, facts: &BatchFacts, now: Timestamp) -> AdvanceBook {
    match batch.advance {
        AdvanceBook::Idle => AdvanceBook::Idle,
        AdvanceBook::Asked | AdvanceBook::NotBefore(_) if batch.facts.state != facts.state => {
            AdvanceBook::Idle
        }
        AdvanceBook::Asked => AdvanceBook::NotBefore(now + AGAIN_WAIT),
        AdvanceBook::NotBefore(at) => AdvanceBook::NotBefore(at),
    }
}
