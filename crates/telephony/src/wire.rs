//! The SIP sockets (RFC 3261 §18): a UDP socket for each address family, and TCP streams.

use std::{
    collections::HashMap,
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex, OnceLock, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use campanile_rules::trunk::Transport;
use campanile_sip::{Flow, Frames, MAX_MESSAGE, Message, NotSip};
use socket2::{Domain, Protocol, Socket, Type};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream, UdpSocket},
    sync::{OnceCell, Semaphore, mpsc},
    time::{Instant, timeout_at},
};
use tokio_util::sync::CancellationToken;

/// The UDP buffer requested from the kernel. With the default size, packets are lost from about
/// 2,000 calls per second.
const UDP_BUFFER: usize = 8 << 20;

/// The most messages that may wait to be written to one stream.
const STREAM_QUEUE: usize = 1_024;

/// The most streams that others may open to us.
const MAX_INBOUND_STREAMS: usize = 256;

/// A stream is closed after this long without traffic.
const STREAM_IDLE: Duration = Duration::from_secs(600);

/// The time for the first message on a stream that others opened, and on every stream for the rest
/// of a message that has begun.
const STREAM_STALL: Duration = Duration::from_secs(32);

/// A trunk that does not accept a connection within this time is unreachable.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Something that arrived on a socket.
pub(crate) enum Arrival {
    Message(Box<Message>, Flow),
    /// A stream broke, and messages sent on it may be lost.
    Broken(SocketAddr),
}

type Sink = Box<dyn Fn(Arrival) + Send + Sync>;
type Stream = Arc<OnceCell<mpsc::Sender<Bytes>>>;

/// The sockets of one address family.
struct Door {
    udp: UdpSocket,
    local: SocketAddr,
}

pub(crate) struct Wire {
    /// One door, or two when all addresses are listened on: IPv6 first.
    doors: Vec<Door>,
    streams: Mutex<HashMap<SocketAddr, Stream>>,
    sink: OnceLock<Sink>,
    closed: CancellationToken,
}

impl Wire {
    /// Binds UDP and TCP on one port. `[::]` means all addresses of both families; a machine may
    /// lack one family.
    pub async fn bind(listen: SocketAddr) -> io::Result<(Arc<Wire>, Vec<TcpListener>)> {
        let mut tries = if listen.port() == 0 { 20 } else { 1 };
        let both = listen.ip() == IpAddr::V6(Ipv6Addr::UNSPECIFIED);
        loop {
            tries -= 1;
            match open_doors(listen, both) {
                Ok((doors, tcp)) => {
                    let wire = Wire {
                        doors,
                        streams: Mutex::default(),
                        sink: OnceLock::new(),
                        closed: CancellationToken::new(),
                    };
                    return Ok((Arc::new(wire), tcp));
                }
                Err(error) if tries == 0 => return Err(error),
                Err(_) => {}
            }
        }
    }

    /// Returns the listening address.
    pub fn local(&self) -> SocketAddr {
        self.doors[0].local
    }

    /// Returns the local address for far ends of this family. None: we do not listen on that
    /// family.
    pub fn local_for(&self, far: IpAddr) -> Option<SocketAddr> {
        self.door(far).map(|door| door.local)
    }

    fn door(&self, far: IpAddr) -> Option<&Door> {
        self.doors.iter().find(|door| door.local.is_ipv4() == far.is_ipv4())
    }

    /// Returns the token that is cancelled by [`Wire::close`].
    pub fn closed(&self) -> &CancellationToken {
        &self.closed
    }

    /// Stops at once; nothing is sent or received any more.
    pub fn close(&self) {
        self.closed.cancel();
    }

    /// Starts reading and passes every arrival to `sink`, which must not block.
    pub fn serve(self: &Arc<Self>, tcp: Vec<TcpListener>, sink: Sink) {
        let _ = self.sink.set(sink);
        for door in 0..self.doors.len() {
            let wire = self.clone();
            tokio::spawn(async move {
                tokio::select! {
                    () = wire.closed.cancelled() => {}
                    () = wire.read_datagrams(&wire.doors[door].udp) => {}
                }
            });
        }
        let room = Arc::new(Semaphore::new(MAX_INBOUND_STREAMS));
        for tcp in tcp {
            let (wire, room) = (self.clone(), room.clone());
            tokio::spawn(async move {
                tokio::select! {
                    () = wire.closed.cancelled() => {}
                    () = wire.clone().accept_streams(tcp, room) => {}
                }
            });
        }
    }

    /// Sends a message. Returns an error when a stream cannot be opened. A lost datagram is not an
    /// error.
    pub async fn send(self: &Arc<Self>, flow: Flow, bytes: Bytes) -> io::Result<()> {
        if self.closed.is_cancelled() {
            return Ok(());
        }
        match flow.transport {
            Transport::Udp => {
                let door = self.door(flow.addr.ip()).ok_or(io::ErrorKind::AddrNotAvailable)?;
                match door.udp.try_send_to(&bytes, flow.addr) {
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                        door.udp.send_to(&bytes, flow.addr).await
                    }
                    sent => sent,
                }?;
                Ok(())
            }
            Transport::Tcp => {
                let stream = self.stream_to(flow.addr).await?;
                stream.send(bytes).await.map_err(|_| io::ErrorKind::ConnectionAborted.into())
            }
        }
    }

    /// Opens a stream to the far end if there is none; datagrams need none.
    pub async fn reach(self: &Arc<Self>, flow: Flow) -> io::Result<()> {
        match flow.transport {
            Transport::Udp => Ok(()),
            Transport::Tcp => self.stream_to(flow.addr).await.map(drop),
        }
    }

    /// Sends a message without waiting; the message may be lost.
    pub fn send_or_drop(&self, flow: Flow, bytes: Bytes) {
        match flow.transport {
            Transport::Udp => {
                if let Some(door) = self.door(flow.addr.ip()) {
                    let _ = door.udp.try_send_to(&bytes, flow.addr);
                }
            }
            Transport::Tcp => {
                let streams = self.streams.lock().unwrap_or_else(PoisonError::into_inner);
                if let Some(stream) = streams.get(&flow.addr).and_then(|stream| stream.get()) {
                    let _ = stream.try_send(bytes);
                }
            }
        }
    }

    async fn read_datagrams(&self, udp: &UdpSocket) {
        let mut buffer = vec![0; MAX_MESSAGE];
        loop {
            // This error reports an earlier datagram of ours (ICMP), not a broken socket.
            if let Ok((len, addr)) = udp.recv_from(&mut buffer).await {
                self.deliver(&buffer[..len], Flow { transport: Transport::Udp, addr });
            }
        }
    }

    /// Delivers one message. A panic in one message must not stop the others.
    fn deliver(&self, bytes: &[u8], flow: Flow) {
        let delivery = catch_unwind(AssertUnwindSafe(|| {
            if let (Some(sink), Some(message)) = (self.sink.get(), Message::parse(bytes)) {
                sink(Arrival::Message(Box::new(message), flow));
            }
        }));
        if delivery.is_err() {
            tracing::error!(from = %flow.addr, len = bytes.len(), "a SIP message was not digestible");
        }
    }

    async fn accept_streams(self: Arc<Self>, tcp: TcpListener, room: Arc<Semaphore>) {
        loop {
            let Ok(permit) = room.clone().acquire_owned().await else { return };
            match tcp.accept().await {
                Ok((stream, addr)) => {
                    let (sender, queue) = mpsc::channel(STREAM_QUEUE);
                    let cell = Arc::new(OnceCell::new_with(Some(sender)));
                    self.streams.lock().unwrap_or_else(PoisonError::into_inner).insert(addr, cell);
                    let wire = self.clone();
                    tokio::spawn(async move {
                        wire.run_stream(stream, addr, queue, STREAM_STALL).await;
                        drop(permit);
                    });
                }
                // Out of file descriptors: give calls time to end.
                Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
            }
        }
    }

    async fn stream_to(self: &Arc<Self>, addr: SocketAddr) -> io::Result<mpsc::Sender<Bytes>> {
        let cell = {
            let mut streams = self.streams.lock().unwrap_or_else(PoisonError::into_inner);
            let cell = streams.entry(addr).or_default();
            if cell.get().is_some_and(mpsc::Sender::is_closed) {
                *cell = Stream::default();
            }
            cell.clone()
        };
        let connect = || async {
            let stream = TcpStream::connect(addr).await?;
            stream.set_nodelay(true)?;
            let (sender, queue) = mpsc::channel(STREAM_QUEUE);
            let wire = self.clone();
            tokio::spawn(async move { wire.run_stream(stream, addr, queue, STREAM_IDLE).await });
            Ok::<_, io::Error>(sender)
        };
        // Callers that wait for the same stream share the timeout of the one that opens it.
        tokio::time::timeout(CONNECT_TIMEOUT, cell.get_or_try_init(connect)).await?.cloned()
    }

    /// Reads and writes one stream until it ends.
    async fn run_stream(
        &self,
        stream: TcpStream,
        addr: SocketAddr,
        queue: mpsc::Receiver<Bytes>,
        first_within: Duration,
    ) {
        let (mut reader, mut writer) = stream.into_split();
        let mut queue = queue;
        let read = async {
            let mut frames = Frames::default();
            let mut until = Instant::now() + first_within;
            while let Ok(Ok(len @ 1..)) =
                timeout_at(until, reader.read_buf(&mut frames.buffer)).await
            {
                tracing::trace!(len, from = %addr, "stream");
                let was_at_rest = frames.is_at_rest();
                loop {
                    match frames.take() {
                        Ok(Some(frame)) => {
                            self.deliver(&frame, Flow { transport: Transport::Tcp, addr });
                            until = Instant::now() + STREAM_STALL;
                        }
                        Ok(None) => break,
                        Err(NotSip) => return,
                    }
                }
                if frames.is_at_rest() {
                    until = Instant::now() + STREAM_IDLE;
                } else if was_at_rest {
                    until = Instant::now() + STREAM_STALL;
                }
            }
        };
        let write = async {
            while let Some(bytes) = queue.recv().await {
                if writer.write_all(&bytes).await.is_err() {
                    return;
                }
            }
        };
        tokio::select! {
            () = self.closed.cancelled() => {}
            () = read => {}
            () = write => {}
        }
        queue.close();
        let mut streams = self.streams.lock().unwrap_or_else(PoisonError::into_inner);
        if streams.get(&addr).and_then(|s| s.get()).is_some_and(mpsc::Sender::is_closed) {
            streams.remove(&addr);
        }
        drop(streams);
        if let Some(sink) = self.sink.get() {
            sink(Arrival::Broken(addr));
        }
    }
}

/// Opens the sockets of one or both families on one port.
fn open_doors(listen: SocketAddr, both: bool) -> io::Result<(Vec<Door>, Vec<TcpListener>)> {
    let (mut doors, mut streams) = (Vec::new(), Vec::new());
    let mut port = listen.port();
    let every: [IpAddr; 2] = [Ipv6Addr::UNSPECIFIED.into(), Ipv4Addr::UNSPECIFIED.into()];
    let addresses = if both { every.to_vec() } else { vec![listen.ip()] };
    let mut lacking = None;
    for ip in addresses {
        match open_door(SocketAddr::new(ip, port)) {
            Ok((door, tcp)) => {
                port = door.local.port();
                doors.push(door);
                streams.push(tcp);
            }
            Err(error) if both && lacks_family(&error) => lacking = Some(error),
            Err(error) => return Err(error),
        }
    }
    match lacking {
        Some(error) if doors.is_empty() => Err(error),
        _ => Ok((doors, streams)),
    }
}

/// Whether the machine has no addresses of this family (EAFNOSUPPORT, EADDRNOTAVAIL).
fn lacks_family(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::AddrNotAvailable || error.raw_os_error() == Some(97)
}

fn open_door(listen: SocketAddr) -> io::Result<(Door, TcpListener)> {
    let socket = Socket::new(Domain::for_address(listen), Type::DGRAM, Some(Protocol::UDP))?;
    // The kernel may grant less (net.core.rmem_max); that costs retransmissions, not calls.
    let _ = socket.set_recv_buffer_size(UDP_BUFFER);
    let _ = socket.set_send_buffer_size(UDP_BUFFER);
    let udp = UdpSocket::from_std(bind(socket, listen)?.into())?;
    let local = udp.local_addr()?;
    let socket = Socket::new(Domain::for_address(local), Type::STREAM, Some(Protocol::TCP))?;
    // The port of a process that just died must be free at once.
    socket.set_reuse_address(true)?;
    let socket = bind(socket, local)?;
    socket.listen(1_024)?;
    Ok((Door { udp, local }, TcpListener::from_std(socket.into())?))
}

/// Binds a socket to addresses of its own family only, because IPv4 has a socket of its own.
fn bind(socket: Socket, listen: SocketAddr) -> io::Result<Socket> {
    if listen.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    socket.set_nonblocking(true)?;
    socket.bind(&listen.into())?;
    Ok(socket)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_message_that_breaks_its_reader_costs_only_itself() {
        let (wire, tcp) = Wire::bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
        let (sender, mut arrived) = mpsc::unbounded_channel();
        wire.serve(
            tcp,
            Box::new(move |arrival| match arrival {
                Arrival::Message(message, _) if message.code() == Some(500) => panic!("as planned"),
                Arrival::Message(message, _) => sender.send(message.code()).unwrap(),
                Arrival::Broken(_) => {}
            }),
        );
        let far = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        for code in ["500", "200"] {
            let text = format!("SIP/2.0 {code} X\r\n\r\n");
            far.send_to(text.as_bytes(), wire.local()).await.unwrap();
        }
        assert_eq!(arrived.recv().await, Some(Some(200)));
    }
}
