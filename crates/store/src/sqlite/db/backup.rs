//! Copies a database while a server may use it.

use std::path::{Path, PathBuf};

use campanile_rules::time::Timestamp;
use rusqlite::{Connection, OptionalExtension};

use crate::sqlite::{
    DATABASE_FILE, connect,
    db::files::{self, Draft},
    db::integrity::open_existing,
    db::migrate,
    db::secrets,
};
use crate::{KEY_FILE, StoreError, Vault};

/// The ending of the key file of a backup, added to the name of the backup.
const KEY_ENDING: &str = ".key";

/// A finished backup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backup {
    /// The backup's size.
    pub bytes: u64,
    /// The file of the key that opens the backup's secrets; none when there are no secrets, or the
    /// key was not wanted.
    pub key: Option<PathBuf>,
    /// Whether the backup contains secrets.
    pub secrets: bool,
    /// Recordings that the backup names; their sound is not in the backup.
    pub recordings: u64,
}

/// Copies the database in `dir`, as it is at one instant, to `file`. If the database has secrets
/// and `with_key` is set, also copies their key to a file beside it. Never overwrites a file.
/// Blocks the thread.
///
/// The copy contains no deleted data. Damage in the database is an error and is not copied.
pub fn back_up(
    dir: &Path,
    file: &Path,
    with_key: bool,
    now: Timestamp,
) -> Result<Backup, StoreError> {
    let key = key_beside(file);
    if let Some(there) = [file, &key].into_iter().find(|path| path.exists()) {
        return Err(files::taken(there));
    }
    let source = open_existing(&dir.join(DATABASE_FILE))?;
    migrate::supported_version(&source)?;
    let draft = Draft::new(file)?;
    let path = draft.path().to_str().ok_or_else(|| {
        StoreError::Conflict(format!("{} is not UTF-8; choose another name", file.display()))
    })?;
    source.execute("VACUUM INTO ?1", [path])?;
    let mut copy = open_existing(draft.path())?;
    let (secrets, recordings) = finish(&mut copy, now)?;
    drop(copy);
    let key = (secrets && with_key).then_some(key);
    if let Some(key) = &key {
        files::write_new(key, &key_of(&source, dir)?)?;
    }
    let bytes = std::fs::metadata(draft.path()).map_or(0, |metadata| metadata.len());
    draft.publish()?;
    Ok(Backup { bytes, key, secrets, recordings })
}

/// The path of a backup's key file.
pub(crate) fn key_beside(file: &Path) -> PathBuf {
    files::with_ending(file, KEY_ENDING)
}

/// Writes the time of the backup into a copy and makes the copy one file. Returns whether it has
/// secrets, and how many recordings it names.
fn finish(copy: &mut Connection, now: Timestamp) -> Result<(bool, u64), StoreError> {
    migrate::migrate(copy)?;
    let sql = "INSERT INTO backup (one, at) VALUES (1, ?1)
               ON CONFLICT DO UPDATE SET at = excluded.at";
    copy.execute(sql, [now.0])?;
    let secrets = secrets::in_use(copy)?;
    let recordings: i64 =
        copy.query_row("SELECT count(*) FROM recordings", [], |row| row.get(0))?;
    one_file(copy)?;
    Ok((secrets, recordings as u64))
}

/// Moves the log's content into the database, so that the database is one file once it is closed.
pub(crate) fn one_file(connection: &Connection) -> Result<(), StoreError> {
    connection.query_row("PRAGMA journal_mode = DELETE", [], |_| Ok(()))?;
    Ok(())
}

/// The key that opens the secrets of a database, in the form of the key file.
fn key_of(source: &Connection, dir: &Path) -> Result<Vec<u8>, StoreError> {
    secrets::proven(source, &Vault::of(dir, true)?)?;
    let path = dir.join(KEY_FILE);
    std::fs::read(&path).map_err(|error| files::cannot("read", &path, &error))
}

/// When a copy was made; true when the copy says so, false when this is its last known instant.
pub(crate) fn made_at(connection: &Connection) -> Result<(Timestamp, bool), StoreError> {
    let sql = "SELECT at FROM backup";
    let at: Option<i64> = connection.query_row(sql, [], |row| row.get(0)).optional()?;
    if let Some(at) = at {
        return Ok((Timestamp(at), true));
    }
    let sql = "SELECT max(coalesce((SELECT max(at) FROM events), 0),
                          coalesce((SELECT max(at) FROM audit_log), 0),
                          coalesce((SELECT max(claimed_at) FROM attempts), 0),
                          coalesce((SELECT max(created_at) FROM batches), 0))";
    Ok((Timestamp(connection.query_row(sql, [], |row| row.get(0))?), false))
}

/// Opens a connection to a copy and brings its schema up to date.
pub(crate) fn open_copy(path: &Path) -> Result<Connection, StoreError> {
    let mut copy = connect(path, rusqlite::OpenFlags::default())?;
    migrate::migrate(&mut copy)?;
    Ok(copy)
}
