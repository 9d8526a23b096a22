//! `/healthz` and `/readyz`: for whoever watches the process. They need no key.

use axum::{Json, extract::State};
use serde_json::{Value, json};

use crate::{
    app::App,
    problem::{Answer, Problem},
};

/// The process answers.
pub async fn alive() -> Json<Value> {
    Json(json!({"status": "ok"}))
}

/// The database answers, so batches can be dialed.
pub async fn ready(State(app): State<App>) -> Answer<Json<Value>> {
    app.store.list_workspaces().await.map_err(|error| {
        tracing::error!(%error, "not ready");
        Problem::unavailable("The database does not answer; the server's log says why.")
    })?;
    Ok(Json(json!({"status": "ready"})))
}
