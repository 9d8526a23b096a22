//! The HTTP interface as a client sees it: real routes, a real database, a real engine.

mod auth;
mod batches;
mod changes;
mod clock;
mod deletion;
mod destinations;
mod doors;
mod erasures;
mod events;
mod forecast;
mod idempotency;
mod matrix;
mod metrics;
mod nouns;
mod openapi;
mod problems;
mod recipients;
mod reports;
mod routes;
mod series;
mod session;
mod shares;
mod standing;
mod support;
mod trunks;
mod uploads;
