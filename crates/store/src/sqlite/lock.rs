//! One engine per data directory.

use std::{
    fs::{File, OpenOptions, TryLockError},
    path::Path,
};

use crate::StoreError;

/// Held while an engine dials from a data directory. The operating system gives it back when the
/// process dies, however it dies.
pub(super) struct EngineLock {
    file: File,
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
            Ok(()) => Ok(EngineLock { file }),
            Err(TryLockError::WouldBlock) => Err(StoreError::Conflict(format!(
                "another campanile is running on {}; stop it or choose another --data",
                dir.display()
            ))),
            Err(TryLockError::Error(error)) => Err(failed(error)),
        }
    }
}

impl Drop for EngineLock {
    /// Closing the file is not enough: a child process between its fork and its exec holds it too.
    fn drop(&mut self) {
        let _ = self.file.unlock();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_given_back_is_free_though_a_child_process_has_the_file() {
        let dir = tempfile::tempdir().unwrap();
        let lock = EngineLock::take(dir.path()).unwrap();
        let _inherited = lock.file.try_clone().unwrap();
        assert!(EngineLock::take(dir.path()).is_err());
        drop(lock);
        EngineLock::take(dir.path()).unwrap();
    }
}
