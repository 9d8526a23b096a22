//! A cache of results that are expensive to compute and may be some seconds old.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use campanile_rules::ids::WorkspaceId;

use crate::http::shares::{Turn, Turns};

/// The most cached results of one workspace.
const MOST: usize = 100;

/// Results that are computed at once over all workspaces. Each takes a thread.
const AT_ONCE: usize = 16;

/// The cached results by workspace and question. One result of a workspace is computed at a time.
#[derive(Debug)]
pub struct Lately<K, V> {
    told: Mutex<HashMap<WorkspaceId, Told<K, V>>>,
    turns: Turns<WorkspaceId>,
}

type Told<K, V> = HashMap<K, (Instant, V)>;

impl<K, V> Default for Lately<K, V> {
    fn default() -> Self {
        Lately { told: Mutex::default(), turns: Turns::new(1, AT_ONCE) }
    }
}

impl<K: Eq + Hash, V: Clone> Lately<K, V> {
    /// The cached result, unless it has expired.
    pub fn told(&self, workspace: WorkspaceId, question: &K) -> Option<V> {
        let told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let (until, answer) = told.get(&workspace)?.get(question)?;
        (*until > Instant::now()).then(|| answer.clone())
    }

    /// Waits until no other result of the workspace is being computed.
    pub async fn turn(&self, workspace: WorkspaceId) -> Option<Turn> {
        self.turns.turn(workspace).await
    }

    /// Caches a result for the duration `fresh`.
    pub fn tell(&self, workspace: WorkspaceId, (question, answer): (K, V), fresh: Duration) {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let told = told.entry(workspace).or_default();
        let now = Instant::now();
        if told.len() >= MOST {
            told.retain(|_, (until, _)| *until > now);
        }
        if told.len() < MOST {
            told.insert(question, (now + fresh, answer));
        }
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;

    use super::*;

    const A: WorkspaceId = WorkspaceId(1);
    const B: WorkspaceId = WorkspaceId(2);

    #[test]
    fn a_workspace_that_asks_much_takes_neither_turn_nor_memory_of_others() {
        let lately = Lately::<usize, &str>::default();
        let _asking = lately.turn(A).now_or_never().flatten().expect("nobody works");
        assert!(lately.turn(A).now_or_never().is_none());
        assert!(lately.turn(B).now_or_never().is_some());
        for question in 0..2 * MOST {
            lately.tell(A, (question, "long ago"), Duration::from_secs(60));
        }
        lately.tell(B, (7, "now"), Duration::from_secs(60));
        assert_eq!(lately.told(B, &7), Some("now"));
        assert_eq!(lately.told(A, &(2 * MOST - 1)), None);
    }
}
