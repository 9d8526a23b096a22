//! Files and lists that are being received and read: each takes disk or memory, and while it is read
//! a thread.

use std::sync::Arc;

use campanile_metrics::{METRICS, labels::Refusal};
use campanile_rules::ids::WorkspaceId;

use crate::{
    problem::{Code, Problem},
    shares::{Share, Shares, Turn, Turns},
};

/// Files of all workspaces that are received and read at once.
const OF_ALL: usize = 256;

/// Files of one workspace that are read at once; others wait.
const READ_OF_ONE: usize = 4;

/// Files that are read at once: threads of a runtime that has 512.
const READ_OF_ALL: usize = 64;

/// The files that are under way.
pub struct Files {
    taken: Arc<Shares>,
    reading: Arc<Turns<WorkspaceId>>,
}

/// The place of a file from its first byte until all is done with it.
#[derive(Clone)]
pub struct FilePlace {
    workspace: WorkspaceId,
    _share: Arc<Share>,
    reading: Arc<Turns<WorkspaceId>>,
}

impl Files {
    /// None is under way; a workspace may have so many at once.
    pub fn new(of_one: usize) -> Files {
        let reading = Arc::new(Turns::new(READ_OF_ONE, READ_OF_ALL));
        Files { taken: Shares::new(of_one, OF_ALL), reading }
    }

    /// A place for a file.
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
    /// Waits until the file may be read.
    pub async fn turn(&self) -> Option<Turn> {
        self.reading.turn(self.workspace).await
    }
}
