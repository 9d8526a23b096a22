//! Tells which SQLite errors are trouble with the disk, and which are damage of the database.

use std::fmt;

use rusqlite::{ErrorCode, ffi};

use crate::{StoreError, Trouble, TroubleKind};

impl StoreError {
    /// An SQLite error with words in front of it; the kind of the error stays.
    pub(crate) fn of_sqlite(words: impl fmt::Display, error: &rusqlite::Error) -> StoreError {
        let detail = format!("{words}{error}");
        match classified(error) {
            Kind::Disk(kind) => StoreError::Disk(Trouble { kind, detail: detail.into() }),
            Kind::Damage => StoreError::Damaged(detail),
            Kind::Other => StoreError::Database(detail),
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
}
