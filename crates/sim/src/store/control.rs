//! Changes of a batch in the store, made by users or by time.

use campanile_rules::{
    batch::{BatchState, Control},
    dispatcher::Advance,
    ids::BatchId,
    node::Answer,
    recipient::RecipientStatus,
    time::Timestamp,
};

use super::{Clocks, Controlled, RecipientRow, Reply, Store};
use crate::{bug::Bug, plan::Edit};

impl Store {
    pub(super) fn control(
        &mut self,
        batch: BatchId,
        (control, asked_at): (Control, Timestamp),
        clocks: Clocks,
    ) -> Reply {
        let Some(row) = self.batches.get(&batch) else { return Reply::Refused };
        let before = row.facts.state;
        let starts_at = row.facts.settings.starts_at;
        let Ok(after) = before.after(control, starts_at, clocks.wall) else {
            return Reply::Refused;
        };
        self.become_state(batch, after, clocks.now);
        let version = self.version();
        Reply::Controlled(Controlled { batch, version, control, asked_at, stored_at: clocks.now })
    }

    pub(super) fn advance(&mut self, batch: BatchId, advance: Advance, now: Timestamp) -> Answer {
        let row = &self.batches[&batch];
        let state = row.facts.state;
        let rests = |recipient: &RecipientRow| {
            let forgotten = self.bug == Some(Bug::CompletesWhileRetryDue) && recipient.was_dialed();
            recipient.status.is_final() || forgotten
        };
        let everybody_rests = self.recipients[row.recipients.clone()].iter().all(rests);
        let after = match (advance, state) {
            (Advance::Begin, BatchState::Scheduled) => BatchState::Running,
            (Advance::Complete, BatchState::Running) if everybody_rests => BatchState::Completed,
            (Advance::End, BatchState::Completed) => state,
            (Advance::End, _) => BatchState::Cancelled,
            (Advance::Begin | Advance::Complete, _) => state,
        };
        self.become_state(batch, after, now);
        Answer::Advanced(self.batches[&batch].facts.clone())
    }

    pub(super) fn become_state(&mut self, batch: BatchId, state: BatchState, now: Timestamp) {
        let forgets = self.bug == Some(Bug::StopForgetsRetries);
        let Some(row) = self.batches.get_mut(&batch).filter(|row| row.facts.state != state) else {
            return;
        };
        row.facts.state = state;
        if state == BatchState::Cancelled {
            for recipient in &mut self.recipients[row.recipients.clone()] {
                if recipient.status == RecipientStatus::Pending && recipient.charged > 0 && forgets
                {
                    recipient.last = None;
                }
                recipient.rest();
            }
        }
        self.changed(batch, now);
    }

    pub(super) fn edit(&mut self, batch: BatchId, edit: Edit, now: Timestamp) -> Reply {
        let Some(row) = self.batches.get_mut(&batch) else { return Reply::Stored };
        let state = row.facts.state;
        if state.is_final() {
            return Reply::Stored;
        }
        let settings = &mut row.facts.settings;
        match edit {
            Edit::Weight(weight) => settings.weight = weight,
            Edit::Concurrency(limit) => settings.max_concurrent_calls = limit,
            Edit::Hours(hours) => settings.calling_hours = hours,
            Edit::Retry(retry) => settings.retry = retry,
            Edit::EndsAt(at) => settings.ends_at = at,
            Edit::StartsAt(at) if matches!(state, BatchState::Draft | BatchState::Scheduled) => {
                settings.starts_at = at;
            }
            Edit::StartsAt(_) => return Reply::Stored,
        }
        self.changed(batch, now);
        Reply::Stored
    }
}
