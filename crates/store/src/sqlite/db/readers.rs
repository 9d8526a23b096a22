//! A small pool of read connections. In WAL mode, readers and the writer never wait for each other.
//!
//! Each connection has a thread of its own that does nothing else. So work that blocks other
//! threads (name look-ups, files, uploads) cannot delay a read.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc},
    thread::JoinHandle,
};

use campanile_rules::ids::WorkspaceId;
use rusqlite::{Connection, OpenFlags};
use tokio::sync::{Semaphore, oneshot};

use crate::StoreError;
use crate::sqlite::{connect, db::health::Health};

/// Concurrent reads; further reads wait in order of arrival.
const MAX_READERS: usize = 6;

/// Concurrent reads of one workspace: two places are always left for others and for dialing.
const OF_WORKSPACE: usize = 4;

tokio::task_local! {
    /// The workspace that reads; dialing and key checks read for no workspace.
    static FOR: WorkspaceId;
}

/// Runs `work`; its reads count against `workspace`.
pub async fn reading_for<F: Future>(workspace: WorkspaceId, work: F) -> F::Output {
    FOR.scope(workspace, work).await
}

/// Like [`reading_for`], for work that does not wait, such as one poll of a future.
pub fn reading_for_now<T>(workspace: WorkspaceId, work: impl FnOnce() -> T) -> T {
    FOR.sync_scope(workspace, work)
}

pub(crate) struct Readers {
    path: PathBuf,
    health: Health,
    permits: Arc<Semaphore>,
    /// The permits of each workspace that reads or waits.
    own: Mutex<HashMap<WorkspaceId, Arc<Semaphore>>>,
    idle: Arc<Mutex<Idle>>,
}

/// Idle reader threads.
#[derive(Default)]
struct Idle {
    readers: Vec<Reader>,
    /// True when the store is gone: threads no longer come back to the pool.
    closed: bool,
    threads: Vec<JoinHandle<()>>,
}

/// A thread with a connection; the thread ends when this is dropped.
struct Reader(mpsc::Sender<Job>);

type Job = Box<dyn FnOnce(&mut Option<Connection>) + Send>;

impl Readers {
    pub(crate) fn new(path: PathBuf, health: Health) -> Readers {
        let permits = Arc::new(Semaphore::new(MAX_READERS));
        Readers { path, health, permits, own: Mutex::default(), idle: Arc::default() }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) async fn run<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    {
        // A read that waits for its workspace's permit takes no place in the common queue.
        let own = match self.own() {
            Some(own) => Some(own.acquire_owned().await.map_err(failed)?),
            None => None,
        };
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
            drop((own, permit));
            let _ = reply.send(result);
        };
        reader.0.send(Box::new(job)).map_err(failed)?;
        answer.await.map_err(failed)?.inspect_err(|error| self.note(error))
    }

    /// Notes damage only: another read error does not show whether the database can be written.
    fn note(&self, error: &StoreError) {
        if let StoreError::Damaged(_) = error {
            self.health.note(error);
        }
    }

    /// The permits of the workspace that reads.
    fn own(&self) -> Option<Arc<Semaphore>> {
        let workspace = FOR.try_get().ok()?;
        let mut own = self.own.lock().unwrap_or_else(PoisonError::into_inner);
        // Every reading or waiting task holds a clone.
        own.retain(|_, reads| Arc::strong_count(reads) > 1);
        let new = || Arc::new(Semaphore::new(OF_WORKSPACE));
        Some(own.entry(workspace).or_insert_with(new).clone())
    }

    /// An idle thread, or a new one; the caller must hold a permit.
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

/// Reads in one transaction, so that all statements of a read see the same state.
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
    use crate::Workspaces as _;

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
    async fn others_read_while_one_workspace_reads_all_that_it_may() {
        let dir = tempfile::tempdir().unwrap();
        let store = crate::SqliteStore::open(dir.path()).unwrap();
        let (begun, mut begins) = tokio::sync::mpsc::unbounded_channel();
        let (shut, gate) = mpsc::channel::<()>();
        let gate = Arc::new(Mutex::new(gate));
        let mut reads = tokio::task::JoinSet::new();
        for _ in 0..3 * MAX_READERS {
            let (store, begun, gate) = (store.clone(), begun.clone(), Arc::clone(&gate));
            reads.spawn(reading_for(WorkspaceId(1), async move {
                let read = store.read(move |_| {
                    let _ = begun.send(());
                    let _ = gate.lock().unwrap().recv();
                    Ok(())
                });
                read.await
            }));
        }
        for _ in 0..OF_WORKSPACE {
            begins.recv().await.expect("it reads as much as it may");
        }
        reading_for(WorkspaceId(2), store.list_workspaces()).await.expect("another's turn");
        store.list_workspaces().await.expect("what is read for nobody");
        assert!(begins.try_recv().is_err(), "the rest still waits");
        drop(shut);
        while let Some(read) = reads.join_next().await {
            read.unwrap().expect("each has its turn in the end");
        }
        reading_for(WorkspaceId(2), store.list_workspaces()).await.expect("all are done");
        assert_eq!(store.shared.readers.own.lock().unwrap().len(), 1, "who is done is forgotten");
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
