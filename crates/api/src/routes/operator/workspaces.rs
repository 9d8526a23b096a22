//! `/v1/operator/workspaces`: all workspaces, and their properties that only the operator sets.

use axum::{Json, extract::State, http::StatusCode};
use campanile_rules::{
    ids::{PhoneNumberId, TrunkId, WorkspaceId},
    time::Timestamp,
};
use campanile_service::fields::{self, Mistake};
use campanile_store::{DailyUsage, WorkspaceRecord};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    app::App,
    http::{
        auth::Operator,
        extract::{Asked, Document, Id, Ids},
        openapi::bodies::{self, GroupSwitch},
        page::Items,
        problem::{Answer, Problem},
    },
    routes::{
        network_groups::{self, GroupList, GroupView},
        phone_numbers::{NewPhoneNumber, PhoneNumberView},
        workspace::{self, WorkspaceView},
    },
};

/// A workspace with what it used today of its daily limits for other countries.
#[derive(Debug, Serialize, ToSchema)]
pub struct WorkspaceDetail {
    /// The workspace.
    #[serde(flatten)]
    pub workspace: WorkspaceView,
    /// Its use of today, UTC.
    pub today: UsageView,
}

/// What a workspace used of its daily limits for other countries.
#[derive(Debug, Serialize, ToSchema)]
pub struct UsageView {
    /// Attempts.
    pub attempts: u64,
    /// Minutes talked; a call counts when it is over.
    pub minutes: f64,
    /// When the first call had to wait for the next day.
    pub limit_reached_at: Option<Timestamp>,
}

impl From<DailyUsage> for UsageView {
    fn from(usage: DailyUsage) -> UsageView {
        UsageView {
            attempts: usage.attempts,
            minutes: usage.talk_ms as f64 / 60_000.0,
            limit_reached_at: usage.reached_at,
        }
    }
}

#[derive(Debug, Deserialize)]
struct NewWorkspace {
    name: String,
    max_concurrent_calls: Option<u32>,
}

/// Lists every workspace.
#[utoipa::path(get, path = "/operator/workspaces", operation_id = "list_workspaces", tag = "Operator",
    security(("key" = ["operator"])),
    responses((status = 200, description = "All of them, oldest first.", body = Items<WorkspaceView>)))]
pub async fn list(
    State(app): State<App>,
    Operator(_): Operator,
) -> Answer<Json<Items<WorkspaceView>>> {
    Ok(Items::json(app.store.list_workspaces().await?))
}

/// Makes a workspace; it may call the default groups.
#[utoipa::path(post, path = "/operator/workspaces", operation_id = "create_workspace", tag = "Operator",
    request_body = bodies::NewWorkspace,
    security(("key" = ["operator"])),
    responses((status = 201, description = "Made.", body = WorkspaceView),
        (status = 409, description = "The name is taken.")))]
pub async fn create(
    State(app): State<App>,
    Operator(caller): Operator,
    Document(body): Document,
) -> Answer<(StatusCode, Json<WorkspaceView>)> {
    let NewWorkspace { name, max_concurrent_calls } = fields::read(body, fields::NEW_WORKSPACE)?;
    let store = app.creating(&caller, "/v1/made/workspaces").store;
    let made = store.create_workspace(&name, max_concurrent_calls, store.now()).await?;
    Ok((StatusCode::CREATED, Json(made.into())))
}

/// Shows a workspace as [`create`] answers.
pub async fn show_made(
    State(app): State<App>,
    Operator(_): Operator,
    Id(id): Id<WorkspaceId>,
) -> Answer<Json<WorkspaceView>> {
    Ok(Json(app.store.workspace(id).await?.into()))
}

/// Shows a workspace.
#[utoipa::path(get, path = "/operator/workspaces/{id}", operation_id = "show_any_workspace", tag = "Operator",
    params(Id<WorkspaceId>),
    security(("key" = ["operator"])),
    responses((status = 200, description = "The workspace.", body = WorkspaceDetail)))]
pub async fn show(
    State(app): State<App>,
    Operator(_): Operator,
    Id(id): Id<WorkspaceId>,
) -> Answer<Json<WorkspaceDetail>> {
    let record = app.store.workspace(id).await?;
    detail(&app, record).await
}

/// Changes how many calls a workspace may have at once, its default caller ID, or for how long its
/// batches are kept.
#[utoipa::path(patch, path = "/operator/workspaces/{id}", operation_id = "edit_any_workspace", tag = "Operator",
    params(Id<WorkspaceId>),
    request_body = bodies::WorkspaceEdit,
    security(("key" = ["operator"])),
    responses((status = 200, description = "The workspace as it is now.", body = WorkspaceDetail)))]
pub async fn edit(
    State(app): State<App>,
    Operator(caller): Operator,
    Id(id): Id<WorkspaceId>,
    Document(body): Document,
) -> Answer<Json<WorkspaceDetail>> {
    let record = workspace::change(&app.by(&caller), id, body).await?;
    detail(&app, record).await
}

async fn detail(app: &App, record: WorkspaceRecord) -> Answer<Json<WorkspaceDetail>> {
    let today = app.store.daily_usage(record.id, app.store.now()).await?.into();
    Ok(Json(WorkspaceDetail { workspace: record.into(), today }))
}

/// Lists the caller IDs of a workspace.
#[utoipa::path(get, path = "/operator/workspaces/{id}/phone-numbers", operation_id = "list_workspace_phone_numbers", tag = "Operator",
    params(Id<WorkspaceId>),
    security(("key" = ["operator"])),
    responses((status = 200, description = "All of them.", body = Items<PhoneNumberView>)))]
pub async fn numbers(
    State(app): State<App>,
    Operator(_): Operator,
    Id(id): Id<WorkspaceId>,
) -> Answer<Json<Items<PhoneNumberView>>> {
    app.store.workspace(id).await?;
    Ok(Items::json(app.store.list_phone_numbers(id).await?))
}

/// Gives a workspace a caller ID, on a managed trunk or on one of its own.
#[utoipa::path(post, path = "/operator/workspaces/{id}/phone-numbers", operation_id = "give_phone_number", tag = "Operator",
    params(Id<WorkspaceId>),
    request_body = bodies::NewPhoneNumber,
    security(("key" = ["operator"])),
    responses((status = 201, description = "Given.", body = PhoneNumberView),
        (status = 409, description = "The workspace has the number already.")))]
pub async fn add_number(
    State(app): State<App>,
    Operator(caller): Operator,
    Id(id): Id<WorkspaceId>,
    Document(body): Document,
) -> Answer<(StatusCode, Json<PhoneNumberView>)> {
    let new: NewPhoneNumber = fields::read(body, fields::PHONE_NUMBER)?;
    app.store.workspace(id).await?;
    let number = fields::number("/phone_number", &new.phone_number)?;
    let trunk: TrunkId = new.trunk_id;
    if app.store.trunk_for_operator(id, trunk).await.is_err() {
        let detail = format!("there is no {trunk}; GET /v1/trunks lists the managed ones");
        return Err(Problem::invalid(vec![Mistake::new("/trunk_id", detail)]));
    }
    let store = app.creating(&caller, &format!("/v1/made/workspaces/{id}/phone-numbers")).store;
    let added = store.add_phone_number(id, (number, new.label), Some(trunk), store.now()).await?;
    Ok((StatusCode::CREATED, Json(added.into())))
}

/// Shows a caller ID of a workspace.
pub async fn show_number(
    State(app): State<App>,
    Operator(_): Operator,
    Ids(workspace, number): Ids<WorkspaceId, PhoneNumberId>,
) -> Answer<Json<PhoneNumberView>> {
    Ok(Json(app.store.phone_number(workspace, number).await?.into()))
}

/// Lists the network groups, and which of them a workspace may call.
#[utoipa::path(get, path = "/operator/workspaces/{id}/network-groups", operation_id = "list_workspace_network_groups", tag = "Operator",
    params(Id<WorkspaceId>, Asked<network_groups::GroupQuery>),
    security(("key" = ["operator"])),
    responses((status = 200, description = "A page of them.", body = GroupList)))]
pub async fn groups(
    State(app): State<App>,
    Operator(_): Operator,
    Id(id): Id<WorkspaceId>,
    Asked(query): Asked<network_groups::GroupQuery>,
) -> Answer<Json<GroupList>> {
    app.store.workspace(id).await?;
    network_groups::page(&app, id, query).await.map(Json)
}

/// Switches groups of a workspace on and off.
#[utoipa::path(patch, path = "/operator/workspaces/{id}/network-groups", operation_id = "switch_workspace_network_groups", tag = "Operator",
    params(Id<WorkspaceId>),
    request_body = GroupSwitch,
    security(("key" = ["operator"])),
    responses((status = 200, description = "The groups that were named, as they are now.", body = Items<GroupView>)))]
pub async fn switch_groups(
    State(app): State<App>,
    Operator(caller): Operator,
    Id(id): Id<WorkspaceId>,
    Document(body): Document,
) -> Answer<Json<Items<GroupView>>> {
    app.store.workspace(id).await?;
    network_groups::switch_for(&app, &caller, id, body).await
}
