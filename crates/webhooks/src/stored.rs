//! Stores the results of tries.

use std::{sync::Arc, time::Duration};

use campanile_rules::ids::WebhookId;
use campanile_store::{DisabledReason, EventLog, StoreError, TriedDelivery};

/// The time until a store that failed is tried again.
const PAUSE: Duration = Duration::from_millis(500);

/// The results given to the store, and the endpoints that were disabled because of them.
pub(crate) struct Stored {
    pub tried: Vec<TriedDelivery>,
    pub disabled: Result<Vec<(WebhookId, DisabledReason)>, StoreError>,
}

/// Stores the results of tries. While the store's disk fails, this waits, so that a delivery that
/// its endpoint accepted is not sent again.
pub(crate) async fn store(store: Arc<dyn EventLog>, tried: Vec<TriedDelivery>) -> Stored {
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
