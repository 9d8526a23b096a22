//! A backup takes the place of a database.
//!
//! What happened behind the backup is not in it: whom it takes for waiting may have been called.
//! So its batches wait until somebody resumes them, and nothing that was given out behind the
//! backup is given out again: the installation gets a new instance, and every number goes on far
//! ahead.

use std::{
    collections::HashMap,
    fs, io,
    path::{Path, PathBuf},
};

use campanile_rules::{
    batch::BatchState,
    ids::{BatchId, Cipher, WorkspaceId},
    time::Timestamp,
};
use rusqlite::{Connection, OptionalExtension, params};

use super::{
    DATABASE_FILE,
    audit::{Actor, Change, Log},
    backup::{key_beside, made_at, one_file, open_copy},
    control, decode,
    files::{self, Draft, with_ending},
    id_cipher,
    integrity::{Look, damage},
    last_known::{LastKnown, NOTE_FILE},
    lock::EngineLock,
    make_dir, secrets,
};
use crate::{KEY_FILE, StoreError, Vault};

/// From one range of numbers to the next, for what is given out with every call; and how many
/// ranges a restoration passes over at most, so that two of one backup do not meet.
const FAR: (i64, i64) = (1 << 32, 1 << 10);

/// The same for what people make: a batch's number is a part of each of its recipients'.
const NEAR: (i64, i64) = (1_000_000, 1 << 5);

/// What is given out with every call.
const FREQUENT: [&str; 4] = ["attempts", "events", "webhook_deliveries", "audit_log"];

/// What a restoration did.
#[derive(Debug, Clone, PartialEq)]
pub struct Restored {
    /// What happened from then on is not known here.
    pub backed_up_at: Timestamp,
    /// Whether the file says so itself; otherwise it is the last instant that it knows of.
    pub exact: bool,
    /// Where the database is that was there before.
    pub kept: Option<PathBuf>,
    /// Batches whose people may be called twice, when somebody resumes them.
    pub batches: Vec<WaitingBatch>,
    /// With what the installation writes its ids.
    pub cipher: Cipher,
}

/// A batch that was not over when the backup was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaitingBatch {
    /// Its identity.
    pub id: BatchId,
    /// Whose.
    pub workspace: WorkspaceId,
    /// Its name.
    pub name: String,
    /// How it is now: paused, or a draft.
    pub state: BatchState,
    /// Those who are still to be called as far as the backup knows.
    pub people: u64,
}

/// Puts the backup `file` in the place of the database in `dir`, on which no server may run. The
/// backup is looked at whole first, and the old database is kept. It blocks.
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
    // Without a note nothing is compared: a crash from here on leaves one whole database or the
    // other.
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

/// A draft of the database with what is in the backup, and in the log beside it if there is one:
/// whoever copies a database by hand may have copied both.
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

/// Opens a copy that is whole and one of Campanile, or says what is wrong with it.
fn checked(copy: &Path, file: &Path) -> Result<Connection, StoreError> {
    let refused = |words: String| {
        StoreError::Conflict(format!("{} cannot be restored: {words}", file.display()))
    };
    let raw = super::integrity::open_existing(copy)?;
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

/// The key that is to be put into `dir`; none when the one that is there is right, or none is
/// needed.
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

/// Gives the copy a new instance, makes its batches wait, and says which.
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
    let log = Log::on(&transaction, &Actor::Cli);
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

/// The last numbers that the database that is there now gave out, as far as it can be read.
fn given_out(database: &Path) -> HashMap<String, i64> {
    let read = || -> Result<HashMap<String, i64>, StoreError> {
        let old = super::integrity::open_existing(database)?;
        let mut rows = old.prepare("SELECT name, seq FROM sqlite_sequence")?;
        let rows = rows.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    };
    read().unwrap_or_default()
}

/// Nothing that was given out behind the backup is given out again.
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

/// Batches that are not over, as they will be.
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
            // Drafts call nobody before somebody starts them.
            state: if state == BatchState::Draft { state } else { BatchState::Paused },
            people: 0,
        })
    })?;
    let mut batches = batches.collect::<Result<Vec<_>, _>>()?;
    // Whose call had not left yet waits again at the next start.
    let sql = "SELECT count(*) FROM slots s JOIN attempts a ON a.id = s.attempt
                WHERE s.batch = ?1 AND a.dialed_at IS NULL";
    for batch in &mut batches {
        let taken: i64 = connection.query_row(sql, [batch.id.0], |row| row.get(0))?;
        batch.people = control::count(connection, batch.id, "pending", None)? + taken as u64;
    }
    Ok(batches)
}

/// Gives the old database another name, with its log.
fn keep_old(database: &Path, now: Timestamp) -> Result<Option<PathBuf>, StoreError> {
    if !database.exists() {
        return Ok(None);
    }
    // So that it is one file; one that is damaged is kept as it is.
    if let Ok(old) = super::integrity::open_existing(database) {
        let _ = one_file(&old);
    }
    let kept = before(database, now)?;
    for ending in ["-wal", "-shm", ""] {
        let (from, to) = (with_ending(database, ending), with_ending(&kept, ending));
        if from.exists() {
            let moved = match ending {
                // It stays under its own name too, until the restored one takes that.
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

/// A name for what was there before a restoration.
fn before(path: &Path, now: Timestamp) -> Result<PathBuf, StoreError> {
    let instant = now.to_string().replace([':', '-'], "");
    let name = with_ending(path, &format!(".before-restore-{instant}"));
    if name.exists() { Err(files::taken(&name)) } else { Ok(name) }
}
