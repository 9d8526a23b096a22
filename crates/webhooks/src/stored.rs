//! What tries came to, on its way into the store.

use std::time::Duration;

use campanile_rules::ids::WebhookId;
use campanile_store::{DisabledReason, SqliteStore, StoreError, TriedDelivery};

/// How soon a store that failed is asked again.
const PAUSE: Duration = Duration::from_millis(500);

/// What the store was given, and whom it disabled over that.
pub(crate) struct Stored {
    pub tried: Vec<TriedDelivery>,
    pub disabled: Result<Vec<(WebhookId, DisabledReason)>, StoreError>,
}

/// Has the store take what was tried. While its disk fails that waits: what was taken by an endpoint
/// is not sent again for that.
pub(crate) async fn store(store: SqliteStore, tried: Vec<TriedDelivery>) -> Stored {
    loop {
        match store.note_deliveries(tried.clone()).await {
            Err(error) if error.is_of_the_whole() => {
                tokio::time::sleep(PAUSE).await;
                store.writable().await;
            }
            disabled => return Stored { tried, disabled },
        }
    }
}
