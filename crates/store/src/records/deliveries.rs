//! Deliveries to webhook endpoints.

use async_trait::async_trait;
use campanile_rules::{
    ids::{DeliveryId, WebhookId, WorkspaceId},
    time::Timestamp,
    webhook::{Follows, Tried},
    words,
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{DisabledReason, StoreError};

words! {
    /// How far a delivery has come.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
    pub enum DeliveryState {
        /// It is, or will be, tried.
        Pending = "pending",
        /// The endpoint took it.
        Delivered = "delivered",
        /// It is not tried again by itself.
        Failed = "failed",
    }
}

/// A delivery as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryRecord {
    /// The delivery's identity.
    pub id: DeliveryId,
    /// The endpoint.
    pub webhook: WebhookId,
    /// The kind of event, such as `call.ended`.
    pub kind: String,
    /// The JSON body of the POST.
    pub body: String,
    /// The delivery's state.
    pub state: DeliveryState,
    /// When the next try is due, while the delivery is pending.
    pub due_at: Option<Timestamp>,
    /// The number of tries so far.
    pub tries: u32,
    /// The last try.
    pub last: Option<Try>,
    /// When the delivery was created.
    pub created_at: Timestamp,
}

/// One POST of a delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Try {
    /// When the try ended.
    pub at: Timestamp,
    /// The HTTP status; none when there was no answer.
    pub status: Option<u16>,
    /// Why there was no answer.
    pub error: Option<String>,
    /// The duration of the try, in milliseconds.
    pub duration_ms: u64,
}

/// A delivery whose next try is due.
#[derive(Debug, Clone)]
pub struct DueDelivery {
    /// The delivery's identity.
    pub id: DeliveryId,
    /// The endpoint.
    pub webhook: WebhookId,
    /// The workspace of the endpoint.
    pub workspace: WorkspaceId,
    /// The `webhook-id`: unique, and the same in every try.
    pub message_id: String,
    /// The URL to post to.
    pub url: String,
    /// The secret that signs the message.
    pub secret: Vec<u8>,
    /// The body of the POST.
    pub body: String,
    /// The number of tries so far.
    pub tries: u32,
    /// When the first try was made.
    pub first_at: Option<Timestamp>,
}

/// A delivery after a try.
#[derive(Debug, Clone)]
pub struct TriedDelivery {
    /// The delivery's identity.
    pub id: DeliveryId,
    /// The endpoint.
    pub webhook: WebhookId,
    /// The try.
    pub made: Try,
    /// The result of the try.
    pub tried: Tried,
    /// What follows from the result.
    pub follows: Follows,
}

/// Selects the deliveries of an endpoint to show.
#[derive(Debug, Clone, Default)]
pub struct DeliveryFilter {
    /// Only deliveries in this state.
    pub state: Option<DeliveryState>,
    /// Only deliveries before this one: the `next` of the previous page.
    pub before: Option<i64>,
    /// The maximum number of deliveries.
    pub limit: u32,
}

/// A page of deliveries, newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryPage {
    /// The deliveries.
    pub items: Vec<DeliveryRecord>,
    /// Where the next page begins; none on the last page.
    pub next: Option<i64>,
}

/// Deliveries to webhook endpoints.
#[async_trait]
pub trait Deliveries: Send + Sync {
    /// Turns events after the cursors of enabled endpoints into deliveries; true when more events
    /// wait.
    async fn lift_webhook_events(&self, now: Timestamp) -> Result<bool, StoreError>;

    /// The enabled endpoints.
    async fn enabled_webhooks(&self) -> Result<Vec<WebhookId>, StoreError>;

    /// Deliveries whose next try is due: for each endpoint the `limit` that have been due longest.
    async fn due_deliveries(
        &self,
        now: Timestamp,
        limit: u32,
    ) -> Result<Vec<DueDelivery>, StoreError>;

    /// When the next delivery after `now` is due.
    async fn next_delivery_at(&self, now: Timestamp) -> Result<Option<Timestamp>, StoreError>;

    /// The number of pending deliveries of enabled endpoints.
    async fn deliveries_waiting(&self) -> Result<u64, StoreError>;

    /// Stores the results of tries and what follows from them, in one transaction. Disables an
    /// endpoint that is gone or has accepted nothing for days; returns the disabled endpoints and
    /// the reasons.
    async fn note_deliveries(
        &self,
        tried: Vec<TriedDelivery>,
    ) -> Result<Vec<(WebhookId, DisabledReason)>, StoreError>;

    /// The deliveries of an endpoint, newest first.
    async fn deliveries(
        &self,
        workspace: WorkspaceId,
        webhook: WebhookId,
        filter: DeliveryFilter,
    ) -> Result<DeliveryPage, StoreError>;

    /// Tries a delivery again at once, with the same `webhook-id`.
    async fn redeliver(
        &self,
        workspace: WorkspaceId,
        delivery: (WebhookId, DeliveryId),
        now: Timestamp,
    ) -> Result<DeliveryRecord, StoreError>;

    /// Sends an endpoint a `webhook.test`, which reports no event.
    async fn test_webhook(
        &self,
        workspace: WorkspaceId,
        webhook: WebhookId,
        now: Timestamp,
    ) -> Result<DeliveryRecord, StoreError>;

    /// Deletes some of the deliveries that ended before `before`; true when there may be more.
    async fn prune_deliveries(&self, before: Timestamp) -> Result<bool, StoreError>;
}
