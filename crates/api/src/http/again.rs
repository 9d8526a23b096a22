//! The response to a repeated POST whose first try created an object but died before it answered.
//! It shows the object as it is now.

use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use campanile_rules::ids::{AgentId, BatchId, PhoneNumberId, WorkspaceId};
use campanile_store::KeyScope;

use crate::{
    app::App,
    http::{
        auth::{Admin, Caller, Read},
        extract::{Id, IdAndNumber},
        problem::{Answer, Problem},
    },
    routes::{
        agents, api_keys, batches, erasures, operator::groups::CustomGroupView,
        phone_numbers::PhoneNumberView, sounds, trunks, webhooks, workspace::WorkspaceView,
    },
};

/// The 201 response for the created object. `made` is its name in the audit log, such as `trunk_3`.
pub async fn answer(app: App, caller: Caller, made: String) -> Response {
    match shown(app, caller, &made).await {
        Ok(mut answer) => {
            *answer.status_mut() = StatusCode::CREATED;
            answer
        }
        Err(problem) => problem.into_response(),
    }
}

async fn shown(app: App, caller: Caller, made: &str) -> Answer<Response> {
    if let Ok(id) = made.parse::<BatchId>() {
        app.engine.batch_changed(id).await?;
        return Ok(batches::show(State(app), Read(caller), Id(id)).await?.into_response());
    }
    if let Some((agent, number)) = made.split_once(" version ")
        && let (Ok(agent), Ok(number)) = (agent.parse::<AgentId>(), number.parse())
    {
        let version = IdAndNumber(agent, number);
        return Ok(agents::version(State(app), Read(caller), version).await?.into_response());
    }
    if let Ok(id) = made.parse() {
        return Ok(agents::show(State(app), Read(caller), Id(id)).await?.into_response());
    }
    if let Ok(id) = made.parse() {
        let workspace = owner(&app, &caller, id).await?;
        let number = app.store.phone_number(workspace, id).await?;
        return Ok(Json(PhoneNumberView::from(number)).into_response());
    }
    if let Ok(id) = made.parse() {
        return Ok(trunks::show(State(app), Read(caller), Id(id)).await?.into_response());
    }
    if let Ok(id) = made.parse() {
        return Ok(erasures::show(State(app), Admin(caller), Id(id)).await?.into_response());
    }
    if let Ok(id) = made.parse() {
        return Ok(sounds::show(State(app), Read(caller), Id(id)).await?.into_response());
    }
    if let Ok(id) = made.parse() {
        return Ok(webhooks::show(State(app), Read(caller), Id(id)).await?.into_response());
    }
    if made.starts_with("key_") {
        return Ok(api_keys::shown(&app, &caller, made).await?.into_response());
    }
    if caller.scope >= KeyScope::Operator {
        if let Ok(id) = made.parse::<WorkspaceId>() {
            let workspace = app.store.workspace(id).await?;
            return Ok(Json(WorkspaceView::from(workspace)).into_response());
        }
        let groups = app.store.custom_groups().await?;
        if let Some(group) = groups.into_iter().find(|group| group.id().to_string() == made) {
            return Ok(Json(CustomGroupView::from(group)).into_response());
        }
    }
    Err(Problem::internal(format!("{made} was made, but nothing shows it")))
}

/// The workspace of a phone number. An operator also gives numbers to other workspaces.
async fn owner(app: &App, caller: &Caller, id: PhoneNumberId) -> Answer<WorkspaceId> {
    if caller.scope >= KeyScope::Operator {
        for workspace in app.store.list_workspaces().await? {
            if app.store.phone_number(workspace.id, id).await.is_ok() {
                return Ok(workspace.id);
            }
        }
    }
    Ok(caller.workspace)
}
