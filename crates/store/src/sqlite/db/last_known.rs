//! A note beside the database with the highest ids that it gave out. A database that is behind its
//! note was copied back, and would give out the same ids again.
//!
//! The note is never ahead of the database. A thread of its own writes the note at most once a
//! second while something changes, and when the store closes, so that no call waits for it.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::mpsc,
    thread::JoinHandle,
    time::Duration,
};

use rusqlite::{Connection, OpenFlags};
use serde::{Deserialize, Serialize};

use crate::StoreError;
use crate::sqlite::{DATABASE_FILE, connect, db::files};

/// The note file in the data directory.
pub(crate) const NOTE_FILE: &str = "last-known";

/// The time between two notes.
const PAUSE: Duration = Duration::from_secs(1);

/// The database's instance and the highest ids that it gave out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LastKnown {
    /// The instance number, in hexadecimal digits.
    instance: String,
    /// The highest id of an attempt that was ever given out.
    attempts: i64,
    /// The highest id of an event that was ever given out.
    events: i64,
}

impl LastKnown {
    /// Reads the values from the database.
    pub fn of(connection: &Connection) -> rusqlite::Result<LastKnown> {
        let given_out = |table: &str| {
            let sql = "SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = ?1), 0)";
            connection.prepare_cached(sql)?.query_one([table], |row| row.get(0))
        };
        let sql = "SELECT id FROM instance";
        let instance: i64 = connection.prepare_cached(sql)?.query_one([], |row| row.get(0))?;
        Ok(LastKnown {
            instance: format!("{instance:016x}"),
            attempts: given_out("attempts")?,
            events: given_out("events")?,
        })
    }

    /// Reads the note in `dir`; none when there is no note, or a failing disk left half a note.
    pub fn noted(dir: &Path) -> Result<Option<LastKnown>, StoreError> {
        let path = dir.join(NOTE_FILE);
        match fs::read(&path) {
            Ok(bytes) => Ok(serde_json::from_slice(&bytes).ok()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(files::cannot("read", &path, &error)),
        }
    }

    /// Writes the note.
    pub fn note(&self, dir: &Path) -> Result<(), StoreError> {
        let text = serde_json::to_string(self)
            .map_err(|error| StoreError::Database(format!("cannot write {NOTE_FILE}: {error}")))?;
        files::write(&dir.join(NOTE_FILE), format!("{text}\n").as_bytes())
    }

    /// Refuses a database of another instance than the note's, and one that is behind the note.
    pub fn refuse_older(&self, now: &LastKnown, dir: &Path) -> Result<(), StoreError> {
        let what = if self.instance != now.instance {
            "is not the one that was here before"
        } else if self.attempts > now.attempts || self.events > now.events {
            "is older than what this installation last knew: it was copied back, or a snapshot \
             of it alone"
        } else {
            return Ok(());
        };
        let database = dir.join(DATABASE_FILE);
        Err(StoreError::Conflict(format!(
            "the database {database} {what}. Calls that were made since are not in it: going on \
             would call people again and repeat the names of calls. Stay with it by: campanile db \
             restore {database} --data {dir}; it pauses every batch and says who may be called \
             twice",
            database = database.display(),
            dir = dir.display()
        )))
    }
}

/// Refuses a directory that has a note but no database: the database was lost, and a new one would
/// start from nothing.
pub(crate) fn refuse_missing(dir: &Path) -> Result<(), StoreError> {
    let database = dir.join(DATABASE_FILE);
    if database.exists() || !dir.join(NOTE_FILE).exists() {
        return Ok(());
    }
    Err(StoreError::Conflict(format!(
        "the database {database} is missing, and {note} says that there was one. Put a backup in \
         its place with: campanile db restore FILE --data {dir}; or, to begin from nothing, delete \
         {note}",
        database = database.display(),
        note = dir.join(NOTE_FILE).display(),
        dir = dir.display()
    )))
}

/// Keeps the note of a directory up to date until it is dropped.
pub(crate) struct Noting {
    stop: Option<mpsc::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Noting {
    pub fn start(dir: &Path, first: LastKnown) -> Result<Noting, StoreError> {
        first.note(dir)?;
        let (stop, stopped) = mpsc::channel();
        let dir = dir.to_owned();
        let thread = std::thread::Builder::new()
            .name("store-note".to_owned())
            .spawn(move || keep_noting(dir, first, &stopped))
            .map_err(|error| StoreError::Database(format!("cannot start a thread: {error}")))?;
        Ok(Noting { stop: Some(stop), thread: Some(thread) })
    }
}

impl Drop for Noting {
    /// Notes the last commit before it stops.
    fn drop(&mut self) {
        self.stop = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn keep_noting(dir: PathBuf, mut noted: LastKnown, stopped: &mpsc::Receiver<()>) {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let Ok(connection) = connect(&dir.join(DATABASE_FILE), flags) else { return };
    loop {
        let last = stopped.recv_timeout(PAUSE) == Err(mpsc::RecvTimeoutError::Disconnected);
        // If the note cannot be written, the old one stays: it is behind the database, but true.
        if let Ok(now) = LastKnown::of(&connection)
            && now != noted
            && now.note(&dir).is_ok()
        {
            noted = now;
        }
        if last {
            return;
        }
    }
}
