//! How HTTP is spoken, for every route alike: connections, keys and sessions, limits, problems,
//! idempotency, the dashboard's files, and the OpenAPI document.

pub(crate) mod auth;
pub(crate) mod code;
pub(crate) mod dashboard;
pub(crate) mod download;
pub(crate) mod extract;
pub(crate) mod first;
pub(crate) mod guard;
pub(crate) mod idempotency;
pub(crate) mod openapi;
pub(crate) mod page;
pub(crate) mod problem;
pub(crate) mod room;
pub(crate) mod server;
pub(crate) mod session;
pub(crate) mod shares;
pub(crate) mod standing;
pub(crate) mod tls;
pub(crate) mod upload;
