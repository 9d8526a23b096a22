//! The open event streams: their number is limited, and a stop closes all of them.

use std::sync::Arc;

use campanile_metrics::{METRICS, labels::StreamEnd};
use campanile_rules::ids::WorkspaceId;
use tokio_util::sync::CancellationToken;

use crate::http::shares::{Share, Shares};

/// The most open streams of one workspace.
pub const MAX_OF_WORKSPACE: usize = 50;

/// The most open streams of all workspaces. Lower than the limit on connections.
const MAX: usize = 500;

/// All event streams of the server.
pub struct Streams {
    open: Arc<Shares>,
    closing: CancellationToken,
}

/// The slot of one stream. Dropping it frees the slot.
pub struct Place {
    _share: Share,
    closing: CancellationToken,
    /// How the stream will have ended if it is dropped now; `None` before it has begun.
    pub end: Option<StreamEnd>,
}

impl Default for Streams {
    fn default() -> Self {
        Streams { open: Shares::new(MAX_OF_WORKSPACE, MAX), closing: CancellationToken::new() }
    }
}

impl Streams {
    /// Reserves a slot for a stream, if one is free.
    pub fn take(&self, workspace: WorkspaceId) -> Option<Place> {
        let _share = self.open.take(workspace)?;
        Some(Place { _share, closing: self.closing.clone(), end: None })
    }

    /// The number of open streams.
    pub fn count(&self) -> usize {
        self.open.count()
    }

    /// Ends all streams, present and future.
    pub fn close(&self) {
        self.closing.cancel();
    }
}

impl Place {
    /// Waits until the stream has to end.
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
