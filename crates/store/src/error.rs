//! Why an operation of the store failed, and the trouble of a disk that passes.

use std::{fmt, io, path::Path, sync::Arc};

use campanile_rules::batch::Refused;

use crate::owner;

/// Why a store operation failed.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// The record does not exist, or belongs to another workspace.
    #[error("there is no {0}")]
    NotFound(String),
    /// The batch's state forbids the operation.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// The operation collides with a stored record, for example a name that is taken.
    #[error("{0}")]
    Conflict(String),
    /// The disk refuses writes or reads at the moment; nothing was changed.
    #[error("the database cannot be used: {0}")]
    Disk(Trouble),
    /// The database file is damaged.
    #[error(
        "the database is damaged ({0}); stop the server, look with campanile db check, and restore \
         a backup with campanile db restore"
    )]
    Damaged(String),
    /// Any other error of the database.
    #[error("database: {0}")]
    Database(String),
}

/// A failure of the disk that passes once somebody repairs or empties the disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// The kind of trouble.
    pub kind: TroubleKind,
    /// The message of the system or of SQLite.
    pub detail: Arc<str>,
}

/// A kind of trouble of the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TroubleKind {
    /// The disk is full: `SQLITE_FULL`, ENOSPC, EDQUOT, EFBIG.
    Full,
    /// The disk is read-only: `SQLITE_READONLY`, EROFS.
    ReadOnly,
    /// The disk fails: `SQLITE_IOERR`, EIO.
    Broken,
    /// A file cannot be opened: `SQLITE_CANTOPEN`; perhaps its directory is gone.
    Unopened,
    /// Another program holds the database, or this one lacks memory.
    Busy,
}

impl TroubleKind {
    /// The kind in words.
    pub fn words(self) -> &'static str {
        match self {
            TroubleKind::Full => "the disk is full",
            TroubleKind::ReadOnly => "the disk is read-only",
            TroubleKind::Broken => "the disk fails",
            TroubleKind::Unopened => "a file on the disk cannot be opened",
            TroubleKind::Busy => "the database is busy",
        }
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.kind.words(), self.detail)
    }
}

impl Trouble {
    /// The trouble behind a system error; none when the error is of another kind.
    pub fn of_io(error: &io::Error) -> Option<Trouble> {
        let kind = match error.kind() {
            io::ErrorKind::StorageFull
            | io::ErrorKind::QuotaExceeded
            | io::ErrorKind::FileTooLarge => TroubleKind::Full,
            io::ErrorKind::ReadOnlyFilesystem => TroubleKind::ReadOnly,
            _ if error.raw_os_error() == Some(EIO) => TroubleKind::Broken,
            _ => return None,
        };
        Some(Trouble { kind, detail: error.to_string().into() })
    }
}

/// `EIO`, the same on every Unix; the standard library has no kind for it.
const EIO: i32 = 5;

impl StoreError {
    /// An error about a file, in words; it becomes [`StoreError::Disk`] when the disk is the cause.
    pub fn of_io(words: impl fmt::Display, error: &io::Error) -> StoreError {
        match Trouble::of_io(error) {
            Some(Trouble { kind, .. }) => {
                StoreError::Disk(Trouble { kind, detail: format!("{words}: {error}").into() })
            }
            None => StoreError::Database(format!("{words}: {error}")),
        }
    }

    /// Like [`StoreError::of_io`]; when the file at `path` belongs to another user, the error also
    /// says what to do.
    pub fn of_file(words: impl fmt::Display, path: &Path, error: &io::Error) -> StoreError {
        match owner::remedy(path, error) {
            Some(remedy) => StoreError::Database(format!("{words}: {error}; {remedy}")),
            None => StoreError::of_io(words, error),
        }
    }

    /// Whether the error concerns the database as a whole, not only one operation.
    pub fn is_of_the_whole(&self) -> bool {
        match self {
            StoreError::Disk(_) | StoreError::Damaged(_) => true,
            StoreError::NotFound(_)
            | StoreError::Refused(_)
            | StoreError::Conflict(_)
            | StoreError::Database(_) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_of_the_system_are_told_by_what_the_disk_does() {
        let (enospc, erofs, efbig, enoent) = (28, 30, 27, 2);
        let kind = |number| {
            Trouble::of_io(&io::Error::from_raw_os_error(number)).map(|trouble| trouble.kind)
        };
        assert_eq!(kind(enospc), Some(TroubleKind::Full));
        assert_eq!(kind(efbig), Some(TroubleKind::Full));
        assert_eq!(kind(erofs), Some(TroubleKind::ReadOnly));
        assert_eq!(kind(EIO), Some(TroubleKind::Broken));
        assert_eq!(kind(enoent), None);
        let error = StoreError::of_io("cannot write x", &io::Error::from_raw_os_error(enospc));
        let words = error.to_string();
        assert!(words.contains("the disk is full (cannot write x: "), "{words}");
    }
}
