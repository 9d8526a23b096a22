//! Background cleanup of the server.

use std::{sync::Arc, time::Duration};

use campanile_store::{EventLog, Prune, StoreError};

/// Time between two cleanups of old events.
const EVERY: Duration = Duration::from_secs(60);

/// How many events are kept, and for how long.
#[derive(Debug, Clone, Copy)]
pub struct Keep {
    /// The longest age.
    pub age: Duration,
    /// The most events.
    pub max_events: u64,
}

/// Deletes old events at regular intervals, except those that a webhook must still receive. Never
/// returns.
pub async fn forget_events(store: Arc<dyn EventLog>, keep: Keep) {
    loop {
        store.writable().await;
        if let Err(error) = forget(&*store, keep).await {
            tracing::warn!(%error, "old events could not be forgotten");
        }
        tokio::time::sleep(EVERY).await;
    }
}

async fn forget(store: &dyn EventLog, keep: Keep) -> Result<(), StoreError> {
    let keep_from = store.webhook_cursor().await?;
    let prune = Prune { before: store.now() - keep.age, max_events: keep.max_events, keep_from };
    let gone = store.prune_events(prune).await?;
    if gone > 0 {
        tracing::info!(gone, "old events were forgotten");
    }
    Ok(())
}
