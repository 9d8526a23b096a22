//! A connection during a call. One task owns the socket; two bounded queues join it to the 20 ms
//! loop of the call, which never waits for the network.

use std::{
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU32, AtomicU64, Ordering},
    },
    time::Duration,
};

use futures::{
    Sink, SinkExt as _, Stream, StreamExt as _,
    stream::{SplitSink, SplitStream},
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    sync::mpsc,
    time::{Instant, MissedTickBehavior, interval_at, sleep, timeout},
};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{
        Bytes, Error, Message,
        error::CapacityError,
        protocol::{CloseFrame, frame::coding::CloseCode},
    },
};
use tracing::Instrument as _;

use super::{
    Codec, Outgoing, Unread,
    allowance::Allowance,
    outbox::{Next, Outbox},
};

/// The most messages from a server that wait for the call. When they are not taken, no more are
/// read.
const MAX_WAITING: usize = 256;

/// The time between two pings, which also keep proxies from closing an idle connection.
const PING_EVERY: Duration = Duration::from_secs(10);

/// The number of pings after which a server that has sent nothing is gone: 20 s after the first.
const MAX_UNANSWERED: u32 = 2;

/// A connection on which nothing was sent for so long, or up to twice as long, is kept alive, if its
/// protocol asks for it.
const KEEP_ALIVE_AFTER: Duration = Duration::from_secs(3);

/// How long one message may take to be sent.
const STUCK_AFTER: Duration = Duration::from_secs(10);

/// How long a connection on which nothing can be sent any more is still read.
const READ_ON: Duration = Duration::from_secs(5);

/// How long a server may take to answer a close.
const CLOSE_WITHIN: Duration = Duration::from_secs(2);

/// How a connection ended.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum End {
    /// The server closed it.
    #[error("the agent closed the connection with code {code}{}", because(.reason))]
    Closed {
        /// The code (RFC 6455 §7.4); 1005 if there was none.
        code: u16,
        /// The server's words, if there were any.
        reason: String,
    },
    /// It broke.
    #[error("the connection to the agent broke: {0}")]
    Lost(String),
    /// The server stopped reading.
    #[error("the agent read nothing for {} s", STUCK_AFTER.as_secs())]
    Stuck,
    /// The server let too many messages wait.
    #[error("the agent does not read what it is sent")]
    Unread,
    /// The server stopped answering pings.
    #[error("the agent was silent for {} s", PING_EVERY.as_secs() * u64::from(MAX_UNANSWERED))]
    Silent,
    /// A message was too long.
    #[error("the agent sent a message of {size} bytes; the limit is {max}")]
    TooLong {
        /// The size of the message in bytes.
        size: usize,
        /// The limit in bytes.
        max: usize,
    },
    /// The call ended it.
    #[error("the call is over")]
    HungUp,
}

impl End {
    /// Whether the server meant to end the call: it closed with 1000 (done), 1001 (going away) or no
    /// code.
    pub fn is_meant(&self) -> bool {
        matches!(self, End::Closed { code: 1000 | 1001 | 1005, .. })
    }
}

fn because(reason: &str) -> String {
    if reason.is_empty() { String::new() } else { format!(": {reason}") }
}

/// The call's end of a connection. Dropping it sends what waits and then closes the connection with
/// code 1000.
#[derive(Debug)]
pub struct Link<Out: Outgoing, In> {
    outbox: Arc<Outbox<Out>>,
    inbox: mpsc::Receiver<Result<In, End>>,
    unread: Arc<Strays>,
    end: Option<End>,
}

/// The messages of a server that were ignored.
#[derive(Debug, Default)]
struct Strays {
    count: AtomicU64,
    first: OnceLock<Unread>,
}

impl<Out: Outgoing, In: Send + 'static> Link<Out, In> {
    /// Starts the task of a connection.
    pub fn start<S, C>(socket: WebSocketStream<S>, codec: C) -> Link<Out, In>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
        C: Codec<Out = Out, In = In>,
    {
        let outbox = Arc::new(Outbox::new());
        let unread = Arc::new(Strays::default());
        let (sender, inbox) = mpsc::channel(MAX_WAITING);
        let task = Task {
            codec,
            outbox: Arc::clone(&outbox),
            inbox: sender,
            strays: Arc::clone(&unread),
            unanswered: AtomicU32::new(0),
        };
        tokio::spawn(task.run(socket).in_current_span());
        Link { outbox, inbox, unread, end: None }
    }

    /// Sends a message, as soon as those before it have been sent.
    pub fn send(&self, message: Out) {
        self.outbox.push(message);
    }

    /// Returns the next message from the server, if one has come; an error when the connection has
    /// ended, again and again.
    pub fn try_next(&mut self) -> Option<Result<In, End>> {
        match self.inbox.try_recv() {
            Ok(received) => Some(self.note(received)),
            Err(mpsc::error::TryRecvError::Empty) => None,
            Err(mpsc::error::TryRecvError::Disconnected) => Some(Err(self.end())),
        }
    }

    /// Waits for the next message from the server. Cancel safe.
    pub async fn next(&mut self) -> Result<In, End> {
        match self.inbox.recv().await {
            Some(received) => self.note(received),
            None => Err(self.end()),
        }
    }

    /// Returns how many messages of sound were dropped because the server read too slowly.
    pub fn dropped(&self) -> u64 {
        self.outbox.dropped()
    }

    /// Returns how many messages of the server were ignored, and why the first was.
    pub fn ignored(&self) -> (u64, Option<&Unread>) {
        (self.unread.count.load(Ordering::Relaxed), self.unread.first.get())
    }

    fn note(&mut self, received: Result<In, End>) -> Result<In, End> {
        if let Err(end) = &received {
            self.end = Some(end.clone());
        }
        received
    }

    fn end(&self) -> End {
        self.end.clone().unwrap_or_else(|| End::Lost("its task ended".to_owned()))
    }
}

impl<Out: Outgoing, In> Drop for Link<Out, In> {
    fn drop(&mut self) {
        self.outbox.close();
    }
}

/// The task that owns the socket.
struct Task<C: Codec> {
    codec: C,
    outbox: Arc<Outbox<C::Out>>,
    inbox: mpsc::Sender<Result<C::In, End>>,
    strays: Arc<Strays>,
    /// The pings since the server last sent anything.
    unanswered: AtomicU32,
}

impl<C: Codec> Task<C> {
    async fn run<S: AsyncRead + AsyncWrite + Unpin>(self, socket: WebSocketStream<S>) {
        let Task { mut codec, outbox, inbox, strays, unanswered } = self;
        let (mut sink, mut stream) = socket.split();
        let mut reading = Reading { inbox: &inbox, strays: &strays, unanswered: &unanswered };
        let end = tokio::select! {
            end = reading.run::<S, C>(&mut stream) => end,
            end = write(&mut sink, &mut codec, &outbox, &unanswered) => end,
        };
        let goodbye = async {
            match &end {
                End::HungUp => {
                    let _ = sink.send(close(CloseCode::Normal)).await;
                    while let Some(Ok(_)) = stream.next().await {}
                }
                End::TooLong { .. } => drop(sink.send(close(CloseCode::Size)).await),
                End::Closed { .. } => drop(sink.flush().await),
                End::Lost(_) | End::Stuck | End::Unread | End::Silent => {}
            }
        };
        let told = async {
            let _ = inbox.send(Err(end.clone())).await;
        };
        let _ = tokio::join!(timeout(CLOSE_WITHIN, goodbye), told);
    }
}

fn close(code: CloseCode) -> Message {
    Message::Close(Some(CloseFrame { code, reason: "".into() }))
}

/// Sends what the outbox holds, and pings.
async fn write<S, C>(
    sink: &mut SplitSink<S, Message>,
    codec: &mut C,
    outbox: &Outbox<C::Out>,
    unanswered: &AtomicU32,
) -> End
where
    S: Sink<Message, Error = Error> + Stream + Unpin,
    C: Codec,
{
    let mut pings = interval_at(Instant::now() + PING_EVERY, PING_EVERY);
    pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut idle = interval_at(Instant::now() + KEEP_ALIVE_AFTER, KEEP_ALIVE_AFTER);
    idle.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut was_sent = false;
    loop {
        let first = tokio::select! {
            biased;
            _ = idle.tick() => match (std::mem::take(&mut was_sent), codec.keep_alive()) {
                (false, Some(message)) => message,
                (true, _) | (_, None) => continue,
            },
            _ = pings.tick() => {
                if unanswered.fetch_add(1, Ordering::Relaxed) >= MAX_UNANSWERED {
                    return End::Silent;
                }
                Message::Ping(Bytes::new())
            }
            next = outbox.next() => match next {
                Next::Send(message) => {
                    was_sent = true;
                    codec.write(message)
                }
                Next::Close => return End::HungUp,
                Next::GiveUp => return End::Unread,
            },
        };
        let sending = async {
            sink.feed(first).await?;
            while let Some(Next::Send(message)) = outbox.try_next() {
                sink.feed(codec.write(message)).await?;
            }
            sink.flush().await
        };
        match timeout(STUCK_AFTER, sending).await {
            Ok(Ok(())) => {}
            // The reader learns how the connection ended, after what the server sent before.
            Ok(Err(error)) => {
                sleep(READ_ON).await;
                return End::Lost(error.to_string());
            }
            Err(_) => return End::Stuck,
        }
    }
}

/// The half of the task that reads.
struct Reading<'t, In> {
    inbox: &'t mpsc::Sender<Result<In, End>>,
    strays: &'t Strays,
    unanswered: &'t AtomicU32,
}

impl<In> Reading<'_, In> {
    async fn run<S, C>(&mut self, stream: &mut SplitStream<WebSocketStream<S>>) -> End
    where
        S: AsyncRead + AsyncWrite + Unpin,
        C: Codec<In = In>,
    {
        let mut allowance = Allowance::new();
        loop {
            let message = match stream.next().await {
                Some(Ok(message)) => message,
                Some(Err(error)) => return lost(error),
                None => return End::Lost("it ended without a close".to_owned()),
            };
            self.unanswered.store(0, Ordering::Relaxed);
            allowance.pay(message.len()).await;
            match message {
                Message::Text(text) => self.take::<C>(text.as_bytes()).await,
                Message::Binary(bytes) => self.take::<C>(&bytes).await,
                Message::Close(frame) => {
                    return match frame {
                        Some(CloseFrame { code, reason }) => {
                            End::Closed { code: code.into(), reason: reason.to_string() }
                        }
                        None => End::Closed { code: 1005, reason: String::new() },
                    };
                }
                Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => {}
            }
        }
    }

    /// Passes a message to the call. Waits while the call does not take what waits; a call that is
    /// over takes nothing.
    async fn take<C: Codec<In = In>>(&self, text: &[u8]) {
        match C::read(text) {
            Ok(messages) => {
                for message in messages {
                    let _ = self.inbox.send(Ok(message)).await;
                }
            }
            Err(unread) => {
                tracing::debug!(%unread, "a message of the agent is ignored");
                self.strays.count.fetch_add(1, Ordering::Relaxed);
                let _ = self.strays.first.set(unread);
            }
        }
    }
}

fn lost(error: Error) -> End {
    match error {
        Error::Capacity(CapacityError::MessageTooLong { size, max_size }) => {
            End::TooLong { size, max: max_size }
        }
        error => End::Lost(error.to_string()),
    }
}
