//! Tells whether the last engine of a directory ended cleanly: a mark file lies there while an
//! engine runs.

use std::{
    fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use crate::StoreError;
use crate::sqlite::{DATABASE_FILE, Found, Look, db::files, db::health::Health, look_over};

/// The mark file in the data directory.
const MARK_FILE: &str = "running";

/// The mark of a running engine. It is deleted when the engine ends, unless the database had
/// failed.
pub(crate) struct Running {
    path: PathBuf,
    health: Health,
}

impl Running {
    /// Writes the mark.
    pub fn mark(dir: &Path, health: Health) -> Result<Running, StoreError> {
        let path = dir.join(MARK_FILE);
        files::write(&path, format!("{}\n", std::process::id()).as_bytes())?;
        Ok(Running { path, health })
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if self.health.failing().is_none() {
            // A mark that remains only costs the next start a check of the database.
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// The process id of the engine that left its mark in the directory.
pub fn running_process(dir: &Path) -> Option<u32> {
    fs::read_to_string(dir.join(MARK_FILE)).ok()?.trim().parse().ok()
}

/// Checks the database in `dir`, for at most `within`, if its last engine did not end cleanly.
/// Refuses a damaged database.
pub(crate) fn look_after_unclean_end(dir: &Path, within: Duration) -> Result<(), StoreError> {
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
