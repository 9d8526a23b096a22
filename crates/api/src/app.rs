//! What every handler works with.

use std::{path::PathBuf, sync::Arc};

use axum::extract::FromRef;
use campanile_agent::Speech;
use campanile_engine::Engine;
use campanile_rules::time::Timestamp;
use campanile_store::{Actor, SqliteStore};

use crate::{
    auth::Caller,
    batches::{forecast::Forecasts, series::SeriesCache},
    events::Streams,
    first::FirstLink,
    guard::Guards,
    problem::Answer,
};

/// The parts of a server; clones share them.
#[derive(Clone)]
pub struct App {
    /// What is remembered.
    pub store: SqliteStore,
    /// What dials.
    pub engine: Engine,
    /// What agents speak with; it tells whether a version can be spoken.
    pub speech: Speech,
    /// What an upload may be.
    pub limits: Arc<Limits>,
    /// Whether webhooks may go to plain http and private addresses.
    pub webhooks_allow_private: bool,
    /// The address at which browsers reach the server; none: as they ask it.
    pub public_url: Option<String>,
    /// The streams of events that are open.
    pub streams: Arc<Streams>,
    /// When batches will be done, as it was told lately.
    pub forecasts: Arc<Forecasts>,
    /// How the calls of batches went over time, as it was told lately.
    pub series: Arc<SeriesCache>,
    /// The link for the first sign-in.
    pub first: Arc<FirstLink>,
    /// What keeps the doors shut.
    pub guards: Arc<Guards>,
}

/// What an upload may be, and where it is kept while it is read.
#[derive(Debug, Clone)]
pub struct Limits {
    /// The largest file, in bytes.
    pub max_upload_bytes: u64,
    /// The most rows of a file, the header not counted.
    pub max_rows: u64,
    /// A directory for files that are being read.
    pub upload_dir: PathBuf,
}

impl App {
    /// The same server, which writes down that `caller` asked for what is changed through it, and
    /// what it makes for the caller's Idempotency-Key.
    pub fn by(&self, caller: &Caller) -> App {
        let actor = Actor::Key(caller.key_id.as_str().into());
        let (mut store, engine) = (self.store.by(actor.clone()), self.engine.by(actor));
        if let Some(key) = &caller.request_key {
            store = store.repeatable(&caller.key_id, key);
        }
        App { store, engine, ..self.clone() }
    }

    /// Has those dialed at once who wait for the next day because of a limit that may no longer
    /// hold them back.
    pub async fn limits_changed(&self) -> Answer<()> {
        self.store.wake_limited(now()).await?;
        self.engine.limits_changed();
        Ok(())
    }
}

impl FromRef<App> for SqliteStore {
    fn from_ref(app: &App) -> SqliteStore {
        app.store.clone()
    }
}

/// The time, which only the edges may ask for.
pub fn now() -> Timestamp {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    Timestamp(since.map_or(0, |since| i64::try_from(since.as_micros()).unwrap_or(i64::MAX)))
}
