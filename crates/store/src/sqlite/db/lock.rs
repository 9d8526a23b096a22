//! One engine per data directory.

use std::{
    fs::{File, OpenOptions, TryLockError},
    path::Path,
    time::{Duration, Instant},
};

use crate::{StoreError, owner};

/// The lock file in the data directory.
const LOCK_FILE: &str = "engine.lock";

/// A killed process may leave its lock to a child between fork and exec. A lock held for longer
/// than this belongs to a running engine.
const ORPHANED: Duration = Duration::from_secs(1);

/// The time between two tries to take the lock.
const PAUSE: Duration = Duration::from_millis(10);

/// Whether an engine dials from the directory. The check does not disturb an engine that starts
/// meanwhile.
pub fn is_running(dir: &Path) -> bool {
    let lock = File::open(dir.join(LOCK_FILE));
    lock.is_ok_and(|lock| matches!(lock.try_lock_shared(), Err(TryLockError::WouldBlock)))
}

/// The lock of an engine that dials from a data directory. The operating system releases it when
/// the process dies, however it dies.
pub(crate) struct EngineLock {
    file: File,
}

impl EngineLock {
    pub(crate) fn take(dir: &Path) -> Result<EngineLock, StoreError> {
        let begun = Instant::now();
        Self::take_unless(dir, || {
            std::thread::sleep(PAUSE);
            begun.elapsed() > ORPHANED
        })
    }

    /// Takes the lock as soon as it is free. Asks `given_up` whenever it is not free, and stops
    /// when that says so.
    fn take_unless(
        dir: &Path,
        mut given_up: impl FnMut() -> bool,
    ) -> Result<EngineLock, StoreError> {
        let path = dir.join(LOCK_FILE);
        let failed = |error: std::io::Error| {
            StoreError::of_file(format_args!("cannot lock {}", path.display()), &path, &error)
        };
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(failed)?;
        owner::adopt(&file, &path).map_err(failed)?;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(EngineLock { file }),
                Err(TryLockError::Error(error)) => return Err(failed(error)),
                Err(TryLockError::WouldBlock) if given_up() => {
                    return Err(StoreError::Conflict(format!(
                        "another campanile is running on {}; stop it or choose another --data",
                        dir.display()
                    )));
                }
                Err(TryLockError::WouldBlock) => {}
            }
        }
    }
}

impl Drop for EngineLock {
    /// Unlocks explicitly. Closing the file is not enough, because a child process between fork and
    /// exec holds it too.
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
        assert!(EngineLock::take_unless(dir.path(), || true).is_err());
        assert!(is_running(dir.path()));
        drop(lock);
        assert!(!is_running(dir.path()));
        EngineLock::take(dir.path()).unwrap();
    }
    #[test]
    fn a_lock_that_a_killed_process_left_to_a_child_is_waited_for() {
        let dir = tempfile::tempdir().unwrap();
        let mut inherited = Some(File::create(dir.path().join("engine.lock")).unwrap());
        inherited.as_ref().unwrap().try_lock().unwrap();
        let child_execs = || inherited.take().is_none();
        EngineLock::take_unless(dir.path(), child_execs).unwrap();
    }
}
