//! A database with a workspace, a trunk, a caller ID and an agent, and batches on demand.

use campanile_rules::{
    agent::AgentVersion,
    attempt::{EndReason, Ending, Evidence, Outcome},
    batch::{BatchSettings, BatchState},
    dispatcher::{Claim, LaneKey, Settlement},
    ids::{AgentId, BatchId, PhoneNumberId, TrunkId, WorkspaceId},
    mapping::Mapping,
    phone::E164,
    retry::Next,
    time::Timestamp,
    trunk::Trunk,
    zones::ZoneSet,
};
use campanile_store::{
    ClaimedRecipient, KeyScope, NewBatch, NewKey, NewRow, RowVerdict, SqliteStore, Store,
};
use std::time::Duration;

pub const NOW: Timestamp = Timestamp(1_800_000_000_000_000);
pub const ZONE: &str = "America/New_York";

pub struct World {
    pub store: SqliteStore,
    pub dir: tempfile::TempDir,
    pub workspace: WorkspaceId,
    pub trunk: TrunkId,
    pub phone_number: PhoneNumberId,
    pub agent: AgentId,
}

pub fn trunk(name: &str, max_calls: u32) -> Trunk {
    let text = format!(r#"{{"name":"{name}","host":"127.0.0.1","max_calls":{max_calls}}}"#);
    serde_json::from_str(&text).unwrap()
}

pub fn agent() -> AgentVersion {
    serde_json::from_str("{}").unwrap()
}

pub fn number(n: u64) -> E164 {
    E164::from_digits(14_155_550_000 + n)
}

/// Row `position` with its own number, in one zone.
pub fn row(position: u64) -> NewRow {
    row_with_number(position, number(position))
}

pub fn row_with_number(position: u64, number: E164) -> NewRow {
    let zones = ZoneSet::from_joined(ZONE);
    let cells = vec![number.to_string(), format!("Person {position}")];
    NewRow { position, cells, verdict: RowVerdict::Accepted { number, zones } }
}

pub fn rejected(position: u64, reason: &str) -> NewRow {
    let (reason, phone_cell) = (reason.to_owned(), format!("cell {position}"));
    let cells = vec![phone_cell.clone(), format!("Person {position}")];
    NewRow { position, cells, verdict: RowVerdict::Rejected { reason, cause: None, phone_cell } }
}

pub fn lane(retry: bool) -> LaneKey {
    LaneKey { zones: ZoneSet::from_joined(ZONE), retry }
}

impl World {
    pub async fn new() -> World {
        let dir = tempfile::tempdir().unwrap();
        let store = SqliteStore::open_exclusive(dir.path()).unwrap();
        let workspace = store.ensure_workspace("default", NOW).await.unwrap().id;
        let trunk = store.add_trunk(workspace, trunk("main", 1_000_000), NOW).await.unwrap().id;
        let caller_id = (E164::from_digits(14_155_550_100), "Office".to_owned());
        let phone_number =
            store.add_phone_number(workspace, caller_id, Some(trunk), NOW).await.unwrap().id;
        let agent = store.create_agent(workspace, "Ann", agent(), NOW).await.unwrap().0.id;
        store.publish_agent_version(workspace, (agent, 1), NOW).await.unwrap();
        World { store, dir, workspace, trunk, phone_number, agent }
    }

    /// Adds a key of the workspace that allows everything.
    pub async fn key(&self, key_id: &str) {
        let key = NewKey {
            key_id: key_id.to_owned(),
            secret_hash: [7; 32],
            name: String::new(),
            scope: KeyScope::Admin,
            workspace: self.workspace,
            expires_at: None,
        };
        self.store.add_key(key, NOW).await.unwrap();
    }

    pub fn new_batch(&self, settings: BatchSettings) -> NewBatch {
        NewBatch {
            workspace: self.workspace,
            name: "Reminders".to_owned(),
            phone_number: self.phone_number,
            agent: (self.agent, 1),
            columns: vec!["phone_number".to_owned(), "name".to_owned()],
            mapping: Mapping::default(),
            settings,
            file_name: "people.csv".to_owned(),
            default_country: None,
            reject_duplicates: false,
            test: false,
        }
    }

    pub async fn batch_of(&self, rows: Vec<NewRow>, settings: BatchSettings) -> BatchId {
        let id = self.store.begin_import(self.new_batch(settings), NOW).await.unwrap();
        self.store.add_rows(id, rows).await.unwrap();
        self.store.finish_import(id, BatchState::Running, NOW).await.unwrap();
        id
    }

    /// A running batch with rows 2, 3, …, one for each of `people` recipients.
    pub async fn batch(&self, people: u64) -> BatchId {
        self.batch_of((2..people + 2).map(row).collect(), BatchSettings::default()).await
    }

    /// Reopens the database, as a new process would.
    pub async fn restarted(self) -> World {
        let World { store, dir, workspace, trunk, phone_number, agent } = self;
        drop(store);
        let store = SqliteStore::open_exclusive(dir.path()).unwrap();
        World { store, dir, workspace, trunk, phone_number, agent }
    }

    /// A separate connection, to look behind the store and to try to break it.
    pub fn raw(&self) -> rusqlite::Connection {
        let path = self.dir.path().join(campanile_store::DATABASE_FILE);
        let connection = rusqlite::Connection::open(path).unwrap();
        connection.execute_batch("PRAGMA foreign_keys = ON; PRAGMA busy_timeout = 10000").unwrap();
        connection
    }

    pub async fn claim(&self, batch: BatchId, limit: u32) -> Vec<ClaimedRecipient> {
        self.claim_lane(batch, limit, false).await
    }

    pub async fn claim_lane(
        &self,
        batch: BatchId,
        limit: u32,
        retry: bool,
    ) -> Vec<ClaimedRecipient> {
        self.store.claim_recipients(claim(batch, limit, retry), NOW).await.unwrap().recipients
    }
}

pub fn claim(batch: BatchId, limit: u32, retry: bool) -> Claim {
    let busy_number_wait = Duration::from_secs(5);
    Claim { batch, lane: lane(retry), limit, due_by: NOW, busy_number_wait }
}

pub fn settlement(claimed: &ClaimedRecipient, outcome: Outcome, next: Next) -> Settlement {
    Settlement {
        attempt: claimed.attempt.id,
        recipient: claimed.attempt.recipient,
        batch: claimed.attempt.batch,
        ending: Ending {
            outcome,
            end_reason: match outcome {
                Outcome::Completed => EndReason::UserDisconnected,
                Outcome::NoAnswer => EndReason::UserDidNotPickUp,
                Outcome::Voicemail => EndReason::VoicemailDetected,
                Outcome::Busy => EndReason::UserBusy,
                Outcome::Failed => EndReason::NetworkFailure,
                Outcome::RejectedByRoute => EndReason::DestinationForbidden,
                Outcome::Interrupted => EndReason::EngineInterrupted,
            },
            permanent: false,
            retry_after: None,
            ended_at: NOW + Duration::from_secs(10),
            evidence: Evidence { sip_code: Some(200), ..Evidence::default() },
        },
        charged: true,
        excused: false,
        next,
    }
}
