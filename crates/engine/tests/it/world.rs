//! An engine with a troubled store, and a carrier to call.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use campanile_agent::{SpeechError, Voice, wire::Connectors};
use campanile_clock::Clock;
use campanile_engine::{Engine, EngineConfig, EngineError, Recordings};
use campanile_rules::{
    batch::{BatchSettings, BatchState},
    ids::{AgentId, BatchId, PhoneNumberId, TrunkId, WorkspaceId},
    mapping::Mapping,
    phone::E164,
    time::Timestamp,
    zones::ZoneSet,
};
use campanile_sandbox::{CallRecord, Sandbox, SandboxConfig};
use campanile_store::{NewBatch, NewRow, Progress, RowVerdict, Store};
use campanile_telephony::{Sip, SipConfig};

use crate::troubled::Troubled;

/// How long a test waits before it gives up.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// A number that does not exist according to the carrier: after one call its row is final.
pub fn nobody(n: u64) -> E164 {
    E164::from_digits(14_155_500_095 + n * 100)
}

/// A number that rings for ever.
pub fn rings(n: u64) -> E164 {
    E164::from_digits(14_155_500_070 + n * 100)
}

/// A voice that says nothing, is always in time, and remembers what it should have said.
#[derive(Clone, Default)]
pub struct Mute(Arc<Mutex<Vec<String>>>);

impl Mute {
    /// Every text so far.
    pub fn texts(&self) -> Vec<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[async_trait]
impl Voice for Mute {
    async fn speak(&self, text: &str, _: &str) -> Result<Arc<[i16]>, SpeechError> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(text.to_owned());
        Ok(Arc::from(vec![0_i16; 160]))
    }

    async fn knows(&self, _: &str, _: &str) -> Result<(), SpeechError> {
        Ok(())
    }

    fn of(&self, _: WorkspaceId) -> Arc<dyn Voice> {
        Arc::new(self.clone())
    }
}

/// A database, a carrier, and everything that a batch needs.
pub struct World {
    pub dir: tempfile::TempDir,
    pub sound: Arc<dyn Store>,
    pub store: Troubled,
    pub carrier: Sandbox,
    pub voice: Mute,
    pub workspace: WorkspaceId,
    pub trunk: TrunkId,
    phone_number: PhoneNumberId,
    agent: AgentId,
}

impl World {
    /// A world whose trunk takes this many calls per second.
    pub async fn new(max_cps: f64) -> World {
        let version = r#"{"first_message":"This is {{batch_name}}.","voicemail_detection":false,"ring_timeout_s":5}"#;
        World::with_agent(max_cps, version).await
    }

    /// Like [`World::new`], with this version of the agent, in JSON.
    pub async fn with_agent(max_cps: f64, version: &str) -> World {
        let config = SandboxConfig { time_scale: 0.02, ..SandboxConfig::default() };
        let carrier = Sandbox::start(config).expect("a carrier");
        let port = carrier.local_addr().port();
        let dir = tempfile::tempdir().expect("a directory");
        let sound = campanile_testkit::open(dir.path());
        let now = Clock::default().now();
        let workspace = sound.ensure_workspace("default", now).await.expect("a workspace").id;
        let trunk = format!(
            r#"{{"name":"main","host":"127.0.0.1","port":{port},"max_calls":50,"max_cps":{max_cps}}}"#
        );
        let trunk = serde_json::from_str(&trunk).expect("a trunk");
        let trunk = sound.add_trunk(workspace, trunk, now).await.expect("a trunk").id;
        let caller_id = (E164::from_digits(14_155_550_100), "Office".to_owned());
        let number = sound.add_phone_number(workspace, caller_id, Some(trunk), now).await;
        let version = serde_json::from_str(version).expect("an agent");
        let agent = sound.create_agent(workspace, "Ann", version, now).await.expect("an agent");
        let agent = agent.0.id;
        sound.publish_agent_version(workspace, (agent, 1), now).await.expect("published");
        World {
            store: Troubled::over(sound.clone()),
            phone_number: number.expect("a caller ID").id,
            dir,
            sound,
            carrier,
            voice: Mute::default(),
            workspace,
            trunk,
            agent,
        }
    }

    /// Starts an engine.
    pub async fn engine(&self) -> Engine {
        self.try_engine().await.expect("an engine")
    }

    pub async fn try_engine(&self) -> Result<Engine, EngineError> {
        let listen = ([127, 0, 0, 1], 0).into();
        let sip = Sip::start(SipConfig { listen, ..SipConfig::default() }).await.expect("SIP");
        let recordings = Recordings::start(self.dir.path().join("recordings"), false);
        let recordings = recordings.expect("recordings");
        let store = Arc::new(self.store.clone());
        Engine::start(EngineConfig {
            store,
            sip,
            voice: Arc::new(self.voice.clone()),
            connectors: Arc::new(Connectors::new(true)),
            recordings,
        })
        .await
    }

    /// Creates a running batch.
    pub async fn batch(&self, numbers: impl IntoIterator<Item = E164>) -> BatchId {
        self.batch_in(&*self.sound, numbers).await
    }

    /// Creates a running batch by way of this store.
    pub async fn batch_in(
        &self,
        store: &dyn Store,
        numbers: impl IntoIterator<Item = E164>,
    ) -> BatchId {
        let now = Clock::default().now();
        let row = |(index, number): (usize, E164)| NewRow {
            position: index as u64 + 2,
            cells: vec![number.to_string()],
            verdict: RowVerdict::Accepted { number, zones: ZoneSet::default() },
        };
        let batch = NewBatch {
            workspace: self.workspace,
            name: "Reminders".to_owned(),
            phone_number: self.phone_number,
            agent: (self.agent, 1),
            columns: vec!["phone_number".to_owned()],
            mapping: Mapping::default(),
            settings: BatchSettings::default(),
            file_name: "people.csv".to_owned(),
            default_country: None,
            reject_duplicates: false,
            test: false,
        };
        let id = store.begin_import(batch, now).await.expect("a batch");
        let rows = numbers.into_iter().enumerate().map(row).collect();
        store.add_rows(id, rows).await.expect("rows");
        store.finish_import(id, BatchState::Running, now).await.expect("a batch");
        id
    }

    /// The progress of a batch.
    pub async fn progress(&self, batch: BatchId) -> Progress {
        self.sound.progress(batch).await.expect("progress")
    }

    /// The calls that the carrier saw, by called number.
    pub fn calls(&self) -> BTreeMap<String, Vec<CallRecord>> {
        let mut calls: BTreeMap<String, Vec<CallRecord>> = BTreeMap::new();
        for record in self.carrier.records().expect("records") {
            calls.entry(record.to.clone()).or_default().push(record);
        }
        calls
    }
}

/// Waits for `work`. If it takes too long, the test fails and names `what`.
#[track_caller]
pub fn in_time<T>(what: &str, work: impl Future<Output = T>) -> impl Future<Output = T> {
    let what = what.to_owned();
    async move {
        match tokio::time::timeout(PATIENCE, work).await {
            Ok(done) => done,
            Err(_) => panic!("waits for ever: {what}"),
        }
    }
}

/// The time.
pub fn now() -> Timestamp {
    Clock::default().now()
}
