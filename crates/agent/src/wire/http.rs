//! Requests to the HTTP servers of agents over kept connections (HTTP/1.1). Answers are read piece
//! by piece, within limits of size and time. Redirects are not followed.

use std::{
    collections::HashMap,
    fmt::Write as _,
    io::ErrorKind,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use campanile_rules::agent::Secret;
use http_body_util::{BodyExt as _, Full};
use hyper::{
    Method, Response, StatusCode,
    body::{Body as _, Incoming},
    client::conn::http1::{Builder, SendRequest},
    header::{AUTHORIZATION, CONTENT_TYPE, HOST, HeaderName, HeaderValue, USER_AGENT},
};
use hyper_util::rt::TokioIo;
use tokio::time::{Instant, timeout, timeout_at};
use tracing::Instrument as _;

use super::{
    ConnectError, Dial, HttpError, Origin,
    address::{Address, Protocol},
    said::words_of,
};
use crate::OPEN_WITHIN;

/// The most idle connections that are kept to one server.
const MAX_IDLE: usize = 32;

/// How long an idle connection is kept. Servers close theirs after 5 to 75 s.
const KEPT_FOR: Duration = Duration::from_secs(60);

/// The most that is read of an answer that says what is wrong.
const MAX_SAID: usize = 16 << 10;

/// What the client keeps of an answer that is not read.
const READ_BUFFER: usize = 64 << 10;

/// A request.
#[derive(Debug, Clone)]
pub struct Request {
    method: Method,
    url: String,
    headers: Vec<(String, Secret)>,
    body: Bytes,
    may_repeat: bool,
}

impl Request {
    /// A request without a body.
    pub fn get(url: String) -> Request {
        let (headers, body) = (Vec::new(), Bytes::new());
        Request { method: Method::GET, url, headers, body, may_repeat: true }
    }

    /// A request with a body.
    pub fn post(url: String, content_type: &str, body: impl Into<Bytes>) -> Request {
        let headers = vec![(CONTENT_TYPE.to_string(), Secret::new(content_type))];
        Request { method: Method::POST, url, headers, body: body.into(), may_repeat: false }
    }

    /// Sends a key along, if there is one.
    pub fn bearer(mut self, key: &Secret) -> Request {
        if !key.is_empty() {
            let value = Secret::new(format!("Bearer {}", key.reveal()));
            self.headers.push((AUTHORIZATION.to_string(), value));
        }
        self
    }

    /// Adds a header.
    pub fn header(mut self, name: &str, value: Secret) -> Request {
        self.headers.push((name.to_owned(), value));
        self
    }

    /// Allows the request to be sent again on a new connection when a kept one breaks before any
    /// answer: it changes nothing, so that twice is as good as once.
    pub fn repeatable(self) -> Request {
        Request { may_repeat: true, ..self }
    }
}

/// The limits of an answer.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// How long it may take until the answer begins, the connection included.
    pub first: Duration,
    /// How long a piece of the answer may take.
    pub next: Duration,
    /// The most bytes of an answer.
    pub max: usize,
}

type Sender = SendRequest<Full<Bytes>>;

/// A connection that nothing is sent on.
struct Idle {
    sender: Sender,
    since: Instant,
}

/// Sends requests to the servers of one workspace's agents, and keeps their connections.
pub struct Http {
    dial: Arc<dyn Dial>,
    idle: Arc<Pool>,
}

#[derive(Default)]
struct Pool(Mutex<HashMap<Origin, Vec<Idle>>>);

impl Http {
    /// Creates a client without connections.
    pub fn new(dial: Arc<dyn Dial>) -> Http {
        Http { dial, idle: Arc::default() }
    }

    /// Sends a request and returns its answer when it begins. An answer that is not a success is an
    /// error.
    pub async fn send(&self, request: &Request, limits: Limits) -> Result<Answer, HttpError> {
        let address = Address::of(&request.url, Protocol::Http)?.allowed_by(self.dial.reach())?;
        let host = address.origin.host.clone();
        let first = timeout(limits.first, self.respond(&address, request));
        let (sender, response) = first.await.map_err(|_| HttpError::Late {
            host: host.clone(),
            doing: "the beginning of its answer",
            within: limits.first,
        })??;
        let status = response.status();
        let (pool, kept) = (self.idle.clone(), Some((address.origin, sender)));
        let mut answer = Answer { host, response, pool, kept, limits, taken: 0 };
        if status.is_success() {
            return Ok(answer);
        }
        answer.limits.max = MAX_SAID;
        let said = answer.text().await.unwrap_or_default();
        Err(HttpError::Status { host: answer.host, status: status.as_u16(), said: words_of(&said) })
    }

    /// Opens a connection to a URL's server unless one is idle, so that the next request needs not
    /// wait for one.
    pub async fn warm(&self, url: &str) -> Result<(), HttpError> {
        let address = Address::of(url, Protocol::Http)?.allowed_by(self.dial.reach())?;
        let sender = match self.idle.take(&address.origin) {
            Some(sender) => sender,
            None => self.connect(&address.origin).await?,
        };
        self.idle.put(address.origin, sender);
        Ok(())
    }

    async fn respond(
        &self,
        address: &Address,
        request: &Request,
    ) -> Result<(Sender, Response<Incoming>), HttpError> {
        let broken = |error: hyper::Error| HttpError::Broken {
            host: address.origin.host.clone(),
            error: in_words(&error),
        };
        while let Some(mut sender) = self.idle.take(&address.origin) {
            if sender.ready().await.is_err() {
                continue;
            }
            let mut error = match sender.try_send_request(written(address, request)?).await {
                Ok(response) => return Ok((sender, response)),
                Err(error) => error,
            };
            let was_sent = error.take_message().is_none();
            if was_sent && !(request.may_repeat && is_of_a_closed_connection(error.error())) {
                return Err(broken(error.into_error()));
            }
        }
        let mut sender = self.connect(&address.origin).await?;
        let response = sender.send_request(written(address, request)?).await;
        Ok((sender, response.map_err(broken)?))
    }

    async fn connect(&self, to: &Origin) -> Result<Sender, HttpError> {
        let until = Instant::now() + OPEN_WITHIN;
        let transport = self.dial.dial(to, until).await?;
        let handshake = Builder::new()
            .max_buf_size(READ_BUFFER)
            .max_headers(100)
            .handshake(TokioIo::new(transport));
        let shaken = timeout_at(until, handshake).await.map_err(|_| to.late(super::Doing::Tcp))?;
        let (sender, connection) = shaken.map_err(|error| HttpError::Broken {
            host: to.host.clone(),
            error: in_words(&error),
        })?;
        let serve = async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection to an agent's server broke");
            }
        };
        tokio::spawn(serve.in_current_span());
        Ok(sender)
    }
}

impl Pool {
    /// Returns the connection that was used last and is still open.
    fn take(&self, of: &Origin) -> Option<Sender> {
        let mut idle = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = idle.get_mut(of)?;
        kept.retain(|idle| !idle.sender.is_closed() && idle.since.elapsed() < KEPT_FOR);
        let taken = kept.pop().map(|idle| idle.sender);
        if kept.is_empty() {
            idle.remove(of);
        }
        taken
    }

    fn put(&self, of: Origin, sender: Sender) {
        let mut idle = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = idle.entry(of).or_default();
        if kept.len() < MAX_IDLE {
            kept.push(Idle { sender, since: Instant::now() });
        }
    }
}

fn written(address: &Address, request: &Request) -> Result<hyper::Request<Full<Bytes>>, HttpError> {
    let path = address.uri.path_and_query().map_or("/", |path| path.as_str());
    let host = address.uri.authority().map_or("", |authority| authority.as_str());
    let agent = concat!("Campanile/", env!("CARGO_PKG_VERSION"));
    let mut written = hyper::Request::new(Full::new(request.body.clone()));
    *written.method_mut() = request.method.clone();
    *written.uri_mut() = path.parse().map_err(|_| ConnectError::Url("is not a URL"))?;
    let unsendable = |name: &str| HttpError::Header(name.to_owned());
    let headers = written.headers_mut();
    headers.insert(HOST, HeaderValue::from_str(host).map_err(|_| unsendable("the host"))?);
    headers.insert(USER_AGENT, HeaderValue::from_static(agent));
    for (name, value) in &request.headers {
        let parsed = HeaderName::try_from(name.as_str());
        let parsed = parsed.map_err(|_| unsendable(&format!("the name {name:?}")))?;
        let mut value = HeaderValue::from_str(value.reveal())
            .map_err(|_| unsendable(&format!("the value of {name}")))?;
        value.set_sensitive(true);
        headers.insert(parsed, value);
    }
    Ok(written)
}

/// An answer, whose body is still to be read. Dropping it before its end closes its connection, so
/// that the server learns that nobody listens.
pub struct Answer {
    host: String,
    response: Response<Incoming>,
    pool: Arc<Pool>,
    /// The connection, until it can be used again.
    kept: Option<(Origin, Sender)>,
    limits: Limits,
    taken: usize,
}

impl Answer {
    /// Returns the status.
    pub fn status(&self) -> StatusCode {
        self.response.status()
    }

    /// Waits for the next piece of the body; none at its end.
    pub async fn next(&mut self) -> Result<Option<Bytes>, HttpError> {
        loop {
            let frame = timeout(self.limits.next, self.response.body_mut().frame());
            let frame = frame.await.map_err(|_| HttpError::Late {
                host: self.host.clone(),
                doing: "the next piece of its answer",
                within: self.limits.next,
            })?;
            let Some(frame) = frame else {
                self.keep();
                return Ok(None);
            };
            let frame = frame.map_err(|error| HttpError::Broken {
                host: self.host.clone(),
                error: in_words(&error),
            })?;
            let Ok(data) = frame.into_data() else { continue };
            self.taken += data.len();
            if self.taken > self.limits.max {
                let (host, max) = (self.host.clone(), self.limits.max);
                return Err(HttpError::TooLong { host, max });
            }
            if self.response.body().is_end_stream() {
                self.keep();
            }
            return Ok(Some(data));
        }
    }

    /// Waits for the whole body as text.
    pub async fn text(&mut self) -> Result<String, HttpError> {
        let mut all = Vec::new();
        while let Some(piece) = self.next().await? {
            all.extend_from_slice(&piece);
        }
        Ok(String::from_utf8_lossy(&all).into_owned())
    }

    fn keep(&mut self) {
        if let Some((origin, sender)) = self.kept.take() {
            self.pool.put(origin, sender);
        }
    }
}

/// Whether the server closed a connection before it said anything.
fn is_of_a_closed_connection(error: &hyper::Error) -> bool {
    let cause = std::error::Error::source(error).and_then(|cause| cause.downcast_ref());
    let is_reset = cause.is_some_and(|cause: &std::io::Error| {
        matches!(cause.kind(), ErrorKind::ConnectionReset | ErrorKind::BrokenPipe)
    });
    error.is_incomplete_message() || error.is_closed() || is_reset
}

/// Returns an error with its causes.
fn in_words(error: &hyper::Error) -> String {
    let mut words = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        let _ = write!(words, ": {error}");
        cause = error.source();
    }
    words
}
