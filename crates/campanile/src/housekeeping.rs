//! What a server does beside its work, from time to time.

use std::time::Duration;

use campanile_api::now;
use campanile_store::{Prune, SqliteStore, StoreError};

/// From one look at old events to the next.
const EVERY: Duration = Duration::from_secs(60);

/// How long, and how many, events are kept.
#[derive(Debug, Clone, Copy)]
pub struct Keep {
    /// For so long.
    pub age: Duration,
    /// At most so many.
    pub max_events: u64,
}

/// Forgets old events, for ever; those that a webhook has still to be told stay.
pub async fn forget_events(store: SqliteStore, keep: Keep) {
    loop {
        store.writable().await;
        if let Err(error) = forget(&store, keep).await {
            tracing::warn!(%error, "old events could not be forgotten");
        }
        tokio::time::sleep(EVERY).await;
    }
}

async fn forget(store: &SqliteStore, keep: Keep) -> Result<(), StoreError> {
    let keep_from = store.webhook_cursor().await?;
    let prune = Prune { before: now() - keep.age, max_events: keep.max_events, keep_from };
    let gone = store.prune_events(prune).await?;
    if gone > 0 {
        tracing::info!(gone, "old events were forgotten");
    }
    Ok(())
}
