//! Whether the last engine of a directory came to its end: a mark lies there as long as one runs.

use std::{
    fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use super::{DATABASE_FILE, Found, Look, files, health::Health, look_over};
use crate::StoreError;

/// The mark's file in the data directory.
const MARK_FILE: &str = "running";

/// The mark of an engine that runs. It goes with the engine, unless the database failed at the end.
pub(super) struct Running {
    path: PathBuf,
    health: Health,
}

impl Running {
    /// Leaves the mark.
    pub fn mark(dir: &Path, health: Health) -> Result<Running, StoreError> {
        let path = dir.join(MARK_FILE);
        files::write(&path, format!("{}\n", std::process::id()).as_bytes())?;
        Ok(Running { path, health })
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if self.health.failing().is_none() {
            // A mark that stays costs the next start a look.
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// The process of the engine that left its mark in the directory.
pub fn running_process(dir: &Path) -> Option<u32> {
    fs::read_to_string(dir.join(MARK_FILE)).ok()?.trim().parse().ok()
}

/// Looks at the database in `dir` for at most so long, if its last engine came to no end. Refuses it
/// when it is damaged.
pub(super) fn look_after_unclean_end(dir: &Path, within: Duration) -> Result<(), StoreError> {
    if !dir.join(MARK_FILE).exists() || !dir.join(DATABASE_FILE).exists() {
        return Ok(());
    }
    let begun = Instant::now();
    let found = look_over(dir, Look::Quick, Some(within))?;
    let took_ms = begun.elapsed().as_millis() as u64;
    match found {
        Found::Sound => {
            tracing::info!(took_ms, "the last run came to no end; the database is whole")
        }
        Found::Unfinished => tracing::warn!(
            took_ms,
            "the last run came to no end, and the database is too large to look at all of it now; \
             campanile db check looks at it while the server runs"
        ),
        Found::Damaged(lines) => return Err(StoreError::Damaged(lines.join("; "))),
    }
    Ok(())
}
