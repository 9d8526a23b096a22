//! Changes of batch state that time or completion brings: a batch begins, completes or ends.

use std::time::Duration;

use super::{
    Advance, BatchFacts, Dispatcher, Output,
    book::{AdvanceBook, BatchBook},
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
            _ if passed(settings.ends_at) => Some(Advance::End),
            BatchState::Scheduled => (settings.starts_at.is_none() || passed(settings.starts_at))
                .then_some(Advance::Begin),
            BatchState::Running => {
                (batch.used == 0 && !batch.has_pending()).then_some(Advance::Complete)
            }
            BatchState::Paused => None,
        }
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
