//! All routes in one file, and the server that answers them.

use std::io;

use axum::{
    Router,
    extract::DefaultBodyLimit,
    middleware::{from_fn, from_fn_with_state},
    response::Redirect,
    routing::get,
};
use tokio::net::TcpListener;
use tower_http::catch_panic::CatchPanicLayer;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    app::App,
    http::{
        auth, dashboard, guard,
        idempotency::{self, Shown},
        openapi, problem,
        server::Server,
        tls::Tls,
    },
    routes::{
        agents, api_keys, audit_log, batches, calls, compat, erasures, events, first, health, kyc,
        metrics, network_groups, operator, phone_numbers, recipients, session, sounds,
        suppressions, trunks, visit, voices, webhooks, workspace,
    },
};

/// Starts the server of an app, with TLS if there is a certificate.
pub fn serve(listener: TcpListener, app: App, tls: Option<Tls>) -> io::Result<Server> {
    Server::start(listener, (&app, router(app.clone())), tls)
}

/// Builds the router of the whole server. The path and the OpenAPI text of a handler are in its
/// `utoipa::path` attribute.
pub fn router(app: App) -> Router {
    let shown = shown(v1(), &app);
    let v1 = v1()
        .layer(from_fn_with_state((app.clone(), shown.clone()), idempotency::replay))
        .layer(from_fn_with_state(app.clone(), auth::authenticate))
        // Sign-in needs no authentication, so these routes are added after the layer.
        .routes(routes!(session::sign_in))
        .routes(routes!(first::sign_in));
    let v1 = v1.merge(
        calls_in_progress()
            .layer(from_fn_with_state((app.clone(), shown), idempotency::replay))
            .layer(from_fn_with_state(app.clone(), calls::control::authenticate)),
    );
    let dialnexa = compat::router().layer(from_fn_with_state(app.clone(), auth::authenticate));
    let guards = app.guards.clone();
    let (router, gathered) = OpenApiRouter::with_openapi(openapi::beginning())
        .nest("/v1", v1)
        .routes(routes!(health::alive))
        .routes(routes!(health::ready))
        .split_for_parts();
    let document = openapi::complete(gathered).to_string().into();
    let router = router
        .nest("/compat/dialnexa", dialnexa)
        .merge(calls::control::twilio())
        .route("/metrics", get(metrics::show))
        .route("/openapi.json", get(openapi::document).with_state(document))
        .route("/docs", get(|| async { Redirect::permanent("/docs/") }))
        .route("/docs/", get(openapi::page))
        .route("/docs/{*path}", get(openapi::page))
        .fallback(dashboard::page)
        .method_not_allowed_fallback(problem::no_such_method)
        .layer(CatchPanicLayer::custom(problem::panicked))
        // `extract` and `upload` enforce their own limits on bodies.
        .layer(DefaultBodyLimit::disable())
        .layer(from_fn_with_state(guards.clone(), guard::hold_to_time))
        .layer(from_fn_with_state(guards.clone(), guard::dress))
        .layer(from_fn(metrics::measure))
        .with_state(app);
    match guard::cors(&guards.config.cors_origins) {
        Some(cors) => router.layer(cors),
        None => router,
    }
}

/// The routes that show what a POST created. Those under `/v1/made` show it as its POST answers,
/// where no other route does; no client can ask them.
fn shown(v1: OpenApiRouter<App>, app: &App) -> Shown {
    let v1 = Router::from(v1)
        .route("/made/api-keys/{id}", get(api_keys::show))
        .route("/made/network-groups/{id}", get(operator::groups::show))
        .route("/made/workspaces/{id}", get(operator::workspaces::show_made))
        .route("/made/workspaces/{id}/phone-numbers/{n}", get(operator::workspaces::show_number));
    Shown(Router::new().nest("/v1", v1).with_state(app.clone()))
}

/// The routes under `/v1` for calls in progress, which the servers of agents may use, too.
fn calls_in_progress() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(calls::control::hang_up))
        .routes(routes!(calls::control::record))
        .routes(routes!(calls::control::transfer))
        .routes(routes!(calls::control::press))
}

/// The routes under `/v1` that need a key.
fn v1() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(session::show, session::sign_out))
        .routes(routes!(batches::list, batches::create::create))
        .routes(routes!(batches::create::create_from_list))
        .routes(routes!(batches::create::validate))
        .routes(routes!(batches::create::validate_list))
        .routes(routes!(batches::show, batches::edit::edit, batches::remove))
        .routes(routes!(batches::forecast::show))
        .routes(routes!(batches::series::show))
        .routes(routes!(batches::start))
        .routes(routes!(batches::pause))
        .routes(routes!(batches::resume))
        .routes(routes!(batches::stop))
        .routes(routes!(batches::redial::redial))
        .routes(routes!(batches::redial::endings))
        .routes(routes!(recipients::list))
        .routes(routes!(batches::rejections::list))
        .routes(routes!(batches::rejections::of_batch))
        .routes(routes!(batches::rejections::of_file))
        .routes(routes!(batches::report::report_csv))
        .routes(routes!(batches::report::report_xlsx))
        .routes(routes!(events::of_batch))
        .routes(routes!(events::of_workspace))
        .routes(routes!(recipients::show))
        .routes(routes!(calls::list::list))
        .routes(routes!(calls::show))
        .routes(routes!(calls::recording::wav))
        .routes(routes!(agents::list, agents::create))
        .routes(routes!(agents::show, agents::edit, agents::remove))
        .routes(routes!(agents::versions, agents::add_version))
        .routes(routes!(agents::version, agents::replace_version))
        .routes(routes!(agents::publish))
        .routes(routes!(visit::test))
        .route("/agents/{id}/versions/{n}/talk", get(visit::talk))
        .routes(routes!(agents::version_template))
        .routes(routes!(agents::latest_template))
        .routes(routes!(voices::list))
        .routes(routes!(voices::preview))
        .routes(routes!(sounds::list, sounds::upload))
        .routes(routes!(sounds::show, sounds::remove))
        .routes(routes!(sounds::play))
        .routes(routes!(phone_numbers::list, phone_numbers::create))
        .routes(routes!(phone_numbers::show, phone_numbers::edit, phone_numbers::remove))
        .routes(routes!(trunks::list, trunks::create))
        .routes(routes!(trunks::show, trunks::replace, trunks::remove))
        .routes(routes!(trunks::test::test))
        .routes(routes!(workspace::show, workspace::edit))
        .routes(routes!(api_keys::list, api_keys::create))
        .routes(routes!(api_keys::revoke))
        .routes(routes!(webhooks::list, webhooks::create))
        .routes(routes!(webhooks::show, webhooks::edit, webhooks::remove))
        .routes(routes!(webhooks::rotate_secret))
        .routes(routes!(webhooks::test))
        .routes(routes!(webhooks::deliveries))
        .routes(routes!(webhooks::redeliver))
        .routes(routes!(network_groups::list, network_groups::switch))
        .routes(routes!(network_groups::show))
        .routes(routes!(kyc::list))
        .routes(routes!(kyc::submit))
        .routes(routes!(suppressions::list, suppressions::create))
        .routes(routes!(suppressions::upload))
        .routes(routes!(suppressions::remove))
        .routes(routes!(erasures::list, erasures::create))
        .routes(routes!(erasures::show))
        .routes(routes!(operator::settings::show, operator::settings::edit))
        .routes(routes!(operator::workspaces::list, operator::workspaces::create))
        .routes(routes!(operator::workspaces::show, operator::workspaces::edit))
        .routes(routes!(operator::workspaces::numbers, operator::workspaces::add_number))
        .routes(routes!(operator::workspaces::groups, operator::workspaces::switch_groups))
        .routes(routes!(operator::groups::list, operator::groups::create))
        .routes(routes!(operator::groups::replace, operator::groups::remove))
        .routes(routes!(operator::kyc::list))
        .routes(routes!(operator::kyc::decide))
        .routes(routes!(audit_log::list))
        .routes(routes!(audit_log::list_all))
}
