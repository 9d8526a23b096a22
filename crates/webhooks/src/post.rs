//! One POST to somebody else's server: no redirects, no proxy, no private address.

use std::time::Duration;

use ureq::{
    Agent,
    config::Config,
    http::Uri,
    unversioned::{
        resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver},
        transport::{DefaultConnector, NextTimeout},
    },
};

use crate::address::is_public;

/// From the first packet to the status line.
const TIMEOUT: Duration = Duration::from_secs(15);

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
pub struct Poster(Agent);

impl Poster {
    /// One that reaches public addresses only, or any address when `allow_private`.
    pub fn new(allow_private: bool) -> Poster {
        let config = Config::builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .proxy(None)
            .timeout_global(Some(TIMEOUT))
            .max_idle_connections(256)
            .max_idle_connections_per_host(32)
            .user_agent(concat!("Campanile/", env!("CARGO_PKG_VERSION")))
            .build();
        let resolver = Guarded { allow_private, inner: DefaultResolver::default() };
        Poster(Agent::with_parts(config, DefaultConnector::default(), resolver))
    }

    /// Sends it and returns the status. Blocks; what the other side says beyond its status is
    /// not read.
    pub fn send(&self, message: &Message<'_>) -> Result<u16, Unsent> {
        let request = self
            .0
            .post(message.url)
            .header("content-type", "application/json")
            .header("webhook-id", message.id)
            .header("webhook-timestamp", message.timestamp_s.to_string())
            .header("webhook-signature", message.signature);
        match request.send(message.body) {
            Ok(answer) => Ok(answer.status().as_u16()),
            Err(error) => Err(Unsent(error.to_string())),
        }
    }
}

/// Resolves a host, an address included, and leaves only addresses that may be connected to: the
/// check holds for the very address of the connection.
#[derive(Debug)]
struct Guarded {
    allow_private: bool,
    inner: DefaultResolver,
}

impl Resolver for Guarded {
    fn resolve(
        &self,
        uri: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let found = self.inner.resolve(uri, config, timeout)?;
        let mut allowed = self.empty();
        for address in found.iter() {
            if self.allow_private || is_public(address.ip()) {
                allowed.push(*address);
            }
        }
        if !allowed.is_empty() {
            return Ok(allowed);
        }
        let host = uri.host().unwrap_or_default();
        Err(ureq::Error::Other(
            format!(
                "{host} is not on the public Internet; the operator can allow private addresses \
                 with webhooks_allow_private = true"
            )
            .into(),
        ))
    }
}
