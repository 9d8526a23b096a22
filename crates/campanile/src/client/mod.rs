//! An HTTP client for the Campanile API.

mod form;
mod refusal;
mod server;

pub use form::Upload;
pub use refusal::{Away, Refusal};
pub use server::Server;

use std::{
    io::{Read, Write},
    time::Duration,
};

use anyhow::Context as _;
use serde_json::{Map, Value};
use ureq::{Body, SendBody, http::Response};

/// The largest JSON response that is read, in bytes.
const MAX_ANSWER: u64 = 64 << 20;

/// The time limit for DNS and for the TCP connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// A response body that is read as it arrives.
pub type Stream = Box<dyn Read + Send>;

/// Why a stream could not be opened.
pub struct NoStream {
    /// The error.
    pub error: anyhow::Error,
    /// Whether a later try may succeed.
    pub may_pass: bool,
}

/// A client of one server with one API key.
pub struct Client {
    agent: ureq::Agent,
    base: String,
    bearer: String,
}

impl Client {
    /// Creates a client of the server at `url` with this API key.
    pub fn new(url: &str, key: &str) -> Client {
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_resolve(Some(CONNECT_TIMEOUT))
            .timeout_connect(Some(CONNECT_TIMEOUT))
            .build();
        Client {
            agent: config.into(),
            base: url.trim_end_matches('/').to_owned(),
            bearer: format!("Bearer {key}"),
        }
    }

    /// Gets the JSON at `path`.
    pub fn get(&self, path: &str) -> anyhow::Result<Value> {
        self.json(self.get_raw(path)?)
    }

    /// Reads a list that is paged by cursors, up to `limit` items.
    pub fn pages(&self, path: String, limit: Option<u64>) -> Pages<'_> {
        Pages { client: self, path, left: limit.unwrap_or(u64::MAX), next: Next::Cursor(None) }
    }

    /// Reads a list with numbered pages, up to `limit` items.
    pub fn numbered_pages(&self, path: String, limit: Option<u64>) -> Pages<'_> {
        Pages { client: self, path, left: limit.unwrap_or(u64::MAX), next: Next::Number(1) }
    }

    /// Downloads `path` to the writer that `open` creates. `open` is called once the server has
    /// answered with success.
    pub fn download<W: Write>(
        &self,
        path: &str,
        open: impl FnOnce() -> anyhow::Result<W>,
    ) -> anyhow::Result<W> {
        let mut answer = self.get_raw(path)?;
        let mut to = open()?;
        let mut body = answer.body_mut().as_reader();
        std::io::copy(&mut body, &mut to).context("the download broke off")?;
        Ok(to)
    }

    /// Opens the event stream at `path` after an event. `None` if the stream has no more events.
    pub fn stream(&self, path: &str, after: Option<&str>) -> Result<Option<Stream>, NoStream> {
        let request = self.agent.get(format!("{}{path}", self.base));
        let mut request = request.header("authorization", &self.bearer);
        if let Some(after) = after {
            request = request.header("last-event-id", after);
        }
        let answer = self.answered(request.call());
        let answer = answer.map_err(|error| NoStream { error, may_pass: true })?;
        let status = answer.status().as_u16();
        let may_pass = status == 429 || status >= 500;
        let answer = accept(answer).map_err(|error| NoStream { error, may_pass })?;
        Ok((status != 204).then(|| Box::new(answer.into_body().into_reader()) as Stream))
    }

    fn get_raw(&self, path: &str) -> anyhow::Result<Response<Body>> {
        let request = self.agent.get(format!("{}{path}", self.base));
        accept(self.answered(request.header("authorization", &self.bearer).call())?)
    }

    /// Posts a JSON body.
    pub fn post(&self, path: &str, body: &Value) -> anyhow::Result<Value> {
        self.send(self.request(path)?, body)
    }

    /// Replaces the object at `path` by a JSON body.
    pub fn put(&self, path: &str, body: &Value) -> anyhow::Result<Value> {
        let request = self.agent.put(format!("{}{path}", self.base));
        self.send(request.header("authorization", &self.bearer), body)
    }

    /// Patches the object at `path` with a JSON body.
    pub fn patch(&self, path: &str, body: &Value) -> anyhow::Result<Value> {
        let request = self.agent.patch(format!("{}{path}", self.base));
        self.send(request.header("authorization", &self.bearer), body)
    }

    fn send(&self, request: WithBody, body: &Value) -> anyhow::Result<Value> {
        let request = request.header("content-type", "application/json");
        self.json(accept(self.answered(request.send(body.to_string()))?)?)
    }

    /// Deletes the object at `path`.
    pub fn delete(&self, path: &str) -> anyhow::Result<()> {
        let request = self.agent.delete(format!("{}{path}", self.base));
        accept(self.answered(request.header("authorization", &self.bearer).call())?).map(drop)
    }

    /// Posts a form with fields and one file. The file is sent only after the server agrees to
    /// receive it.
    pub fn post_form(
        &self,
        path: &str,
        fields: &[(&str, String)],
        file: Upload,
    ) -> anyhow::Result<Value> {
        let form::Form { kind, length, body } = form::Form::new(fields, file)?;
        let mut request = self.request(path)?.header("content-type", kind);
        if let Some(length) = length {
            // `Expect: 100-continue` lets the server refuse a large upload before it is sent.
            request = request.header("content-length", length).header("expect", "100-continue");
        }
        let sent = request.send(SendBody::from_owned_reader(body));
        self.json(accept(self.answered(sent)?)?)
    }

    /// Prepares a POST with a random Idempotency-Key, so that a POST that the network layer repeats
    /// takes effect once.
    fn request(&self, path: &str) -> anyhow::Result<WithBody> {
        Ok(self
            .agent
            .post(format!("{}{path}", self.base))
            .header("authorization", &self.bearer)
            .header("idempotency-key", form::random()?))
    }

    /// The response with any status.
    fn answered(
        &self,
        sent: Result<Response<Body>, ureq::Error>,
    ) -> anyhow::Result<Response<Body>> {
        sent.map_err(|error| Away::silent(&self.base, &error).into())
    }

    fn json(&self, mut answer: Response<Body>) -> anyhow::Result<Value> {
        let text = answer.body_mut().with_config().limit(MAX_ANSWER).read_to_string();
        let text = text.map_err(|error| Away::broken(&self.base, &error))?;
        serde_json::from_str(&text).map_err(|_| Away::stranger(&self.base).into())
    }
}

type WithBody = ureq::RequestBuilder<ureq::typestate::WithBody>;

/// The response, or a [`Refusal`] if it is a problem (RFC 9457).
fn accept(mut answer: Response<Body>) -> anyhow::Result<Response<Body>> {
    if answer.status().is_success() {
        return Ok(answer);
    }
    let text = answer.body_mut().with_config().limit(MAX_ANSWER).read_to_string();
    Err(Refusal::new(answer.status(), &text.unwrap_or_default()).into())
}

/// A list that is read page by page.
pub struct Pages<'a> {
    client: &'a Client,
    path: String,
    left: u64,
    next: Next,
}

/// The next page.
enum Next {
    Cursor(Option<String>),
    Number(u64),
}

/// The most items of a cursor page.
const CURSOR_PAGE: u64 = 500;

/// The most items of a numbered page.
const NUMBERED_PAGE: u64 = 100;

impl Pages<'_> {
    /// Passes each item to `each` and returns the other members of the list: those of the last
    /// page, with numbered pages rewritten as if one page held all items.
    pub fn each(
        mut self,
        mut each: impl FnMut(&Value) -> anyhow::Result<()>,
    ) -> anyhow::Result<Map<String, Value>> {
        let mut told = 0_u64;
        loop {
            let Value::Object(mut page) = self.client.get(&self.address())? else {
                return Err(Away::stranger(&self.client.base).into());
            };
            let items = page.shift_remove("items");
            let items = items.as_ref().and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
            for item in items.iter().take(usize::try_from(self.left).unwrap_or(usize::MAX)) {
                each(item)?;
                (self.left, told) = (self.left - 1, told + 1);
            }
            let more = match &mut self.next {
                Next::Cursor(cursor) => {
                    *cursor = page.get("next_cursor").and_then(Value::as_str).map(str::to_owned);
                    cursor.is_some()
                }
                Next::Number(number) => {
                    *number += 1;
                    page.insert("page".to_owned(), 1.into());
                    page.insert("limit".to_owned(), told.into());
                    items.len() as u64 == NUMBERED_PAGE
                }
            };
            if !more || self.left == 0 {
                return Ok(page);
            }
        }
    }

    fn address(&self) -> String {
        let sign = if self.path.contains('?') { '&' } else { '?' };
        let asked = match &self.next {
            Next::Cursor(None) => format!("limit={}", self.left.clamp(1, CURSOR_PAGE)),
            Next::Cursor(Some(cursor)) => {
                format!("limit={}&cursor={}", self.left.clamp(1, CURSOR_PAGE), escaped(cursor))
            }
            Next::Number(number) => format!("limit={NUMBERED_PAGE}&page={number}"),
        };
        format!("{}{sign}{asked}", self.path)
    }
}

/// Appends the given parameters to a path as a query.
pub fn with_query(path: &str, asked: &[(&str, Option<&str>)]) -> String {
    let given = asked.iter().filter_map(|(name, value)| Some((name, (*value)?)));
    let pairs: Vec<String> =
        given.map(|(name, value)| format!("{name}={}", escaped(value))).collect();
    match pairs.is_empty() {
        true => path.to_owned(),
        false => format!("{path}?{}", pairs.join("&")),
    }
}

/// Percent-encodes a text for a query.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                escaped.push(byte.into());
            }
            _ => escaped += &format!("%{byte:02X}"),
        }
    }
    escaped
}
