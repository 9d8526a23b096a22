//! Limits on uploads and JSON lists in progress. Each needs disk or memory, and a thread during the
//! import.

use std::sync::Arc;

use campanile_metrics::{METRICS, labels::Refusal};
use campanile_rules::ids::WorkspaceId;

use crate::http::{
    problem::{Code, Problem},
    shares::{Share, Shares, Turn, Turns},
};

/// Uploads in progress at once, over all workspaces.
const OF_ALL: usize = 256;

/// Files of one workspace that are imported at once. Further files wait.
const READ_OF_ONE: usize = 4;

/// Files that are imported at once over all workspaces. Each takes a thread of the runtime, which
/// has 512.
const READ_OF_ALL: usize = 64;

/// The uploads in progress.
pub struct Files {
    taken: Arc<Shares>,
    reading: Arc<Turns<WorkspaceId>>,
}

/// The slot of one upload, from its first byte until the import is over.
#[derive(Clone)]
pub struct FilePlace {
    workspace: WorkspaceId,
    _share: Arc<Share>,
    reading: Arc<Turns<WorkspaceId>>,
}

impl Files {
    /// Starts without uploads. One workspace may have `of_one` uploads at once.
    pub fn new(of_one: usize) -> Files {
        let reading = Arc::new(Turns::new(READ_OF_ONE, READ_OF_ALL));
        Files { taken: Shares::new(of_one, OF_ALL), reading }
    }

    /// Reserves a slot for an upload of the workspace.
    pub fn take(&self, workspace: WorkspaceId) -> Result<FilePlace, Problem> {
        let share = self.taken.take(workspace).ok_or_else(|| {
            METRICS.refusals.of(Refusal::TooManyFiles).inc();
            let detail = format!(
                "{} files or lists of the workspace are being received or read, or the server has \
                 as many as it may; send this one when one of them is done.",
                self.taken.of_one()
            );
            Problem::new(Code::TooManyFiles, detail)
        })?;
        Ok(FilePlace { workspace, _share: Arc::new(share), reading: self.reading.clone() })
    }
}

impl FilePlace {
    /// Waits until the file may be imported.
    pub async fn turn(&self) -> Option<Turn> {
        self.reading.turn(self.workspace).await
    }
}
