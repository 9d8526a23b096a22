//! Deletes data whose time is over, in small steps so that dialing is not disturbed: deleted or
//! expired batches, recipients to be erased, and the records of old calls. Files are deleted before
//! the rows that name them, so that no unknown file is left.

use std::{
    sync::{Arc, Weak},
    time::{Duration, Instant},
};

use campanile_clock::Clock;
use campanile_rules::{
    dispatcher::Input,
    ids::{AttemptId, BatchId},
    time::Timestamp,
};
use campanile_store::{Forgetting, OpenErasure, StoreError};

use crate::{Engine, Recordings, world::World};

/// How often old calls and old batches are looked for.
const LOOK_EVERY: Duration = Duration::from_secs(3_600);

/// How long to wait before a failed deletion is tried again, for example on a full disk.
const TRY_AGAIN: Duration = Duration::from_secs(60);

/// How long to wait before checking again whether a person who is being erased is still in a call.
/// Usually the end of the call triggers the check.
const LOOK_AGAIN: Duration = Duration::from_secs(10);

/// How many rows of a person are processed together.
const AT_ONCE: usize = 200;

const DAY: Duration = Duration::from_secs(86_400);

/// The state of the deletion task.
struct DeletionTask {
    store: Arc<dyn Forgetting>,
    recordings: Recordings,
    /// Used to tell the engine that a person must not be called any more.
    world: Weak<World>,
    clock: Clock,
    /// For how many days transcripts, SIP messages and recordings are kept.
    days: u32,
    /// When old calls were last looked for.
    looked: Option<Instant>,
}

/// Why a deletion failed.
#[derive(Debug, thiserror::Error)]
enum Unforgotten {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the recording {file} cannot be deleted: {error}")]
    File { file: String, error: std::io::Error },
}

/// Starts the deletion task, which continues where the last process stopped. `days` is how long
/// transcripts, SIP messages and recordings are kept. The audit log names the actor of `store` for
/// what is deleted.
pub fn start(store: Arc<dyn Forgetting>, engine: &Engine, days: u32) {
    let mut forgetting = DeletionTask {
        store,
        recordings: engine.recordings().clone(),
        world: Arc::downgrade(engine.world()),
        clock: engine.world().sip.clock().clone(),
        days,
        looked: None,
    };
    tokio::spawn(async move {
        loop {
            forgetting.store.writable().await;
            let sleep = match forgetting.look().await {
                Ok(true) => LOOK_EVERY,
                Ok(false) => LOOK_AGAIN,
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

impl DeletionTask {
    /// Does the work that is due. Returns whether nothing is waiting.
    async fn look(&mut self) -> Result<bool, Unforgotten> {
        let mut done = true;
        for erasure in self.store.open_erasures().await? {
            done &= self.erase(erasure).await?;
        }
        let now = self.clock.now();
        self.store.expire_batches(now).await?;
        for batch in self.store.deleted_batches().await? {
            self.delete(batch).await?;
        }
        if self.looked.is_none_or(|at| at.elapsed() >= LOOK_EVERY) {
            self.forget_calls(now - DAY * self.days).await?;
            self.looked = Some(Instant::now());
        }
        Ok(done)
    }

    /// Erases a person. Returns `false` while the erasure waits for a call to end.
    async fn erase(&self, erasure: OpenErasure) -> Result<bool, Unforgotten> {
        if erasure.number.is_some() {
            if self.store.erasure_waits(erasure).await? {
                return Ok(false);
            }
            let found = self.store.find_person(erasure).await?;
            for people in found.own.chunks(AT_ONCE) {
                let recordings = self.store.recordings_of(people.to_vec()).await?;
                self.delete_recordings(&recordings).await?;
                let erased = (people.to_vec(), recordings.len() as u64);
                self.store.erase_people(erasure, erased, self.clock.now()).await?;
            }
            if let Some(world) = self.world.upgrade().filter(|_| !found.own.is_empty()) {
                // The batch may have no recipient left to wait for.
                world.news(Input::LimitsChanged);
            }
            self.store.erase_copies(erasure, found.others).await?;
            if !self.store.seal_erasure(erasure, self.clock.now()).await? {
                return Ok(false);
            }
        }
        self.store.finish_erasure(erasure, self.clock.now()).await?;
        tracing::info!(erasure = %erasure.id, "a person was erased");
        Ok(true)
    }

    /// Deletes the rest of a deleted batch.
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

    /// Deletes the records of calls that were claimed before an instant.
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

    /// Deletes the files of recordings, then their rows.
    async fn delete_recordings(
        &self,
        recordings: &[(AttemptId, String)],
    ) -> Result<(), Unforgotten> {
        for (_, file) in recordings {
            // The last second of a call may not be written yet.
            self.recordings.complete(file).await;
            let deleted = self.recordings.delete(file);
            deleted.map_err(|error| Unforgotten::File { file: file.clone(), error })?;
        }
        let attempts = recordings.iter().map(|(attempt, _)| *attempt).collect();
        Ok(self.store.forget_recordings_of(attempts).await?)
    }
}
