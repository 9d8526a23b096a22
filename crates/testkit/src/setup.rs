//! What a batch needs.

use std::{path::Path, sync::Arc};

use campanile_rules::{
    agent::AgentVersion,
    batch::{BatchSettings, BatchState},
    ids::{AgentId, BatchId, PhoneNumberId, TrunkId, WorkspaceId},
    mapping::Mapping,
    phone::E164,
    time::Timestamp,
    trunk::Trunk,
};
use campanile_store::{NewBatch, NewRow, Registry, SqliteStore, Store};

/// The store of a data directory, for one process.
pub fn open(dir: &Path) -> Arc<dyn Store> {
    Arc::new(SqliteStore::open_exclusive(dir).expect("a store"))
}

/// What a batch needs: a workspace with a trunk, a caller ID on it and a published agent.
#[derive(Debug, Clone, Copy)]
pub struct Setup {
    /// The workspace.
    pub workspace: WorkspaceId,
    /// The trunk.
    pub trunk: TrunkId,
    /// The caller ID, +14155550100.
    pub phone_number: PhoneNumberId,
    /// The agent, whose version 1 is published.
    pub agent: AgentId,
}

impl Setup {
    /// The workspace `default` of a store, with this trunk and this agent.
    pub async fn new(
        store: &dyn Registry,
        (trunk, agent): (Trunk, AgentVersion),
        now: Timestamp,
    ) -> Setup {
        let workspace = store.ensure_workspace("default", now).await.expect("a workspace").id;
        let trunk = store.add_trunk(workspace, trunk, now).await.expect("a trunk").id;
        let caller_id = (E164::from_digits(14_155_550_100), "Office".to_owned());
        let number = store.add_phone_number(workspace, caller_id, Some(trunk), now).await;
        let (agent, _) = store.create_agent(workspace, "Ann", agent, now).await.expect("an agent");
        store
            .publish_agent_version(workspace, (agent.id, 1), now)
            .await
            .expect("a published version");
        let phone_number = number.expect("a caller ID").id;
        Setup { workspace, trunk, phone_number, agent: agent.id }
    }

    /// A batch of a file with these columns, of which `phone_number` has the numbers.
    pub fn new_batch(&self, columns: &[&str], settings: BatchSettings) -> NewBatch {
        NewBatch {
            workspace: self.workspace,
            name: "Reminders".to_owned(),
            phone_number: self.phone_number,
            agent: (self.agent, 1),
            columns: columns.iter().map(|column| (*column).to_owned()).collect(),
            mapping: Mapping::default(),
            settings,
            file_name: "people.csv".to_owned(),
            default_country: None,
            reject_duplicates: false,
            test: false,
        }
    }
}

/// Imports the rows of a batch, and starts it.
pub async fn start_batch(
    store: &dyn Registry,
    (batch, rows): (NewBatch, Vec<NewRow>),
    now: Timestamp,
) -> BatchId {
    let id = store.begin_import(batch, now).await.expect("an import");
    store.add_rows(id, rows).await.expect("rows");
    store.finish_import(id, BatchState::Running, now).await.expect("a batch");
    id
}
