//! How many streams are open, and the word that ends them.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use campanile_metrics::{METRICS, labels::StreamEnd};
use campanile_rules::ids::WorkspaceId;
use tokio_util::sync::CancellationToken;

/// Streams of one workspace at once.
pub const MAX_OF_WORKSPACE: usize = 50;

/// Streams of all workspaces at once: below the connections that a server takes.
const MAX: usize = 500;

/// The streams of a server.
#[derive(Default)]
pub struct Streams {
    open: Mutex<HashMap<WorkspaceId, usize>>,
    closing: CancellationToken,
}

/// One stream's place, free again when it is dropped.
pub struct Place {
    streams: Arc<Streams>,
    workspace: WorkspaceId,
    /// How its stream ends, unless that changes; none before it has begun.
    pub end: Option<StreamEnd>,
}

impl Streams {
    /// A place for a stream, if there is one.
    pub fn take(self: &Arc<Streams>, workspace: WorkspaceId) -> Option<Place> {
        let mut open = self.open();
        if open.values().sum::<usize>() >= MAX {
            return None;
        }
        let of_workspace = open.entry(workspace).or_default();
        if *of_workspace >= MAX_OF_WORKSPACE {
            return None;
        }
        *of_workspace += 1;
        Some(Place { streams: self.clone(), workspace, end: None })
    }

    /// How many are open.
    pub fn count(&self) -> usize {
        self.open().values().sum()
    }

    /// Ends all of them, for good.
    pub fn close(&self) {
        self.closing.cancel();
    }

    fn open(&self) -> MutexGuard<'_, HashMap<WorkspaceId, usize>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place {
    /// Returns when the stream has to end.
    pub async fn closed(&self) {
        self.streams.closing.cancelled().await;
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some(end) = self.end {
            METRICS.streams_ended.of(end).inc();
        }
        let mut open = self.streams.open();
        if let Some(of_workspace) = open.get_mut(&self.workspace) {
            *of_workspace -= 1;
            if *of_workspace == 0 {
                open.remove(&self.workspace);
            }
        }
    }
}
