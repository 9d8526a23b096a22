//! Webhooks: delivers events to the endpoints of users, in the format of the Standard Webhooks
//! specification.
//!
//! The event log is the outbox, and each endpoint has a cursor into it. In one transaction, the
//! [`Courier`] turns the events after the cursor into deliveries and moves the cursor. Then it
//! posts each delivery until the endpoint accepts it. A crash at any point may repeat a POST with
//! the same `webhook-id`, but never loses one.

mod courier;
mod post;
mod queues;
mod stored;

pub use courier::{Courier, CourierConfig};
pub use post::{Message, Poster, Unsent};
