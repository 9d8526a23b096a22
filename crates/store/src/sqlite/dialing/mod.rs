//! The verbs of dialing on SQLite.

pub(super) mod attempts;
pub(super) mod call_ids;
pub(super) mod changes;
pub(super) mod claim;
pub(super) mod load;
pub(super) mod nodes;
pub(super) mod policies;
pub(super) mod settle;
pub(super) mod usage;

use std::sync::Arc;

use async_trait::async_trait;
use campanile_rules::{
    batch::{BatchState, Control},
    dispatcher::{Advance, BatchFacts, Claim, Settlement},
    ids::{AttemptId, BatchId},
    phone::E164,
    time::Timestamp,
};

use crate::sqlite::{SqliteStore, batches::control, calls::call_logs::PackedLog};
use crate::{
    Actor, BatchBrief, CallLog, Changes, Claimed, Controlled, Dialing, Imports, Snapshot,
    StoreError,
};
use settle::Owned;

#[async_trait]
impl Dialing for SqliteStore {
    async fn load(&self) -> Result<Snapshot, StoreError> {
        for batch in self.read(control::half_stopped).await? {
            self.sweep(batch).await?;
        }
        self.forget_abandoned();
        self.write(settle::forget_moments).await?;
        let (call_ids, vault) = (self.shared.call_ids.clone(), self.vault());
        self.read(move |connection| load::snapshot((connection, &vault), &call_ids)).await
    }

    fn version(&self) -> u64 {
        *self.shared.versions.borrow()
    }

    async fn next_version(&self, known: u64) -> Result<u64, StoreError> {
        self.version_above(known).await
    }

    async fn changes_since(&self, version: u64) -> Result<Changes, StoreError> {
        let vault = self.vault();
        self.read(move |connection| changes::since((connection, &vault), version)).await
    }

    async fn wake_limited(&self, now: Timestamp) -> Result<(), StoreError> {
        self.end_waits_for_limits(now).await
    }

    async fn brief(&self, batch: BatchId) -> Result<BatchBrief, StoreError> {
        let vault = self.vault();
        self.read(move |connection| load::brief((connection, &vault), batch)).await
    }

    async fn claim_recipients(&self, claim: Claim, now: Timestamp) -> Result<Claimed, StoreError> {
        let (call_ids, policies) =
            (self.shared.call_ids.clone(), Arc::clone(&self.shared.policies));
        let (vault, owner) = (self.vault(), self.dialing()?);
        self.write(move |connection| {
            claim::claim(connection, (&call_ids, &policies, &vault), (&claim, owner), now)
        })
        .await
    }

    async fn mark_dialed(
        &self,
        attempt: AttemptId,
        dialog: String,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let (call_ids, policies) =
            (self.shared.call_ids.clone(), Arc::clone(&self.shared.policies));
        let attempt = Owned { attempt, owner: self.dialing()? };
        self.write(move |connection| {
            settle::mark_dialed(connection, (&call_ids, &policies), (attempt, &dialog), now)
        })
        .await
    }

    async fn may_transfer(&self, attempt: AttemptId, to: E164) -> Result<bool, StoreError> {
        let policies = Arc::clone(&self.shared.policies);
        self.read(move |connection| settle::may_transfer(connection, &policies, attempt, to)).await
    }

    async fn note_dialog(
        &self,
        attempt: AttemptId,
        dialog: String,
        answered_at: Option<Timestamp>,
    ) -> Result<(), StoreError> {
        let call_ids = self.shared.call_ids.clone();
        let attempt = Owned { attempt, owner: self.dialing()? };
        self.write(move |connection| {
            settle::note_dialog(connection, (&call_ids, attempt), &dialog, answered_at)
        })
        .await
    }

    async fn settle_attempt(
        &self,
        settlement: Settlement,
        log: CallLog,
    ) -> Result<bool, StoreError> {
        let log = PackedLog::new(log)?;
        let call_ids = self.shared.call_ids.clone();
        let (engine, owner) = (self.acting_as(Actor::Engine), self.dialing()?);
        let settled = engine.change(move |connection, audit| {
            settle::settle(connection, (&call_ids, audit), (&settlement, &log), owner)
        });
        let settled = settled.await?;
        self.wake_erasures();
        Ok(settled)
    }

    async fn release_attempt(
        &self,
        attempt: AttemptId,
        not_before: Option<Timestamp>,
    ) -> Result<Option<Timestamp>, StoreError> {
        let attempt = Owned { attempt, owner: self.dialing()? };
        let released =
            self.write(move |connection| settle::release(connection, attempt, not_before));
        let due_at = released.await?;
        self.wake_erasures();
        Ok(due_at)
    }

    async fn control_batch(
        &self,
        batch: BatchId,
        control: Control,
        (actor, now): (Actor, Timestamp),
    ) -> Result<Controlled, StoreError> {
        let state = self
            .acting_as(actor)
            .change(move |connection, log| control::control((connection, log), batch, control, now))
            .await?;
        if state == BatchState::Cancelled {
            self.sweep(batch).await?;
        }
        // Runs on the writer, so that the numbers include at least this control's own changes.
        self.write(move |connection| control::controlled(connection, batch)).await
    }

    async fn move_due(&self, by_us: i64) -> Result<(), StoreError> {
        self.write(move |connection| settle::move_due(connection, by_us)).await
    }

    async fn advance_batch(
        &self,
        batch: BatchId,
        advance: Advance,
        now: Timestamp,
    ) -> Result<BatchFacts, StoreError> {
        let state =
            self.write(move |connection| control::advance(connection, batch, advance, now)).await?;
        if state == BatchState::Cancelled {
            self.sweep(batch).await?;
        }
        self.write(move |connection| load::facts(connection, batch)).await
    }
}

impl SqliteStore {
    /// Returns when no recipient of a stopped batch is pending any more. The work goes on even if
    /// the client that asked for the stop has disconnected.
    async fn sweep(&self, batch: BatchId) -> Result<(), StoreError> {
        let store = self.clone();
        let sweeping = tokio::spawn(async move {
            while store.write(move |connection| control::sweep(connection, batch)).await? {}
            Ok(())
        });
        sweeping.await.map_err(|error| StoreError::Database(error.to_string()))?
    }

    /// Deletes, in the background, unfinished imports of a dead process.
    fn forget_abandoned(&self) {
        let abandoned = std::mem::take(
            &mut *self.shared.abandoned.lock().unwrap_or_else(std::sync::PoisonError::into_inner),
        );
        let store = self.clone();
        tokio::spawn(async move {
            for batch in abandoned {
                if let Err(error) = store.abandon_import(batch).await {
                    tracing::warn!(%batch, %error, "an unfinished import could not be deleted");
                }
            }
        });
    }
}
