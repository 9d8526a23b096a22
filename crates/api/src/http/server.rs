//! The HTTP server: accepts connections, applies their limits, and passes requests to the router.

use std::{convert::Infallible, io, net::SocketAddr, sync::Arc, time::Duration};

use axum::{
    Router,
    body::Body,
    http::{HeaderValue, Request, header},
    response::Response,
};
use futures::TryFutureExt as _;
use hyper::{
    body::Incoming,
    server::conn::{http1, http2},
};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tower::{Layer as _, Service, ServiceExt as _};
use tower_http::add_extension::AddExtensionLayer;

use crate::{
    app::App,
    http::{
        guard::{self, Client, GuardConfig},
        problem::{MEDIA_TYPE, Problem},
        room::{Answering, Room, Seat},
        streams::Streams,
        tls::{self, Tls},
    },
};

/// How long open requests may take after the server was told to stop.
const LAST_REQUESTS: Duration = Duration::from_secs(5);

/// How long the TLS handshake may take.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// The kernel closes a connection whose client acknowledges no byte for this long
/// (TCP_USER_TIMEOUT).
const UNREAD: Duration = Duration::from_secs(60);

/// The most headers of a request, and the most bytes of its head. A larger head gets 431.
const MAX_HEADERS: usize = 100;
const MAX_HEAD_BYTES: usize = 32 << 10;

/// Concurrent requests on one HTTP/2 connection.
const MAX_STREAMS: u32 = 100;

/// Pause after a failed accept, so that connections can end and free file descriptors.
const BREATHER: Duration = Duration::from_millis(50);

/// A running server. Dropping it does not stop it; it runs until the process ends.
pub struct Server {
    address: SocketAddr,
    stop: CancellationToken,
    streams: Arc<Streams>,
    serving: JoinHandle<()>,
}

impl Server {
    /// Starts the server of an app and its routes, with TLS if there is a certificate.
    pub fn start(
        listener: TcpListener,
        (app, router): (&App, Router),
        tls: Option<Tls>,
    ) -> io::Result<Server> {
        let address = listener.local_addr()?;
        let stop = CancellationToken::new();
        let (config, streams) = (app.guards.config.clone(), app.streams.clone());
        let of_one = match config.behind_proxy {
            // All connections come from the proxy's address.
            true => config.max_connections,
            false => config.max_connections_per_address,
        };
        let room = Room::new(config.max_connections, of_one);
        let http = Http::new(&config);
        let door = Door { router, tls, stop: stop.clone(), http, room };
        let serving = tokio::spawn(door.keep(listener));
        Ok(Server { address, stop, streams, serving })
    }

    /// The address that the server listens on, with the actual port.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Stops accepting connections, and waits up to 5 s for open requests.
    pub async fn stop(self) -> io::Result<()> {
        self.stop.cancel();
        self.streams.close();
        match tokio::time::timeout(LAST_REQUESTS, self.serving).await {
            Ok(Ok(())) | Err(_) => Ok(()),
            Ok(Err(panicked)) => Err(io::Error::other(panicked)),
        }
    }
}

/// Settings of HTTP/1.1 and HTTP/2.
#[derive(Clone)]
struct Http {
    one: http1::Builder,
    two: http2::Builder<TokioExecutor>,
    /// How long an HTTP/2 connection may be without a request.
    idle: Duration,
}

impl Http {
    fn new(config: &GuardConfig) -> Http {
        let mut one = http1::Builder::new();
        one.timer(TokioTimer::new())
            .header_read_timeout(config.header_timeout)
            .max_headers(MAX_HEADERS)
            .max_header_size(MAX_HEAD_BYTES)
            .max_buf_size(2 * MAX_HEAD_BYTES);
        let mut two = http2::Builder::new(TokioExecutor::new());
        two.timer(TokioTimer::new())
            .max_concurrent_streams(MAX_STREAMS)
            .max_header_list_size(MAX_HEAD_BYTES as u32)
            .keep_alive_interval(config.header_timeout)
            .keep_alive_timeout(config.header_timeout);
        Http { one, two, idle: config.header_timeout }
    }
}

/// The state that every connection needs.
#[derive(Clone)]
struct Door {
    router: Router,
    tls: Option<Tls>,
    stop: CancellationToken,
    http: Http,
    room: Arc<Room>,
}

impl Door {
    /// Accepts connections until the server stops, then waits for the open ones.
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
                // Either this connection failed, or the process has no file descriptors left.
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

    /// Answers 503 before closing a connection. With TLS the connection is closed without an
    /// answer.
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
        let client = |secure| Client { ip: from.ip(), secure };
        let Some(tls) = &self.tls else {
            return self.answer_one_by_one(stream, client(false), seat).await;
        };
        match tokio::time::timeout(HANDSHAKE, tls.accept(stream)).await {
            Ok(Ok(stream)) if tls::is_http_2(&stream) => {
                self.answer_at_once(stream, client(true), seat).await;
            }
            Ok(Ok(stream)) => self.answer_one_by_one(stream, client(true), seat).await,
            Ok(Err(error)) => tracing::debug!(client = %from.ip(), %error, "no TLS"),
            Err(_) => tracing::debug!(client = %from.ip(), "no TLS in time"),
        }
    }

    /// Serves an HTTP/1.1 connection, one request after another.
    async fn answer_one_by_one<S>(self, stream: S, client: Client, seat: Arc<Seat>)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let service = self.service(client, seat);
        let connection = self.http.one.serve_connection(TokioIo::new(stream), service);
        // A WebSocket takes its connection over.
        let connection = connection.with_upgrades();
        let mut connection = std::pin::pin!(connection);
        let ended = tokio::select! {
            ended = connection.as_mut() => ended,
            () = self.stop.cancelled() => {
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        };
        told(client, ended);
    }

    /// Serves an HTTP/2 connection with concurrent requests. hyper limits the time for a request
    /// head in HTTP/1.1 only, so this function closes a connection that has completed no request
    /// head for that time.
    async fn answer_at_once<S>(self, stream: S, client: Client, seat: Arc<Seat>)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let service = self.service(client, seat.clone());
        let connection = self.http.two.serve_connection(TokioIo::new(stream), service);
        let mut connection = std::pin::pin!(connection);
        let ended = tokio::select! {
            ended = connection.as_mut() => ended,
            () = seat.asks_nothing_for(self.http.idle) => return,
            () = self.stop.cancelled() => {
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        };
        told(client, ended);
    }

    /// The service for the requests of one connection.
    fn service(
        &self,
        client: Client,
        seat: Arc<Seat>,
    ) -> TowerToHyperService<
        impl Service<Request<Incoming>, Response = Response, Error = Infallible, Future: Send + 'static>
        + Clone
        + Send
        + 'static,
    > {
        let router = AddExtensionLayer::new(client).layer(self.router.clone());
        let router = AddExtensionLayer::new(seat.clone()).layer(router);
        let service = tower::service_fn(move |request| {
            let (asking, answer) =
                (seat.clone().asks(), router.clone().oneshot(with_host(request)));
            answer.map_ok(|answer: Response| {
                answer.map(|body| Body::new(Answering { body, _asking: asking }))
            })
        });
        TowerToHyperService::new(service)
    }
}

/// Sets `Host` from the `:authority` of an HTTP/2 request, as HTTP/1.1 requests have it.
fn with_host(mut request: Request<Incoming>) -> Request<Incoming> {
    let host = request.uri().authority().and_then(|host| HeaderValue::try_from(host.as_str()).ok());
    if let (Some(host), false) = (host, request.headers().contains_key(header::HOST)) {
        request.headers_mut().insert(header::HOST, host);
    }
    request
}

fn told(client: Client, ended: hyper::Result<()>) {
    if let Err(error) = ended {
        tracing::debug!(client = %client.ip, %error, "a connection broke");
    }
}
