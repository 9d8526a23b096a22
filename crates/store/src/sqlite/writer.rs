//! The one writer: a thread that drains its queue, runs each piece of work in a savepoint, commits
//! once for all of them, and only then answers each.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    thread::JoinHandle,
    time::Instant,
};

use campanile_metrics::{METRICS, labels::Commit};
use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot, watch};

use super::events;
use crate::StoreError;

/// Work that waits for the writer; whoever comes later waits for room (back-pressure).
const QUEUE: usize = 4096;

/// Pieces of work in one commit.
const MAX_GROUP: usize = 512;

pub(super) struct Writer {
    queue: Option<mpsc::Sender<Box<dyn Work>>>,
    thread: Option<JoinHandle<()>>,
    last_event: watch::Receiver<i64>,
}

/// A piece of work: run inside the transaction, answered after its commit.
trait Work: Send {
    fn run(&mut self, connection: &Connection);
    fn answer(self: Box<Self>, committed: Result<(), String>);
}

struct Job<T, F> {
    work: Option<F>,
    result: Option<Result<T, StoreError>>,
    reply: oneshot::Sender<Result<T, StoreError>>,
}

impl Writer {
    pub(super) fn start(connection: Connection) -> Result<Writer, StoreError> {
        let (queue, jobs) = mpsc::channel(QUEUE);
        let (told, last_event) = watch::channel(events::last_id(&connection)?);
        let thread = std::thread::Builder::new()
            .name("store-writer".to_owned())
            .spawn(move || drain(&connection, jobs, &told))
            .map_err(|error| StoreError::Database(format!("cannot start the writer: {error}")))?;
        Ok(Writer { queue: Some(queue), thread: Some(thread), last_event })
    }

    /// Follows the id of the newest event.
    pub(super) fn event_signal(&self) -> watch::Receiver<i64> {
        self.last_event.clone()
    }

    /// Pieces of work that wait.
    pub(super) fn waiting(&self) -> usize {
        self.queue.as_ref().map_or(0, |queue| queue.max_capacity() - queue.capacity())
    }

    pub(super) async fn run<T, F>(&self, work: F) -> Result<T, StoreError>
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
    /// What is queued is committed first.
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

fn drain(
    connection: &Connection,
    mut jobs: mpsc::Receiver<Box<dyn Work>>,
    last_event: &watch::Sender<i64>,
) {
    let mut group = Vec::with_capacity(MAX_GROUP);
    while jobs.blocking_recv_many(&mut group, MAX_GROUP) > 0 {
        let begun = Instant::now();
        let committed = commit(connection, &mut group);
        METRICS.commit_time.observe(begun.elapsed().as_secs_f64());
        METRICS.commit_group.observe(group.len() as f64);
        match &committed {
            Ok(()) => METRICS.commits.of(Commit::Done).inc(),
            Err(error) => {
                METRICS.commits.of(Commit::Failed).inc();
                tracing::error!(%error, "nothing was stored");
            }
        }
        if let Ok(id) = events::last_id(connection) {
            last_event.send_if_modified(|last| std::mem::replace(last, id) != id);
        }
        for job in group.drain(..) {
            job.answer(committed.clone());
        }
    }
}

fn commit(connection: &Connection, group: &mut [Box<dyn Work>]) -> Result<(), String> {
    let execute = |sql: &str| -> Result<(), String> {
        let done = connection.prepare_cached(sql).and_then(|mut statement| statement.execute([]));
        done.map(drop).map_err(|error| error.to_string())
    };
    execute("BEGIN IMMEDIATE")?;
    for job in group {
        job.run(connection);
        // A full disk makes SQLite give up the whole transaction, and with it what ran before.
        if connection.is_autocommit() {
            return Err("the disk refused to take it".to_owned());
        }
    }
    execute("COMMIT").inspect_err(|_| {
        let _ = execute("ROLLBACK");
    })
}

impl<T, F> Work for Job<T, F>
where
    T: Send + 'static,
    F: FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
{
    fn run(&mut self, connection: &Connection) {
        if let Some(work) = self.work.take() {
            // A panic ends one piece of work, never the writer.
            self.result = Some(
                catch_unwind(AssertUnwindSafe(|| in_savepoint(connection, work))).unwrap_or_else(
                    |_| {
                        let _ = undo(connection);
                        Err(StoreError::Database("a write panicked; it was undone".to_owned()))
                    },
                ),
            );
        }
    }

    fn answer(self: Box<Self>, committed: Result<(), String>) {
        let result = match (committed, self.result) {
            (Ok(()), Some(result)) => result,
            (Ok(()), None) => Err(closed()),
            (Err(error), _) => Err(StoreError::Database(error)),
        };
        // Nobody listens any more: the work is stored all the same.
        let _ = self.reply.send(result);
    }
}

fn in_savepoint<T>(
    connection: &Connection,
    work: impl FnOnce(&Connection) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    connection.prepare_cached("SAVEPOINT work")?.execute([])?;
    let result = work(connection);
    if result.is_err() {
        undo(connection)?;
    } else {
        connection.prepare_cached("RELEASE work")?.execute([])?;
    }
    result
}

fn undo(connection: &Connection) -> Result<(), rusqlite::Error> {
    connection.prepare_cached("ROLLBACK TO work")?.execute([])?;
    connection.prepare_cached("RELEASE work")?.execute([])?;
    Ok(())
}
