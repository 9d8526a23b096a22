//! The guard of connections. Its address check applies to the very connection that is made,
//! whatever name led to it. Names are looked up on separate threads.

use std::{
    future::Future,
    io,
    net::{SocketAddr, ToSocketAddrs as _},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use hyper::Uri;
use hyper_util::rt::TokioIo;
use tokio::{
    net::TcpStream,
    sync::{Semaphore, oneshot},
};
use tower_service::Service;

use crate::address::is_public;

/// Concurrent name look-ups of all guards. Each holds a thread until the system's resolver answers,
/// which cannot be interrupted.
const LOOKUPS: usize = 64;

/// Concurrent name look-ups of one [`Guard`], which belongs to one workspace.
const LOOKUPS_OF_ONE: usize = 4;

/// The limit of concurrent name look-ups that guards share.
#[derive(Debug, Clone)]
pub struct Lookups(Arc<Semaphore>);

impl Default for Lookups {
    fn default() -> Lookups {
        Lookups(Arc::new(Semaphore::new(LOOKUPS)))
    }
}

/// The addresses that a guard lets through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Public addresses only. The named setting of the server allows all.
    Public {
        /// The name of the setting.
        unless: &'static str,
    },
    /// All addresses.
    All,
}

impl Reach {
    /// Returns the reach for the value of a setting, which allows private addresses.
    pub fn of(setting: &'static str, allow_private: bool) -> Reach {
        if allow_private { Reach::All } else { Reach::Public { unless: setting } }
    }
}

/// Why a server was not connected to, in words that its owner may see.
#[derive(Debug, thiserror::Error)]
pub enum Unreachable {
    /// The name has no address, or it could not be looked up.
    #[error("the host {host} is unknown: {error}")]
    Unknown {
        /// The host.
        host: String,
        /// The answer of the system's resolver.
        error: io::Error,
    },
    /// The host has only private addresses.
    #[error(
        "{host} is not on the public Internet; the operator can allow private addresses with \
         {setting} = true"
    )]
    Private {
        /// The host.
        host: String,
        /// The setting that allows private addresses.
        setting: &'static str,
    },
    /// None of the host's addresses accepts a connection.
    #[error("cannot connect to {host}: {error}")]
    Refused {
        /// The host.
        host: String,
        /// The error of the last address.
        error: io::Error,
    },
}

/// A connector that refuses private addresses, unless they are allowed.
#[derive(Debug, Clone)]
pub struct Guard {
    reach: Reach,
    of_all: Arc<Semaphore>,
    of_one: Arc<Semaphore>,
}

impl Guard {
    /// Creates the guard of one workspace. Its name look-ups count against `lookups`.
    pub fn new(reach: Reach, lookups: &Lookups) -> Guard {
        let of_one = Arc::new(Semaphore::new(LOOKUPS_OF_ONE));
        Guard { reach, of_all: lookups.0.clone(), of_one }
    }

    /// Returns the addresses that the guard lets through.
    pub fn reach(&self) -> Reach {
        self.reach
    }

    /// Looks up a host, which may be an address, in brackets or not. Returns its addresses that may
    /// be connected to, at least one.
    pub async fn find(&self, host: &str, port: u16) -> Result<Vec<SocketAddr>, Unreachable> {
        let name = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        let found = self.look_up(name, port).await;
        let mut found =
            found.map_err(|error| Unreachable::Unknown { host: host.to_owned(), error })?;
        if let Reach::Public { unless: setting } = self.reach {
            found.retain(|address| is_public(address.ip()));
            if found.is_empty() {
                return Err(Unreachable::Private { host: host.to_owned(), setting });
            }
        }
        Ok(found)
    }

    /// Connects to the first of a host's addresses that answers.
    pub async fn connect(&self, host: &str, port: u16) -> Result<TcpStream, Unreachable> {
        let found = self.find(host, port).await?;
        connect_to(host, &found).await
    }

    /// The addresses of a name. The thread keeps its two permits until the system's resolver
    /// answers, even if the caller has stopped waiting.
    async fn look_up(&self, name: String, port: u16) -> io::Result<Vec<SocketAddr>> {
        if let Ok(ip) = name.parse() {
            return Ok(vec![SocketAddr::new(ip, port)]);
        }
        let of_one = self.of_one.clone().acquire_owned().await.map_err(io::Error::other)?;
        let of_all = self.of_all.clone().acquire_owned().await.map_err(io::Error::other)?;
        let (answer, found) = oneshot::channel();
        std::thread::Builder::new().name("name-lookup".to_owned()).spawn(move || {
            let found = (name.as_str(), port).to_socket_addrs().map(Iterator::collect);
            drop((of_one, of_all));
            let _ = answer.send(found);
        })?;
        found.await.map_err(io::Error::other)?
    }
}

/// Connects to the first address of a host that answers.
pub async fn connect_to(host: &str, found: &[SocketAddr]) -> Result<TcpStream, Unreachable> {
    let stream = TcpStream::connect(found).await;
    let stream = stream.map_err(|error| Unreachable::Refused { host: host.to_owned(), error })?;
    let _ = stream.set_nodelay(true);
    Ok(stream)
}

impl Service<Uri> for Guard {
    type Response = TokioIo<TcpStream>;
    type Error = Unreachable;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Unreachable>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Unreachable>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let guard = self.clone();
        Box::pin(async move {
            let port = match (uri.port_u16(), uri.scheme_str()) {
                (Some(port), _) => port,
                (None, Some("https")) => 443,
                (None, _) => 80,
            };
            let stream = guard.connect(uri.host().unwrap_or_default(), port).await?;
            Ok(TokioIo::new(stream))
        })
    }
}
