//! Restores a backup in place of a database.
//!
//! A backup does not know what happened after it was made: recipients that are pending in it may
//! have been called since. So its batches are paused until a user resumes them. And no id that was
//! given out after the backup is given out again: the installation gets a new instance, and all ids
//! jump far ahead.

use std::{
    collections::HashMap,
    fs, io,
    path::{Path, PathBuf},
};

use campanile_clock::Clock;
use campanile_rules::{
    batch::BatchState,
    ids::{BatchId, Cipher, WorkspaceId},
    time::Timestamp,
};
use rusqlite::{Connection, OptionalExtension, params};

use crate::sqlite::{
    DATABASE_FILE,
    batches::control,
    db::{
        backup::{key_beside, made_at, one_file, open_copy},
        decode,
        files::{self, Draft, with_ending},
        integrity::{Look, damage},
        last_known::{LastKnown, NOTE_FILE},
        lock::EngineLock,
        secrets,
    },
    id_cipher,
    log::audit::{Change, Log},
    make_dir,
};
use crate::{Actor, KEY_FILE, StoreError, Vault};

/// The distance between two ranges of ids, for ids that every call uses; and the maximum number of
/// ranges that a restoration skips. It skips a random number, so that two restorations of one
/// backup do not collide.
const FAR: (i64, i64) = (1 << 32, 1 << 10);

/// The same for ids of things that users create: a batch's id is a part of the ids of its
/// recipients.
const NEAR: (i64, i64) = (1_000_000, 1 << 5);

/// The tables whose ids every call uses.
const FREQUENT: [&str; 4] = ["attempts", "events", "webhook_deliveries", "audit_log"];

/// The result of a restoration.
#[derive(Debug, Clone, PartialEq)]
pub struct Restored {
    /// When the backup was made; later changes are lost.
    pub backed_up_at: Timestamp,
    /// Whether the file itself says when it was made; otherwise this is its last known instant.
    pub exact: bool,
    /// The path of the former database, which is kept.
    pub kept: Option<PathBuf>,
    /// Paused batches: once resumed, they may call some recipients a second time.
    pub batches: Vec<WaitingBatch>,
    /// The cipher with which the installation now writes its ids.
    pub cipher: Cipher,
}

/// A batch that was not over when the backup was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaitingBatch {
    /// The batch's identity.
    pub id: BatchId,
    /// The workspace that owns the batch.
    pub workspace: WorkspaceId,
    /// The batch's name.
    pub name: String,
    /// The batch's state now: paused or draft.
    pub state: BatchState,
    /// The recipients that are still to be called, according to the backup.
    pub people: u64,
}

/// Restores the backup `file` in place of the database in `dir`, on which no server may run. Checks
/// the backup completely first, and keeps the old database. Blocks the thread.
pub fn restore(dir: &Path, file: &Path, now: Timestamp) -> Result<Restored, StoreError> {
    if !file.is_file() {
        return Err(StoreError::NotFound(format!("backup {}", file.display())));
    }
    make_dir(dir)?;
    let _lock = EngineLock::take(dir)?;
    let database = dir.join(DATABASE_FILE);
    let draft = copied(file, &database)?;
    let mut copy = checked(draft.path(), file)?;
    let key = key_for(&copy, dir, file)?;
    let (backed_up_at, exact) = made_at(&copy)?;
    let batches = renew(&mut copy, &given_out(&database), (now, backed_up_at))?;
    let (known, cipher) = (LastKnown::of(&copy)?, id_cipher(&copy)?);
    one_file(&copy)?;
    drop(copy);
    let kept = keep_old(&database, now)?;
    if let Some(key) = key {
        replace_key(dir, &key, now)?;
    }
    // Without a note, no comparison takes place: a crash from here on leaves either database whole.
    match fs::remove_file(dir.join(NOTE_FILE)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            return Err(files::cannot("delete", &dir.join(NOTE_FILE), &error));
        }
        Ok(()) | Err(_) => {}
    }
    draft.replace()?;
    known.note(dir)?;
    Ok(Restored { backed_up_at, exact, kept, batches, cipher })
}

/// A draft of the database with the content of the backup and of the log beside it, if there is
/// one: a database that was copied by hand may come with its log.
fn copied(file: &Path, database: &Path) -> Result<Draft, StoreError> {
    let draft = Draft::new(database)?;
    for ending in ["", "-wal"] {
        let (from, to) = (with_ending(file, ending), with_ending(draft.path(), ending));
        if ending.is_empty() || from.exists() {
            fs::copy(&from, &to).map_err(|error| files::cannot("copy", &from, &error))?;
        }
    }
    Ok(draft)
}

/// Opens a copy after checking that it is whole and a Campanile database; the error says what is
/// wrong.
fn checked(copy: &Path, file: &Path) -> Result<Connection, StoreError> {
    let refused = |words: String| {
        StoreError::Conflict(format!("{} cannot be restored: {words}", file.display()))
    };
    let raw = crate::sqlite::db::integrity::open_existing(copy)?;
    let found = damage(&raw, Look::Whole)?;
    if !found.is_empty() {
        return Err(refused(format!("it is damaged ({}); use another", found.join("; "))));
    }
    let empty: bool =
        raw.query_row("SELECT NOT EXISTS (SELECT 1 FROM sqlite_schema)", [], |row| row.get(0))?;
    if empty {
        return Err(refused("it is empty".to_owned()));
    }
    drop(raw);
    let copy = open_copy(copy).map_err(|error| refused(error.to_string()))?;
    let orphans = copy.query_row("SELECT count(*) FROM pragma_foreign_key_check", [], |row| {
        row.get::<_, i64>(0)
    })?;
    match orphans {
        0 => Ok(copy),
        1 => Err(refused("1 row refers to another that is not there".to_owned())),
        rows => Err(refused(format!("{rows} rows refer to others that are not there"))),
    }
}

/// The key to write into `dir`; none when the present key is right, or no key is needed.
fn key_for(copy: &Connection, dir: &Path, file: &Path) -> Result<Option<Vec<u8>>, StoreError> {
    let opens =
        |vault: Result<Vault, StoreError>| vault.and_then(|vault| secrets::proven(copy, &vault));
    if !secrets::in_use(copy)? || opens(Vault::of(dir, true)).is_ok() {
        return Ok(None);
    }
    let beside = key_beside(file);
    let missing = || {
        StoreError::Conflict(format!(
            "the backup has passwords that were sealed with another key than {}. Put the key of \
             the backup beside it, as {}, or in the place of the other, and try again \
             (docs/security.md says what to do without one)",
            dir.join(KEY_FILE).display(),
            beside.display()
        ))
    };
    let bytes = fs::read(&beside).map_err(|_| missing())?;
    opens(Vault::from_text(&String::from_utf8_lossy(&bytes))).map_err(|_| missing())?;
    Ok(Some(bytes))
}

/// Gives the copy a new instance, pauses its batches, and returns them.
fn renew(
    copy: &mut Connection,
    given_out: &HashMap<String, i64>,
    (now, backed_up_at): (Timestamp, Timestamp),
) -> Result<Vec<WaitingBatch>, StoreError> {
    let transaction = copy.transaction()?;
    jump(&transaction, given_out)?;
    transaction.execute("DELETE FROM backup", [])?;
    transaction.execute("UPDATE instance SET id = random()", [])?;
    transaction.execute(
        "INSERT INTO call_id_ranges (first_attempt, instance, opaque)
         SELECT seq + 1, (SELECT id FROM instance),
                (SELECT opaque FROM call_id_ranges ORDER BY first_attempt DESC LIMIT 1)
           FROM sqlite_sequence WHERE name = 'attempts'",
        [],
    )?;
    transaction.execute(
        "INSERT INTO restores (restored_at, backed_up_at, events_after)
         SELECT ?1, ?2, seq FROM sqlite_sequence WHERE name = 'events'",
        params![now.0, backed_up_at.0],
    )?;
    let restoration = transaction.last_insert_rowid();
    let clock = Clock::default();
    let log = Log::on(&transaction, &Actor::Cli, &clock);
    let batches = waiting(&transaction)?;
    for batch in &batches {
        if batch.state == BatchState::Paused {
            control::pause_restored(&transaction, batch.id, now)?;
        }
        let sql = "UPDATE batches SET restored = ?2 WHERE id = ?1";
        transaction.execute(sql, params![batch.id.0, restoration])?;
    }
    let what = serde_json::json!({"backed_up_at": backed_up_at, "batches": batches.len()});
    log.note(Change::new("installation.restored", None, "installation").after(what))?;
    transaction.commit()?;
    Ok(batches)
}

/// The last ids that the present database gave out, as far as it can be read.
fn given_out(database: &Path) -> HashMap<String, i64> {
    let read = || -> Result<HashMap<String, i64>, StoreError> {
        let old = crate::sqlite::db::integrity::open_existing(database)?;
        let mut rows = old.prepare("SELECT name, seq FROM sqlite_sequence")?;
        let rows = rows.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    };
    read().unwrap_or_default()
}

/// Moves all ids far ahead, so that no id from after the backup is given out again.
fn jump(connection: &Connection, given_out: &HashMap<String, i64>) -> Result<(), StoreError> {
    let sql = "SELECT name FROM sqlite_schema WHERE type = 'table' AND sql LIKE '%AUTOINCREMENT%'";
    let mut tables = connection.prepare(sql)?;
    let tables: Vec<String> = tables.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    for table in &tables {
        let (far, most) = if FREQUENT.contains(&table.as_str()) { FAR } else { NEAR };
        let sql = "SELECT seq FROM sqlite_sequence WHERE name = ?1";
        let last: Option<i64> = connection.query_row(sql, [table], |row| row.get(0)).optional()?;
        let highest = last.unwrap_or(0).max(given_out.get(table).copied().unwrap_or(0));
        let sql = match last {
            Some(_) => {
                "UPDATE sqlite_sequence SET seq = (?2 + 1 + (random() & ?3)) * ?4
                         WHERE name = ?1"
            }
            None => {
                "INSERT INTO sqlite_sequence (name, seq)
                     VALUES (?1, (?2 + 1 + (random() & ?3)) * ?4)"
            }
        };
        connection.execute(sql, params![table, highest / far, most - 1, far])?;
    }
    Ok(())
}

/// The batches that are not over, in the state that they will have.
fn waiting(connection: &Connection) -> Result<Vec<WaitingBatch>, StoreError> {
    let mut found = connection.prepare(
        "SELECT id, workspace, name, state FROM batches
          WHERE imported_at IS NOT NULL AND finished_at IS NULL ORDER BY id",
    )?;
    let batches = found.query_map([], |row| {
        let state = decode::state(row, "state")?;
        Ok(WaitingBatch {
            id: BatchId(row.get("id")?),
            workspace: WorkspaceId(row.get("workspace")?),
            name: row.get("name")?,
            // A draft calls nobody until a user starts it.
            state: if state == BatchState::Draft { state } else { BatchState::Paused },
            people: 0,
        })
    })?;
    let mut batches = batches.collect::<Result<Vec<_>, _>>()?;
    // Recipients whose INVITE had not left wait again after the next start.
    let sql = "SELECT count(*) FROM slots s JOIN attempts a ON a.id = s.attempt
                WHERE s.batch = ?1 AND a.dialed_at IS NULL";
    for batch in &mut batches {
        let taken: i64 = connection.query_row(sql, [batch.id.0], |row| row.get(0))?;
        batch.people = control::count(connection, batch.id, "pending", None)? + taken as u64;
    }
    Ok(batches)
}

/// Renames the old database and its log.
fn keep_old(database: &Path, now: Timestamp) -> Result<Option<PathBuf>, StoreError> {
    if !database.exists() {
        return Ok(None);
    }
    // Merges the log, so that the old database is one file. A damaged database is kept as it is.
    if let Ok(old) = crate::sqlite::db::integrity::open_existing(database) {
        let _ = one_file(&old);
    }
    let kept = before(database, now)?;
    for ending in ["-wal", "-shm", ""] {
        let (from, to) = (with_ending(database, ending), with_ending(&kept, ending));
        if from.exists() {
            let moved = match ending {
                // The file also keeps its own name until the restored database takes it.
                "" => fs::hard_link(&from, &to).or_else(|_| fs::copy(&from, &to).map(drop)),
                _ => fs::rename(&from, &to),
            };
            moved.map_err(|error| files::cannot("keep", &from, &error))?;
        }
    }
    files::sync_dir(&kept)?;
    Ok(Some(kept))
}

fn replace_key(dir: &Path, key: &[u8], now: Timestamp) -> Result<(), StoreError> {
    let path = dir.join(KEY_FILE);
    if path.exists() {
        let kept = before(&path, now)?;
        fs::rename(&path, &kept).map_err(|error| files::cannot("keep", &path, &error))?;
    }
    files::write(&path, key)
}

/// A new name for a file from before the restoration.
fn before(path: &Path, now: Timestamp) -> Result<PathBuf, StoreError> {
    let instant = now.to_string().replace([':', '-'], "");
    let name = with_ending(path, &format!(".before-restore-{instant}"));
    if name.exists() { Err(files::taken(&name)) } else { Ok(name) }
}
