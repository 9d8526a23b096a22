//! Fair division of a shared resource: a bound per workspace and a bound over all.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use campanile_rules::ids::WorkspaceId;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Slots of one kind, bounded over all and per workspace.
pub struct Shares {
    of_one: usize,
    of_all: usize,
    taken: Mutex<HashMap<WorkspaceId, usize>>,
}

/// A slot that a workspace holds. Dropping it frees the slot.
pub struct Share {
    shares: Arc<Shares>,
    workspace: WorkspaceId,
}

impl Shares {
    /// Creates the slots, all free.
    pub fn new(of_one: usize, of_all: usize) -> Arc<Shares> {
        Arc::new(Shares { of_one, of_all, taken: Mutex::default() })
    }

    /// The most slots of one workspace.
    pub fn of_one(&self) -> usize {
        self.of_one
    }

    /// Takes a slot for the workspace. `None` if the workspace or the total is at its bound.
    pub fn take(self: &Arc<Shares>, workspace: WorkspaceId) -> Option<Share> {
        let mut taken = self.taken();
        if taken.values().sum::<usize>() >= self.of_all {
            return None;
        }
        let own = taken.entry(workspace).or_default();
        if *own >= self.of_one {
            return None;
        }
        *own += 1;
        Some(Share { shares: self.clone(), workspace })
    }

    /// The number of slots taken.
    pub fn count(&self) -> usize {
        self.taken().values().sum()
    }

    fn taken(&self) -> MutexGuard<'_, HashMap<WorkspaceId, usize>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        let mut taken = self.shares.taken();
        if let Some(own) = taken.get_mut(&self.workspace) {
            *own -= 1;
            if *own == 0 {
                taken.remove(&self.workspace);
            }
        }
    }
}

/// A queue for work, bounded per key and over all.
#[derive(Debug)]
pub struct Turns<K> {
    of_one: usize,
    own: Mutex<HashMap<K, Arc<Semaphore>>>,
    all: Arc<Semaphore>,
}

/// The right to work. Dropping it ends the turn.
pub struct Turn {
    _own: OwnedSemaphorePermit,
    _all: OwnedSemaphorePermit,
}

impl<K: Copy + Eq + Hash> Turns<K> {
    /// Creates the queue with no work in progress.
    pub fn new(of_one: usize, of_all: usize) -> Turns<K> {
        Turns { of_one, own: Mutex::default(), all: Arc::new(Semaphore::new(of_all)) }
    }

    /// Waits for a turn of `who`. While `who` waits for its own bound, it takes nothing of the
    /// total. `None` if the server is stopping.
    pub async fn turn(&self, who: K) -> Option<Turn> {
        let _own = self.own(who).acquire_owned().await.ok()?;
        let _all = self.all.clone().acquire_owned().await.ok()?;
        Some(Turn { _own, _all })
    }

    fn own(&self, who: K) -> Arc<Semaphore> {
        let mut own = self.own.lock().unwrap_or_else(PoisonError::into_inner);
        // Each working or waiting task holds a clone of the semaphore, so a count of 1 means
        // unused.
        own.retain(|_, turns| Arc::strong_count(turns) > 1);
        own.entry(who).or_insert_with(|| Arc::new(Semaphore::new(self.of_one))).clone()
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;

    use super::*;

    const A: WorkspaceId = WorkspaceId(1);
    const B: WorkspaceId = WorkspaceId(2);

    #[test]
    fn a_workspace_takes_its_own_places_only() {
        let shares = Shares::new(2, 3);
        let own = [shares.take(A).unwrap(), shares.take(A).unwrap()];
        assert!(shares.take(A).is_none());
        let other = shares.take(B).expect("a place of its own");
        assert!(shares.take(B).is_none(), "all are taken");
        drop(own);
        assert_eq!(shares.count(), 1);
        drop(other);
        assert!(shares.taken().is_empty());
    }

    #[test]
    fn who_waits_for_their_own_keeps_nobody_else_waiting() {
        let turns = Turns::new(1, 2);
        let working = turns.turn(A).now_or_never().flatten().expect("it is idle");
        let mut waiting = Box::pin(turns.turn(A));
        assert!(waiting.as_mut().now_or_never().is_none());
        assert!(turns.turn(B).now_or_never().is_some());
        drop(working);
        assert!(waiting.now_or_never().flatten().is_some());
        drop(turns.turn(B).now_or_never());
        assert_eq!(turns.own.lock().unwrap().len(), 1, "who is done is forgotten");
    }
}
