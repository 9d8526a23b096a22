//! Connects to the servers of webhooks. The address check applies to the very connection that is
//! made, whatever name led to it. Names are looked up on separate threads.

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

use crate::{address::is_public, post::Unsent};

/// Concurrent name look-ups of all posters. Each holds a thread until the system's resolver
/// answers, which cannot be interrupted.
const LOOKUPS: usize = 64;

/// Concurrent name look-ups of one [`Poster`](crate::Poster), which belongs to one workspace.
const LOOKUPS_OF_ONE: usize = 4;

/// The limit of concurrent name look-ups that all posters share.
#[derive(Clone)]
pub struct Lookups(Arc<Semaphore>);

impl Default for Lookups {
    fn default() -> Lookups {
        Lookups(Arc::new(Semaphore::new(LOOKUPS)))
    }
}

/// A connector that refuses private addresses, unless they are allowed.
#[derive(Clone)]
pub(crate) struct Guarded {
    allow_private: bool,
    of_all: Arc<Semaphore>,
    of_one: Arc<Semaphore>,
}

impl Guarded {
    pub fn new(allow_private: bool, lookups: &Lookups) -> Guarded {
        let of_one = Arc::new(Semaphore::new(LOOKUPS_OF_ONE));
        Guarded { allow_private, of_all: lookups.0.clone(), of_one }
    }

    async fn connect(self, uri: Uri) -> Result<TokioIo<TcpStream>, Unsent> {
        let host = uri.host().unwrap_or_default().to_owned();
        let port = match (uri.port_u16(), uri.scheme_str()) {
            (Some(port), _) => port,
            (None, Some("https")) => 443,
            (None, _) => 80,
        };
        let name = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        let found = self.look_up(name, port).await;
        let found =
            found.map_err(|error| Unsent(format!("the host {host} is unknown: {error}")))?;
        let allowed: Vec<SocketAddr> = found
            .into_iter()
            .filter(|address| self.allow_private || is_public(address.ip()))
            .collect();
        if allowed.is_empty() {
            return Err(Unsent(format!(
                "{host} is not on the public Internet; the operator can allow private addresses \
                 with webhooks_allow_private = true"
            )));
        }
        let stream = TcpStream::connect(&*allowed).await;
        let stream =
            stream.map_err(|error| Unsent(format!("cannot connect to {host}: {error}")))?;
        let _ = stream.set_nodelay(true);
        Ok(TokioIo::new(stream))
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
        std::thread::Builder::new().name("webhook-name".to_owned()).spawn(move || {
            let found = (name.as_str(), port).to_socket_addrs().map(Iterator::collect);
            drop((of_one, of_all));
            let _ = answer.send(found);
        })?;
        found.await.map_err(io::Error::other)?
    }
}

impl Service<Uri> for Guarded {
    type Response = TokioIo<TcpStream>;
    type Error = Unsent;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Unsent>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Unsent>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        Box::pin(self.clone().connect(uri))
    }
}
