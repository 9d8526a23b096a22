//! The sockets and the clock around the exchange: one thread, UDP and TCP on one port.

use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::sync::mpsc as std_mpsc;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use socket2::{Domain, Protocol, Socket, Type};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Duration, sleep_until, timeout};

use crate::exchange::{Exchange, Output};
use crate::media::{MediaCommand, MediaEvent};
use crate::message::Peer;

/// The size of the socket buffer: room for 2,000 calls a second while the machine is busy.
const SOCKET_BUFFER: usize = 8 << 20;
/// The longest message in bytes.
const MAX_MESSAGE: usize = 65_535;
/// The most datagrams read before timers and streams get their turn.
const MAX_DATAGRAMS: usize = 64;
const MAX_CONNECTIONS: usize = 4_096;
/// The most messages that wait to be written to one connection.
const MAX_UNWRITTEN: usize = 1_024;
/// The wait after an error of `accept`.
const ACCEPT_AGAIN: Duration = Duration::from_millis(50);
/// How long `stop` waits for the last recordings.
const STOP_PATIENCE: Duration = Duration::from_secs(5);

/// The UDP socket and the TCP listener of one port.
pub(crate) struct Sockets {
    pub udp: std::net::UdpSocket,
    pub tcp: std::net::TcpListener,
    pub local: SocketAddr,
}

impl Sockets {
    /// Binds both sockets; port 0 picks a port that is free for both.
    pub fn bind(listen: SocketAddr) -> io::Result<Sockets> {
        let mut attempts = if listen.port() == 0 { 16 } else { 1 };
        loop {
            attempts -= 1;
            let udp = bind_udp(listen)?;
            let local = udp.local_addr()?;
            match std::net::TcpListener::bind(local) {
                Ok(tcp) => {
                    tcp.set_nonblocking(true)?;
                    return Ok(Sockets { udp, tcp, local });
                }
                Err(error) if attempts == 0 => return Err(error),
                Err(_) => {}
            }
        }
    }
}

fn bind_udp(listen: SocketAddr) -> io::Result<std::net::UdpSocket> {
    let socket = Socket::new(Domain::for_address(listen), Type::DGRAM, Some(Protocol::UDP))?;
    // The system may grant less than requested.
    let _ = socket.set_recv_buffer_size(SOCKET_BUFFER);
    let _ = socket.set_send_buffer_size(SOCKET_BUFFER);
    socket.set_nonblocking(true)?;
    socket.bind(&listen.into())?;
    Ok(socket.into())
}

/// A wall clock that never goes back.
struct Clock {
    started: Instant,
    epoch_us: u64,
}

impl Clock {
    fn new() -> Clock {
        let epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Clock { started: Instant::now(), epoch_us: epoch.as_micros() as u64 }
    }

    fn now_us(&self) -> u64 {
        self.epoch_us + self.started.elapsed().as_micros() as u64
    }

    fn instant(&self, at_us: u64) -> Instant {
        self.started + Duration::from_micros(at_us.saturating_sub(self.epoch_us))
    }
}

enum StreamEvent {
    Opened(TcpStream, SocketAddr),
    Message { id: u64, source: SocketAddr, bytes: Vec<u8> },
    Closed(u64),
}

/// What the signalling thread works with.
pub(crate) struct Driver {
    pub exchange: Exchange,
    pub media: std_mpsc::Sender<MediaCommand>,
    pub media_events: mpsc::UnboundedReceiver<MediaEvent>,
    /// Resolves when everything must end, also when its sender is dropped.
    pub stop: oneshot::Receiver<()>,
}

/// Runs until told to stop, then records the calls that are still alive.
pub(crate) async fn run(sockets: Sockets, mut driver: Driver) -> io::Result<()> {
    let udp = UdpSocket::from_std(sockets.udp)?;
    let listener = TcpListener::from_std(sockets.tcp)?;
    let (stream_sender, mut stream_events) = mpsc::channel(MAX_UNWRITTEN);
    tokio::spawn(accept(listener, stream_sender.clone()));
    let mut streams = Streams { open: HashMap::new(), next_id: 1, events: stream_sender };
    let clock = Clock::new();
    let mut buffer = vec![0u8; MAX_MESSAGE];
    loop {
        let due = driver.exchange.due_at_us().map(|at_us| clock.instant(at_us).into());
        tokio::select! {
            _ = &mut driver.stop => break,
            readable = udp.readable() => {
                readable?;
                for _ in 0..MAX_DATAGRAMS {
                    // This error belongs to an earlier datagram to a closed port.
                    let Ok((len, source)) = udp.try_recv_from(&mut buffer) else { break };
                    let from = Peer::Udp(source);
                    driver.exchange.receive(&buffer[..len], from, source, clock.now_us());
                }
            }
            Some(event) = stream_events.recv() => match event {
                StreamEvent::Opened(stream, source) => streams.open(stream, source),
                StreamEvent::Message { id, source, bytes } => {
                    driver.exchange.receive(&bytes, Peer::Tcp(id), source, clock.now_us());
                }
                StreamEvent::Closed(id) => drop(streams.open.remove(&id)),
            },
            Some(event) = driver.media_events.recv() => {
                driver.exchange.media(event, clock.now_us());
            }
            () = async { sleep_until(due.unwrap_or_else(tokio::time::Instant::now)).await },
                if due.is_some() => {}
        }
        driver.exchange.tick(clock.now_us());
        flush(&mut driver, &udp, &streams);
    }
    driver.exchange.stop_media();
    flush(&mut driver, &udp, &streams);
    let _ = timeout(STOP_PATIENCE, async {
        while driver.exchange.has_media() {
            let Some(event) = driver.media_events.recv().await else { break };
            if let MediaEvent::Ended { .. } = event {
                driver.exchange.media(event, clock.now_us());
            }
        }
    })
    .await;
    driver.exchange.write_live();
    Ok(())
}

fn flush(driver: &mut Driver, udp: &UdpSocket, streams: &Streams) {
    for output in driver.exchange.outputs() {
        match output {
            Output::Send(Peer::Udp(to), message) => {
                if let Err(error) = udp.try_send_to(&message, to) {
                    tracing::warn!(%error, %to, "a datagram could not be sent");
                }
            }
            Output::Send(Peer::Tcp(id), message) => {
                if let Some(stream) = streams.open.get(&id) {
                    // A peer that does not read loses messages and does not fill our memory.
                    let _ = stream.try_send(message);
                }
            }
            Output::Media(command) => {
                let _ = driver.media.send(command);
            }
        }
    }
}

struct Streams {
    open: HashMap<u64, mpsc::Sender<Vec<u8>>>,
    next_id: u64,
    events: mpsc::Sender<StreamEvent>,
}

impl Streams {
    fn open(&mut self, stream: TcpStream, source: SocketAddr) {
        if self.open.len() >= MAX_CONNECTIONS {
            return;
        }
        let id = self.next_id;
        self.next_id += 1;
        let _ = stream.set_nodelay(true);
        let (read, write) = stream.into_split();
        let (sender, receiver) = mpsc::channel(MAX_UNWRITTEN);
        tokio::spawn(write_messages(write, receiver));
        tokio::spawn(read_messages(read, (id, source), self.events.clone()));
        self.open.insert(id, sender);
    }
}

async fn accept(listener: TcpListener, events: mpsc::Sender<StreamEvent>) {
    loop {
        let sent = match listener.accept().await {
            Ok((stream, source)) => events.send(StreamEvent::Opened(stream, source)).await,
            // Too many files are open: an immediate retry would fail again.
            Err(_) => {
                tokio::time::sleep(ACCEPT_AGAIN).await;
                Ok(())
            }
        };
        if sent.is_err() {
            return;
        }
    }
}

async fn write_messages(mut stream: OwnedWriteHalf, mut messages: mpsc::Receiver<Vec<u8>>) {
    while let Some(message) = messages.recv().await {
        if stream.write_all(&message).await.is_err() {
            return;
        }
    }
}

async fn read_messages(
    mut stream: OwnedReadHalf,
    (id, source): (u64, SocketAddr),
    events: mpsc::Sender<StreamEvent>,
) {
    let mut pending: Vec<u8> = Vec::new();
    loop {
        match take_message(&mut pending) {
            Ok(Some(bytes)) => {
                if events.send(StreamEvent::Message { id, source, bytes }).await.is_err() {
                    return;
                }
            }
            Ok(None) => match stream.read_buf(&mut pending).await {
                Ok(0) | Err(_) => break,
                Ok(_) => {}
            },
            Err(TooLong) => break,
        }
    }
    let _ = events.send(StreamEvent::Closed(id)).await;
}

/// A message on a stream exceeds its limit.
#[derive(Debug, PartialEq)]
struct TooLong;

/// Takes one whole message from the front (RFC 3261 §18.3) and skips keep-alive line breaks.
fn take_message(pending: &mut Vec<u8>) -> Result<Option<Vec<u8>>, TooLong> {
    let blank = pending.iter().take_while(|&&byte| byte == b'\r' || byte == b'\n').count();
    pending.drain(..blank);
    let Some(head) = pending.windows(4).position(|window| window == b"\r\n\r\n") else {
        return if pending.len() > MAX_MESSAGE { Err(TooLong) } else { Ok(None) };
    };
    let len = content_length(&pending[..head]).and_then(|body| body.checked_add(head + 4));
    match len {
        Some(len) if len <= MAX_MESSAGE => {
            let is_whole = pending.len() >= len;
            Ok(is_whole.then(|| pending.drain(..len).collect()))
        }
        _ => Err(TooLong),
    }
}

/// Returns the Content-Length; `None` if it is not a number.
fn content_length(head: &[u8]) -> Option<usize> {
    let head = String::from_utf8_lossy(head);
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        let name = name.trim();
        let is_length =
            name.eq_ignore_ascii_case("content-length") || name.eq_ignore_ascii_case("l");
        is_length.then(|| value.trim().to_owned())
    });
    length.map_or(Some(0), |value| value.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_cut_out_of_a_stream() {
        let mut pending = b"\r\n\r\nA b c\r\nl: 3\r\n\r\nxyzB\r\nContent-".to_vec();
        let message = take_message(&mut pending).unwrap().unwrap();
        assert_eq!(message, b"A b c\r\nl: 3\r\n\r\nxyz");
        assert_eq!(take_message(&mut pending), Ok(None));
        pending.extend(b"Length: 1\r\n\r\n");
        assert_eq!(take_message(&mut pending), Ok(None));
        pending.push(b'!');
        assert!(take_message(&mut pending).unwrap().is_some());
        assert!(pending.is_empty());
    }

    #[test]
    fn a_stream_that_never_ends_its_message_is_given_up() {
        assert_eq!(take_message(&mut vec![b'x'; MAX_MESSAGE + 1]), Err(TooLong));
        let mut lying = b"A\r\nContent-Length: 99999999999999999999\r\n\r\n".to_vec();
        assert_eq!(take_message(&mut lying), Err(TooLong));
        let mut huge = b"A\r\nContent-Length: 70000\r\n\r\n".to_vec();
        assert_eq!(take_message(&mut huge), Err(TooLong));
    }
}
