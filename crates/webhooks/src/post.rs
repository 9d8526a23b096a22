//! Sends one POST to a webhook's server: no redirects, no proxy, no private address.

use std::time::Duration;

use bytes::Bytes;
use campanile_egress::Guard;
use http_body_util::Full;
use hyper::{
    Request,
    header::{CONTENT_TYPE, USER_AGENT},
};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::Client,
    rt::{TokioExecutor, TokioTimer},
};

/// The time limit from the first packet to the status line.
const TIMEOUT: Duration = Duration::from_secs(15);

/// Idle connections to one host that are kept for the next POST, and how long they are kept.
const IDLE_PER_HOST: usize = 16;
const IDLE: Duration = Duration::from_secs(15);

/// The maximum size of an answer's head, in bytes and in headers; an endpoint that sends more has
/// failed.
const MAX_HEAD_BYTES: usize = 32 << 10;
const MAX_HEADERS: usize = 100;

/// Why a try failed, in words that the endpoint's owner may see.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Unsent(pub(crate) String);

/// A signed message to send.
pub struct Message<'m> {
    /// The URL of the endpoint.
    pub url: &'m str,
    /// The `webhook-id`, the same in every try.
    pub id: &'m str,
    /// The `webhook-timestamp`, in seconds since the epoch.
    pub timestamp_s: i64,
    /// The `webhook-signature`.
    pub signature: &'m str,
    /// The JSON body.
    pub body: &'m str,
}

/// Sends messages over connections that it keeps. Clones share the connections.
#[derive(Clone)]
pub struct Poster(Client<HttpsConnector<Guard>, Full<Bytes>>);

impl Poster {
    /// A poster that connects to the addresses that `guard` lets through.
    pub fn new(guard: Guard) -> Poster {
        let connector = HttpsConnectorBuilder::new()
            .with_webpki_roots()
            .https_or_http()
            .enable_http1()
            .wrap_connector(guard);
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE)
            .pool_max_idle_per_host(IDLE_PER_HOST)
            .http1_max_buf_size(MAX_HEAD_BYTES)
            .http1_max_headers(MAX_HEADERS)
            .build(connector);
        Poster(client)
    }

    /// Sends a message and returns the HTTP status. Reads nothing beyond the status, and does not
    /// follow redirects.
    pub async fn send(&self, message: &Message<'_>) -> Result<u16, Unsent> {
        let request = Request::post(message.url)
            .header(CONTENT_TYPE, "application/json")
            .header(USER_AGENT, concat!("Campanile/", env!("CARGO_PKG_VERSION")))
            .header("webhook-id", message.id)
            .header("webhook-timestamp", message.timestamp_s.to_string())
            .header("webhook-signature", message.signature)
            .body(Full::new(Bytes::copy_from_slice(message.body.as_bytes())))
            .map_err(|error| Unsent(format!("the URL cannot be used: {error}")))?;
        match tokio::time::timeout(TIMEOUT, self.0.request(request)).await {
            Ok(Ok(answer)) => Ok(answer.status().as_u16()),
            Ok(Err(error)) => Err(Unsent(in_words(&error))),
            Err(_) => Err(Unsent(format!("no answer came within {} s", TIMEOUT.as_secs()))),
        }
    }
}

/// An error and its causes in words; the last cause says most.
fn in_words(error: &dyn std::error::Error) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let more = error.to_string();
        if !words.ends_with(&more) {
            words = format!("{words}: {more}");
        }
        cause = error.source();
    }
    words
}
