//! `/v1/workspace`: the workspace of the key.

use axum::{Json, extract::State};
use campanile_rules::{ids::WorkspaceId, time::Timestamp};
use campanile_store::WorkspaceRecord;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    app::App,
    auth::{Admin, Read},
    extract::Document,
    fields,
    openapi::bodies,
    problem::Answer,
};

/// The workspace as it is shown.
#[derive(Debug, Serialize, ToSchema)]
pub struct WorkspaceView {
    /// Its identity.
    pub id: WorkspaceId,
    /// Its name.
    pub name: String,
    /// Calls at once, ringing ones included.
    pub max_concurrent_calls: u32,
    /// When it was made.
    pub created_at: Timestamp,
}

/// What may be changed.
#[derive(Debug, Deserialize)]
pub struct WorkspaceEdit {
    /// Calls at once, ringing ones included.
    pub max_concurrent_calls: u32,
}

impl From<WorkspaceRecord> for WorkspaceView {
    fn from(record: WorkspaceRecord) -> WorkspaceView {
        WorkspaceView {
            id: record.id,
            name: record.name,
            max_concurrent_calls: record.max_concurrent_calls,
            created_at: record.created_at,
        }
    }
}

/// Shows the workspace of the key.
#[utoipa::path(get, path = "/workspace", operation_id = "show_workspace", tag = "Workspace",
    security(("key" = ["read"])),
    responses((status = 200, description = "The workspace.", body = WorkspaceView)))]
pub async fn show(State(app): State<App>, Read(caller): Read) -> Answer<Json<WorkspaceView>> {
    Ok(Json(app.store.workspace(caller.workspace).await?.into()))
}

/// Changes how many calls the workspace may have at once.
#[utoipa::path(patch, path = "/workspace", operation_id = "edit_workspace", tag = "Workspace",
    request_body = bodies::WorkspaceEdit,
    security(("key" = ["admin"])),
    responses((status = 200, description = "The workspace as it is now.", body = WorkspaceView)))]
pub async fn edit(
    State(app): State<App>,
    Admin(caller): Admin,
    Document(body): Document,
) -> Answer<Json<WorkspaceView>> {
    let app = app.by(&caller);
    let WorkspaceEdit { max_concurrent_calls: limit } = fields::read(body, fields::WORKSPACE)?;
    let record = app.store.set_workspace_limit(caller.workspace, limit).await?;
    app.engine.workspace_changed(record.id, record.max_concurrent_calls);
    Ok(Json(record.into()))
}
