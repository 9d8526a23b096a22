//! Makes a WebSocket connection to the server of an agent: name, address, TCP, TLS, upgrade, all
//! within five seconds. Redirects are not followed.

use std::{io, sync::Arc};

use async_trait::async_trait;
use campanile_egress::{Guard, Reach, Unreachable, connect_to, is_public};
use socket2::SockRef;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    time::{Instant, timeout_at},
};
use tokio_rustls::{
    TlsConnector,
    rustls::{ClientConfig, RootCertStore, crypto::ring, pki_types::ServerName},
};
use tokio_tungstenite::{
    WebSocketStream, client_async_with_config,
    tungstenite::{
        Error,
        client::IntoClientRequest as _,
        http::{HeaderValue, Uri, header::USER_AGENT},
        protocol::WebSocketConfig,
    },
};

use crate::{OPEN_WITHIN as WITHIN, speech::is_shortage};

/// The longest message from a server.
const MAX_MESSAGE: usize = 1 << 20;

/// What the system keeps of sound that a slow server does not read: about a second.
const SEND_BUFFER: usize = 16 << 10;

/// A byte stream to a server.
pub trait Transport: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Transport for T {}

/// A WebSocket connection to a server.
pub type Socket = WebSocketStream<Box<dyn Transport>>;

/// Why there is no connection to a server, in words for the agent's owner. None of them has more of
/// the URL than its host, because the rest may be secret.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The URL cannot be used.
    #[error("the URL {0}")]
    Url(&'static str),
    /// The URL is not encrypted, and only encrypted ones are allowed.
    #[error(
        "the URL is not wss; the operator can allow plain ws and private addresses with \
         {setting} = true"
    )]
    Plain {
        /// The setting that allows it.
        setting: &'static str,
    },
    /// No TCP connection could be made.
    #[error(transparent)]
    Unreachable(#[from] Unreachable),
    /// TLS failed, for example because of the certificate.
    #[error("{host} is there, but TLS with it failed: {error}")]
    Tls {
        /// The host.
        host: String,
        /// The error.
        error: io::Error,
    },
    /// The server answered the upgrade with an error.
    #[error("{host} answered {status}{}", advice(*.status))]
    Status {
        /// The host.
        host: String,
        /// The HTTP status.
        status: u16,
    },
    /// The server does not speak WebSocket.
    #[error("{host} is there, but it is not a WebSocket server: {error}")]
    NotAWebSocket {
        /// The host.
        host: String,
        /// The error.
        error: String,
    },
    /// The connection took too long.
    #[error("{host} is too slow: {doing} took longer than {} s", WITHIN.as_secs())]
    Late {
        /// The host.
        host: String,
        /// The step that did not end.
        doing: Doing,
    },
}

impl ConnectError {
    /// Whether this machine lacks what every connection needs, such as file descriptors.
    pub fn is_shortage(&self) -> bool {
        match self {
            ConnectError::Unreachable(
                Unreachable::Refused { error, .. } | Unreachable::Unknown { error, .. },
            ) => is_shortage(error),
            ConnectError::Unreachable(Unreachable::Private { .. })
            | ConnectError::Url(_)
            | ConnectError::Plain { .. }
            | ConnectError::Tls { .. }
            | ConnectError::Status { .. }
            | ConnectError::NotAWebSocket { .. }
            | ConnectError::Late { .. } => false,
        }
    }
}

fn advice(status: u16) -> &'static str {
    match status {
        300..=399 => ", a redirect, and redirects are not followed: give the URL it leads to",
        401 | 403 => ": it refuses the connection; check auth_token and what the server expects",
        404 => ": there is nothing at the path of the URL",
        426 => ": it wants another protocol",
        500.. => ": it has an error of its own, or there is no server behind it",
        _ => " instead of opening a WebSocket",
    }
}

/// A step of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doing {
    /// The name is looked up.
    Name,
    /// TCP connects.
    Tcp,
    /// TLS is negotiated.
    Tls,
    /// HTTP changes to WebSocket.
    Upgrade,
}

impl std::fmt::Display for Doing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Doing::Name => "the look-up of its name",
            Doing::Tcp => "the TCP connection",
            Doing::Tls => "the TLS handshake",
            Doing::Upgrade => "the WebSocket upgrade",
        })
    }
}

/// The parts of a URL that a connection needs.
#[derive(Debug)]
struct Address {
    uri: Uri,
    host: String,
    port: u16,
    is_encrypted: bool,
}

impl Address {
    fn of(url: &str) -> Result<Address, ConnectError> {
        if !url.is_ascii() || url.contains(|letter: char| letter.is_ascii_whitespace()) {
            return Err(ConnectError::Url("has a space or a letter outside ASCII"));
        }
        if url.contains('#') {
            return Err(ConnectError::Url(
                "has a fragment (#), which a WebSocket URL may not have",
            ));
        }
        let is_encrypted = match url.split_once("://") {
            Some(("wss", _)) => true,
            Some(("ws", _)) => false,
            Some(_) | None => {
                return Err(ConnectError::Url("does not begin with wss:// (or ws://)"));
            }
        };
        let uri: Uri = url.parse().map_err(|_| ConnectError::Url("is not a URL"))?;
        if uri.authority().is_some_and(|authority| authority.as_str().contains('@')) {
            return Err(ConnectError::Url("has a user or a password; use auth_token"));
        }
        let host = uri.host().unwrap_or_default().to_owned();
        if host.is_empty() {
            return Err(ConnectError::Url("has no host"));
        }
        let port = uri.port_u16().unwrap_or(if is_encrypted { 443 } else { 80 });
        Ok(Address { uri, host, port, is_encrypted })
    }

    fn allowed_by(self, reach: Reach) -> Result<Address, ConnectError> {
        match reach {
            Reach::Public { unless: setting } if !self.is_encrypted => {
                Err(ConnectError::Plain { setting })
            }
            Reach::Public { .. } | Reach::All => Ok(self),
        }
    }
}

/// Checks the URL of an agent's server without connecting to it, so that a mistake is reported when
/// the agent is saved.
pub fn check_url(url: &str, reach: Reach) -> Result<(), ConnectError> {
    let Address { host, .. } = Address::of(url)?.allowed_by(reach)?;
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

/// Makes connections to the servers of agents.
#[async_trait]
pub trait Connect: Send + Sync {
    /// Opens a WebSocket within five seconds. `headers` go with the upgrade.
    async fn connect(
        &self,
        url: &str,
        headers: &[(&'static str, String)],
    ) -> Result<Socket, ConnectError>;
}

/// Connects to the servers of one workspace's agents.
pub struct Connector {
    guard: Guard,
    tls: TlsConnector,
}

impl Connector {
    /// Creates a connector that trusts the certificate authorities of the web.
    pub fn new(guard: Guard) -> Connector {
        let roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        Connector::trusting(guard, roots)
    }

    /// Creates a connector that trusts these certificates.
    pub fn trusting(guard: Guard, roots: RootCertStore) -> Connector {
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("ring has the default protocol versions")
            .with_root_certificates(roots)
            .with_no_client_auth();
        Connector { guard, tls: TlsConnector::from(Arc::new(config)) }
    }

    async fn encrypt<T: Transport>(
        &self,
        host: &str,
        tcp: T,
    ) -> Result<tokio_rustls::client::TlsStream<T>, ConnectError> {
        let name = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        let name = ServerName::try_from(name);
        let name =
            name.map_err(|_| ConnectError::Url("has a host that no certificate can name"))?;
        let tls = self.tls.connect(name, tcp).await;
        tls.map_err(|error| ConnectError::Tls { host: host.to_owned(), error })
    }
}

#[async_trait]
impl Connect for Connector {
    async fn connect(
        &self,
        url: &str,
        headers: &[(&'static str, String)],
    ) -> Result<Socket, ConnectError> {
        let address = Address::of(url)?.allowed_by(self.guard.reach())?;
        let host = address.host.as_str();
        let until = Instant::now() + WITHIN;
        let late = |doing| move |_| ConnectError::Late { host: host.to_owned(), doing };
        let found = timeout_at(until, self.guard.find(host, address.port));
        let found = found.await.map_err(late(Doing::Name))??;
        let tcp = timeout_at(until, connect_to(host, &found));
        let tcp = tcp.await.map_err(late(Doing::Tcp))??;
        let _ = SockRef::from(&tcp).set_send_buffer_size(SEND_BUFFER);
        let transport: Box<dyn Transport> = match address.is_encrypted {
            true => {
                let tls = timeout_at(until, self.encrypt(host, tcp));
                Box::new(tls.await.map_err(late(Doing::Tls))??)
            }
            false => Box::new(tcp),
        };
        let upgraded = timeout_at(until, upgrade(&address, headers, transport));
        upgraded.await.map_err(late(Doing::Upgrade))?
    }
}

async fn upgrade(
    address: &Address,
    headers: &[(&'static str, String)],
    transport: Box<dyn Transport>,
) -> Result<Socket, ConnectError> {
    let host = || address.host.clone();
    let not_one = |error: String| ConnectError::NotAWebSocket { host: host(), error };
    let mut request =
        address.uri.clone().into_client_request().map_err(in_words).map_err(not_one)?;
    let agent = HeaderValue::from_static(concat!("Campanile/", env!("CARGO_PKG_VERSION")));
    request.headers_mut().insert(USER_AGENT, agent);
    for (name, value) in headers {
        let value = HeaderValue::from_str(value);
        let mut value = value.map_err(|_| not_one(format!("the header {name} cannot be sent")))?;
        value.set_sensitive(true);
        request.headers_mut().insert(*name, value);
    }
    let config = WebSocketConfig::default()
        .read_buffer_size(8 << 10)
        .write_buffer_size(4 << 10)
        .max_write_buffer_size(2 * MAX_MESSAGE)
        .max_message_size(Some(MAX_MESSAGE))
        .max_frame_size(Some(MAX_MESSAGE));
    match client_async_with_config(request, transport, Some(config)).await {
        Ok((socket, _)) => Ok(socket),
        Err(Error::Http(answer)) => {
            Err(ConnectError::Status { host: host(), status: answer.status().as_u16() })
        }
        Err(error) => Err(not_one(in_words(error))),
    }
}

fn in_words(error: Error) -> String {
    error.to_string()
}
