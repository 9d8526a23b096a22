//! A small pool of read connections. In WAL mode readers never wait for the writer, nor it for them.
//!
//! Each has a thread of its own, which does nothing else: whatever blocks threads elsewhere (name
//! look-ups, files, uploads) cannot keep a read waiting.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc},
    thread::JoinHandle,
};

use rusqlite::{Connection, OpenFlags};
use tokio::sync::{Semaphore, oneshot};

use super::{connect, health::Health};
use crate::StoreError;

/// Reads at once; more wait their turn, in the order in which they came.
const MAX_READERS: usize = 4;

pub(super) struct Readers {
    path: PathBuf,
    health: Health,
    permits: Arc<Semaphore>,
    idle: Arc<Mutex<Idle>>,
}

/// Threads that wait for work.
#[derive(Default)]
struct Idle {
    readers: Vec<Reader>,
    /// The store is gone: nobody waits any more.
    closed: bool,
    threads: Vec<JoinHandle<()>>,
}

/// A thread with a connection; it ends when this is dropped.
struct Reader(mpsc::Sender<Job>);

type Job = Box<dyn FnOnce(&mut Option<Connection>) + Send>;

impl Readers {
    pub(super) fn new(path: PathBuf, health: Health) -> Readers {
        let permits = Arc::new(Semaphore::new(MAX_READERS));
        Readers { path, health, permits, idle: Arc::default() }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) async fn run<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    {
        let permit = Arc::clone(&self.permits).acquire_owned().await.map_err(failed)?;
        let reader = self.reader()?;
        let (idle, path, again) = (Arc::clone(&self.idle), self.path.clone(), reader.0.clone());
        let (reply, answer) = oneshot::channel();
        let job = move |connection: &mut Option<Connection>| {
            let result = read(connection, &path, work);
            let mut idle = lock(&idle);
            if !idle.closed {
                idle.readers.push(Reader(again));
            }
            drop(idle);
            drop(permit);
            let _ = reply.send(result);
        };
        reader.0.send(Box::new(job)).map_err(failed)?;
        answer.await.map_err(failed)?.inspect_err(|error| self.note(error))
    }

    /// Damage is noted. That a read fails says nothing of whether the database can be written.
    fn note(&self, error: &StoreError) {
        if let StoreError::Damaged(_) = error {
            self.health.note(error);
        }
    }

    /// A thread that waits for work, or a new one: the caller has a permit.
    fn reader(&self) -> Result<Reader, StoreError> {
        let mut idle = lock(&self.idle);
        if let Some(reader) = idle.readers.pop() {
            return Ok(reader);
        }
        idle.threads.retain(|thread| !thread.is_finished());
        let (jobs, work) = mpsc::channel::<Job>();
        let thread = std::thread::Builder::new().name("store-reader".to_owned());
        let thread = thread.spawn(move || {
            let mut connection = None;
            while let Ok(job) = work.recv() {
                job(&mut connection);
            }
        });
        idle.threads.push(thread.map_err(failed)?);
        Ok(Reader(jobs))
    }
}

impl Drop for Readers {
    /// Returns when every connection is closed.
    fn drop(&mut self) {
        let mut idle = lock(&self.idle);
        idle.closed = true;
        idle.readers.clear();
        let threads = std::mem::take(&mut idle.threads);
        drop(idle);
        for thread in threads {
            let _ = thread.join();
        }
    }
}

fn lock(idle: &Mutex<Idle>) -> MutexGuard<'_, Idle> {
    idle.lock().unwrap_or_else(PoisonError::into_inner)
}

/// One transaction, so that the statements of one read see the same state.
fn read<T>(
    connection: &mut Option<Connection>,
    path: &Path,
    work: impl FnOnce(&Connection) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    let opened = match connection.take() {
        Some(opened) => opened,
        None => open(path)?,
    };
    let transaction = connection.insert(opened).transaction()?;
    work(&transaction)
}

fn open(path: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = connect(path, flags)?;
    connection.pragma_update(None, "cache_size", -8192)?;
    Ok(connection)
}

fn failed(error: impl std::fmt::Display) -> StoreError {
    StoreError::Database(format!("a read was cut short: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_read_is_answered_while_every_shared_thread_is_blocked() {
        let runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = { runtime }.max_blocking_threads(1).enable_all().build().unwrap();
        let (release, blocked) = mpsc::channel::<()>();
        runtime.block_on(async {
            let dir = tempfile::tempdir().unwrap();
            let store = crate::SqliteStore::open(dir.path()).unwrap();
            let (begun, begins) = oneshot::channel();
            let blocker = tokio::task::spawn_blocking(move || {
                let _ = begun.send(());
                let _ = blocked.recv();
            });
            begins.await.unwrap();
            store.list_workspaces().await.expect("an answer while the thread is blocked");
            drop(release);
            blocker.await.unwrap();
        });
    }

    #[tokio::test]
    async fn a_read_that_panics_ends_alone() {
        let dir = tempfile::tempdir().unwrap();
        let store = crate::SqliteStore::open(dir.path()).unwrap();
        for _ in 0..2 * MAX_READERS {
            let panics = store.read(|_| -> Result<(), StoreError> { panic!("on purpose") });
            panics.await.expect_err("no answer");
        }
        store.list_workspaces().await.expect("the others go on");
    }
}
