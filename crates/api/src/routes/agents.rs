//! `/v1/agents`: agents and their versions. A version is a draft until it is published; a published
//! version never changes.

use axum::{Json, body::Body, extract::State, http::StatusCode, response::Response};
use campanile_files::import::example_file;
use campanile_rules::{agent::AgentVersion, ids::AgentId, time::Timestamp};
use campanile_service::fields;
use campanile_store::{AgentRecord, AgentVersionRecord};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    app::App,
    http::{
        auth::{Admin, Caller, Read},
        download,
        extract::{Document, Id, IdAndNumber},
        openapi::bodies::{AgentEdit, NewAgent, NewAgentVersion},
        page::Items,
        problem::{Answer, Problem},
    },
};

/// An agent as it is shown in lists.
#[derive(Debug, Serialize, ToSchema)]
pub struct AgentView {
    /// Its identity.
    pub id: AgentId,
    /// A label for people.
    pub name: String,
    /// Number of its newest version.
    pub latest_version: u32,
    /// Number of its newest published version; null when none is published.
    pub published_version: Option<u32>,
    /// When it was made.
    pub created_at: Timestamp,
}

/// The changeable fields of an agent.
#[derive(Debug, Deserialize)]
struct Renamed {
    name: String,
}

/// An agent with its newest version.
#[derive(Debug, Serialize, ToSchema)]
pub struct AgentWithVersion {
    /// The agent.
    #[serde(flatten)]
    pub agent: AgentView,
    /// Its newest version.
    pub version: VersionView,
}

/// A version as it is shown.
#[derive(Debug, Serialize, ToSchema)]
pub struct VersionView {
    /// From 1, without gaps.
    pub number: u32,
    /// `draft` or `published`.
    pub status: &'static str,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was published.
    pub published_at: Option<Timestamp>,
    /// The places of the secrets that are stored, as JSON Pointers (RFC 6901); their values are never
    /// shown.
    pub secrets: Vec<String>,
    /// What it says and how it behaves.
    #[serde(flatten)]
    pub settings: AgentVersion,
}

impl From<AgentRecord> for AgentView {
    fn from(record: AgentRecord) -> AgentView {
        AgentView {
            id: record.id,
            name: record.name,
            latest_version: record.latest_version,
            published_version: record.published_version,
            created_at: record.created_at,
        }
    }
}

impl From<AgentVersionRecord> for VersionView {
    fn from(record: AgentVersionRecord) -> VersionView {
        VersionView {
            number: record.number,
            status: if record.published { "published" } else { "draft" },
            created_at: record.created_at,
            published_at: record.published_at,
            secrets: record.settings.secrets(),
            settings: record.settings,
        }
    }
}

/// Lists the agents of the workspace.
#[utoipa::path(get, path = "/agents", operation_id = "list_agents", tag = "Agents",
    security(("key" = ["read"])),
    responses((status = 200, description = "All of them.", body = Items<AgentView>)))]
pub async fn list(State(app): State<App>, Read(caller): Read) -> Answer<Json<Items<AgentView>>> {
    Ok(Items::json(app.store.list_agents(caller.workspace).await?))
}

/// Makes an agent with draft version 1 from one body.
#[utoipa::path(post, path = "/agents", operation_id = "create_agent", tag = "Agents",
    request_body = NewAgent,
    security(("key" = ["admin"])),
    responses((status = 201, description = "Made.", body = AgentWithVersion)))]
pub async fn create(
    State(app): State<App>,
    Admin(caller): Admin,
    Document(body): Document,
) -> Answer<(StatusCode, Json<AgentWithVersion>)> {
    let app = app.creating(&caller, "/v1/agents");
    let new = fields::agent(body)?;
    app.service().check_draft(caller.workspace, &new.version).await?;
    let made =
        app.store.create_agent(caller.workspace, &new.name, new.version, app.store.now()).await?;
    let view = AgentWithVersion { agent: made.0.into(), version: made.1.into() };
    Ok((StatusCode::CREATED, Json(view)))
}

/// Shows an agent with its newest version.
#[utoipa::path(get, path = "/agents/{id}", operation_id = "show_agent", tag = "Agents",
    params(Id<AgentId>),
    security(("key" = ["read"])),
    responses((status = 200, description = "The agent.", body = AgentWithVersion)))]
pub async fn show(
    State(app): State<App>,
    Read(caller): Read,
    Id(id): Id<AgentId>,
) -> Answer<Json<AgentWithVersion>> {
    let agent = app.store.agent(caller.workspace, id).await?;
    let version = app.store.agent_version(caller.workspace, id, agent.latest_version).await?;
    Ok(Json(AgentWithVersion { agent: agent.into(), version: version.into() }))
}

/// Gives an agent another name.
#[utoipa::path(patch, path = "/agents/{id}", operation_id = "edit_agent", tag = "Agents",
    params(Id<AgentId>),
    request_body = AgentEdit,
    security(("key" = ["admin"])),
    responses((status = 200, description = "The agent as it is now.", body = AgentView)))]
pub async fn edit(
    State(app): State<App>,
    Admin(caller): Admin,
    Id(id): Id<AgentId>,
    Document(body): Document,
) -> Answer<Json<AgentView>> {
    let app = app.by(&caller);
    let Renamed { name } = fields::read(body, fields::AGENT_EDIT)?;
    Ok(Json(app.store.rename_agent(caller.workspace, id, &name).await?.into()))
}

/// Deletes an agent that no batch has used.
#[utoipa::path(delete, path = "/agents/{id}", operation_id = "delete_agent", tag = "Agents",
    params(Id<AgentId>),
    security(("key" = ["admin"])),
    responses((status = 204, description = "It is gone."),
        (status = 409, description = "A batch has used it.")))]
pub async fn remove(
    State(app): State<App>,
    Admin(caller): Admin,
    Id(id): Id<AgentId>,
) -> Answer<StatusCode> {
    app.by(&caller).store.remove_agent(caller.workspace, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Lists the versions of an agent.
#[utoipa::path(get, path = "/agents/{id}/versions", operation_id = "list_agent_versions", tag = "Agents",
    params(Id<AgentId>),
    security(("key" = ["read"])),
    responses((status = 200, description = "All of them, oldest first.", body = Items<VersionView>)))]
pub async fn versions(
    State(app): State<App>,
    Read(caller): Read,
    Id(id): Id<AgentId>,
) -> Answer<Json<Items<VersionView>>> {
    Ok(Items::json(app.store.agent_versions(caller.workspace, id).await?))
}

/// Adds a draft version with the next number.
#[utoipa::path(post, path = "/agents/{id}/versions", operation_id = "add_agent_version", tag = "Agents",
    params(Id<AgentId>),
    request_body = NewAgentVersion,
    security(("key" = ["admin"])),
    responses((status = 201, description = "Added.", body = VersionView)))]
pub async fn add_version(
    State(app): State<App>,
    Admin(caller): Admin,
    Id(id): Id<AgentId>,
    Document(body): Document,
) -> Answer<(StatusCode, Json<VersionView>)> {
    let app = app.creating(&caller, &format!("/v1/agents/{id}/versions"));
    let mut version = fields::agent_version(body)?;
    let newest = app.store.agent(caller.workspace, id).await?.latest_version;
    let former = app.store.agent_version(caller.workspace, id, newest).await?.settings;
    app.service().check_edit(caller.workspace, &mut version, &former).await?;
    let record =
        app.store.add_agent_version(caller.workspace, id, version, app.store.now()).await?;
    Ok((StatusCode::CREATED, Json(record.into())))
}

/// Shows one version.
#[utoipa::path(get, path = "/agents/{id}/versions/{n}", operation_id = "show_agent_version", tag = "Agents",
    params(IdAndNumber<AgentId>),
    security(("key" = ["read"])),
    responses((status = 200, description = "The version.", body = VersionView)))]
pub async fn version(
    State(app): State<App>,
    Read(caller): Read,
    IdAndNumber(id, number): IdAndNumber<AgentId>,
) -> Answer<Json<VersionView>> {
    Ok(Json(app.store.agent_version(caller.workspace, id, number).await?.into()))
}

/// Replaces what a draft says.
#[utoipa::path(put, path = "/agents/{id}/versions/{n}", operation_id = "replace_agent_version", tag = "Agents",
    params(IdAndNumber<AgentId>),
    request_body = NewAgentVersion,
    security(("key" = ["admin"])),
    responses((status = 200, description = "The version as it is now.", body = VersionView),
        (status = 409, description = "The version is published and never changes.")))]
pub async fn replace_version(
    State(app): State<App>,
    Admin(caller): Admin,
    IdAndNumber(id, number): IdAndNumber<AgentId>,
    Document(body): Document,
) -> Answer<Json<VersionView>> {
    let app = app.by(&caller);
    let mut version = fields::agent_version(body)?;
    let former = app.store.agent_version(caller.workspace, id, number).await?.settings;
    app.service().check_edit(caller.workspace, &mut version, &former).await?;
    let record = app.store.update_agent_version(caller.workspace, (id, number), version).await?;
    Ok(Json(record.into()))
}

/// Publishes a version; from then on it never changes and batches may use it.
#[utoipa::path(post, path = "/agents/{id}/versions/{n}/publish", operation_id = "publish_agent_version", tag = "Agents",
    params(IdAndNumber<AgentId>),
    security(("key" = ["admin"])),
    responses((status = 200, description = "The published version.", body = VersionView),
        (status = 409, description = "It cannot be spoken; the errors name its fields.")))]
pub async fn publish(
    State(app): State<App>,
    Admin(caller): Admin,
    IdAndNumber(id, number): IdAndNumber<AgentId>,
) -> Answer<Json<VersionView>> {
    let app = app.by(&caller);
    Ok(Json(app.service().publish(caller.workspace, (id, number)).await?.into()))
}

/// The file that a version would like to get: a column for each placeholder, and one example row.
#[utoipa::path(get, path = "/agents/{id}/versions/{n}/template.csv", operation_id = "download_version_template", tag = "Agents",
    params(IdAndNumber<AgentId>),
    security(("key" = ["read"])),
    responses((status = 200, description = "The header, and one example row.", content_type = "text/csv", body = String)))]
pub async fn version_template(
    State(app): State<App>,
    Read(caller): Read,
    IdAndNumber(id, number): IdAndNumber<AgentId>,
) -> Answer<Response> {
    let version = app.store.agent_version(caller.workspace, id, number).await?;
    template(&app, &caller, version).await
}

/// The file that the latest published version would like to get.
#[utoipa::path(get, path = "/agents/{id}/template.csv", operation_id = "download_template", tag = "Agents",
    params(Id<AgentId>),
    security(("key" = ["read"])),
    responses((status = 200, description = "The header, and one example row.", content_type = "text/csv", body = String)))]
pub async fn latest_template(
    State(app): State<App>,
    Read(caller): Read,
    Id(id): Id<AgentId>,
) -> Answer<Response> {
    let published = app.store.latest_published(caller.workspace, id).await?;
    let version = published.ok_or_else(|| {
        Problem::not_found(format!(
            "{id} has no published version; publish one, or ask for the file of a version."
        ))
    })?;
    template(&app, &caller, version).await
}

async fn template(app: &App, caller: &Caller, version: AgentVersionRecord) -> Answer<Response> {
    let agent = app.store.agent(caller.workspace, version.agent).await?;
    let what = format!("version {} template.csv", version.number);
    let body = Body::from(example_file(&version.settings));
    Ok(download::file(download::CSV, (&agent.name, &what), body))
}
