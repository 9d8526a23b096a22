//! Security and cache headers of every response, and CORS.

use std::sync::Arc;

use axum::{
    extract::{Request, State},
    http::{HeaderName, HeaderValue, Method, header},
    middleware::Next,
    response::Response,
};
use tower_http::cors::{AllowOrigin, CorsLayer};

use super::Guards;

/// Headers of every response. HTML pages set their own content security policy instead.
const ALWAYS: [(HeaderName, &str); 3] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
];

/// Marks a response, in its extensions, as public; the response sets its own `Cache-Control`. All
/// other responses get `no-store`.
#[derive(Debug, Clone, Copy)]
pub struct Cached;

/// Two years in seconds (RFC 6797 §6.1.1).
const STRICT_TRANSPORT: &str = "max-age=63072000";

/// Headers that a page of another origin may send (`ASKED`) and read (`ANSWERED`).
const ASKED: [&str; 5] =
    ["authorization", "content-type", "idempotency-key", "if-match", "last-event-id"];
const ANSWERED: [&str; 6] =
    ["etag", "location", "retry-after", "ratelimit", "ratelimit-policy", "idempotency-replayed"];

/// Middleware: adds the security headers to a response.
pub async fn dress(State(guards): State<Arc<Guards>>, request: Request, next: Next) -> Response {
    let secure = guards.client(&request).secure;
    let mut answer = next.run(request).await;
    let answer_is_private = answer.extensions().get::<Cached>().is_none();
    let headers = answer.headers_mut();
    for (name, value) in ALWAYS {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    if answer_is_private {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    if secure {
        let strict = HeaderValue::from_static(STRICT_TRANSPORT);
        headers.insert(header::STRICT_TRANSPORT_SECURITY, strict);
    }
    answer
}

/// The CORS layer for pages of the given origins. `None` if there are no origins.
pub fn cors(origins: &[HeaderValue]) -> Option<CorsLayer> {
    if origins.is_empty() {
        return None;
    }
    let methods = [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE];
    let layer = CorsLayer::new().allow_origin(AllowOrigin::list(origins.iter().cloned()));
    let layer = layer.allow_methods(methods).allow_headers(ASKED.map(HeaderName::from_static));
    Some(layer.expose_headers(ANSWERED.map(HeaderName::from_static)))
}
