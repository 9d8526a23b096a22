//! `/agents2`. The package cannot publish versions, so new and changed agents are published at
//! once.

use axum::{Json, extract::State, http::StatusCode};
use campanile_rules::{ids::AgentId, time::Timestamp};
use campanile_service::fields;
use campanile_store::{AgentRecord, AgentVersionRecord};
use serde::Serialize;
use serde_json::{Value, json};

use super::{Data, Page, member};
use crate::{
    app::App,
    http::{
        auth::{Admin, Read},
        extract::{Document, Id},
        problem::{Answer, Problem},
    },
};

/// Our JSON pointers and the package's names for them.
const NAMES: &[(&str, &str)] = &[
    ("/name", "/title"),
    ("/prompt", "/prompts/prompt_text"),
    ("/first_message", "/prompts/welcome_message"),
];

/// An agent in the package's shape.
#[derive(Debug, Serialize)]
pub struct Agent {
    id: AgentId,
    agent_id: AgentId,
    title: String,
    version_number: u32,
    status: &'static str,
    prompts: Prompts,
    language: String,
    created_at: Timestamp,
}

/// The script of an agent.
#[derive(Debug, Serialize)]
struct Prompts {
    prompt_text: String,
    welcome_message: String,
}

impl Agent {
    fn new(agent: AgentRecord, version: AgentVersionRecord) -> Agent {
        let says = version.settings;
        Agent {
            id: agent.id,
            agent_id: agent.id,
            title: agent.name,
            version_number: version.number,
            status: if version.published { "published" } else { "draft" },
            prompts: Prompts { prompt_text: says.prompt, welcome_message: says.first_message },
            language: says.language,
            created_at: agent.created_at,
        }
    }
}

/// Converts the package's body to ours. Missing members keep their value from `base`.
fn ours(body: &Value, mut base: Value) -> Value {
    for (pointer, theirs) in NAMES.iter().chain(&[("/language", "/language")]) {
        let path: Vec<&str> = theirs.split('/').skip(1).collect();
        let value = member(body, &path);
        if !value.is_null() {
            base[&pointer[1..]] = value.clone();
        }
    }
    base
}

/// Creates an agent and publishes its first version.
pub async fn create(
    State(app): State<App>,
    Admin(caller): Admin,
    Document(body): Document,
) -> Answer<(StatusCode, Json<Data<Agent>>)> {
    let app = app.by(&caller);
    let new = fields::agent(ours(&body, json!({})))
        .map_err(|found| Problem::invalid(found).renamed(NAMES))?;
    let spoken = app.service().check_to_publish(caller.workspace, &new.version).await;
    spoken.map_err(|error| Problem::from(error).renamed(NAMES))?;
    let store = &app.store;
    let (agent, version) =
        store.create_agent(caller.workspace, &new.name, new.version, store.now()).await?;
    let version = (agent.id, version.number);
    let version = store.publish_agent_version(caller.workspace, version, store.now()).await?;
    Ok((StatusCode::CREATED, Json(Data { data: Agent::new(agent, version) })))
}

/// The agents of the workspace, each with its newest version.
pub async fn list(State(app): State<App>, Read(caller): Read) -> Answer<Json<Page<Agent>>> {
    let mut agents = Vec::new();
    for agent in app.store.list_agents(caller.workspace).await? {
        let (id, newest) = (agent.id, agent.latest_version);
        let version = app.store.agent_version(caller.workspace, id, newest).await?;
        agents.push(Agent::new(agent, version));
    }
    let limit = agents.len().max(1) as u32;
    Ok(Json(Page::of(agents, (1, limit))))
}

/// An agent with its newest version.
pub async fn show(
    State(app): State<App>,
    Read(caller): Read,
    Id(id): Id<AgentId>,
) -> Answer<Json<Data<Agent>>> {
    let agent = app.store.agent(caller.workspace, id).await?;
    let version = app.store.agent_version(caller.workspace, id, agent.latest_version).await?;
    Ok(Json(Data { data: Agent::new(agent, version) }))
}

/// Changes an agent. Published versions never change, so this publishes a new version based on the
/// named or the newest one.
pub async fn edit(
    State(app): State<App>,
    Admin(caller): Admin,
    Id(id): Id<AgentId>,
    Document(body): Document,
) -> Answer<Json<Data<Agent>>> {
    let app = app.by(&caller);
    let store = &app.store;
    let agent = store.agent(caller.workspace, id).await?;
    let named = body["version_number"].as_u64().and_then(|n| u32::try_from(n).ok());
    let base = named.unwrap_or(agent.latest_version);
    let base = store.agent_version(caller.workspace, id, base).await?;
    let before = serde_json::to_value(&base.settings).unwrap_or_default();
    let mut after = ours(&body, before.clone());
    let title = after.as_object_mut().and_then(|after| after.shift_remove("name"));
    let agent = match title {
        Some(title) => {
            let title = fields::read::<Title>(json!({ "name": title }), &fields::AGENT[..1]);
            let title = title.map_err(|found| Problem::invalid(found).renamed(NAMES))?.name;
            store.rename_agent(caller.workspace, id, &title).await?
        }
        None => agent,
    };
    if after == before {
        return Ok(Json(Data { data: Agent::new(agent, base) }));
    }
    let mut version =
        fields::agent_version(after).map_err(|found| Problem::invalid(found).renamed(NAMES))?;
    version.keep_secrets(&base.settings);
    let spoken = app.service().check_to_publish(caller.workspace, &version).await;
    spoken.map_err(|error| Problem::from(error).renamed(NAMES))?;
    let added = store.add_agent_version(caller.workspace, id, version, store.now()).await?;
    let version =
        store.publish_agent_version(caller.workspace, (id, added.number), store.now()).await?;
    Ok(Json(Data { data: Agent::new(agent, version) }))
}

#[derive(serde::Deserialize)]
struct Title {
    name: String,
}
