//! How many streams are open, and the word that ends them.

use std::sync::Arc;

use campanile_metrics::{METRICS, labels::StreamEnd};
use campanile_rules::ids::WorkspaceId;
use tokio_util::sync::CancellationToken;

use crate::shares::{Share, Shares};

/// Streams of one workspace at once.
pub const MAX_OF_WORKSPACE: usize = 50;

/// Streams of all workspaces at once: below the connections that a server takes.
const MAX: usize = 500;

/// The streams of a server.
pub struct Streams {
    open: Arc<Shares>,
    closing: CancellationToken,
}

/// One stream's place, free again when it is dropped.
pub struct Place {
    _share: Share,
    closing: CancellationToken,
    /// How its stream ends, unless that changes; none before it has begun.
    pub end: Option<StreamEnd>,
}

impl Default for Streams {
    fn default() -> Self {
        Streams { open: Shares::new(MAX_OF_WORKSPACE, MAX), closing: CancellationToken::new() }
    }
}

impl Streams {
    /// A place for a stream, if there is one.
    pub fn take(&self, workspace: WorkspaceId) -> Option<Place> {
        let _share = self.open.take(workspace)?;
        Some(Place { _share, closing: self.closing.clone(), end: None })
    }

    /// How many are open.
    pub fn count(&self) -> usize {
        self.open.count()
    }

    /// Ends all of them, for good.
    pub fn close(&self) {
        self.closing.cancel();
    }
}

impl Place {
    /// Returns when the stream has to end.
    pub async fn closed(&self) {
        self.closing.cancelled().await;
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some(end) = self.end {
            METRICS.streams_ended.of(end).inc();
        }
    }
}
