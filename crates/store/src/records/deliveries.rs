//! Deliveries to webhook endpoints.

use campanile_rules::{
    ids::{DeliveryId, WebhookId, WorkspaceId},
    time::Timestamp,
    webhook::{Follows, Tried},
    words,
};
use serde::Serialize;
use utoipa::ToSchema;

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
