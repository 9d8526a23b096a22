//! The URLs of agents' servers, and what they may lead to.

use campanile_egress::{Reach, Unreachable, is_public};
use tokio_tungstenite::tungstenite::http::Uri;

use super::{ConnectError, Doing};

/// What is spoken to a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// WebSocket (RFC 6455).
    WebSocket,
    /// HTTP/1.1.
    Http,
}

impl Protocol {
    pub(super) fn encrypted(self) -> &'static str {
        match self {
            Protocol::WebSocket => "wss",
            Protocol::Http => "https",
        }
    }

    pub(super) fn plain(self) -> &'static str {
        match self {
            Protocol::WebSocket => "ws",
            Protocol::Http => "http",
        }
    }

    fn is_not_that_of_the_url(self) -> ConnectError {
        ConnectError::Url(match self {
            Protocol::WebSocket => "does not begin with wss:// (or ws://)",
            Protocol::Http => "does not begin with https:// (or http://)",
        })
    }
}

/// The server that a URL leads to.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Origin {
    /// Its host, as the URL has it.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// Whether the connection is encrypted.
    pub is_encrypted: bool,
}

impl Origin {
    pub(super) fn late(&self, doing: Doing) -> ConnectError {
        ConnectError::Late { host: self.host.clone(), doing }
    }
}

/// The parts of a URL that a connection needs.
#[derive(Debug)]
pub(super) struct Address {
    pub uri: Uri,
    pub origin: Origin,
    protocol: Protocol,
}

impl Address {
    pub fn of(url: &str, protocol: Protocol) -> Result<Address, ConnectError> {
        if !url.is_ascii() || url.contains(|letter: char| letter.is_ascii_whitespace()) {
            return Err(ConnectError::Url("has a space or a letter outside ASCII"));
        }
        if url.contains('#') {
            return Err(ConnectError::Url("has a fragment (#), which no server would see"));
        }
        let is_encrypted = match url.split_once("://") {
            Some((scheme, _)) if scheme == protocol.encrypted() => true,
            Some((scheme, _)) if scheme == protocol.plain() => false,
            Some(_) | None => return Err(protocol.is_not_that_of_the_url()),
        };
        let uri: Uri = url.parse().map_err(|_| ConnectError::Url("is not a URL"))?;
        if uri.authority().is_some_and(|authority| authority.as_str().contains('@')) {
            return Err(ConnectError::Url("has a user or a password; use the field for the key"));
        }
        let host = uri.host().unwrap_or_default().to_owned();
        if host.is_empty() {
            return Err(ConnectError::Url("has no host"));
        }
        let port = uri.port_u16().unwrap_or(if is_encrypted { 443 } else { 80 });
        Ok(Address { uri, origin: Origin { host, port, is_encrypted }, protocol })
    }

    pub fn allowed_by(self, reach: Reach) -> Result<Address, ConnectError> {
        match reach {
            Reach::Public { unless: setting } if !self.origin.is_encrypted => {
                Err(ConnectError::Plain { protocol: self.protocol, setting })
            }
            Reach::Public { .. } | Reach::All => Ok(self),
        }
    }
}

/// Checks the URL of an agent's server without connecting to it, so that a mistake is reported when
/// the agent is saved.
pub fn check_url(url: &str, protocol: Protocol, reach: Reach) -> Result<(), ConnectError> {
    let Origin { host, .. } = Address::of(url, protocol)?.allowed_by(reach)?.origin;
    let address = host.trim_start_matches('[').trim_end_matches(']').parse();
    match reach {
        Reach::Public { unless: setting }
            if host.eq_ignore_ascii_case("localhost") || address.is_ok_and(|ip| !is_public(ip)) =>
        {
            Err(Unreachable::Private { host, setting }.into())
        }
        Reach::Public { .. } | Reach::All => Ok(()),
    }
}
