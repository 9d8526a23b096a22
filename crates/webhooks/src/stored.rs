//! What tries came to, on its way into the store.

use campanile_rules::ids::WebhookId;
use campanile_store::{DisabledReason, SqliteStore, StoreError, TriedDelivery};

/// What the store was given, and whom it disabled over that.
pub(crate) struct Stored {
    pub tried: Vec<TriedDelivery>,
    pub disabled: Result<Vec<(WebhookId, DisabledReason)>, StoreError>,
}

/// Has the store take what was tried.
pub(crate) async fn store(store: SqliteStore, tried: Vec<TriedDelivery>) -> Stored {
    let disabled = store.note_deliveries(tried.clone()).await;
    Stored { tried, disabled }
}
