//! What all workspaces use together, and how much of it one of them may have at once.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use campanile_rules::ids::WorkspaceId;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Places of a kind: so many over all, so many of one workspace.
pub struct Shares {
    of_one: usize,
    of_all: usize,
    taken: Mutex<HashMap<WorkspaceId, usize>>,
}

/// A place of a workspace, free again when it is dropped.
pub struct Share {
    shares: Arc<Shares>,
    workspace: WorkspaceId,
}

impl Shares {
    /// All places are free.
    pub fn new(of_one: usize, of_all: usize) -> Arc<Shares> {
        Arc::new(Shares { of_one, of_all, taken: Mutex::default() })
    }

    /// The places that one workspace may have.
    pub fn of_one(&self) -> usize {
        self.of_one
    }

    /// A place for a workspace, if there is one.
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

    /// Places that are taken.
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

/// Work that waits for its turn: of each who so many pieces are done at once, and so many over all.
#[derive(Debug)]
pub struct Turns<K> {
    of_one: usize,
    own: Mutex<HashMap<K, Arc<Semaphore>>>,
    all: Arc<Semaphore>,
}

/// A turn, over when it is dropped.
pub struct Turn {
    _own: OwnedSemaphorePermit,
    _all: OwnedSemaphorePermit,
}

impl<K: Copy + Eq + Hash> Turns<K> {
    /// Nobody works.
    pub fn new(of_one: usize, of_all: usize) -> Turns<K> {
        Turns { of_one, own: Mutex::default(), all: Arc::new(Semaphore::new(of_all)) }
    }

    /// Waits until it is somebody's turn. Who waits for others of their own takes no place of
    /// anybody else. None: never, because the server ends.
    pub async fn turn(&self, who: K) -> Option<Turn> {
        let _own = self.own(who).acquire_owned().await.ok()?;
        let _all = self.all.clone().acquire_owned().await.ok()?;
        Some(Turn { _own, _all })
    }

    fn own(&self, who: K) -> Arc<Semaphore> {
        let mut own = self.own.lock().unwrap_or_else(PoisonError::into_inner);
        // Whoever works or waits holds a clone.
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
