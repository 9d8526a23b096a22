//! The state that every handler receives.

use std::{path::PathBuf, sync::Arc};

use axum::extract::FromRef;
use campanile_agent::Speech;
use campanile_engine::Engine;
use campanile_rules::ids::BatchId;
use campanile_service::{
    Service,
    batches::{ForecastView, SeriesView},
};
use campanile_store::{Actor, Store};

use crate::{
    http::{caller::Caller, first_link::FirstLink, guard::Guards, streams::Streams},
    result_cache::ResultCache,
};

/// The parts of a server. Clones share them.
#[derive(Clone)]
pub struct App {
    /// The database.
    pub store: Arc<dyn Store>,
    /// The engine that places the calls.
    pub engine: Engine,
    /// The text-to-speech programs and sounds. They tell whether an agent version can be spoken.
    pub speech: Speech,
    /// The bounds of an upload.
    pub limits: Arc<Limits>,
    /// Whether webhooks may be sent over plain http and to private addresses.
    pub webhooks_allow_private: bool,
    /// The URL under which browsers reach the server. `None`: the URL is taken from each request.
    pub public_url: Option<String>,
    /// The open event streams.
    pub streams: Arc<Streams>,
    /// Cached forecasts of when batches complete.
    pub forecasts: Arc<ResultCache<BatchId, ForecastView>>,
    /// Cached time series of the calls of batches, by batch and number of points.
    pub series: Arc<ResultCache<(BatchId, u64), SeriesView>>,
    /// The link for the first sign-in.
    pub first: Arc<FirstLink>,
    /// Rate limits and other bounds on requests.
    pub guards: Arc<Guards>,
}

/// The bounds of an upload, and the directory where it is stored during the import.
#[derive(Debug, Clone)]
pub struct Limits {
    /// The largest file, in bytes.
    pub max_upload_bytes: u64,
    /// The most rows of a file, not counting the header.
    pub max_rows: u64,
    /// The directory for files that are being imported.
    pub upload_dir: PathBuf,
}

impl App {
    /// Returns an app that acts for `caller`. The audit log names the caller's key for each change.
    pub fn by(&self, caller: &Caller) -> App {
        let actor = Actor::Key(caller.key_id.as_str().into());
        let (store, engine) = (self.store.by(actor.clone()), self.engine.by(actor));
        App { store, engine, ..self.clone() }
    }

    /// Like [`App::by`], for a request that creates something in `collection`, the path under which
    /// a GET shows it by its id. The store notes that path under the caller's Idempotency-Key.
    pub fn creating(&self, caller: &Caller, collection: &str) -> App {
        let app = self.by(caller);
        let Some(key) = &caller.request_key else { return app };
        let store = app.store.repeatable(&caller.key_id, key, collection);
        App { store, ..app }
    }

    /// The service that answers what is asked.
    pub fn service(&self) -> Service {
        let App { store, engine, speech, .. } = self;
        Service { store: store.clone(), engine: engine.clone(), speech: speech.clone() }
    }
}

impl FromRef<App> for Arc<dyn Store> {
    fn from_ref(app: &App) -> Arc<dyn Store> {
        app.store.clone()
    }
}
