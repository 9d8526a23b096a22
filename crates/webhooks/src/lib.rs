//! Webhooks: tells other people's programs what happened, in the format of the Standard Webhooks
//! specification.
//!
//! The log of events is the outbox. An endpoint has a cursor into it; the [`Courier`] turns what
//! lies behind the cursor into deliveries and moves the cursor in one transaction, then posts
//! each delivery until it is taken. A crash at any point repeats a POST at most, with the same
//! `webhook-id`; it never loses one.

mod address;
mod connect;
mod courier;
mod post;
mod queues;
mod stored;

pub use address::is_public;
pub use connect::Lookups;
pub use courier::{Courier, CourierConfig};
pub use post::{Message, Poster, Unsent};
