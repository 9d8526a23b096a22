//! How HTTP is spoken, for every route alike: connections, keys and cookies, limits, problems,
//! idempotency, the dashboard's files, and the OpenAPI document. Nothing here names a route.

pub(crate) mod auth;
pub(crate) mod body;
pub(crate) mod caller;
pub(crate) mod code;
pub(crate) mod cookie;
pub(crate) mod dashboard;
pub(crate) mod download;
pub(crate) mod extract;
pub(crate) mod first_link;
pub(crate) mod guard;
pub(crate) mod idempotency;
pub(crate) mod openapi;
pub(crate) mod page;
pub(crate) mod problem;
pub(crate) mod recipients;
pub(crate) mod room;
pub(crate) mod server;
pub(crate) mod shares;
pub(crate) mod socket;
pub(crate) mod standing;
pub(crate) mod streams;
pub(crate) mod tls;
pub(crate) mod upload;
