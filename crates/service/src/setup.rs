//! Stores a caller ID, an agent and a trunk from files, for `campanile run` and `demo`.

use campanile_numbers::destination::GroupId;
use campanile_rules::{
    ids::{AgentId, PhoneNumberId, WorkspaceId},
    phone::E164,
    trunk::{Trunk, TrunkKind},
};
use campanile_store::{OperatorSettings, Registry, StoreError};

use crate::fields::AgentDocument;

/// The network groups that are enabled on managed trunks by default.
const HOME: [&str; 3] = ["us-geographic-and-mobile", "gb-geographic", "gb-mobile"];

/// The objects that a batch needs besides its file.
pub struct Setup {
    /// The caller ID.
    pub number: PhoneNumberId,
    /// The agent and its published version.
    pub agent: (AgentId, u32),
}

/// Stores a trunk, a caller ID on it and a published agent version. Updates objects of the same
/// name, and reuses an agent version with the same content.
pub async fn set_up(
    store: &dyn Registry,
    workspace: WorkspaceId,
    (from, agent, trunk): (E164, &AgentDocument, Trunk),
) -> Result<Setup, StoreError> {
    if trunk.kind == TrunkKind::Managed {
        open_home(store, workspace).await?;
    }
    let trunk = match store.trunk_by_name(workspace, (trunk.kind, &trunk.name)).await? {
        Some(known) => store.update_trunk(workspace, known.id, trunk).await?.id,
        None => store.add_trunk(workspace, trunk, store.now()).await?.id,
    };
    let number = match store.phone_number_by_e164(workspace, from).await? {
        Some(known) => {
            let kept = (known.label, Some(trunk));
            store.update_phone_number(workspace, known.id, kept).await?.id
        }
        None => {
            store
                .add_phone_number(workspace, (from, String::new()), Some(trunk), store.now())
                .await?
                .id
        }
    };
    Ok(Setup { number, agent: publish(store, workspace, agent).await? })
}

/// Enables the default groups for managed trunks, unless the operator has chosen others. The user
/// of `run` and `demo` is the operator.
async fn open_home(store: &dyn Registry, workspace: WorkspaceId) -> Result<(), StoreError> {
    let home: Vec<GroupId> = HOME.iter().filter_map(|id| id.parse().ok()).collect();
    let defaults = home.iter().cloned().collect();
    let edit = move |settings: &mut OperatorSettings| {
        if *settings == OperatorSettings::default() {
            settings.default_groups = defaults;
        }
        Ok(())
    };
    store.update_operator_settings(Box::new(edit), store.now()).await?;
    if store.enabled_groups(workspace).await?.is_empty() {
        let on = home.into_iter().map(|group| (group, true)).collect();
        store.switch_groups(workspace, on).await?;
    }
    Ok(())
}

async fn publish(
    store: &dyn Registry,
    workspace: WorkspaceId,
    agent: &AgentDocument,
) -> Result<(AgentId, u32), StoreError> {
    let agents = store.list_agents(workspace).await?;
    let version = match agents.into_iter().find(|known| known.name == agent.name) {
        Some(known) => {
            let latest = store.latest_published(workspace, known.id).await?;
            match latest.filter(|latest| latest.settings == agent.version) {
                Some(latest) => latest,
                None => {
                    let version = agent.version.clone();
                    store.add_agent_version(workspace, known.id, version, store.now()).await?
                }
            }
        }
        None => {
            let version = agent.version.clone();
            store.create_agent(workspace, &agent.name, version, store.now()).await?.1
        }
    };
    let which = (version.agent, version.number);
    store.publish_agent_version(workspace, which, store.now()).await?;
    Ok(which)
}
