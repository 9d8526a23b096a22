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
pub struct ResultCache<K, V> {
    results: Mutex<HashMap<WorkspaceId, Results<K, V>>>,
    turns: Turns<WorkspaceId>,
}

type Results<K, V> = HashMap<K, (Instant, V)>;

impl<K, V> Default for ResultCache<K, V> {
    fn default() -> Self {
        ResultCache { results: Mutex::default(), turns: Turns::new(1, AT_ONCE) }
    }
}

impl<K: Eq + Hash, V: Clone> ResultCache<K, V> {
    /// The cached result, unless it has expired.
    pub fn get(&self, workspace: WorkspaceId, question: &K) -> Option<V> {
        let results = self.results.lock().unwrap_or_else(PoisonError::into_inner);
        let (until, answer) = results.get(&workspace)?.get(question)?;
        (*until > Instant::now()).then(|| answer.clone())
    }

    /// Waits until no other result of the workspace is being computed.
    pub async fn turn(&self, workspace: WorkspaceId) -> Option<Turn> {
        self.turns.turn(workspace).await
    }

    /// Caches a result for the duration `fresh`.
    pub fn keep(&self, workspace: WorkspaceId, (question, answer): (K, V), fresh: Duration) {
        let mut results = self.results.lock().unwrap_or_else(PoisonError::into_inner);
        let results = results.entry(workspace).or_default();
        let now = Instant::now();
        if results.len() >= MOST {
            results.retain(|_, (until, _)| *until > now);
        }
        if results.len() < MOST {
            results.insert(question, (now + fresh, answer));
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
        let cache = ResultCache::<usize, &str>::default();
        let _asking = cache.turn(A).now_or_never().flatten().expect("nobody works");
        assert!(cache.turn(A).now_or_never().is_none());
        assert!(cache.turn(B).now_or_never().is_some());
        for question in 0..2 * MOST {
            cache.keep(A, (question, "long ago"), Duration::from_secs(60));
        }
        cache.keep(B, (7, "now"), Duration::from_secs(60));
        assert_eq!(cache.get(B, &7), Some("now"));
        assert_eq!(cache.get(A, &(2 * MOST - 1)), None);
    }
}
