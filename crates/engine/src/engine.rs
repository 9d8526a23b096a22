//! The handle on a running engine.

use std::sync::Arc;

use campanile_metrics::TrunkReading;
use campanile_numbers::zones_of;
use campanile_rules::{
    batch::Control,
    blocker::{Blocked, Blocker},
    dispatcher::{Input, LaneKey, TrunkLoad},
    ids::{BatchId, TrunkId, WorkspaceId},
    node,
    phone::E164,
    time::Timestamp,
    trunk::Trunk,
};
use campanile_store::{Actor, Controlled, Store, StoreError, Utterance};
use tokio::sync::{mpsc, oneshot};

use crate::{
    driver::Driver,
    message::Message,
    recordings::Recordings,
    verbs,
    world::{EngineConfig, World},
};

/// Why an engine could not start.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The store failed to say what there is to do.
    #[error("the engine cannot start: {0}")]
    Store(#[from] StoreError),
}

/// The store cannot be written.
#[derive(Debug, Clone)]
pub struct StoreFailing {
    /// When the store began to fail.
    pub since: Timestamp,
    /// Why the store fails.
    pub cause: Arc<str>,
}

/// How busy an engine is.
#[derive(Debug, Clone, Default)]
pub struct Load {
    /// The load of every trunk.
    pub trunks: Vec<TrunkReading>,
    /// The blocker of each batch that is not over. `None` for a batch that dials freely.
    pub blockers: Vec<Option<Blocker>>,
}

/// A handle on the running engine. Clones refer to the same engine.
#[derive(Clone)]
pub struct Engine {
    world: Arc<World>,
    /// The store as a view that records who asks for a change.
    store: Arc<dyn Store>,
}

impl Engine {
    /// Starts the engine from what is stored: batches continue where they were, and calls that a
    /// dead process left are ended on the wire. Returns when new calls may be placed; ending old
    /// calls continues in the background.
    pub async fn start(config: EngineConfig) -> Result<Engine, EngineError> {
        let (inbox, messages) = mpsc::unbounded_channel();
        let (begun, begins) = oneshot::channel();
        let store = config.store.clone();
        let world = Arc::new(World::new(config, inbox));
        let engine = Engine { world, store };
        tokio::spawn(Driver::new(engine.world.clone(), messages, begun).run());
        if let Ok(begun) = begins.await {
            begun?;
        }
        tokio::spawn(verbs::watch_store(engine.world.clone()));
        Ok(engine)
    }

    /// A handle on the same engine that records `actor` for each change made through it.
    pub fn by(&self, actor: Actor) -> Engine {
        Engine { store: self.store.by(actor), ..self.clone() }
    }

    /// Tells the engine that a workspace is new or that its limit changed.
    pub fn workspace_changed(&self, id: WorkspaceId, max_concurrent_calls: u32) {
        self.world.news(Input::Workspace { id, max_concurrent_calls });
    }

    /// Tells the engine that a trunk is new or that its settings changed.
    pub fn trunk_changed(&self, id: TrunkId, trunk: Trunk) {
        let (max_calls, max_cps) = (trunk.max_calls, trunk.max_cps);
        self.world.set_trunk(id, trunk);
        self.world.news(Input::Trunk { id, max_calls, max_cps });
    }

    /// Tells the engine that daily limits changed. The store has already made due the recipients
    /// that the old limits postponed.
    pub fn limits_changed(&self) {
        self.world.news(Input::LimitsChanged);
    }

    /// Tells the engine that a batch is new or that its stored settings changed. Returns when the
    /// change holds on the wire.
    pub async fn batch_changed(&self, batch: BatchId) -> Result<(), StoreError> {
        let loaded = self.world.store.load_batch(batch).await;
        let loaded = loaded.inspect_err(|error| self.is_unsure_of(batch, error))?;
        let (holds, held) = oneshot::channel();
        self.world.send(Message::Changed { batch: Box::new(loaded), holds: Some(holds) });
        let _ = held.await;
        Ok(())
    }

    /// Returns what was said so far in a call that talks on this node. `None` for any other call.
    pub fn live_transcript(&self, call_id: &str) -> Option<Vec<Utterance>> {
        self.world.live.transcript(call_id)
    }

    /// Starts, pauses, resumes or stops a batch, even if the caller does not wait for the result.
    /// When a pause or a stop has returned, no INVITE of the batch leaves any more, and the counts
    /// cover every recipient.
    pub async fn control(
        &self,
        batch: BatchId,
        control: Control,
    ) -> Result<Controlled, StoreError> {
        let engine = self.clone();
        let controlled = tokio::spawn(async move { engine.carry_through(batch, control).await });
        controlled.await.map_err(|error| StoreError::Database(error.to_string()))?
    }

    async fn carry_through(
        &self,
        batch: BatchId,
        control: Control,
    ) -> Result<Controlled, StoreError> {
        let controlled = self.store.control_batch(batch, control, self.now()).await;
        let controlled = controlled.inspect_err(|error| self.is_unsure_of(batch, error))?;
        self.batch_changed(batch).await?;
        match control {
            Control::Start | Control::Resume => Ok(controlled),
            // Counted again, because recipients that were about to be dialed have been released.
            Control::Pause | Control::Stop => {
                self.store.control_batch(batch, control, self.now()).await.or(Ok(controlled))
            }
        }
    }

    /// Handles a store that failed in the middle of a change. The change may be partly stored; the
    /// node reads the batch when the store works again.
    fn is_unsure_of(&self, batch: BatchId, error: &StoreError) {
        if error.is_of_the_whole() {
            self.world.send(Message::Input(node::Input::Unsure(batch)));
        }
    }

    /// Since when and why the store cannot write, so that no recipient is called.
    pub fn store_failing(&self) -> Option<StoreFailing> {
        let failing = self.world.store.health().borrow().clone()?;
        Some(StoreFailing { since: self.now() - failing.since.elapsed(), cause: failing.cause })
    }

    /// Why a batch is not dialing, and when that clears. `None` if nothing blocks the batch.
    pub async fn blocker(&self, batch: BatchId) -> Option<Blocked> {
        self.ask_blocker(batch, None).await
    }

    /// Why a pending recipient of a batch is not dialed, and when that clears. The parameters say
    /// whether the recipient was dialed before and when the recipient is due.
    pub async fn recipient_blocker(
        &self,
        batch: BatchId,
        number: E164,
        (retry, due_at): (bool, Timestamp),
    ) -> Option<Blocked> {
        let lane = LaneKey { zones: zones_of(number), retry };
        self.ask_blocker(batch, Some((lane, due_at))).await
    }

    async fn ask_blocker(
        &self,
        batch: BatchId,
        recipient: Option<(LaneKey, Timestamp)>,
    ) -> Option<Blocked> {
        let (answer, blocked) = oneshot::channel();
        self.world.send(Message::Blocker { batch, recipient, answer });
        blocked.await.ok().flatten()
    }

    pub(crate) fn world(&self) -> &Arc<World> {
        &self.world
    }

    /// How busy every trunk is, and what blocks each batch.
    pub async fn load(&self) -> Load {
        let (answer, load) = oneshot::channel();
        self.world.send(Message::Load { answer });
        let (trunks, blockers) = load.await.unwrap_or_default();
        let reading = |load: TrunkLoad| {
            let max_cps = self.world.trunk(load.id).map_or(0.0, |trunk| trunk.max_cps);
            TrunkReading { load, max_cps }
        };
        Load { trunks: trunks.into_iter().map(reading).collect(), blockers }
    }

    /// The time by the engine's clock.
    pub fn now(&self) -> Timestamp {
        self.world.now()
    }

    /// The store of recorded calls.
    pub fn recordings(&self) -> &Recordings {
        &self.world.recordings
    }

    /// The number of audio frames of all calls since the start, and how many of them were sent
    /// late.
    pub fn media_steps(&self) -> (u64, u64) {
        self.world.sip.media_steps()
    }

    /// Stops dialing for good; calls in progress go on. Returns when no INVITE can leave. Attempts
    /// that were claimed but not dialed are released.
    pub async fn stop_dialing(&self) {
        let (stopped, done) = oneshot::channel();
        self.world.send(Message::Stop { stopped });
        let _ = done.await;
    }

    /// Waits until no call is open and every result is stored. Call [`Engine::stop_dialing`] first.
    pub async fn drain(&self) {
        let (drained, done) = oneshot::channel();
        self.world.send(Message::Drain { drained });
        let _ = done.await;
        self.world.recordings.all_complete().await;
    }

    /// Hangs up every call in order. The calls settle like any other call.
    pub fn hang_up_all(&self) {
        self.world.hang_up.send_replace(true);
    }
}
