//! A database with a workspace, a trunk, a caller ID and an agent, and batches on demand.

use std::{ops::Deref, sync::Arc, time::Duration};

use campanile_rules::{
    agent::AgentVersion,
    attempt::Outcome,
    batch::BatchSettings,
    dispatcher::{Claim, LaneKey, Settlement},
    ids::BatchId,
    phone::E164,
    recipient::{Due, WaitsFor},
    retry::Next,
    time::Timestamp,
    trunk::Trunk,
    zones::ZoneSet,
};
use campanile_store::{ClaimedRecipient, KeyScope, NewBatch, NewKey, NewRow, RowVerdict, Store};
pub use campanile_testkit::open;
use campanile_testkit::{Setup, ending, start_batch};

pub const NOW: Timestamp = Timestamp(1_800_000_000_000_000);
pub const ZONE: &str = "America/New_York";

pub struct World {
    pub store: Arc<dyn Store>,
    pub dir: tempfile::TempDir,
    pub setup: Setup,
}

impl Deref for World {
    type Target = Setup;

    fn deref(&self) -> &Setup {
        &self.setup
    }
}

/// When a recipient is due that a daily limit postponed at this instant.
pub fn next_day(now: Timestamp) -> Due {
    Due { at: now.next_utc_day(), waits_for: Some(WaitsFor::DailyLimit) }
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
        let store = open(dir.path());
        let setup = Setup::new(&*store, (trunk("main", 1_000_000), agent()), NOW).await;
        World { store, dir, setup }
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
        self.setup.new_batch(&["phone_number", "name"], settings)
    }

    pub async fn batch_of(&self, rows: Vec<NewRow>, settings: BatchSettings) -> BatchId {
        start_batch(&*self.store, (self.new_batch(settings), rows), NOW).await
    }

    /// A running batch with rows 2, 3, …, one for each of `people` recipients.
    pub async fn batch(&self, people: u64) -> BatchId {
        self.batch_of((2..people + 2).map(row).collect(), BatchSettings::default()).await
    }

    /// Reopens the database, as a new process would.
    pub async fn restarted(self) -> World {
        let World { store, dir, setup } = self;
        drop(store);
        let store = open(dir.path());
        World { store, dir, setup }
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
    let ending = ending(outcome, NOW + Duration::from_secs(10));
    campanile_testkit::settlement(&claimed.attempt, ending, next)
}
