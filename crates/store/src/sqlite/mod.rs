//! The store on SQLite: one writer thread with group commit, and a small pool of readers.

mod batches;
mod calls;
mod db;
mod dialing;
mod forgetting;
mod log;
mod settings;
mod webhooks;

pub use db::backup::{Backup, back_up};
pub use db::check::check;
pub use db::health::Failing;
pub use db::integrity::{Found, Look, look_over};
pub use db::lock::is_running;
pub use db::migrate::is_current;
pub use db::readers::{reading_for, reading_for_now};
pub use db::restore::{Restored, WaitingBatch, restore};
pub use db::running::running_process;

use std::{path::Path, sync::Arc, time::Duration};

use async_trait::async_trait;
use campanile_clock::Clock;
use campanile_rules::ids::Cipher;
use rusqlite::{Connection, OpenFlags, config::DbConfig};
use rustix::{
    fs::{Access, access},
    io::Errno,
};

use tokio::sync::watch;

use crate::{
    Actor, Availability, Database, EventLog, Forgetting, Owner, Registry, Store, StoreError, Vault,
    owner,
};
use db::health::Health;
use db::last_known::{LastKnown, Noting};
use db::lock::EngineLock;
use db::readers::Readers;
use db::running::Running;
use db::writer::Writer;
use dialing::call_ids::CallIds;
use log::idempotency::RequestKey;

/// The database file in the data directory.
pub const DATABASE_FILE: &str = "campanile.sqlite";

/// How long a statement waits for another process that writes, such as `key create`.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// The database of a data directory. Clones share it; dropping the last clone commits what is
/// queued. The audit log names `cli` as the actor of all changes, unless [`Store::by`] names
/// another.
#[derive(Clone)]
pub struct SqliteStore {
    shared: Arc<Shared>,
    clock: Clock,
    actor: Actor,
    request: Option<Arc<RequestKey>>,
}

struct Shared {
    // The fields drop in this order: the writer commits what is queued before the lock on the
    // directory is released.
    writer: Writer,
    vault: Arc<Vault>,
    /// Declared after the writer, so that the last commit is noted too.
    _noting: Option<Noting>,
    readers: Readers,
    /// Long lists are written one piece at a time, so that other writes wait for one piece only.
    long_lists: tokio::sync::Semaphore,
    health: Health,
    /// The version of the newest change that this process knows of.
    versions: Arc<watch::Sender<u64>>,
    touching: settings::keys::Touching,
    instance: u64,
    call_ids: CallIds,
    cipher: Cipher,
    policies: Arc<dialing::policies::Policies>,
    /// This process, if it opened the database to dial.
    owner: Option<Owner>,
    /// Imports that former epochs left unfinished.
    abandoned: std::sync::Mutex<Vec<campanile_rules::ids::BatchId>>,
    /// Notified when a user changed an endpoint.
    webhooks_changed: tokio::sync::Notify,
    /// Notified when there may be data to erase or delete.
    forgetting: tokio::sync::Notify,
    /// Declared after all users of the database: it marks a clean end when it drops.
    _running: Option<Running>,
    /// Whether any erasure is open.
    erasing: std::sync::atomic::AtomicBool,
    /// Changes when an erasure is done.
    erased: watch::Sender<u64>,
    _lock: Option<EngineLock>,
}

impl SqliteStore {
    /// Opens the database in `dir`, beside other processes; creates both when they do not exist.
    /// Refuses a database that a newer Campanile wrote.
    pub fn open(dir: &Path) -> Result<SqliteStore, StoreError> {
        Self::open_with(dir, None)
    }

    /// Like [`SqliteStore::open`], for a process that dials. Refused while another process of this
    /// directory dials.
    pub fn open_exclusive(dir: &Path) -> Result<SqliteStore, StoreError> {
        Self::open_to_dial(dir, None)
    }

    /// Like [`SqliteStore::open_exclusive`]. When the directory's last engine did not end cleanly,
    /// this checks the database first, for at most `look`, and refuses a damaged one.
    pub fn open_to_dial(dir: &Path, look: Option<Duration>) -> Result<SqliteStore, StoreError> {
        make_dir(dir)?;
        let lock = EngineLock::take(dir)?;
        if let Some(within) = look {
            db::running::look_after_unclean_end(dir, within)?;
        }
        Self::open_with(dir, Some(lock))
    }

    fn open_with(dir: &Path, lock: Option<EngineLock>) -> Result<SqliteStore, StoreError> {
        make_dir(dir)?;
        db::last_known::refuse_missing(dir)?;
        // Read before the database, which only moves forward: so the note is never ahead of it.
        let noted = LastKnown::noted(dir)?;
        let path = dir.join(DATABASE_FILE);
        prepare(&path)?;
        let mut connection = connect(&path, OpenFlags::default())?;
        restrict(&path)?;
        db::migrate::migrate(&mut connection)?;
        let instance: i64 =
            connection.query_row("SELECT id FROM instance", [], |row| row.get(0))?;
        let known = LastKnown::of(&connection)?;
        if let Some(noted) = noted {
            noted.refuse_older(&known, dir)?;
        }
        let cipher = id_cipher(&connection)?;
        let call_ids = CallIds::read(&connection, cipher.clone())?;
        let vault = Arc::new(db::secrets::vault(&connection, dir)?);
        // Whoever holds the lock knows that the former epochs of its node are over.
        let owner = lock.is_some().then(|| dialing::nodes::join(&connection)).transpose()?;
        let mut abandoned = Vec::new();
        if let Some(owner) = owner {
            abandoned = batches::import::unfinished(&connection, owner)?;
            log::idempotency::forget_unanswered(&connection, owner)?;
            log::idempotency::key_hashes(&connection, &vault)?;
        }
        let health = Health::default();
        let versions = Arc::new(watch::Sender::new(dialing::changes::version(&connection)?));
        let running = lock.is_some().then(|| Running::mark(dir, health.clone())).transpose()?;
        let noting = lock.is_some().then(|| Noting::start(dir, known)).transpose()?;
        Ok(SqliteStore {
            clock: Clock::default(),
            actor: Actor::Cli,
            request: None,
            shared: Arc::new(Shared {
                readers: Readers::new(path, health.clone()),
                long_lists: tokio::sync::Semaphore::new(1),
                writer: Writer::start(connection, dir, (health.clone(), versions.clone()))?,
                health,
                versions,
                touching: settings::keys::Touching::default(),
                _noting: noting,
                vault,
                instance: instance as u64,
                call_ids,
                cipher,
                policies: Arc::default(),
                owner,
                abandoned: std::sync::Mutex::new(abandoned),
                webhooks_changed: tokio::sync::Notify::new(),
                forgetting: tokio::sync::Notify::new(),
                _running: running,
                erasing: std::sync::atomic::AtomicBool::new(false),
                erased: watch::Sender::new(0),
                _lock: lock,
            }),
        })
    }

    /// The same store with another clock.
    pub fn with_clock(self, clock: Clock) -> SqliteStore {
        SqliteStore { clock, ..self }
    }

    /// The vault, which seals secrets.
    fn vault(&self) -> Arc<Vault> {
        self.shared.vault.clone()
    }

    /// Runs `work` in a transaction on the writer; durable when it returns.
    async fn write<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    {
        self.shared.writer.run(work).await
    }

    /// Waits for the turn to write one piece of a long list; the caller holds the permit while it
    /// writes.
    async fn turn_of_a_piece(&self) -> Option<tokio::sync::SemaphorePermit<'_>> {
        self.shared.long_lists.acquire().await.ok()
    }

    /// Runs `work` on a reader; `work` sees one committed state.
    async fn read<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    {
        self.shared.readers.run(work).await
    }
}

impl Availability for SqliteStore {
    fn health(&self) -> watch::Receiver<Option<Failing>> {
        self.shared.health.watch()
    }
}

#[async_trait]
impl Database for SqliteStore {
    fn clock(&self) -> &Clock {
        &self.clock
    }

    fn cipher(&self) -> Cipher {
        self.shared.cipher.clone()
    }

    fn writes_waiting(&self) -> usize {
        self.shared.writer.waiting()
    }

    async fn prove_writable(&self) -> Result<(), StoreError> {
        let health = &self.shared.health;
        if !health.is_proven() {
            self.write(|connection| Ok(db::writer::rewrite_version(connection)?)).await?;
            health.proven();
        }
        Ok(())
    }

    async fn settle_down(&self) -> Result<(), StoreError> {
        let path = self.shared.readers.path().to_owned();
        let rested = tokio::task::spawn_blocking(move || {
            let connection = db::integrity::open_existing(&path)?;
            connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
            let dir = path.parent().unwrap_or(Path::new("."));
            LastKnown::of(&connection)?.note(dir)
        });
        rested.await.map_err(|error| StoreError::Database(error.to_string()))?
    }
}

impl Registry for SqliteStore {}

impl EventLog for SqliteStore {}

impl Forgetting for SqliteStore {}

impl Store for SqliteStore {
    fn by(&self, actor: Actor) -> Arc<dyn Store> {
        Arc::new(self.acting_as(actor))
    }

    fn repeatable(&self, api_key: &str, key: &str, collection: &str) -> Arc<dyn Store> {
        let request = RequestKey::new(api_key, key, collection);
        Arc::new(SqliteStore { request: Some(Arc::new(request)), ..self.clone() })
    }
}

fn id_cipher(connection: &Connection) -> Result<Cipher, StoreError> {
    Ok(Cipher::new(connection.query_row("SELECT key FROM id_key", [], |row| row.get(0))?))
}

fn make_dir(dir: &Path) -> Result<(), StoreError> {
    std::fs::create_dir_all(dir).map_err(|error| {
        StoreError::of_io(format_args!("cannot make the directory {}", dir.display()), &error)
    })
}

/// Creates a missing database file, because SQLite would make root its owner. Names the owner of
/// files that cannot be opened, because SQLite does not.
fn prepare(path: &Path) -> Result<(), StoreError> {
    let failed = |path: &Path, error: std::io::Error| {
        StoreError::of_file(format_args!("cannot open {}", path.display()), path, &error)
    };
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Ok(made) => return owner::adopt(&made, path).map_err(|error| failed(path, error)),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
        Err(error) => return Err(failed(path, error)),
    }
    for ending in ["", "-wal", "-shm"] {
        let file = db::files::with_ending(path, ending);
        // Checks without opening the file: closing it again would release this process's locks.
        // SQLite reports all other problems better.
        if access(&file, Access::READ_OK | Access::WRITE_OK) == Err(Errno::ACCESS) {
            return Err(failed(&file, Errno::ACCESS.into()));
        }
    }
    Ok(())
}

/// The file holds numbers and trunk passwords: no other user of the machine may read it.
fn restrict(path: &Path) -> Result<(), StoreError> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).map_err(
            |error| StoreError::of_io(format_args!("cannot protect {}", path.display()), &error),
        )?;
    }
    Ok(())
}

fn connect(path: &Path, flags: OpenFlags) -> Result<Connection, StoreError> {
    let connection = Connection::open_with_flags(path, flags).map_err(|error| {
        StoreError::of_sqlite(format_args!("cannot open {}: ", path.display()), &error)
    })?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    // If the disk cannot deliver a mapped page, the process dies; a failing read only fails itself.
    connection.pragma_update(None, "mmap_size", 0)?;
    connection.set_prepared_statement_cache_capacity(128);
    // Without this, SQLite recompiles a statement at each use if its plan might use a partial
    // index.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    Ok(connection)
}
