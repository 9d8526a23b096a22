//! The writer: one thread that drains its queue, runs each job in a savepoint, commits once for all
//! jobs, and only then answers each.
//!
//! When the disk fails, nothing of a commit is stored and each job gets the error. From then on all
//! jobs are refused at once, until a trial write succeeds.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    sync::Arc,
    thread::JoinHandle,
    time::{Duration, Instant},
};

use campanile_metrics::{METRICS, labels::Commit};
use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot, watch};

use crate::sqlite::{
    db::files,
    db::health::{Failing, Health, Reminder},
    dialing::changes,
    log::events,
};
use crate::{StoreError, Trouble, TroubleKind};

/// Jobs that wait for the writer; later callers wait for room (back-pressure).
const QUEUE: usize = 4096;

/// Jobs in one commit.
const MAX_GROUP: usize = 512;

/// The time between two trial writes while the disk fails.
const TRIED_EVERY: Duration = Duration::from_millis(500);

/// How soon jobs are refused while the disk fails.
const NAP: Duration = Duration::from_millis(20);

/// Free space required before the database counts as writable again. With a few free pages only,
/// the disk would be full again at once.
const ROOM_BYTES: usize = 1 << 20;

pub(crate) struct Writer {
    queue: Option<mpsc::Sender<Box<dyn Work>>>,
    thread: Option<JoinHandle<()>>,
    last_event: watch::Receiver<i64>,
}

/// A job: it runs inside the transaction, and is answered after the commit.
trait Work: Send {
    /// An error means that the whole transaction must be undone, not only this job.
    fn run(&mut self, connection: &Connection) -> Result<(), StoreError>;
    fn answer(self: Box<Self>, committed: Result<(), StoreError>);
}

/// The state of the writer thread.
struct Desk {
    connection: Connection,
    jobs: mpsc::Receiver<Box<dyn Work>>,
    last_event: watch::Sender<i64>,
    versions: Arc<watch::Sender<u64>>,
    health: Health,
    dir: PathBuf,
}

struct Job<T, F> {
    work: Option<F>,
    result: Option<Result<T, StoreError>>,
    reply: oneshot::Sender<Result<T, StoreError>>,
}

impl Writer {
    pub(crate) fn start(
        connection: Connection,
        dir: &Path,
        (health, versions): (Health, Arc<watch::Sender<u64>>),
    ) -> Result<Writer, StoreError> {
        let (queue, jobs) = mpsc::channel(QUEUE);
        let (told, last_event) = watch::channel(events::horizon(&connection)?);
        let dir = dir.to_owned();
        let desk = Desk { connection, jobs, last_event: told, versions, health, dir };
        let thread = std::thread::Builder::new()
            .name("store-writer".to_owned())
            .spawn(move || desk.drain())
            .map_err(|error| StoreError::Database(format!("cannot start the writer: {error}")))?;
        Ok(Writer { queue: Some(queue), thread: Some(thread), last_event })
    }

    /// Watches the id of the newest event.
    pub(crate) fn event_signal(&self) -> watch::Receiver<i64> {
        self.last_event.clone()
    }

    /// The number of jobs in the queue.
    pub(crate) fn waiting(&self) -> usize {
        self.queue.as_ref().map_or(0, |queue| queue.max_capacity() - queue.capacity())
    }

    pub(crate) async fn run<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let job = Box::new(Job { work: Some(work), result: None, reply });
        let queue = self.queue.as_ref().ok_or_else(closed)?;
        queue.send(job).await.map_err(|_| closed())?;
        answer.await.map_err(|_| closed())?
    }
}

impl Drop for Writer {
    /// Commits what is queued first.
    fn drop(&mut self) {
        self.queue = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn closed() -> StoreError {
    StoreError::Database("the store is closed".to_owned())
}

impl Desk {
    /// Works until no sender is left.
    fn drain(mut self) {
        let mut group = Vec::with_capacity(MAX_GROUP);
        loop {
            if let Some(failing) = self.health.failing() {
                self.refuse_until_it_works(failing);
            }
            if self.jobs.blocking_recv_many(&mut group, MAX_GROUP) == 0 {
                return;
            }
            let begun = Instant::now();
            let committed = self.commit(&mut group);
            METRICS.commit_time.observe(begun.elapsed().as_secs_f64());
            METRICS.commit_group.observe(group.len() as f64);
            match &committed {
                Ok(()) => METRICS.commits.of(Commit::Done).inc(),
                Err(error) => {
                    METRICS.commits.of(Commit::Failed).inc();
                    match error.is_of_the_whole() {
                        true => self.health.note(error),
                        false => tracing::error!(%error, "nothing was stored"),
                    }
                }
            }
            self.tell();
            for job in group.drain(..) {
                job.answer(committed.clone());
            }
        }
    }

    /// Wakes whoever waits for events or changes.
    fn tell(&self) {
        if let Ok(id) = events::horizon(&self.connection) {
            self.last_event.send_if_modified(|last| std::mem::replace(last, id) != id);
        }
        if let Ok(newest) = changes::version(&self.connection) {
            self.versions.send_if_modified(|told| std::mem::replace(told, newest) != newest);
        }
    }

    fn commit(&self, group: &mut [Box<dyn Work>]) -> Result<(), StoreError> {
        if let Some(damage) = self.health.failing().filter(Failing::is_damage) {
            return Err(damage.error);
        }
        execute(&self.connection, "BEGIN IMMEDIATE")?;
        let done = group
            .iter_mut()
            .try_for_each(|job| {
                job.run(&self.connection)?;
                // SQLite may roll back the whole transaction, and with it the jobs that ran before.
                if self.connection.is_autocommit() { Err(given_up()) } else { Ok(()) }
            })
            .and_then(|()| execute(&self.connection, "COMMIT"));
        done.inspect_err(|_| {
            if !self.connection.is_autocommit() {
                let _ = execute(&self.connection, "ROLLBACK");
            }
        })
    }

    /// Answers every job with the reason of the failure. Returns when a trial write succeeds or no
    /// sender is left; after damage, only when no sender is left.
    fn refuse_until_it_works(&mut self, mut failing: Failing) {
        let (mut reminder, mut tried_at) = (Reminder::new(), Instant::now());
        loop {
            match self.jobs.try_recv() {
                Ok(job) => {
                    job.answer(Err(failing.error.clone()));
                    continue;
                }
                Err(mpsc::error::TryRecvError::Disconnected) => return,
                Err(mpsc::error::TryRecvError::Empty) => std::thread::sleep(NAP),
            }
            reminder.remind(&failing);
            if failing.is_damage() || tried_at.elapsed() < TRIED_EVERY {
                continue;
            }
            match self.on_trial() {
                Ok(()) => return self.health.works(),
                Err(error) => self.health.note(&error),
            }
            tried_at = Instant::now();
            failing = self.health.failing().unwrap_or(failing);
        }
    }

    /// Whether the database can be written, with room for the queued jobs.
    fn on_trial(&self) -> Result<(), StoreError> {
        files::prove_room(&self.dir, ROOM_BYTES)?;
        execute(&self.connection, "BEGIN IMMEDIATE")?;
        let done = rewrite_version(&self.connection)
            .map_err(StoreError::from)
            .and_then(|()| execute(&self.connection, "COMMIT"));
        done.inspect_err(|_| {
            if !self.connection.is_autocommit() {
                let _ = execute(&self.connection, "ROLLBACK");
            }
        })
    }
}

/// Writes one page without changing the database's content.
pub(crate) fn rewrite_version(connection: &Connection) -> rusqlite::Result<()> {
    let version: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    connection.pragma_update(None, "user_version", version)
}

fn execute(connection: &Connection, sql: &str) -> Result<(), StoreError> {
    connection.prepare_cached(sql)?.execute([])?;
    Ok(())
}

fn given_up() -> StoreError {
    let detail = "SQLite gave up the transaction".into();
    StoreError::Disk(Trouble { kind: TroubleKind::Broken, detail })
}

impl<T, F> Work for Job<T, F>
where
    T: Send + 'static,
    F: FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
{
    fn run(&mut self, connection: &Connection) -> Result<(), StoreError> {
        let Some(work) = self.work.take() else { return Ok(()) };
        // A panic ends one job, never the writer.
        let done = catch_unwind(AssertUnwindSafe(|| in_savepoint(connection, work)));
        let result = match done {
            Ok(result) => result?,
            Err(_) => {
                undo(connection)?;
                Err(StoreError::Database("a write panicked; it was undone".to_owned()))
            }
        };
        self.result = Some(result);
        Ok(())
    }

    fn answer(self: Box<Self>, committed: Result<(), StoreError>) {
        let result = match (committed, self.result) {
            (Ok(()), Some(result)) => result,
            (Ok(()), None) => Err(closed()),
            (Err(error), _) => Err(error),
        };
        // Sending fails when the caller has gone; its work is stored all the same.
        let _ = self.reply.send(result);
    }
}

/// Runs a job in a savepoint and undoes it if it fails. The inner result is the job's own; the
/// outer error concerns the whole transaction.
fn in_savepoint<T>(
    connection: &Connection,
    work: impl FnOnce(&Connection) -> Result<T, StoreError>,
) -> Result<Result<T, StoreError>, StoreError> {
    execute(connection, "SAVEPOINT work")?;
    match work(connection) {
        Ok(done) => {
            execute(connection, "RELEASE work")?;
            Ok(Ok(done))
        }
        Err(error) if error.is_of_the_whole() => Err(error),
        Err(error) => {
            undo(connection)?;
            Ok(Err(error))
        }
    }
}

fn undo(connection: &Connection) -> Result<(), StoreError> {
    execute(connection, "ROLLBACK TO work")?;
    execute(connection, "RELEASE work")
}
