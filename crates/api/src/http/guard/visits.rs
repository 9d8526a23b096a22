//! Limits on visits, in which a browser talks with an agent. Each one uses as much as a call.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, PoisonError},
};

use campanile_metrics::{METRICS, labels::Refusal};
use campanile_rules::ids::WorkspaceId;

use crate::http::{
    problem::{Code, Problem},
    shares::{Share, Shares},
};

/// Visits of one workspace at once.
const OF_ONE: usize = 3;

/// Visits of all workspaces at once.
const OF_ALL: usize = 20;

/// The visits in progress.
pub struct Visits {
    taken: Arc<Shares>,
    keys: Arc<Mutex<HashSet<String>>>,
}

/// The place of one visit. Dropping it frees the place.
pub struct Visit {
    _share: Share,
    keys: Arc<Mutex<HashSet<String>>>,
    key_id: String,
}

impl Default for Visits {
    fn default() -> Visits {
        Visits { taken: Shares::new(OF_ONE, OF_ALL), keys: Arc::default() }
    }
}

impl Visits {
    /// Begins a visit, the only one of its key. Fails if too many go on.
    pub fn begin(&self, workspace: WorkspaceId, key_id: &str) -> Result<Visit, Problem> {
        let refused = |detail: String| {
            METRICS.refusals.of(Refusal::TooManyAtOnce).inc();
            Problem::new(Code::TooManyRequests, detail)
        };
        let share = self.taken.take(workspace).ok_or_else(|| {
            refused(format!(
                "{} people of the workspace talk with its agents from a browser, or the server has \
                 as many as it may; try again when one of them is done.",
                self.taken.of_one()
            ))
        })?;
        let is_first = keys(&self.keys).insert(key_id.to_owned());
        if !is_first {
            let detail = "Your key talks with an agent already, perhaps in another tab; end that \
                          first.";
            return Err(refused(detail.to_owned()));
        }
        Ok(Visit { _share: share, keys: self.keys.clone(), key_id: key_id.to_owned() })
    }
}

fn keys(keys: &Mutex<HashSet<String>>) -> std::sync::MutexGuard<'_, HashSet<String>> {
    keys.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Drop for Visit {
    fn drop(&mut self) {
        keys(&self.keys).remove(&self.key_id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_has_one_visit_and_a_workspace_a_few() {
        let visits = Visits::default();
        let (one, other) = (WorkspaceId(1), WorkspaceId(2));
        let first = visits.begin(one, "a").ok();
        assert!(first.is_some());
        assert!(visits.begin(one, "a").is_err(), "one a key");
        let more: Vec<_> = ["b", "c"].map(|key| visits.begin(one, key).ok()).into();
        assert!(more.iter().all(Option::is_some));
        assert!(visits.begin(one, "d").is_err(), "a few a workspace");
        assert!(visits.begin(other, "e").is_ok());
        drop(first);
        assert!(visits.begin(one, "a").is_ok());
    }
}
