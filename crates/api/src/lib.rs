//! The HTTP API: a file for each noun in `routes`, and what all of them share in `http`.

mod app;
mod http;
mod public_url;
mod result_cache;
mod routes;

pub use app::{App, Limits};
pub use http::first_link::FirstLink;
pub use http::guard::{Client, GuardConfig, Guards, LOOKED_AT_EVERY};
pub use http::server::Server;
pub use http::streams::Streams;
pub use http::tls::{Tls, TlsError};
pub use routes::api_keys::{ApiKeyView, MadeApiKey};
pub use routes::{router, serve};
