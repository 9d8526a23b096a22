//! `/healthz` and `/readyz`: for whoever watches the process. They need no key.

use axum::{Json, extract::State};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    app::App,
    problem::{Answer, Problem},
};

/// How the process is.
#[derive(Debug, Serialize, ToSchema)]
pub struct Health {
    /// `ok` or `ready`.
    pub status: &'static str,
}

/// The process answers.
#[utoipa::path(get, path = "/healthz", operation_id = "show_health", tag = "Server",
    responses((status = 200, description = "The process answers.", body = Health)))]
pub async fn alive() -> Json<Health> {
    Json(Health { status: "ok" })
}

/// The database answers, so batches can be dialed.
#[utoipa::path(get, path = "/readyz", operation_id = "show_readiness", tag = "Server",
    responses((status = 200, description = "The database answers.", body = Health), (status = 503, description = "It does not.")))]
pub async fn ready(State(app): State<App>) -> Answer<Json<Health>> {
    app.store.list_workspaces().await.map_err(|error| {
        tracing::error!(%error, "not ready");
        Problem::unavailable("The database does not answer; the server's log says why.")
    })?;
    Ok(Json(Health { status: "ready" }))
}
