//! The routes of the API: a file or folder for each noun, and [`router()`], which lists them all.

pub(crate) mod agents;
pub(crate) mod api_keys;
pub(crate) mod audit_log;
pub(crate) mod batches;
pub(crate) mod calls;
pub(crate) mod compat;
pub(crate) mod erasures;
pub(crate) mod events;
pub(crate) mod first;
pub(crate) mod health;
pub(crate) mod kyc;
pub(crate) mod metrics;
pub(crate) mod network_groups;
pub(crate) mod operator;
pub(crate) mod phone_numbers;
pub(crate) mod recipients;
mod router;
pub(crate) mod session;
pub(crate) mod sounds;
pub(crate) mod suppressions;
pub(crate) mod trunks;
pub(crate) mod visit;
pub(crate) mod voices;
pub(crate) mod webhooks;
pub(crate) mod workspace;

pub use router::{router, serve};
