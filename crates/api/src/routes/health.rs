//! `/healthz` and `/readyz`, for monitoring. They need no key.

use std::time::Duration;

use axum::{Json, extract::State};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    app::App,
    http::problem::{Answer, Problem},
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

/// How long the disk may take to write a page.
const PATIENCE: Duration = Duration::from_secs(5);

/// The database can be read and written, so batches can be dialed.
#[utoipa::path(get, path = "/readyz", operation_id = "show_readiness", tag = "Server",
    responses((status = 200, description = "The database can be written.", body = Health), (status = 503, description = "It cannot; the detail says why.")))]
pub async fn ready(State(app): State<App>) -> Answer<Json<Health>> {
    let proven = async {
        app.store.prove_writable().await?;
        app.store.list_workspaces().await
    };
    match tokio::time::timeout(PATIENCE, proven).await {
        Ok(Ok(_)) => Ok(Json(Health { status: "ready" })),
        Ok(Err(error)) => Err(error.into()),
        Err(_) => {
            let seconds = PATIENCE.as_secs();
            Err(Problem::of_disk(format!("the disk did not answer within {seconds} s")))
        }
    }
}
