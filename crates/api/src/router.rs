//! Every route, on one screen.

use axum::{
    Router,
    extract::DefaultBodyLimit,
    middleware::from_fn_with_state,
    response::Redirect,
    routing::{delete, get, post},
};
use tower_http::catch_panic::CatchPanicLayer;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    agents, api_keys, app::App, audit_log, auth, batches, calls, health, idempotency, openapi,
    phone_numbers, problem, recipients, trunks, webhooks, workspace,
};

/// The whole interface. A handler's path, and all that is told of it, stands above it in its
/// `utoipa::path`.
pub fn router(app: App) -> Router {
    let v1 = OpenApiRouter::new()
        .route("/batch-calls", get(batches::list).post(batches::create))
        .route("/batch-calls/validate", post(batches::validate))
        .route("/batch-calls/{id}", get(batches::show))
        .route("/batch-calls/{id}/start", post(batches::start))
        .route("/batch-calls/{id}/pause", post(batches::pause))
        .route("/batch-calls/{id}/resume", post(batches::resume))
        .route("/batch-calls/{id}/stop", post(batches::stop))
        .route("/batch-calls/{id}/recipients", get(recipients::list))
        .route("/batch-calls/{id}/rejections", get(batches::rejections))
        .route("/batch-calls/{id}/rejections.csv", get(batches::rejections_csv))
        .route("/batch-calls/{id}/report.csv", get(batches::report_csv))
        .route("/recipients/{id}", get(recipients::show))
        .route("/calls/{call_id}", get(calls::show))
        .routes(routes!(agents::list, agents::create))
        .routes(routes!(agents::show))
        .routes(routes!(agents::versions, agents::add_version))
        .routes(routes!(agents::version, agents::replace_version))
        .routes(routes!(agents::publish))
        .route("/phone-numbers", get(phone_numbers::list).post(phone_numbers::create))
        .route("/phone-numbers/{id}", get(phone_numbers::show))
        .routes(routes!(trunks::list, trunks::create))
        .routes(routes!(trunks::show, trunks::replace))
        .route("/workspace", get(workspace::show).patch(workspace::edit))
        .route("/api-keys", get(api_keys::list).post(api_keys::create))
        .route("/api-keys/{id}", delete(api_keys::revoke))
        .routes(routes!(webhooks::list, webhooks::create))
        .routes(routes!(webhooks::show, webhooks::edit, webhooks::remove))
        .routes(routes!(webhooks::rotate_secret))
        .routes(routes!(webhooks::test))
        .routes(routes!(webhooks::deliveries))
        .routes(routes!(webhooks::redeliver))
        .route("/audit-log", get(audit_log::list))
        .route("/operator/audit-log", get(audit_log::list_all))
        .layer(from_fn_with_state(app.clone(), idempotency::replay))
        .layer(from_fn_with_state(app.clone(), auth::authenticate));
    let (router, gathered) = OpenApiRouter::with_openapi(openapi::beginning())
        .nest("/v1", v1)
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .split_for_parts();
    let document = openapi::complete(gathered).to_string().into();
    router
        .route("/openapi.json", get(openapi::document).with_state(document))
        .route("/docs", get(|| async { Redirect::permanent("/docs/") }))
        .route("/docs/", get(openapi::page))
        .route("/docs/{*path}", get(openapi::page))
        .fallback(problem::no_such_path)
        .method_not_allowed_fallback(problem::no_such_method)
        .layer(CatchPanicLayer::custom(problem::panicked))
        // Bodies are counted where they are read: see extract and upload.
        .layer(DefaultBodyLimit::disable())
        .with_state(app)
}
