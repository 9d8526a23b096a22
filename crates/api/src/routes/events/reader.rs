//! The reader behind one event stream: its position in the log, and what it sends next.
//!
//! A client that does not read blocks its reader, which then does nothing and holds only the piece
//! being sent. The server cuts the connection after 60 s without an acknowledged byte. The client
//! resumes by reconnecting.

use std::{collections::BTreeSet, pin::Pin, time::Duration};

use campanile_metrics::labels::StreamEnd;
use campanile_rules::{batch::BatchState, ids::BatchId};
use campanile_store::{BatchFilter, BatchRecord, EventFilter, Progress, StoreError};
use futures::FutureExt as _;
use serde::Serialize;
use tokio::{
    sync::watch,
    time::{Instant, sleep, sleep_until},
};

use super::frame;
use crate::{
    app::App,
    http::{problem::Answer, standing::Standing, streams::Place},
    routes::batches::{BlockerView, blocked},
};

/// Events per page, which are read and sent together.
const PAGE: u32 = 200;

/// Delay between the commit of an event and its read, so that events close together are read at
/// once.
const GATHER: Duration = Duration::from_millis(25);

/// Time between two `progress` events of a stream.
const PROGRESS_EVERY: Duration = Duration::from_millis(125);

/// Batches whose counts are sent at once. The others follow later.
const MAX_COUNTED: usize = 100;

/// The position at which a client begins.
#[derive(Debug, Clone, Copy)]
pub enum Begin {
    /// All events after this one.
    After(i64),
    /// New events only, after the event `at`.
    Now {
        /// Whether the client asked to resume after an event that has been pruned.
        missed: bool,
        /// The newest event.
        at: i64,
    },
}

/// The state of a batch.
#[derive(Debug, Serialize)]
struct BatchNow {
    batch_id: BatchId,
    status: BatchState,
    progress: Progress,
    blocker: Option<BlockerView>,
}

/// The first event of a client that begins now.
#[derive(Debug, Serialize)]
struct Snapshot {
    missed: bool,
    batches: Vec<BatchNow>,
}

/// A stream of events.
pub struct Reader {
    app: App,
    filter: EventFilter,
    /// Completes when the API key may no longer read.
    lost: Pin<Box<dyn Future<Output = ()> + Send>>,
    place: Place,
    signal: watch::Receiver<i64>,
    /// The last event that was sent.
    cursor: i64,
    /// Where the client begins, until the first piece has been sent.
    first: Option<Begin>,
    /// Whether the log may have events after the cursor.
    behind: bool,
    /// Batches with events since their counts were last sent.
    touched: BTreeSet<BatchId>,
    progress_at: Instant,
    heartbeat_at: Instant,
    over: bool,
}

/// The event that ended a wait.
enum Woken {
    ByEvent,
    ByClock,
    ToEnd,
}

impl Reader {
    pub fn new(
        app: App,
        (standing, filter): (Standing, EventFilter),
        begin: Begin,
        mut place: Place,
    ) -> Self {
        place.end = Some(StreamEnd::Broken);
        let (now, signal) = (Instant::now(), app.store.event_signal());
        let (Begin::After(cursor) | Begin::Now { at: cursor, .. }) = begin;
        Reader {
            app,
            filter,
            lost: Box::pin(async move { standing.lost().await }),
            place,
            signal,
            cursor,
            first: Some(begin),
            behind: true,
            touched: filter.batch.into_iter().collect(),
            progress_at: now,
            heartbeat_at: now,
            over: false,
        }
    }

    /// The next piece of the stream, with one or more events. `None` at its end.
    pub async fn next(&mut self) -> Answer<Option<String>> {
        let piece = match self.first.take() {
            Some(begin) => self.greet(begin).await?,
            None => self.go_on().await?,
        };
        self.heartbeat_at = Instant::now() + self.app.guards.config.heartbeat_every;
        if piece.is_none() {
            self.place.end = Some(StreamEnd::Finished);
        }
        Ok(piece)
    }

    /// The first piece: the reconnection time and, for a new client, the snapshot.
    async fn greet(&mut self, begin: Begin) -> Answer<Option<String>> {
        let mut piece = "retry: 1000\n\n".to_owned();
        if let Begin::Now { missed, at } = begin {
            let mut batches = Vec::new();
            for record in shown(&self.app, self.filter).await? {
                batches.push(batch_now(&self.app, record).await?);
            }
            let snapshot = Snapshot { missed, batches };
            frame::synthetic(&mut piece, ("snapshot", Some(at)), &snapshot)?;
        }
        Ok(Some(piece))
    }

    async fn go_on(&mut self) -> Answer<Option<String>> {
        while !self.over {
            if self.lost.as_mut().now_or_never().is_some() {
                return Ok(None);
            }
            if self.behind {
                self.signal.mark_unchanged();
                let piece = self.read().await?;
                if !piece.is_empty() {
                    return Ok(Some(piece));
                }
            }
            if !self.touched.is_empty() && Instant::now() >= self.progress_at {
                let piece = self.count().await?;
                if !piece.is_empty() {
                    return Ok(Some(piece));
                }
                continue;
            }
            match self.wait().await {
                Woken::ByEvent => self.behind = true,
                Woken::ToEnd => return Ok(None),
                Woken::ByClock if Instant::now() >= self.heartbeat_at => {
                    // The reason why a batch does not dial may change without an event.
                    self.touched.extend(self.filter.batch);
                    return Ok(Some(frame::HEARTBEAT.to_owned()));
                }
                Woken::ByClock => {}
            }
        }
        Ok(None)
    }

    /// Reads one page of events after the cursor.
    async fn read(&mut self) -> Answer<String> {
        let page = self.app.store.events_after(self.filter, self.cursor, PAGE).await?;
        self.behind = page.len() == PAGE as usize;
        let mut piece = String::with_capacity(page.len() * 512);
        for event in &page {
            frame::event(&mut piece, event);
            self.cursor = event.id;
            self.touched.extend(event.batch);
        }
        Ok(piece)
    }

    /// The counts of batches with new events. Sends `end` once the batch is over and all its events
    /// are sent.
    async fn count(&mut self) -> Answer<String> {
        let mut piece = String::new();
        for _ in 0..MAX_COUNTED {
            let Some(batch) = self.touched.pop_first() else { break };
            let record = match self.app.store.batch_by_id(batch).await {
                Ok(record) => record,
                // The batch was deleted, so its own stream ends.
                Err(StoreError::NotFound(_)) => {
                    self.over |= self.filter.batch.is_some();
                    continue;
                }
                Err(error) => return Err(error.into()),
            };
            let now = batch_now(&self.app, record).await?;
            let ends = self.filter.batch.is_some() && drained(now.status, &now.progress);
            if ends && !self.app.store.events_after(self.filter, self.cursor, 1).await?.is_empty() {
                self.touched.insert(batch);
                self.behind = true;
                return Ok(piece);
            }
            self.over = ends;
            let name = if ends { "end" } else { "progress" };
            frame::synthetic(&mut piece, (name, None), &now)?;
        }
        self.progress_at = Instant::now() + PROGRESS_EVERY;
        Ok(piece)
    }

    async fn wait(&mut self) -> Woken {
        let mut wake_at = self.heartbeat_at;
        if !self.touched.is_empty() {
            wake_at = wake_at.min(self.progress_at);
        }
        tokio::select! {
            changed = self.signal.changed() => match changed {
                Ok(()) => {
                    sleep(GATHER).await;
                    Woken::ByEvent
                }
                Err(_) => Woken::ToEnd,
            },
            () = sleep_until(wake_at) => Woken::ByClock,
            () = self.place.closed() => Woken::ToEnd,
            () = self.lost.as_mut() => Woken::ToEnd,
        }
    }
}

/// The batches of a snapshot: the one of the filter, or all that are running, paused or scheduled.
async fn shown(app: &App, of: EventFilter) -> Answer<Vec<BatchRecord>> {
    if let Some(batch) = of.batch {
        return Ok(vec![app.store.batch_by_id(batch).await?]);
    }
    let mut shown = Vec::new();
    for state in [BatchState::Running, BatchState::Paused, BatchState::Scheduled] {
        let (state, limit) = (Some(state), MAX_COUNTED as u32);
        let filter = BatchFilter { state, limit, ..BatchFilter::default() };
        shown.extend(app.store.list_batches(of.workspace, filter).await?.items);
    }
    shown.truncate(MAX_COUNTED);
    Ok(shown)
}

/// Whether the batch is over and will have no more events.
pub async fn is_over(app: &App, batch: BatchId) -> Answer<bool> {
    let state = app.store.batch_by_id(batch).await?.state;
    Ok(state.is_final() && drained(state, &app.store.progress(batch).await?))
}

fn drained(state: BatchState, progress: &Progress) -> bool {
    state.is_final() && progress.pending + progress.in_progress == 0
}

async fn batch_now(app: &App, record: BatchRecord) -> Answer<BatchNow> {
    let progress = app.store.progress(record.id).await?;
    let blocker = blocked(app, &record).await;
    let blocker = blocker.map(|blocked| BlockerView::of(app, blocked, (&record, &progress)));
    Ok(BatchNow { batch_id: record.id, status: record.state, progress, blocker })
}
