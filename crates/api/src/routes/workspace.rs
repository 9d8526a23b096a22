//! `/v1/workspace`: the workspace of the key.

use axum::{Json, extract::State};
use campanile_rules::{
    ids::{PhoneNumberId, WorkspaceId},
    time::Timestamp,
};
use campanile_service::fields::{self, Mistake};
use campanile_store::{StoreError, WorkspaceRecord};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::{
    app::App,
    http::{
        auth::{Admin, Read},
        extract::Document,
        openapi::bodies,
        problem::{Answer, Problem},
    },
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
    /// The caller ID of batches that name none; null means its first one.
    pub default_phone_number_id: Option<PhoneNumberId>,
    /// For how many days a batch is kept after its end; null means for ever.
    pub keep_batches_days: Option<u32>,
    /// When it was made.
    pub created_at: Timestamp,
}

/// The changeable fields of a workspace.
#[derive(Debug, Deserialize)]
pub struct WorkspaceEdit {
    /// Calls at once, ringing ones included.
    pub max_concurrent_calls: Option<u32>,
    /// The caller ID of batches that name none.
    pub default_phone_number_id: Option<PhoneNumberId>,
    /// For how many days a batch is kept after its end.
    pub keep_batches_days: Option<u32>,
}

impl From<WorkspaceRecord> for WorkspaceView {
    fn from(record: WorkspaceRecord) -> WorkspaceView {
        WorkspaceView {
            id: record.id,
            name: record.name,
            max_concurrent_calls: record.max_concurrent_calls,
            default_phone_number_id: record.default_phone_number,
            keep_batches_days: record.keep_batches_days,
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

/// Changes how many calls the workspace may have at once, its default caller ID, or for how long its
/// batches are kept.
#[utoipa::path(patch, path = "/workspace", operation_id = "edit_workspace", tag = "Workspace",
    request_body = bodies::WorkspaceEdit,
    security(("key" = ["admin"])),
    responses((status = 200, description = "The workspace as it is now.", body = WorkspaceView)))]
pub async fn edit(
    State(app): State<App>,
    Admin(caller): Admin,
    Document(body): Document,
) -> Answer<Json<WorkspaceView>> {
    Ok(Json(change(&app.by(&caller), caller.workspace, body).await?.into()))
}

/// Applies the changes in `body` to a workspace.
pub async fn change(app: &App, workspace: WorkspaceId, body: Value) -> Answer<WorkspaceRecord> {
    let keeps_for_ever = body.get("keep_batches_days").is_some_and(Value::is_null);
    let edit: WorkspaceEdit = fields::read(body, fields::WORKSPACE)?;
    let store = &app.store;
    store.workspace(workspace).await?;
    if let Some(number) = edit.default_phone_number_id {
        store.set_default_phone_number(workspace, number).await.map_err(|error| match error {
            StoreError::NotFound(what) => {
                let detail =
                    format!("there is no {what}; GET /v1/phone-numbers lists what there is");
                Problem::invalid(vec![Mistake::new("/default_phone_number_id", detail)])
            }
            error => error.into(),
        })?;
    }
    if let Some(limit) = edit.max_concurrent_calls {
        store.set_workspace_limit(workspace, limit).await?;
    }
    if edit.keep_batches_days.is_some() || keeps_for_ever {
        store.set_keep_batches_days(workspace, edit.keep_batches_days).await?;
    }
    Ok(store.workspace(workspace).await?)
}
