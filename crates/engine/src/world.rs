//! What every call needs of the world, and the inbox through which it reports back.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use campanile_agent::Voice;
use campanile_rules::{
    dispatcher::Input,
    ids::{AttemptId, BatchId, TrunkId},
    node::{self, Answer},
    time::Timestamp,
    trunk::Trunk,
    trunk_health::TrunkRecord,
};
use campanile_store::{Actor, BatchBrief, Store, StoreError};
use campanile_telephony::Sip;
use tokio::sync::{mpsc, watch};

use crate::{message::Message, recordings::Recordings};

/// What an engine is made of.
pub struct EngineConfig {
    /// What it remembers.
    pub store: Arc<dyn Store>,
    /// Its way into the telephone network.
    pub sip: Sip,
    /// Its voice.
    pub voice: Arc<dyn Voice>,
    /// Where calls are recorded.
    pub recordings: Recordings,
}

/// What is stored of a call while it lasts.
pub(crate) struct DialogNote {
    /// The identity of its dialog, as telephony writes it.
    pub dialog: String,
    /// When it was answered.
    pub answered_at: Option<Timestamp>,
}

/// Shared by the driver and every call.
pub(crate) struct World {
    pub store: Arc<dyn Store>,
    pub sip: Sip,
    pub voice: Arc<dyn Voice>,
    pub recordings: Recordings,
    /// Turns true when every call must be hung up now.
    pub hang_up: watch::Sender<bool>,
    pub trunks: Mutex<HashMap<TrunkId, Trunk>>,
    records: Mutex<HashMap<TrunkId, TrunkRecord>>,
    briefs: Mutex<HashMap<BatchId, Arc<BatchBrief>>>,
    /// What is known of calls' dialogs and could not be stored yet.
    unstored: Mutex<HashMap<AttemptId, DialogNote>>,
    /// Whether the agents of batches had their words ready when they were last asked for.
    had_words: Mutex<HashMap<BatchId, bool>>,
    inbox: mpsc::UnboundedSender<Message>,
}

impl World {
    pub fn new(config: EngineConfig, inbox: mpsc::UnboundedSender<Message>) -> World {
        World {
            store: config.store.by(Actor::Engine),
            sip: config.sip,
            voice: config.voice,
            recordings: config.recordings,
            hang_up: watch::Sender::new(false),
            trunks: Mutex::default(),
            records: Mutex::default(),
            briefs: Mutex::default(),
            unstored: Mutex::default(),
            had_words: Mutex::default(),
            inbox,
        }
    }

    /// The time.
    pub fn now(&self) -> Timestamp {
        self.sip.clock().now()
    }

    /// Tells the dispatcher what happened. The inbox is bounded by the calls in progress: each has
    /// at most one message under way.
    pub fn news(&self, input: Input) {
        self.send(Message::Input(node::Input::Dispatch(input)));
    }

    /// Hands the node an answer of the store.
    pub fn answer(&self, answer: Answer) {
        self.send(Message::Input(node::Input::Answered(answer)));
    }

    /// Sends the driver a message; it outlives every sender but at shutdown.
    pub fn send(&self, message: Message) {
        let _ = self.inbox.send(message);
    }

    /// Keeps what a call's dialog is now until it is stored.
    pub fn keep(&self, attempt: AttemptId, note: DialogNote) {
        let mut unstored = self.unstored.lock().unwrap_or_else(|e| e.into_inner());
        let before = unstored.remove(&attempt).and_then(|before| before.answered_at);
        let answered_at = note.answered_at.or(before);
        unstored.insert(attempt, DialogNote { answered_at, ..note });
    }

    /// Keeps a note again that could not be stored, unless there is a newer one.
    pub fn keep_again(&self, attempt: AttemptId, note: DialogNote) {
        let mut unstored = self.unstored.lock().unwrap_or_else(|e| e.into_inner());
        let answered_at = note.answered_at;
        let kept = unstored.entry(attempt).or_insert(note);
        kept.answered_at = kept.answered_at.or(answered_at);
    }

    /// Takes what is to be stored of a call's dialog.
    pub fn take_unstored(&self, attempt: AttemptId) -> Option<DialogNote> {
        self.unstored.lock().unwrap_or_else(|e| e.into_inner()).remove(&attempt)
    }

    /// Calls of which something is to be stored.
    pub fn unstored(&self) -> Vec<AttemptId> {
        self.unstored.lock().unwrap_or_else(|e| e.into_inner()).keys().copied().collect()
    }

    /// The settings of a trunk, as last heard.
    pub fn trunk(&self, id: TrunkId) -> Option<Trunk> {
        self.trunks.lock().unwrap_or_else(|e| e.into_inner()).get(&id).cloned()
    }

    /// Why a trunk cannot be reached from this machine, if it is known before anybody is called.
    pub fn cannot_reach(&self, id: TrunkId) -> Option<String> {
        let trunk = self.trunk(id)?;
        self.sip.reaches(&trunk).err().map(|error| error.to_string())
    }

    /// Remembers the settings of a trunk, and says in the log when it cannot be called.
    pub fn set_trunk(&self, id: TrunkId, trunk: Trunk) {
        if let Err(error) = self.sip.reaches(&trunk) {
            tracing::error!(trunk = %trunk.name, %error, "a trunk cannot be called");
        }
        self.trunks.lock().unwrap_or_else(|e| e.into_inner()).insert(id, trunk);
    }

    /// Notes what a trunk showed of itself.
    pub fn note_trunk(&self, id: TrunkId, note: impl FnOnce(&mut TrunkRecord)) {
        note(self.records.lock().unwrap_or_else(|e| e.into_inner()).entry(id).or_default());
    }

    /// What a trunk showed of itself since the start.
    pub fn trunk_record(&self, id: TrunkId) -> TrunkRecord {
        self.records.lock().unwrap_or_else(|e| e.into_inner()).get(&id).copied().unwrap_or_default()
    }

    /// What the calls of a batch share, read once.
    pub async fn brief(&self, batch: BatchId) -> Result<Arc<BatchBrief>, StoreError> {
        if let Some(brief) = self.briefs.lock().unwrap_or_else(|e| e.into_inner()).get(&batch) {
            return Ok(brief.clone());
        }
        let brief = Arc::new(self.store.brief(batch).await?);
        self.briefs.lock().unwrap_or_else(|e| e.into_inner()).insert(batch, brief.clone());
        Ok(brief)
    }

    /// Whether the agent of a batch had its words ready when they were last asked for; none when
    /// they never were.
    pub fn had_words(&self, batch: BatchId) -> Option<bool> {
        self.had_words.lock().unwrap_or_else(|e| e.into_inner()).get(&batch).copied()
    }

    /// Notes whether the agent of a batch had its words ready.
    pub fn note_words(&self, batch: BatchId, ready: bool) {
        self.had_words.lock().unwrap_or_else(|e| e.into_inner()).insert(batch, ready);
    }

    /// Forgets what the calls of a finished batch shared.
    pub fn forget(&self, batch: BatchId) {
        self.had_words.lock().unwrap_or_else(|e| e.into_inner()).remove(&batch);
        self.briefs.lock().unwrap_or_else(|e| e.into_inner()).remove(&batch);
    }
}
