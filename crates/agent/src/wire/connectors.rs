//! The connectors of all workspaces.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use campanile_egress::{Guard, Lookups, Reach};
use campanile_rules::ids::WorkspaceId;

use super::{Connector, Http};

/// The setting of the server that allows agents on private addresses and without encryption.
pub const SETTING: &str = "agents_allow_private";

/// What the agents of one workspace connect with.
#[derive(Clone)]
struct Outward {
    connector: Arc<Connector>,
    http: Arc<Http>,
}

/// Makes one connector for each workspace, so that the names of one workspace's agents do not take
/// all look-ups.
pub struct Connectors {
    reach: Reach,
    lookups: Lookups,
    made: Mutex<HashMap<WorkspaceId, Outward>>,
}

impl Connectors {
    /// Creates the connectors of a process. `allow_private` is the value of [`SETTING`].
    pub fn new(allow_private: bool) -> Connectors {
        let reach = Reach::of(SETTING, allow_private);
        Connectors { reach, lookups: Lookups::default(), made: Mutex::default() }
    }

    /// Returns what the connectors may reach.
    pub fn reach(&self) -> Reach {
        self.reach
    }

    /// Returns the connector of a workspace.
    pub fn of(&self, workspace: WorkspaceId) -> Arc<Connector> {
        self.outward(workspace).connector
    }

    /// Returns the client for the HTTP servers of a workspace.
    pub fn http(&self, workspace: WorkspaceId) -> Arc<Http> {
        self.outward(workspace).http
    }

    fn outward(&self, workspace: WorkspaceId) -> Outward {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        let new = || {
            let guard = Guard::new(self.reach, &self.lookups);
            let connector = Arc::new(Connector::new(guard));
            Outward { http: Arc::new(Http::new(connector.clone())), connector }
        };
        made.entry(workspace).or_insert_with(new).clone()
    }
}
