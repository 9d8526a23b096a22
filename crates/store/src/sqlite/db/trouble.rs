//! Tells trouble with the disk from damage of the database and from all other errors.

use std::{fmt, io, path::Path, sync::Arc};

use rusqlite::{ErrorCode, ffi};

use crate::{StoreError, owner};

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

    /// An SQLite error with words in front of it; the kind of the error stays.
    pub(crate) fn of_sqlite(words: impl fmt::Display, error: &rusqlite::Error) -> StoreError {
        let detail = format!("{words}{error}");
        match classified(error) {
            Kind::Disk(kind) => StoreError::Disk(Trouble { kind, detail: detail.into() }),
            Kind::Damage => StoreError::Damaged(detail),
            Kind::Other => StoreError::Database(detail),
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

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        StoreError::of_sqlite("", &error)
    }
}

/// What an SQLite error says about the disk and the file.
#[derive(Debug, PartialEq, Eq)]
enum Kind {
    Disk(TroubleKind),
    Damage,
    Other,
}

fn classified(error: &rusqlite::Error) -> Kind {
    let code = match error {
        rusqlite::Error::SqliteFailure(ffi::Error { code, .. }, _)
        | rusqlite::Error::SqlInputError { error: ffi::Error { code, .. }, .. } => *code,
        _ => return Kind::Other,
    };
    match code {
        ErrorCode::DiskFull => Kind::Disk(TroubleKind::Full),
        ErrorCode::ReadOnly => Kind::Disk(TroubleKind::ReadOnly),
        ErrorCode::SystemIoFailure => Kind::Disk(TroubleKind::Broken),
        ErrorCode::CannotOpen => Kind::Disk(TroubleKind::Unopened),
        ErrorCode::DatabaseBusy
        | ErrorCode::DatabaseLocked
        | ErrorCode::OutOfMemory
        | ErrorCode::OperationInterrupted
        | ErrorCode::FileLockingProtocolFailed => Kind::Disk(TroubleKind::Busy),
        ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => Kind::Damage,
        _ => Kind::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure(code: std::ffi::c_int) -> rusqlite::Error {
        rusqlite::Error::SqliteFailure(ffi::Error::new(code), None)
    }

    #[test]
    fn trouble_of_the_disk_is_told_from_damage_and_from_everything_else() {
        let full = [ffi::SQLITE_FULL];
        let read_only = [ffi::SQLITE_READONLY, ffi::SQLITE_READONLY_DBMOVED];
        let broken = [
            ffi::SQLITE_IOERR,
            ffi::SQLITE_IOERR_READ,
            ffi::SQLITE_IOERR_WRITE,
            ffi::SQLITE_IOERR_FSYNC,
            ffi::SQLITE_IOERR_SHMMAP,
            ffi::SQLITE_IOERR_CORRUPTFS,
        ];
        let unopened = [ffi::SQLITE_CANTOPEN, ffi::SQLITE_CANTOPEN_ISDIR];
        let busy = [ffi::SQLITE_BUSY, ffi::SQLITE_BUSY_SNAPSHOT, ffi::SQLITE_NOMEM];
        let kinds = [
            (&full[..], TroubleKind::Full),
            (&read_only, TroubleKind::ReadOnly),
            (&broken, TroubleKind::Broken),
            (&unopened, TroubleKind::Unopened),
            (&busy, TroubleKind::Busy),
        ];
        for (codes, kind) in kinds {
            for code in codes {
                assert_eq!(classified(&failure(*code)), Kind::Disk(kind), "{code}");
            }
        }
        let damage = [ffi::SQLITE_CORRUPT, ffi::SQLITE_CORRUPT_INDEX, ffi::SQLITE_NOTADB];
        for code in damage {
            assert_eq!(classified(&failure(code)), Kind::Damage, "{code}");
        }
        for code in [ffi::SQLITE_CONSTRAINT_UNIQUE, ffi::SQLITE_ERROR, ffi::SQLITE_MISMATCH] {
            assert_eq!(classified(&failure(code)), Kind::Other, "{code}");
        }
        assert_eq!(classified(&rusqlite::Error::QueryReturnedNoRows), Kind::Other);
    }

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
