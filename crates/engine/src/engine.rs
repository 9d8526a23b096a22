//! The handle on a running engine.

use std::sync::Arc;

use campanile_agent::{Asked, wire::Connectors};
use campanile_metrics::TrunkReading;
use campanile_numbers::zones_of;
use campanile_rules::{
    batch::Control,
    blocker::{Blocked, Blocker},
    dispatcher::{LaneKey, TrunkLoad},
    ids::{BatchId, WorkspaceId},
    node,
    phone::E164,
    recipient::Due,
    time::Timestamp,
};
use campanile_store::{Actor, Controlled, StoreError};
use tokio::sync::{mpsc, oneshot};

use crate::{
    driver::Driver,
    live::{NotDone, SoFar},
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
    /// Who asks for the changes that are made through this handle.
    actor: Actor,
}

impl Engine {
    /// Starts the engine from what is stored: batches continue where they were, and calls that a
    /// dead process left are ended on the wire. Returns when new calls may be placed; ending old
    /// calls continues in the background.
    pub async fn start(config: EngineConfig) -> Result<Engine, EngineError> {
        let (inbox, messages) = mpsc::unbounded_channel();
        let (begun, begins) = oneshot::channel();
        let world = Arc::new(World::new(config, inbox));
        let engine = Engine { world, actor: Actor::Cli };
        tokio::spawn(Driver::new(engine.world.clone(), messages, begun).run());
        if let Ok(begun) = begins.await {
            begun?;
        }
        tokio::spawn(verbs::watch_store(engine.world.clone()));
        tokio::spawn(verbs::watch_changes(engine.world.clone()));
        Ok(engine)
    }

    /// A handle on the same engine that records `actor` for each change made through it.
    pub fn by(&self, actor: Actor) -> Engine {
        Engine { actor, ..self.clone() }
    }

    /// Returns what is known of a call that talks on this node. `None` for any other call.
    pub fn so_far(&self, call_id: &str) -> Option<SoFar> {
        self.world.live.so_far(call_id)
    }

    /// Asks something of a call in progress on this node, and waits until it is done. The text says
    /// what was done.
    pub async fn ask(
        &self,
        workspace: WorkspaceId,
        call_id: &str,
        what: Asked,
    ) -> Result<String, NotDone> {
        self.world.live.ask(workspace, call_id, what).await
    }

    /// Returns the workspace of a call in progress whose token this is.
    pub fn admits(&self, call_id: &str, token: &str) -> Option<WorkspaceId> {
        self.world.live.admits(call_id, token)
    }

    /// Returns the call in progress, and its workspace, that an account and a call of Twilio's shape
    /// stand for, if the password is the call's token or the `auth_token` of its bot.
    pub fn by_sids(&self, sids: (&str, &str), password: &str) -> Option<(String, WorkspaceId)> {
        self.world.live.by_sids(sids, password)
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
        let controlled = self.control_stored(batch, control).await;
        let controlled =
            controlled.inspect_err(|error| self.is_unsure_of(batch, control, error))?;
        self.until_known(Some(batch)).await.ok_or_else(|| self.unread())?;
        match control {
            Control::Start | Control::Resume => Ok(controlled),
            // Counted again, because recipients that were about to be dialed have been released.
            Control::Pause | Control::Stop => {
                self.control_stored(batch, control).await.or(Ok(controlled))
            }
        }
    }

    async fn control_stored(
        &self,
        batch: BatchId,
        control: Control,
    ) -> Result<Controlled, StoreError> {
        let by = (self.actor.clone(), self.now());
        self.world.store.control_batch(batch, control, by).await
    }

    /// Handles a store that failed in the middle of a stop. The stop may be partly stored; the node
    /// has it finished when the store works again.
    fn is_unsure_of(&self, batch: BatchId, control: Control, error: &StoreError) {
        if control == Control::Stop && error.is_of_the_whole() {
            self.world.send(Message::Input(node::Input::Unsure(batch)));
        }
    }

    /// Waits until the engine knows every change that was stored before. If `batch` may not dial
    /// now, this also waits until none of its INVITEs can leave. `None` if the store does not say
    /// what changed.
    pub(crate) async fn until_known(&self, batch: Option<BatchId>) -> Option<()> {
        let version = self.world.store.version();
        if batch.is_none() && self.world.version() >= version {
            return Some(());
        }
        let (holds, held) = oneshot::channel();
        self.world.send(Message::Await { version, batch, holds });
        held.await.ok()
    }

    /// The error of a change that is stored and that the engine cannot read.
    fn unread(&self) -> StoreError {
        match self.world.store.health().borrow().clone() {
            Some(failing) => failing.error(),
            None => StoreError::Database("the change is stored, but cannot be read back".into()),
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
        (retry, due): (bool, Due),
    ) -> Option<Blocked> {
        let lane = LaneKey { zones: zones_of(number), retry };
        self.ask_blocker(batch, Some((lane, due))).await
    }

    async fn ask_blocker(
        &self,
        batch: BatchId,
        recipient: Option<(LaneKey, Due)>,
    ) -> Option<Blocked> {
        self.until_known(None).await;
        let (answer, blocked) = oneshot::channel();
        self.world.send(Message::Blocker { batch, recipient, answer });
        blocked.await.ok().flatten()
    }

    pub(crate) fn world(&self) -> &Arc<World> {
        &self.world
    }

    /// How busy every trunk is, and what blocks each batch.
    pub async fn load(&self) -> Load {
        self.until_known(None).await;
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

    /// The connections to agents' servers.
    pub fn connectors(&self) -> &Connectors {
        &self.world.connectors
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
