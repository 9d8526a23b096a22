//! Remembers across starts of `run` which batches have their final report. An unreported batch is
//! resumed, so that a crash never causes a second call.

use std::{path::Path, sync::Arc};

use anyhow::Context as _;
use campanile_files::report::{Escape, Format, ReportDetail};
use campanile_rules::ids::{BatchId, WorkspaceId};
use campanile_service::report::{ReportPieces, Wanted};
use campanile_store::{BatchFilter, BatchRecord, Registry, owner};

use crate::durable::{self, Draft};

/// The directory with an empty file for each batch whose final report was written.
const REPORTED_DIR: &str = "reported";

/// The newest batch of this file, unless its final report was written.
pub async fn unreported(
    store: &dyn Registry,
    workspace: WorkspaceId,
    (data, source): (&Path, &str),
) -> anyhow::Result<Option<BatchRecord>> {
    for page in 1.. {
        let found = store
            .list_batches(workspace, BatchFilter { page, limit: 100, ..BatchFilter::default() })
            .await?;
        let last_page = found.items.len() < 100;
        if let Some(batch) = found.items.into_iter().find(|batch| batch.file_name == source) {
            let reported = data.join(REPORTED_DIR).join(batch.id.to_string()).exists();
            return Ok((!reported).then_some(batch));
        }
        if last_page {
            break;
        }
    }
    Ok(None)
}

/// Records that the final report of a batch was written.
pub fn mark_reported(data: &Path, batch: BatchId) -> anyhow::Result<()> {
    let dir = data.join(REPORTED_DIR);
    owner::make_dir(&dir).with_context(|| format!("cannot make {}", dir.display()))?;
    durable::write(&dir.join(batch.to_string()), b"")
}

/// Writes the report of a batch in its current state.
pub async fn write_report(
    store: Arc<dyn Registry>,
    batch: &BatchRecord,
    path: &Path,
) -> anyhow::Result<()> {
    let is_workbook = path.extension().is_some_and(|end| end.eq_ignore_ascii_case("xlsx"));
    let wanted = Wanted {
        detail: ReportDetail::Recipients,
        format: if is_workbook { Format::Xlsx } else { Format::Csv { mark: false } },
        escape: Escape::Formulas,
        // No server shows pages of calls after this process ends.
        calls_at: None,
    };
    let mut pieces = ReportPieces::new(store, batch, wanted).await?;
    let mut file = Draft::new(path)?;
    while let Some(piece) = pieces.next().await? {
        file.write(&piece)?;
    }
    file.publish()
}
