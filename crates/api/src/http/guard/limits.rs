//! Time limits of a request.

use std::sync::Arc;

use axum::{
    body::Body,
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use tower_http::timeout::TimeoutBody;

use super::Guards;
use crate::http::{body::is_form, problem::Problem};

/// Middleware: ends a request whose body stalls or whose response does not begin in time. An
/// upload, or a response that has begun, may take as long as bytes keep flowing.
pub async fn hold_to_time(
    State(guards): State<Arc<Guards>>,
    request: Request,
    next: Next,
) -> Response {
    let (stall, limit) = (guards.config.body_timeout, guards.config.request_timeout);
    let upload = is_form(request.headers());
    let request = request.map(|body| Body::new(TimeoutBody::new(stall, body)));
    if upload {
        return next.run(request).await;
    }
    tokio::time::timeout(limit, next.run(request)).await.unwrap_or_else(|_| {
        let seconds = limit.as_secs();
        tracing::error!(seconds, "a request was given up because it took too long");
        Problem::unavailable(format!(
            "The answer took longer than {seconds} s; it may have been done all the same. Trying \
             again is safe with the same Idempotency-Key."
        ))
        .into_response()
    })
}
