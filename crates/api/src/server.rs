//! HTTP being answered: connections are taken, held to their limits, and handed to the router.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use axum::{Router, body::Body, response::Response};
use futures::TryFutureExt as _;
use hyper::server::conn::http1;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tower::{Layer as _, ServiceExt as _};
use tower_http::add_extension::AddExtensionLayer;

use crate::{
    app::App,
    events::Streams,
    guard::{self, Client, GuardConfig},
    problem::{MEDIA_TYPE, Problem},
    room::{Answering, Room, Seat},
    router::router,
    tls::Tls,
};

/// How long open requests may take once it is to stop.
const LAST_REQUESTS: Duration = Duration::from_secs(5);

/// How long the other side may take to agree on encryption.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// A connection whose other side takes no byte for so long is closed by the system.
const UNREAD: Duration = Duration::from_secs(60);

/// The most headers of a request, and the most bytes of its head: beyond, 431.
const MAX_HEADERS: usize = 100;
const MAX_HEAD_BYTES: usize = 32 << 10;

/// Without file descriptors, wait for connections to end.
const BREATHER: Duration = Duration::from_millis(50);

/// A running server. Dropped, it goes on answering until the process ends.
pub struct Server {
    address: SocketAddr,
    stop: CancellationToken,
    streams: Arc<Streams>,
    serving: JoinHandle<()>,
}

impl Server {
    /// Starts to answer, encrypted if there is a certificate.
    pub fn start(listener: TcpListener, app: App, tls: Option<Tls>) -> io::Result<Server> {
        let address = listener.local_addr()?;
        let stop = CancellationToken::new();
        let (config, streams) = (app.guards.config.clone(), app.streams.clone());
        let of_one = match config.behind_proxy {
            // All connections are the proxy's.
            true => config.max_connections,
            false => config.max_connections_per_address,
        };
        let room = Room::new(config.max_connections, of_one);
        let door = Door { router: router(app), tls, stop: stop.clone(), http: http(&config), room };
        let serving = tokio::spawn(door.keep(listener));
        Ok(Server { address, stop, streams, serving })
    }

    /// Where it answers, with its real port.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Takes no more requests; returns when the open ones are answered, or after five seconds.
    pub async fn stop(self) -> io::Result<()> {
        self.stop.cancel();
        self.streams.close();
        match tokio::time::timeout(LAST_REQUESTS, self.serving).await {
            Ok(Ok(())) | Err(_) => Ok(()),
            Ok(Err(panicked)) => Err(io::Error::other(panicked)),
        }
    }
}

fn http(config: &GuardConfig) -> http1::Builder {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(config.header_timeout)
        .max_headers(MAX_HEADERS)
        .max_header_size(MAX_HEAD_BYTES)
        .max_buf_size(2 * MAX_HEAD_BYTES);
    http
}

/// What every connection needs.
#[derive(Clone)]
struct Door {
    router: Router,
    tls: Option<Tls>,
    stop: CancellationToken,
    http: http1::Builder,
    room: Arc<Room>,
}

impl Door {
    /// Takes connections until it is to stop, then waits for the open ones.
    async fn keep(self, listener: TcpListener) {
        let open = TaskTracker::new();
        loop {
            let next = async {
                let (stream, from) = listener.accept().await?;
                Ok::<_, io::Error>((self.room.seat(guard::network(from.ip())).await, stream, from))
            };
            let taken = tokio::select! {
                () = self.stop.cancelled() => break,
                taken = next => taken,
            };
            match taken {
                Ok((Some(seat), stream, from)) => {
                    let door = self.clone();
                    open.spawn(async move {
                        tokio::select! {
                            () = door.welcome(stream, from, seat.clone()) => {}
                            () = seat.must_leave() => {
                                tracing::debug!(client = %from.ip(), "gave way to another");
                            }
                        }
                    });
                }
                Ok((None, stream, from)) => self.turn_away(&stream, from),
                // One connection is broken, or there are no file descriptors left.
                Err(error) => {
                    tracing::debug!(%error, "a connection could not be taken");
                    tokio::time::sleep(BREATHER).await;
                }
            }
        }
        drop(listener);
        open.close();
        open.wait().await;
    }

    /// Tells a client why its connection is closed, if it can be told without encryption.
    fn turn_away(&self, stream: &TcpStream, from: SocketAddr) {
        tracing::debug!(client = %from.ip(), "an address has as many connections as it may have");
        if self.tls.is_none() {
            let problem = Problem::unavailable(
                "This address has as many connections as it may have, and each is being answered; \
                 close one, or try again.",
            );
            let body = problem.body().to_string();
            let answer = format!(
                "HTTP/1.1 503 Service Unavailable\r\nContent-Type: {MEDIA_TYPE}\r\nRetry-After: \
                 5\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
                body.len()
            );
            let _ = stream.try_write(answer.as_bytes());
        }
    }

    async fn welcome(self, stream: TcpStream, from: SocketAddr, seat: Arc<Seat>) {
        let _ = stream.set_nodelay(true);
        #[cfg(target_os = "linux")]
        let _ = socket2::SockRef::from(&stream).set_tcp_user_timeout(Some(UNREAD));
        let Some(tls) = &self.tls else {
            return self.answer(stream, Client { ip: from.ip(), secure: false }, seat).await;
        };
        match tokio::time::timeout(HANDSHAKE, tls.accept(stream)).await {
            Ok(Ok(stream)) => {
                self.answer(stream, Client { ip: from.ip(), secure: true }, seat).await;
            }
            Ok(Err(error)) => tracing::debug!(client = %from.ip(), %error, "no TLS"),
            Err(_) => tracing::debug!(client = %from.ip(), "no TLS in time"),
        }
    }

    /// Answers the requests of one connection, one after another.
    async fn answer<S>(self, stream: S, client: Client, seat: Arc<Seat>)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let router = AddExtensionLayer::new(client).layer(self.router);
        let router = AddExtensionLayer::new(seat.clone()).layer(router);
        let service = tower::service_fn(move |request| {
            let (asking, answer) = (seat.clone().asks(), router.clone().oneshot(request));
            answer.map_ok(|answer: Response| {
                answer.map(|body| Body::new(Answering { body, _asking: asking }))
            })
        });
        let service = TowerToHyperService::new(service);
        let connection = self.http.serve_connection(TokioIo::new(stream), service);
        let mut connection = std::pin::pin!(connection);
        let ended = tokio::select! {
            ended = connection.as_mut() => ended,
            () = self.stop.cancelled() => {
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        };
        if let Err(error) = ended {
            tracing::debug!(client = %client.ip, %error, "a connection broke");
        }
    }
}
