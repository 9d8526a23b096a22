//! What the tests of several crates share: what a batch needs in a store, endings
//! of calls, forms, a receiver of webhooks, and a strict reader of metrics.
//!
//! The crate is a dev-dependency only. Whatever one crate alone needs stays with its tests.

pub mod exposition;
mod form;
mod receiver;
mod settlement;
mod setup;

use std::time::Duration;

pub use form::form;
pub use receiver::{Post, Receiver};
pub use settlement::{ending, settlement};
pub use setup::{Setup, open, start_batch};

/// How long a test waits before it fails: longer than a slow machine needs.
pub const PATIENCE: Duration = Duration::from_secs(120);

/// Waits for `work`. If it takes longer than [`PATIENCE`], the test fails and names `what`.
#[track_caller]
pub fn in_time<T>(what: &str, work: impl Future<Output = T>) -> impl Future<Output = T> {
    let what = what.to_owned();
    async move {
        match tokio::time::timeout(PATIENCE, work).await {
            Ok(done) => done,
            Err(_) => panic!("waits for ever: {what}"),
        }
    }
}
