//! The answer to a POST that made something and died before it answered: what was made, as it is.

use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use campanile_rules::ids::{AgentId, BatchId};

use crate::{
    agents, api_keys,
    app::App,
    auth::{Caller, Read},
    batches,
    extract::{Id, IdAndNumber},
    phone_numbers,
    problem::{Answer, Problem},
    trunks, webhooks,
};

/// Answers with what was made, such as `trunk_3`, as the audit log names it.
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
        return Ok(phone_numbers::show(State(app), Read(caller), Id(id)).await?.into_response());
    }
    if let Ok(id) = made.parse() {
        return Ok(trunks::show(State(app), Read(caller), Id(id)).await?.into_response());
    }
    if let Ok(id) = made.parse() {
        return Ok(webhooks::show(State(app), Read(caller), Id(id)).await?.into_response());
    }
    if made.starts_with("key_") {
        return Ok(api_keys::shown(&app, &caller, made).await?.into_response());
    }
    Err(Problem::internal(format!("{made} was made, but nothing shows it")))
}
