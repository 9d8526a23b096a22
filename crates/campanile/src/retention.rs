//! What was kept of calls goes when its time is over: some at a time, so that dialing does not
//! notice.

use std::time::Duration;

use campanile_api::now;
use campanile_engine::Recordings;
use campanile_rules::time::Timestamp;
use campanile_store::{SqliteStore, StoreError};

const LOOK_EVERY: Duration = Duration::from_secs(3_600);

const DAY: Duration = Duration::from_secs(86_400);

/// Looks now and every hour for what is older than so many days, and deletes it.
pub fn start(store: SqliteStore, recordings: Recordings, days: u32) {
    tokio::spawn(async move {
        loop {
            if let Err(error) = forget(&store, &recordings, now() - DAY * days).await {
                tracing::error!(%error, "what was kept of old calls could not be deleted");
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    });
}

/// Deletes what was kept of calls that were claimed before an instant: files first, so that none
/// is left that nobody knows of.
async fn forget(
    store: &SqliteStore,
    recordings: &Recordings,
    before: Timestamp,
) -> Result<(), StoreError> {
    while store.forget_call_logs(before).await? {}
    loop {
        let old = store.old_recordings(before).await?;
        let Some((last, _)) = old.last() else { return Ok(()) };
        for (_, file) in &old {
            if let Err(error) = recordings.delete(file) {
                tracing::error!(file, %error, "an old recording could not be deleted");
                return Ok(());
            }
        }
        store.forget_recordings(*last).await?;
    }
}
