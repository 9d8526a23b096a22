//! The URL under which browsers reach this server.

use axum::{extract::Request, http::header};

use crate::app::App;

/// The server's URL without a trailing slash: the operator's setting, or else the URL of this
/// request. `None` if the request does not name a host.
pub fn of(app: &App, request: &Request) -> Option<String> {
    if let Some(url) = &app.public_url {
        return Some(url.trim_end_matches('/').to_owned());
    }
    let host = request.headers().get(header::HOST)?.to_str().ok()?;
    let authority = host.parse::<axum::http::uri::Authority>().ok()?;
    let scheme = if app.guards.client(request).secure { "https" } else { "http" };
    Some(format!("{scheme}://{authority}"))
}
