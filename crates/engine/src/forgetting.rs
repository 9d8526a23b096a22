//! What is not to be kept any more goes, some at a time, so that dialing does not notice: batches
//! that were deleted or whose time is over, and what is kept of old calls. Files go before the rows
//! that name them, so that none is left that nobody knows of.

use std::time::{Duration, Instant};

use campanile_rules::{
    ids::{AttemptId, BatchId},
    time::Timestamp,
};
use campanile_store::{Actor, SqliteStore, StoreError};
use campanile_telephony::Clock;

use crate::{Engine, Recordings};

/// How often old calls and old batches are looked for.
const LOOK_EVERY: Duration = Duration::from_secs(3_600);

/// When to try again what failed, on a full disk for example.
const TRY_AGAIN: Duration = Duration::from_secs(60);

const DAY: Duration = Duration::from_secs(86_400);

/// What forgets, and where.
struct Forgetting {
    store: SqliteStore,
    recordings: Recordings,
    clock: Clock,
    /// For how many days transcripts, SIP messages and recordings are kept.
    days: u32,
    /// When old calls were looked for.
    looked: Option<Instant>,
}

/// Why something could not be forgotten.
#[derive(Debug, thiserror::Error)]
enum Unforgotten {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the recording {file} cannot be deleted: {error}")]
    File { file: String, error: std::io::Error },
}

/// Begins to forget, and goes on where the last process stopped. `days`: for how long transcripts,
/// SIP messages and recordings are kept.
pub fn start(store: &SqliteStore, engine: &Engine, days: u32) {
    let mut forgetting = Forgetting {
        store: store.by(Actor::Engine),
        recordings: engine.recordings().clone(),
        clock: engine.world().sip.clock().clone(),
        days,
        looked: None,
    };
    tokio::spawn(async move {
        loop {
            forgetting.store.writable().await;
            let sleep = match forgetting.look().await {
                Ok(()) => LOOK_EVERY,
                Err(error) => {
                    tracing::error!(%error, "what is not to be kept could not be deleted");
                    TRY_AGAIN
                }
            };
            tokio::select! {
                () = forgetting.store.to_forget() => {}
                () = tokio::time::sleep(sleep) => {}
            }
        }
    });
}

impl Forgetting {
    async fn look(&mut self) -> Result<(), Unforgotten> {
        let now = self.clock.now();
        self.store.expire_batches(now).await?;
        for batch in self.store.deleted_batches().await? {
            self.delete(batch).await?;
        }
        if self.looked.is_none_or(|at| at.elapsed() >= LOOK_EVERY) {
            self.forget_calls(now - DAY * self.days).await?;
            self.looked = Some(Instant::now());
        }
        Ok(())
    }

    /// Deletes what is left of a deleted batch.
    async fn delete(&self, batch: BatchId) -> Result<(), Unforgotten> {
        loop {
            let recordings = self.store.recordings_of_deleted(batch).await?;
            if recordings.is_empty() {
                break;
            }
            self.delete_recordings(&recordings).await?;
        }
        self.store.finish_deletion(batch).await?;
        tracing::info!(%batch, "a batch was deleted with all that was kept of it");
        Ok(())
    }

    /// Deletes what was kept of calls that were claimed before an instant.
    async fn forget_calls(&self, before: Timestamp) -> Result<(), Unforgotten> {
        while self.store.forget_call_logs(before).await? {}
        loop {
            let recordings = self.store.old_recordings(before).await?;
            if recordings.is_empty() {
                return Ok(());
            }
            self.delete_recordings(&recordings).await?;
        }
    }

    /// Deletes the files of recordings and forgets them.
    async fn delete_recordings(
        &self,
        recordings: &[(AttemptId, String)],
    ) -> Result<(), Unforgotten> {
        for (_, file) in recordings {
            // The last second of a call may still have to be written.
            self.recordings.complete(file).await;
            let deleted = self.recordings.delete(file);
            deleted.map_err(|error| Unforgotten::File { file: file.clone(), error })?;
        }
        let attempts = recordings.iter().map(|(attempt, _)| *attempt).collect();
        Ok(self.store.forget_recordings_of(attempts).await?)
    }
}
