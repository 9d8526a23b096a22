//! What every call needs, and the inbox through which calls report back.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

use campanile_agent::{Voice, wire::Connectors};
use campanile_rules::{
    batch::BatchState,
    dispatcher::Input,
    ids::{AttemptId, BatchId, TrunkId},
    node::{self, Answer},
    time::Timestamp,
    trunk::Trunk,
    trunk_health::TrunkRecord,
};
use campanile_store::{BatchBrief, Dialing, StoreError};
use campanile_telephony::Sip;
use tokio::sync::{mpsc, watch};

use crate::{live::LiveCalls, message::Message, recordings::Recordings};

/// The parts of an engine.
pub struct EngineConfig {
    /// The store.
    pub store: Arc<dyn Dialing>,
    /// The SIP stack.
    pub sip: Sip,
    /// The voice of the agents.
    pub voice: Arc<dyn Voice>,
    /// The connections to agents' servers.
    pub connectors: Arc<Connectors>,
    /// The place where calls are recorded.
    pub recordings: Recordings,
}

/// What the store keeps of a call in progress.
pub(crate) struct DialogNote {
    /// The identity of the call's dialog, as the SIP stack writes it.
    pub dialog: String,
    /// When the call was answered.
    pub answered_at: Option<Timestamp>,
}

/// What the calls of a batch share, if it was read since the batch last changed.
#[derive(Default)]
struct KeptBrief {
    /// The newest version of the batch that is known.
    newest: u64,
    brief: Option<Arc<BatchBrief>>,
}

/// The state that the driver and every call share.
pub(crate) struct World {
    pub store: Arc<dyn Dialing>,
    pub sip: Sip,
    pub voice: Arc<dyn Voice>,
    pub connectors: Arc<Connectors>,
    pub recordings: Recordings,
    pub live: Arc<LiveCalls>,
    /// Becomes true when every call must be hung up.
    pub hang_up: watch::Sender<bool>,
    pub trunks: Mutex<HashMap<TrunkId, Trunk>>,
    records: Mutex<HashMap<TrunkId, TrunkRecord>>,
    briefs: Mutex<HashMap<BatchId, KeptBrief>>,
    /// Every stored change up to this version is known.
    version: AtomicU64,
    /// Notes about the dialogs of calls that could not be stored yet.
    unstored: Mutex<HashMap<AttemptId, DialogNote>>,
    /// For each batch, whether its agent was ready when a call last needed it.
    was_ready: Mutex<HashMap<BatchId, bool>>,
    inbox: mpsc::UnboundedSender<Message>,
}

impl World {
    pub fn new(config: EngineConfig, inbox: mpsc::UnboundedSender<Message>) -> World {
        World {
            store: config.store,
            sip: config.sip,
            voice: config.voice,
            connectors: config.connectors,
            recordings: config.recordings,
            live: Arc::default(),
            hang_up: watch::Sender::new(false),
            trunks: Mutex::default(),
            records: Mutex::default(),
            briefs: Mutex::default(),
            version: AtomicU64::new(0),
            unstored: Mutex::default(),
            was_ready: Mutex::default(),
            inbox,
        }
    }

    /// The time.
    pub fn now(&self) -> Timestamp {
        self.sip.clock().now()
    }

    /// Sends an event to the dispatcher. The inbox is bounded by the calls in progress: each call
    /// has at most one message under way.
    pub fn news(&self, input: Input) {
        self.send(Message::Input(node::Input::Dispatch(input)));
    }

    /// Sends an answer of the store to the node.
    pub fn answer(&self, answer: Answer) {
        self.send(Message::Input(node::Input::Answered(answer)));
    }

    /// Sends a message to the driver. The driver outlives every sender except at shutdown.
    pub fn send(&self, message: Message) {
        let _ = self.inbox.send(message);
    }

    /// Keeps the present state of a call's dialog until it is stored.
    pub fn keep(&self, attempt: AttemptId, note: DialogNote) {
        let mut unstored = self.unstored.lock().unwrap_or_else(|e| e.into_inner());
        let before = unstored.remove(&attempt).and_then(|before| before.answered_at);
        let answered_at = note.answered_at.or(before);
        unstored.insert(attempt, DialogNote { answered_at, ..note });
    }

    /// Puts back a note that could not be stored, unless there is a newer one.
    pub fn keep_again(&self, attempt: AttemptId, note: DialogNote) {
        let mut unstored = self.unstored.lock().unwrap_or_else(|e| e.into_inner());
        let answered_at = note.answered_at;
        let kept = unstored.entry(attempt).or_insert(note);
        kept.answered_at = kept.answered_at.or(answered_at);
    }

    /// Takes the pending note of a call's dialog.
    pub fn take_unstored(&self, attempt: AttemptId) -> Option<DialogNote> {
        self.unstored.lock().unwrap_or_else(|e| e.into_inner()).remove(&attempt)
    }

    /// The calls with a pending note.
    pub fn unstored(&self) -> Vec<AttemptId> {
        self.unstored.lock().unwrap_or_else(|e| e.into_inner()).keys().copied().collect()
    }

    /// The settings of a trunk.
    pub fn trunk(&self, id: TrunkId) -> Option<Trunk> {
        self.trunks.lock().unwrap_or_else(|e| e.into_inner()).get(&id).cloned()
    }

    /// Why this machine cannot reach a trunk, if that is known before any call.
    pub fn cannot_reach(&self, id: TrunkId) -> Option<String> {
        let trunk = self.trunk(id)?;
        self.sip.reaches(&trunk).err().map(|error| error.to_string())
    }

    /// Stores the settings of a trunk, and logs if the trunk cannot be called.
    pub fn set_trunk(&self, id: TrunkId, trunk: Trunk) {
        if let Err(error) = self.sip.reaches(&trunk) {
            tracing::error!(trunk = %trunk.name, %error, "a trunk cannot be called");
        }
        self.trunks.lock().unwrap_or_else(|e| e.into_inner()).insert(id, trunk);
    }

    /// Forgets a trunk that was removed.
    pub fn remove_trunk(&self, id: TrunkId) {
        self.trunks.lock().unwrap_or_else(|e| e.into_inner()).remove(&id);
        self.records.lock().unwrap_or_else(|e| e.into_inner()).remove(&id);
    }

    /// Updates the record of a trunk.
    pub fn note_trunk(&self, id: TrunkId, note: impl FnOnce(&mut TrunkRecord)) {
        note(self.records.lock().unwrap_or_else(|e| e.into_inner()).entry(id).or_default());
    }

    /// The record of a trunk since the start.
    pub fn trunk_record(&self, id: TrunkId) -> TrunkRecord {
        self.records.lock().unwrap_or_else(|e| e.into_inner()).get(&id).copied().unwrap_or_default()
    }

    /// What the calls of a batch share. It is read from the store once, and again after a change of
    /// the batch.
    pub async fn brief(&self, batch: BatchId) -> Result<Arc<BatchBrief>, StoreError> {
        let kept = |briefs: &HashMap<BatchId, KeptBrief>| briefs.get(&batch)?.brief.clone();
        if let Some(brief) = kept(&self.briefs.lock().unwrap_or_else(|e| e.into_inner())) {
            return Ok(brief);
        }
        let brief = Arc::new(self.store.brief(batch).await?);
        let mut briefs = self.briefs.lock().unwrap_or_else(|e| e.into_inner());
        let kept = briefs.entry(batch).or_default();
        // The batch may have changed while it was read.
        if kept.newest <= brief.batch_version {
            kept.brief = Some(brief.clone());
        }
        Ok(brief)
    }

    /// Notes that a batch changed: what its calls share is read again.
    pub fn outdate_brief(&self, batch: BatchId, version: u64, state: BatchState) {
        match state {
            BatchState::Scheduled | BatchState::Running | BatchState::Paused => {
                let mut briefs = self.briefs.lock().unwrap_or_else(|e| e.into_inner());
                briefs.insert(batch, KeptBrief { newest: version, brief: None });
            }
            BatchState::Draft => {}
            BatchState::Completed | BatchState::Cancelled => self.forget(batch),
        }
    }

    /// Every stored change up to this version is known to the node and to calls.
    pub fn version(&self) -> u64 {
        self.version.load(Ordering::Acquire)
    }

    /// Notes up to which version stored changes are known.
    pub fn note_version(&self, version: u64) {
        self.version.store(version, Ordering::Release);
    }

    /// Whether a batch's agent was ready when a call last needed it. `None` if no
    /// call needed it yet.
    pub fn was_ready(&self, batch: BatchId) -> Option<bool> {
        self.was_ready.lock().unwrap_or_else(|e| e.into_inner()).get(&batch).copied()
    }

    /// Notes whether a batch's agent was ready.
    pub fn note_ready(&self, batch: BatchId, ready: bool) {
        self.was_ready.lock().unwrap_or_else(|e| e.into_inner()).insert(batch, ready);
    }

    /// Forgets what the calls of a finished batch shared.
    pub fn forget(&self, batch: BatchId) {
        self.was_ready.lock().unwrap_or_else(|e| e.into_inner()).remove(&batch);
        self.briefs.lock().unwrap_or_else(|e| e.into_inner()).remove(&batch);
    }
}
