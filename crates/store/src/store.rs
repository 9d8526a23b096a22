//! The store as its callers hold it. Each caller names what it needs: the engine `Dialing` and
//! `Forgetting`, the service `Registry`, the courier of webhooks `EventLog`.

use std::sync::Arc;

use async_trait::async_trait;
use campanile_clock::Clock;
use campanile_rules::{ids::Cipher, time::Timestamp};
use tokio::sync::watch;

use crate::{
    Actor, Agents, AuditLog, BatchProgress, Batches, Calls, Deletion, Deliveries, Destinations,
    Dialing, Erasing, Erasures, Events, Failing, Forecasts, Idempotency, Imports, Keys, Kyc,
    NetworkGroups, Operator, PhoneNumbers, Recipients, Reports, Retention, Sounds, StoreError,
    Suppressions, Trunks, Webhooks, Workspaces,
};

/// Whether the database can be written.
#[async_trait]
pub trait Availability: Send + Sync {
    /// Watches whether the database can be written. While it cannot, every verb that writes fails
    /// at once; when it can again, callers may repeat the failed verbs.
    fn health(&self) -> watch::Receiver<Option<Failing>>;

    /// Returns when the database can be written; at once when nothing is wrong.
    async fn writable(&self) {
        // The sender lives as long as the store.
        let _ = self.health().wait_for(Option::is_none).await;
    }

    /// Returns when the database cannot be written; never while it can.
    async fn unwritable(&self) {
        let _ = self.health().wait_for(Option::is_some).await;
    }
}

/// The database as a whole, and the clock of the process that has it open.
#[async_trait]
pub trait Database: Availability {
    /// The clock of this process.
    fn clock(&self) -> &Clock;

    /// The time on the clock of this process.
    fn now(&self) -> Timestamp {
        self.clock().now()
    }

    /// The cipher with which this installation writes its ids, so that the ids reveal nothing.
    fn cipher(&self) -> Cipher;

    /// The number of writes in the writer's queue.
    fn writes_waiting(&self) -> usize;

    /// Whether the database can be written now. Tries a write once a second at most, so that
    /// frequent callers do not keep the writer busy.
    async fn prove_writable(&self) -> Result<(), StoreError>;

    /// Leaves the database ready for a tool that copies or replaces its files. Meant for the end of
    /// a process; the store goes on working.
    async fn settle_down(&self) -> Result<(), StoreError>;
}

/// What people create, change and read.
pub trait Registry:
    Database
    + Agents
    + AuditLog
    + BatchProgress
    + Batches
    + Calls
    + Destinations
    + Erasures
    + Forecasts
    + Idempotency
    + Imports
    + Keys
    + Kyc
    + NetworkGroups
    + Operator
    + PhoneNumbers
    + Recipients
    + Reports
    + Sounds
    + Suppressions
    + Trunks
    + Workspaces
{
}

/// The log of events, and the webhook endpoints that receive them.
pub trait EventLog: Database + Events + Webhooks + Deliveries {}

/// What the engine deletes: batches, old details of calls, and people to be erased.
pub trait Forgetting: Availability + Deletion + Erasing + Erasures + Retention {}

/// The whole store.
pub trait Store: Dialing + EventLog + Forgetting + Registry {
    /// The same store; the audit log names `actor` for all changes made through it.
    fn by(&self, actor: Actor) -> Arc<dyn Store>;

    /// The same store, which notes what is created through it as created by the request with this
    /// reserved Idempotency-Key of an API key. `collection` is the path, without a slash at its end,
    /// under which the created thing can be read by its id.
    fn repeatable(&self, api_key: &str, key: &str, collection: &str) -> Arc<dyn Store>;
}
