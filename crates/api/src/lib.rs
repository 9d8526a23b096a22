//! The HTTP interface: every route is in [`router()`], one file a noun.

mod again;
mod agents;
mod api_keys;
mod app;
mod audit_log;
mod auth;
mod batches;
mod calls;
mod code;
mod compat;
mod dashboard;
mod events;
mod extract;
mod guard;
mod health;
mod idempotency;
mod kyc;
mod lately;
mod network_groups;
mod openapi;
mod operator;
mod page;
mod phone_numbers;
mod problem;
mod recipients;
mod router;
mod server;
mod session;
mod suppressions;
mod tls;
mod trunks;
mod upload;
mod webhooks;
mod workspace;

pub mod fields;
pub mod import;
pub mod report;
pub mod secret;

pub use app::{App, Limits, now};
pub use batches::{forecast::Forecasts, series::SeriesCache};
pub use events::Streams;
pub use guard::{GuardConfig, Guards};
pub use router::router;
pub use server::Server;
pub use tls::{Tls, TlsError};
