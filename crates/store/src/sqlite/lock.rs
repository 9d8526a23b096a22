//! One engine per data directory.

use std::{
    fs::{File, OpenOptions, TryLockError},
    path::Path,
};

use crate::StoreError;

/// Held while an engine dials from a data directory. The operating system gives it back when the
/// process dies, however it dies.
pub(super) struct EngineLock {
    _file: File,
}

impl EngineLock {
    pub(super) fn take(dir: &Path) -> Result<EngineLock, StoreError> {
        let path = dir.join("engine.lock");
        let failed = |error: std::io::Error| {
            StoreError::Database(format!("cannot lock {}: {error}", path.display()))
        };
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(failed)?;
        match file.try_lock() {
            Ok(()) => Ok(EngineLock { _file: file }),
            Err(TryLockError::WouldBlock) => Err(StoreError::Conflict(format!(
                "another campanile is running on {}; stop it or choose another --data",
                dir.display()
            ))),
            Err(TryLockError::Error(error)) => Err(failed(error)),
        }
    }
}
