//! One POST to somebody else's server: no redirects, no proxy, no private address.

use std::time::Duration;

use bytes::Bytes;
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

use crate::connect::{Guarded, Lookups};

/// From the first packet to the status line.
const TIMEOUT: Duration = Duration::from_secs(15);

/// Connections to one host that are kept for the next POST, and for how long.
const IDLE_PER_HOST: usize = 16;
const IDLE: Duration = Duration::from_secs(15);

/// Bytes and headers of an answer's head; an endpoint that sends more has failed.
const MAX_HEAD_BYTES: usize = 32 << 10;
const MAX_HEADERS: usize = 100;

/// A try's failure, in words that may be shown to the endpoint's owner.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Unsent(pub(crate) String);

/// What is sent, signed.
pub struct Message<'m> {
    /// Where to.
    pub url: &'m str,
    /// `webhook-id`, the same each time it is sent.
    pub id: &'m str,
    /// `webhook-timestamp`, seconds since the epoch.
    pub timestamp_s: i64,
    /// `webhook-signature`.
    pub signature: &'m str,
    /// The JSON.
    pub body: &'m str,
}

/// Sends messages over kept connections. Clones share them.
#[derive(Clone)]
pub struct Poster(Client<HttpsConnector<Guarded>, Full<Bytes>>);

impl Poster {
    /// One that reaches public addresses only, or any address when `allow_private`. The names it
    /// looks up count among `lookups`.
    pub fn new(allow_private: bool, lookups: &Lookups) -> Poster {
        let connector = HttpsConnectorBuilder::new()
            .with_webpki_roots()
            .https_or_http()
            .enable_http1()
            .wrap_connector(Guarded::new(allow_private, lookups));
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE)
            .pool_max_idle_per_host(IDLE_PER_HOST)
            .http1_max_buf_size(MAX_HEAD_BYTES)
            .http1_max_headers(MAX_HEADERS)
            .build(connector);
        Poster(client)
    }

    /// Sends it and returns the status. What the other side says beyond its status is not read,
    /// and a redirect is an answer.
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

/// An error and what caused it: the last cause says most.
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
