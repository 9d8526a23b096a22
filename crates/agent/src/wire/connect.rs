//! Connects to the servers of agents: name, address, TCP, TLS and, for a WebSocket, the upgrade, all
//! within five seconds. Redirects are not followed.

use std::{io, sync::Arc};

use async_trait::async_trait;
use campanile_egress::{Guard, Reach, Unreachable, connect_to};
use socket2::SockRef;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
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
        http::{HeaderValue, header::USER_AGENT},
        protocol::WebSocketConfig,
    },
};

use super::address::{Address, Origin, Protocol};
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
        "the URL is not {}; the operator can allow plain {} and private addresses with \
         {setting} = true",
        protocol.encrypted(),
        protocol.plain()
    )]
    Plain {
        /// The protocol of the URL.
        protocol: Protocol,
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
        401 | 403 => {
            ": it refuses the connection; check its key (auth_token or api_key) and what the server expects"
        }
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

/// Opens byte streams to servers.
#[async_trait]
pub trait Dial: Send + Sync {
    /// Returns what URLs may lead to.
    fn reach(&self) -> Reach;

    /// Opens a byte stream, encrypted if the origin is, before `until`.
    async fn dial(&self, to: &Origin, until: Instant) -> Result<Box<dyn Transport>, ConnectError>;
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

    async fn tcp(&self, to: &Origin, until: Instant) -> Result<TcpStream, ConnectError> {
        let found = timeout_at(until, self.guard.find(&to.host, to.port));
        let found = found.await.map_err(|_| to.late(Doing::Name))??;
        let tcp = timeout_at(until, connect_to(&to.host, &found));
        Ok(tcp.await.map_err(|_| to.late(Doing::Tcp))??)
    }

    async fn encrypted(
        &self,
        to: &Origin,
        tcp: TcpStream,
        until: Instant,
    ) -> Result<Box<dyn Transport>, ConnectError> {
        if !to.is_encrypted {
            return Ok(Box::new(tcp));
        }
        let name = to.host.trim_start_matches('[').trim_end_matches(']').to_owned();
        let name = ServerName::try_from(name);
        let name =
            name.map_err(|_| ConnectError::Url("has a host that no certificate can name"))?;
        let tls = timeout_at(until, self.tls.connect(name, tcp));
        let tls = tls.await.map_err(|_| to.late(Doing::Tls))?;
        let tls = tls.map_err(|error| ConnectError::Tls { host: to.host.clone(), error })?;
        Ok(Box::new(tls))
    }
}

#[async_trait]
impl Dial for Connector {
    fn reach(&self) -> Reach {
        self.guard.reach()
    }

    async fn dial(&self, to: &Origin, until: Instant) -> Result<Box<dyn Transport>, ConnectError> {
        let tcp = self.tcp(to, until).await?;
        self.encrypted(to, tcp, until).await
    }
}

#[async_trait]
impl Connect for Connector {
    async fn connect(
        &self,
        url: &str,
        headers: &[(&'static str, String)],
    ) -> Result<Socket, ConnectError> {
        let address = Address::of(url, Protocol::WebSocket)?.allowed_by(self.guard.reach())?;
        let (to, until) = (&address.origin, Instant::now() + WITHIN);
        let tcp = self.tcp(to, until).await?;
        let _ = SockRef::from(&tcp).set_send_buffer_size(SEND_BUFFER);
        let transport = self.encrypted(to, tcp, until).await?;
        let upgraded = timeout_at(until, upgrade(&address, headers, transport));
        upgraded.await.map_err(|_| to.late(Doing::Upgrade))?
    }
}

async fn upgrade(
    address: &Address,
    headers: &[(&'static str, String)],
    transport: Box<dyn Transport>,
) -> Result<Socket, ConnectError> {
    let host = || address.origin.host.clone();
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
