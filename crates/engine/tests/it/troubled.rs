//! A store that fails or delays where a test says so.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use campanile_rules::{
    batch::Control,
    dispatcher::{Advance, BatchFacts, Claim, Settlement},
    ids::{AttemptId, BatchId},
    phone::E164,
    time::Timestamp,
};
use campanile_store::{
    Actor, Availability, BatchBrief, CallLog, Changes, Claimed, Controlled, Dialing, Failing,
    Leadership, Owner, Snapshot, StoreError, Trouble, TroubleKind,
};
use tokio::sync::{Semaphore, watch};

/// A request to the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    Lead,
    Load,
    Claim,
    Mark,
    Release(AttemptId),
    Settle,
    Advance,
    Changes,
    WakeLimited,
    Control(BatchId, Control),
}

impl Asked {
    fn is(self, other: Asked) -> bool {
        match (self, other) {
            (Asked::Release(_), Asked::Release(_)) => true,
            (one, other) => one == other,
        }
    }
}

/// What happens to a request.
#[derive(Debug, Clone)]
pub enum Happens {
    /// The request fails this many times and stores nothing.
    Fails(usize, StoreError),
    /// The request is carried out, but the answer reports a failure this many times.
    Forgets(usize, StoreError),
    /// The request is not carried out before the gate opens.
    Waits(Arc<Semaphore>),
    /// The request is carried out at once; the answer waits until the gate opens.
    AnswersLate(Arc<Semaphore>),
}

/// The state that every clone of a troubled store shares.
#[derive(Debug)]
struct Shared {
    troubles: Mutex<Vec<(Asked, Happens)>>,
    log: watch::Sender<Vec<Asked>>,
}

/// A store that passes requests on to a sound store.
#[derive(Clone)]
pub struct Troubled {
    sound: Arc<dyn Dialing>,
    shared: Arc<Shared>,
}

/// The error of a disk that is full for a moment.
pub fn passing() -> StoreError {
    StoreError::Disk(Trouble { kind: TroubleKind::Full, detail: "as the test says".into() })
}

/// The error of a request that the database never accepts.
pub fn permanent() -> StoreError {
    StoreError::Database("a constraint, as the test says".to_owned())
}

impl Troubled {
    /// Creates a store without trouble.
    pub fn over(sound: Arc<dyn Dialing>) -> Troubled {
        let shared = Shared { troubles: Mutex::default(), log: watch::Sender::default() };
        Troubled { sound, shared: Arc::new(shared) }
    }

    /// Sets what happens to a request from now on.
    pub fn when(&self, asked: Asked, trouble: Happens) {
        self.troubles().push((asked, trouble));
    }

    /// Creates a gate that holds these requests back until it is opened.
    pub fn waits(&self, asked: Asked) -> Gate {
        let gate = Arc::new(Semaphore::new(0));
        self.when(asked, Happens::Waits(gate.clone()));
        Gate(gate)
    }

    /// Creates a gate that holds the answers to these requests back until it is opened.
    pub fn answers_late(&self, asked: Asked) -> Gate {
        let gate = Arc::new(Semaphore::new(0));
        self.when(asked, Happens::AnswersLate(gate.clone()));
        Gate(gate)
    }

    /// Returns when a request has been made this many times.
    pub async fn was_asked(&self, asked: Asked, times: usize) {
        let mut log = self.shared.log.subscribe();
        let enough = |log: &Vec<Asked>| log.iter().filter(|one| one.is(asked)).count() >= times;
        log.wait_for(enough).await.expect("the store is there");
    }

    /// All requests so far.
    pub fn log(&self) -> Vec<Asked> {
        self.shared.log.borrow().clone()
    }

    fn troubles(&self) -> MutexGuard<'_, Vec<(Asked, Happens)>> {
        self.shared.troubles.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Records a request, and carries it out as the test wants.
    async fn carry_out<T>(
        &self,
        asked: Asked,
        work: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        let trouble = self.trouble(asked);
        self.shared.log.send_modify(|log| log.push(asked));
        match trouble {
            None => work.await,
            Some(Happens::Fails(_, error)) => Err(error),
            Some(Happens::Forgets(_, error)) => work.await.and(Err(error)),
            Some(Happens::Waits(gate)) => {
                let _open = gate.acquire().await;
                work.await
            }
            Some(Happens::AnswersLate(gate)) => {
                let done = work.await;
                let _open = gate.acquire().await;
                done
            }
        }
    }

    fn trouble(&self, asked: Asked) -> Option<Happens> {
        let mut troubles = self.troubles();
        let index = troubles.iter().position(|(of, _)| of.is(asked))?;
        let trouble = troubles[index].1.clone();
        if let Happens::Fails(left, _) | Happens::Forgets(left, _) = &mut troubles[index].1 {
            *left -= 1;
            if *left == 0 {
                troubles.remove(index);
            }
        }
        Some(trouble)
    }
}

/// A gate that holds up the store until it is opened.
pub struct Gate(Arc<Semaphore>);

impl Gate {
    /// Opens the gate for good.
    pub fn open(&self) {
        self.0.close();
    }
}

impl Availability for Troubled {
    fn health(&self) -> watch::Receiver<Option<Failing>> {
        self.sound.health()
    }
}

#[async_trait]
impl Leadership for Troubled {
    fn owner(&self) -> Option<Owner> {
        self.sound.owner()
    }

    async fn beat(&self) -> Result<bool, StoreError> {
        self.sound.beat().await
    }

    async fn lead(&self) -> Result<bool, StoreError> {
        self.carry_out(Asked::Lead, self.sound.lead()).await
    }

    async fn take_over(&self) -> Result<Vec<AttemptId>, StoreError> {
        self.sound.take_over().await
    }
}

#[async_trait]
impl Dialing for Troubled {
    async fn load(&self) -> Result<Snapshot, StoreError> {
        self.carry_out(Asked::Load, self.sound.load()).await
    }

    fn version(&self) -> u64 {
        self.sound.version()
    }

    async fn next_version(&self, known: u64) -> Result<u64, StoreError> {
        self.sound.next_version(known).await
    }

    async fn changes_since(&self, version: u64) -> Result<Changes, StoreError> {
        self.carry_out(Asked::Changes, self.sound.changes_since(version)).await
    }

    async fn wake_limited(&self, now: Timestamp) -> Result<(), StoreError> {
        self.carry_out(Asked::WakeLimited, self.sound.wake_limited(now)).await
    }

    async fn brief(&self, batch: BatchId) -> Result<BatchBrief, StoreError> {
        self.sound.brief(batch).await
    }

    async fn claim_recipients(&self, claim: Claim, now: Timestamp) -> Result<Claimed, StoreError> {
        self.carry_out(Asked::Claim, self.sound.claim_recipients(claim, now)).await
    }

    async fn mark_dialed(
        &self,
        attempt: AttemptId,
        dialog: String,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        self.carry_out(Asked::Mark, self.sound.mark_dialed(attempt, dialog, now)).await
    }

    async fn may_transfer(&self, attempt: AttemptId, to: E164) -> Result<bool, StoreError> {
        self.sound.may_transfer(attempt, to).await
    }

    async fn note_dialog(
        &self,
        attempt: AttemptId,
        dialog: String,
        answered_at: Option<Timestamp>,
    ) -> Result<(), StoreError> {
        self.sound.note_dialog(attempt, dialog, answered_at).await
    }

    async fn settle_attempt(
        &self,
        settlement: Settlement,
        log: CallLog,
    ) -> Result<bool, StoreError> {
        self.carry_out(Asked::Settle, self.sound.settle_attempt(settlement, log)).await
    }

    async fn release_attempt(
        &self,
        attempt: AttemptId,
        not_before: Option<Timestamp>,
    ) -> Result<Option<Timestamp>, StoreError> {
        let asked = Asked::Release(attempt);
        self.carry_out(asked, self.sound.release_attempt(attempt, not_before)).await
    }

    async fn control_batch(
        &self,
        batch: BatchId,
        control: Control,
        by: (Actor, Timestamp),
    ) -> Result<Controlled, StoreError> {
        let asked = Asked::Control(batch, control);
        self.carry_out(asked, self.sound.control_batch(batch, control, by)).await
    }

    async fn move_due(&self, by_us: i64) -> Result<(), StoreError> {
        self.sound.move_due(by_us).await
    }

    async fn advance_batch(
        &self,
        batch: BatchId,
        advance: Advance,
        now: Timestamp,
    ) -> Result<BatchFacts, StoreError> {
        self.carry_out(Asked::Advance, self.sound.advance_batch(batch, advance, now)).await
    }
}
