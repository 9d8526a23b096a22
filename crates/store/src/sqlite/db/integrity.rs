//! Checks the integrity of a database with SQLite's own means.

use std::{path::Path, sync::mpsc, thread, time::Duration};

use rusqlite::{Connection, ErrorCode, OpenFlags};

use crate::StoreError;
use crate::sqlite::{DATABASE_FILE, connect};

/// The maximum number of problems that SQLite reports; one is enough to know.
const LINES: u32 = 20;

/// How thoroughly to check a database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// Every page, without comparing indexes with their tables.
    Quick,
    /// Everything.
    Whole,
}

/// The result of a check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// The database is whole.
    Sound,
    /// The database is damaged; the lines are SQLite's report.
    Damaged(Vec<String>),
    /// The time ran out before the end of the check, which had found nothing bad so far.
    Unfinished,
}

/// Checks the database in `dir` for at most `within`; a server may use it meanwhile. Blocks the
/// thread.
pub fn look_over(dir: &Path, look: Look, within: Option<Duration>) -> Result<Found, StoreError> {
    let connection = open_existing(&dir.join(DATABASE_FILE))?;
    let Some(within) = within else { return Ok(found(damage(&connection, look)?)) };
    let interrupt = connection.get_interrupt_handle();
    let (done, over) = mpsc::channel::<()>();
    let damage = thread::scope(|scope| {
        scope.spawn(move || {
            if over.recv_timeout(within) == Err(mpsc::RecvTimeoutError::Timeout) {
                interrupt.interrupt();
            }
        });
        let damage = damage(&connection, look);
        drop(done);
        damage
    });
    match damage {
        Ok(lines) => Ok(found(lines)),
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::OperationInterrupted) => {
            Ok(Found::Unfinished)
        }
        Err(error) => Err(error.into()),
    }
}

/// Opens an existing database; never creates one.
pub(crate) fn open_existing(path: &Path) -> Result<Connection, StoreError> {
    if !path.is_file() {
        return Err(StoreError::NotFound(format!("database {}", path.display())));
    }
    connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX)
}

/// SQLite's report of the damage in a database; empty when it is whole.
pub(crate) fn damage(connection: &Connection, look: Look) -> rusqlite::Result<Vec<String>> {
    let pragma = match look {
        Look::Quick => "quick_check",
        Look::Whole => "integrity_check",
    };
    let lines = connection.prepare(&format!("PRAGMA {pragma}({LINES})")).and_then(|mut check| {
        check.query_map([], |row| row.get(0))?.collect::<Result<Vec<_>, _>>()
    });
    match lines {
        Ok(lines) if lines == ["ok"] => Ok(Vec::new()),
        Ok(lines) => Ok(lines),
        Err(error) if broken(&error) => Ok(vec![error.to_string()]),
        Err(error) => Err(error),
    }
}

/// Whether an error means that the database file itself is damaged.
pub(crate) fn broken(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase))
}

fn found(damage: Vec<String>) -> Found {
    if damage.is_empty() { Found::Sound } else { Found::Damaged(damage) }
}

#[cfg(test)]
mod tests {
    use std::io::{Seek as _, SeekFrom, Write as _};

    use super::*;
    use crate::SqliteStore;

    #[test]
    fn a_whole_database_is_sound_and_an_overwritten_page_is_seen() {
        let dir = tempfile::tempdir().unwrap();
        drop(SqliteStore::open(dir.path()).unwrap());
        let long = Some(Duration::from_secs(600));
        for look in [Look::Quick, Look::Whole] {
            assert_eq!(look_over(dir.path(), look, None).unwrap(), Found::Sound);
            assert_eq!(look_over(dir.path(), look, long).unwrap(), Found::Sound);
        }
        let path = dir.path().join(DATABASE_FILE);
        let mut file = std::fs::OpenOptions::new().write(true).open(path).unwrap();
        file.seek(SeekFrom::Start(4096 * 9)).unwrap();
        file.write_all(&[0xa5; 4096 * 4]).unwrap();
        for look in [Look::Quick, Look::Whole] {
            let found = look_over(dir.path(), look, None).unwrap();
            assert!(matches!(found, Found::Damaged(_)), "{look:?}: {found:?}");
        }
    }

    #[test]
    fn nothing_is_made_where_nothing_was() {
        let dir = tempfile::tempdir().unwrap();
        assert!(look_over(dir.path(), Look::Quick, None).is_err());
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
    }
}
