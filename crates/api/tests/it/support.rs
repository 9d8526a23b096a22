//! A server without sockets, and requests to it.

use std::{path::Path, sync::Arc};

use axum::{
    Router,
    body::Body,
    http::{HeaderMap, Request, StatusCode, header},
    response::Response,
};
use campanile_agent::{Speech, SpeechConfig, wire::Connectors};
use campanile_api::{App, GuardConfig, Guards, Limits, router};
use campanile_clock::Clock;
use campanile_engine::{Engine, EngineConfig, Recordings, UploadedSounds};
use campanile_rules::{
    attempt::{Attempt, Outcome},
    dispatcher::{LaneKey, Settlement},
    ids::{BatchId, WorkspaceId},
    recipient::RecipientStatus,
    retry::Next,
    time::Timestamp,
};
use campanile_service::secret::Minted;
use campanile_store::{Actor, KeyScope, NewKey, SqliteStore, Store};
use campanile_telephony::{Sip, SipConfig};
use campanile_testkit::{ending, settlement};
use serde_json::{Value, json};
use tempfile::TempDir;
use tower::ServiceExt;

/// A server with one workspace. Its trunk cannot be reached, and its batches are not started unless
/// a test starts them.
pub struct World {
    router: Router,
    pub app: App,
    store: Arc<dyn Store>,
    key: String,
    dir: Option<Arc<TempDir>>,
}

/// A response that was read completely.
#[derive(Debug)]
pub struct Reply {
    pub status: StatusCode,
    pub kind: String,
    pub replayed: bool,
    pub headers: HeaderMap,
    pub text: String,
}

impl Reply {
    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("no JSON: {self:?}"))
    }

    /// The ETag of the response.
    pub fn etag(&self) -> String {
        let tag = self.headers.get("etag").and_then(|tag| tag.to_str().ok());
        tag.expect("an ETag").to_owned()
    }

    /// The body of the response. Fails unless it has this status.
    #[track_caller]
    pub fn expect(self, status: u16) -> Value {
        assert_eq!(self.status.as_u16(), status, "{self:?}");
        self.json()
    }

    /// The problem in the response. Fails unless it has this status.
    #[track_caller]
    pub fn problem(self, status: u16) -> Value {
        assert_eq!(self.kind, "application/problem+json", "{self:?}");
        let problem = self.expect(status);
        assert_eq!(problem["status"], status);
        for member in ["type", "title", "code", "detail"] {
            assert!(problem[member].as_str().is_some_and(|m| !m.is_empty()), "{member}: {problem}");
        }
        problem
    }
}

impl World {
    /// A new server in its own directory.
    pub async fn new() -> World {
        World::guarded(uncounted()).await
    }

    /// A new server with these limits.
    pub async fn guarded(config: GuardConfig) -> World {
        let dir = tempfile::tempdir().expect("a directory");
        let world = World::open_guarded(dir.path(), config).await;
        World { dir: Some(Arc::new(dir)), ..world }
    }

    /// A server on a directory that may have data.
    pub async fn open(dir: &Path) -> World {
        World::open_guarded(dir, uncounted()).await
    }

    async fn open_guarded(dir: &Path, config: GuardConfig) -> World {
        let sip = SipConfig { listen: ([127, 0, 0, 1], 0).into(), ..SipConfig::default() };
        World::assembled(dir, config, sip).await
    }

    /// A server on a directory, with a clock that can be set.
    pub async fn with_clock(dir: &Path, clock: &Clock) -> World {
        let listen = ([127, 0, 0, 1], 0).into();
        let sip = SipConfig { listen, clock: clock.clone(), ..SipConfig::default() };
        World::assembled(dir, uncounted(), sip).await
    }

    async fn assembled(dir: &Path, config: GuardConfig, sip: SipConfig) -> World {
        let store = SqliteStore::open_exclusive(dir).expect("a store");
        let store: Arc<dyn Store> = Arc::new(store.with_clock(sip.clock.clone()));
        let sip = Sip::start(sip).await.expect("SIP");
        let speech = Speech::new(SpeechConfig {
            sounds_dir: dir.to_owned(),
            library: Some(Arc::new(UploadedSounds(store.clone()))),
            ..SpeechConfig::default()
        });
        let engine = Engine::start(EngineConfig {
            store: store.clone(),
            sip,
            voice: Arc::new(speech.clone()),
            connectors: Arc::new(Connectors::new(false)),
            recordings: Recordings::start(dir.join("recordings"), false).expect("recordings"),
        });
        let limits =
            Limits { max_upload_bytes: 4_000_000, max_rows: 1_000, upload_dir: dir.to_owned() };
        let engine = engine.await.expect("an engine");
        let app = App {
            public_url: None,
            store: store.clone(),
            engine,
            speech,
            limits: Arc::new(limits),
            webhooks_allow_private: false,
            streams: Arc::default(),
            forecasts: Arc::default(),
            series: Arc::default(),
            first: Arc::default(),
            guards: Arc::new(Guards::new(config)),
        };
        let world =
            World { router: router(app.clone()), app, store, key: String::new(), dir: None };
        let key = world.make_key("default", KeyScope::Admin).await;
        World { key, ..world }
    }

    /// Creates a key of a workspace, and the workspace if it is missing.
    pub async fn make_key(&self, workspace: &str, scope: KeyScope) -> String {
        self.make_key_until(workspace, scope, None).await
    }

    /// The first workspace of the world.
    pub async fn workspace(&self) -> WorkspaceId {
        self.store.ensure_workspace("default", self.store.now()).await.expect("a workspace").id
    }

    /// Creates a key that expires at an instant.
    pub async fn make_key_until(
        &self,
        workspace: &str,
        scope: KeyScope,
        expires_at: Option<Timestamp>,
    ) -> String {
        let workspace =
            self.store.ensure_workspace(workspace, self.store.now()).await.expect("a workspace").id;
        let minted = Minted::new().expect("randomness");
        let (key_id, secret_hash) = (minted.id.clone(), minted.hash);
        let key = NewKey { key_id, secret_hash, name: String::new(), scope, workspace, expires_at };
        self.store.add_key(key, self.store.now()).await.expect("a key");
        minted.bearer()
    }

    /// Starts the background deletion of old data, as a server does.
    pub fn forgets(&self) {
        let store = self.store.by(Actor::Engine);
        campanile_engine::forgetting::start(store, &self.app.engine, 30);
    }

    /// The directory of the database.
    pub fn dir(&self) -> &Path {
        self.dir.as_ref().expect("a directory of its own").path()
    }

    /// The key of this world.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// This server with another API key.
    pub fn with_key(&self, key: &str) -> World {
        let (router, store) = (self.router.clone(), self.store.clone());
        let app = self.app.clone();
        World { router, app, store, key: key.to_owned(), dir: self.dir.clone() }
    }

    /// This server with other settings.
    pub fn with_app(&self, app: App) -> World {
        let (router, store, key) = (router(app.clone()), self.store.clone(), self.key.clone());
        World { router, app, store, key, dir: self.dir.clone() }
    }

    /// Sends a request unchanged. The body of the response is still unread.
    pub async fn answer(&self, request: Request<Body>) -> Response {
        self.router.clone().oneshot(request).await.expect("an answer")
    }

    /// Sends a request unchanged.
    pub async fn send(&self, request: Request<Body>) -> Reply {
        let answer = self.answer(request).await;
        let text = |name| {
            let value = answer.headers().get(name).and_then(|value| value.to_str().ok());
            value.unwrap_or_default().to_owned()
        };
        let (kind, replayed) = (text("content-type"), text("idempotency-replayed") == "true");
        let (status, headers) = (answer.status(), answer.headers().clone());
        let body = axum::body::to_bytes(answer.into_body(), usize::MAX).await.expect("a body");
        let text = String::from_utf8_lossy(&body).into_owned();
        Reply { status, kind, replayed, headers, text }
    }

    /// A request with the key of this world.
    pub fn request(&self, method: &str, path: &str) -> axum::http::request::Builder {
        let bearer = format!("Bearer {}", self.key);
        Request::builder().method(method).uri(path).header(header::AUTHORIZATION, bearer)
    }

    pub async fn get(&self, path: &str) -> Reply {
        self.send(self.request("GET", path).body(Body::empty()).expect("a request")).await
    }

    /// GETs a binary body: its media type and its bytes.
    pub async fn fetch(&self, path: &str) -> (String, Vec<u8>) {
        let request = self.request("GET", path).body(Body::empty()).expect("a request");
        let answer = self.answer(request).await;
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
        let kind = answer.headers()["content-type"].to_str().expect("a type").to_owned();
        let body = axum::body::to_bytes(answer.into_body(), usize::MAX).await.expect("a body");
        (kind, body.to_vec())
    }

    /// Sends JSON.
    pub async fn put(&self, (method, path): (&str, &str), body: &Value) -> Reply {
        let request = self.request(method, path).header("content-type", "application/json");
        self.send(request.body(Body::from(body.to_string())).expect("a request")).await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Reply {
        self.put(("POST", path), body).await
    }

    /// Posts a form. The field `file` is sent as a file.
    pub async fn form(&self, path: &str, fields: &[(&str, &str)]) -> Reply {
        let request = self.request("POST", path);
        self.send(form(request, "a-boundary", fields)).await
    }

    /// Creates a trunk, a caller ID and a published agent. Returns the agent's ID.
    pub async fn set_up(&self) -> String {
        let trunk = json!({"name": "carrier", "host": "127.0.0.1", "port": 9, "max_calls": 2});
        let trunk = self.post("/v1/trunks", &trunk).await.expect(201);
        let number = json!({"phone_number": "+14155550100", "trunk_id": trunk["id"]});
        self.post("/v1/phone-numbers", &number).await.expect(201);
        let agent = json!({"name": "Reminder", "first_message": "Hello {{customer_name}}."});
        let agent = self.post("/v1/agents", &agent).await.expect(201);
        let id = agent["id"].as_str().expect("an id").to_owned();
        let publish = format!("/v1/agents/{id}/versions/1/publish");
        self.post(&publish, &json!({})).await.expect(200);
        id
    }
}

/// A lane of a batch that has a pending recipient.
pub async fn lane_of(store: &Arc<dyn Store>, batch: BatchId) -> LaneKey {
    let changed = store.changes_since(0).await.expect("the batches").batches;
    let mut batch = changed.into_iter().find(|one| one.facts.id == batch).expect("the batch");
    batch.lanes.remove(0).key
}

/// The settlement of a call in which a person talked.
pub fn completed(attempt: &Attempt, ended_at: Timestamp) -> Settlement {
    let next = Next::Final(RecipientStatus::Completed);
    settlement(attempt, ending(Outcome::Completed, ended_at), next)
}

/// Limits without a request rate, so that a test may send any number of requests.
fn uncounted() -> GuardConfig {
    GuardConfig { requests_per_s: 0, ..GuardConfig::default() }
}

/// A form with a file of any bytes.
pub fn form_of(
    request: axum::http::request::Builder,
    fields: &[(&str, &str)],
    file: &[u8],
) -> Request<Body> {
    let fields = fields.iter().map(|(name, value)| (*name, value.as_bytes()));
    form(request, "b", &fields.chain([("file", file)]).collect::<Vec<_>>())
}

/// A form with this boundary.
pub fn form<T: AsRef<[u8]>>(
    request: axum::http::request::Builder,
    boundary: &str,
    fields: &[(&str, T)],
) -> Request<Body> {
    let (kind, body) = campanile_testkit::form(boundary, fields);
    request.header("content-type", kind).body(Body::from(body)).expect("a request")
}

/// The pointers of a problem's mistakes.
pub fn pointers(problem: &Value) -> Vec<&str> {
    let errors = problem["errors"].as_array().map_or(&[][..], Vec::as_slice);
    errors.iter().map(|error| error["pointer"].as_str().expect("a pointer")).collect()
}

/// Runs `work` with a new server on this directory, as a new process would.
pub fn process<T>(dir: &Path, work: impl AsyncFnOnce(&World) -> T) -> T {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async { work(&World::open(dir).await).await })
}
