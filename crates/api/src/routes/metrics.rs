//! `/metrics` for Prometheus, and the middleware that counts requests.

use std::time::Instant;

use axum::{
    extract::{MatchedPath, Request, State},
    http::{Method, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use campanile_metrics::{CONTENT_TYPE, METRICS, Readings, expose};

use crate::{
    app::App,
    http::{auth, problem::Answer},
};

/// The metrics of the process. Clients on this machine may read them without a key; others need a
/// key of scope `operator`.
pub async fn show(State(app): State<App>, request: Request) -> Answer<Response> {
    let here = app.guards.client(&request).ip.to_canonical().is_loopback();
    if !here && let Err(refused) = auth::operator(&app, request).await {
        return Ok(*refused);
    }
    let load = app.engine.load().await;
    let readings = Readings {
        trunks: load.trunks,
        blockers: load.blockers,
        store_queue: app.store.writes_waiting(),
        streams_open: app.streams.count(),
        deliveries_waiting: app.store.deliveries_waiting().await?,
    };
    Ok(([(header::CONTENT_TYPE, CONTENT_TYPE)], expose(&readings)).into_response())
}

/// Middleware: counts and times a request under its route template, never under the path itself.
pub async fn measure(request: Request, next: Next) -> Response {
    let method = word(request.method());
    let route = request.extensions().get::<MatchedPath>().cloned();
    let begun = Instant::now();
    let answer = next.run(request).await;
    let route = route.as_ref().map_or("none", MatchedPath::as_str);
    let status = match answer.status().as_u16() / 100 {
        1 => "1xx",
        2 => "2xx",
        3 => "3xx",
        4 => "4xx",
        _ => "5xx",
    };
    METRICS.requests.with_label_values(&[method, route, status]).inc();
    let took = begun.elapsed().as_secs_f64();
    METRICS.request_time.with_label_values(&[method, route]).observe(took);
    answer
}

/// The label of a method. Unknown methods share one label, because clients can invent them.
fn word(method: &Method) -> &'static str {
    const KNOWN: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
    KNOWN.into_iter().find(|known| *known == method.as_str()).unwrap_or("other")
}
