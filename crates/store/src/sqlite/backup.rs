//! A copy of a database, made while a server may run on it.

use std::path::{Path, PathBuf};

use campanile_rules::time::Timestamp;
use rusqlite::{Connection, OptionalExtension};

use super::{
    DATABASE_FILE, connect,
    files::{self, Draft},
    integrity::open_existing,
    migrate, secrets,
};
use crate::{KEY_FILE, StoreError, Vault};

/// What a backup's own key is called, behind the name of the backup.
const KEY_ENDING: &str = ".key";

/// A backup that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backup {
    /// Its size.
    pub bytes: u64,
    /// Where the key is that opens its secrets; none when it has none, or it was not wanted.
    pub key: Option<PathBuf>,
    /// Whether there are secrets in it.
    pub secrets: bool,
    /// Recordings that it names; their sound is not in it.
    pub recordings: u64,
}

/// Copies the database in `dir` to `file`, as it is at one instant, and beside it the key of its
/// secrets if it has any and `with_key` says so. Nothing is written over. It blocks.
///
/// What was deleted is not in the copy, and what is damaged is not copied but an error.
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

/// Where the key of a backup is.
pub(super) fn key_beside(file: &Path) -> PathBuf {
    files::with_ending(file, KEY_ENDING)
}

/// Writes into a copy when it was made, and makes it one file; answers whether it has secrets, and
/// how many recordings it names.
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

/// Takes what is in the log into the database itself, so that it is one file when it is closed.
pub(super) fn one_file(connection: &Connection) -> Result<(), StoreError> {
    connection.query_row("PRAGMA journal_mode = DELETE", [], |_| Ok(()))?;
    Ok(())
}

/// The key that opens the secrets of a database, as its file has it.
fn key_of(source: &Connection, dir: &Path) -> Result<Vec<u8>, StoreError> {
    secrets::proven(source, &Vault::of(dir, true)?)?;
    let path = dir.join(KEY_FILE);
    std::fs::read(&path).map_err(|error| files::cannot("read", &path, &error))
}

/// When a copy was made, or the last instant that it knows of; true when it says so itself.
pub(super) fn made_at(connection: &Connection) -> Result<(Timestamp, bool), StoreError> {
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

/// A connection to a copy, with the schema as this program knows it.
pub(super) fn open_copy(path: &Path) -> Result<Connection, StoreError> {
    let mut copy = connect(path, rusqlite::OpenFlags::default())?;
    migrate::migrate(&mut copy)?;
    Ok(copy)
}
