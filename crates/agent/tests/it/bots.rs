//! Bots of the engine `media_stream`, on simulated time: a network of in-memory pipes, and a line
//! whose frames take 20 ms.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use campanile_agent::{
    Agent, Brief, Care, Conversation, Failure, Heard, Line, MediaStream, Notes, Setting, converse,
    wire::{Connect, ConnectError, Socket, Transport},
};
use campanile_media::playout::Playout;
use campanile_rules::agent::{MediaStreamSettings, Secret};
use futures::{SinkExt as _, StreamExt as _, future::BoxFuture};
use serde_json::{Value, json};
use tokio::{
    io::{DuplexStream, duplex},
    task::JoinSet,
    time::Instant,
};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{
        Message,
        protocol::{CloseFrame, Role, WebSocketConfig},
    },
};

use crate::stage::{Act, Hum, Stage};

/// The bot's end of a connection.
pub struct Bot {
    pub socket: WebSocketStream<DuplexStream>,
}

impl Bot {
    /// Waits for the next event. None: the connection has ended.
    pub async fn next(&mut self) -> Option<Value> {
        loop {
            match self.socket.next().await? {
                Ok(Message::Text(text)) => return Some(serde_json::from_str(&text).unwrap()),
                Ok(Message::Close(_)) | Err(_) => return None,
                Ok(_) => {}
            }
        }
    }

    /// Waits for the next event of a kind, and drops those before it.
    pub async fn until(&mut self, kind: &str) -> Option<Value> {
        loop {
            let event = self.next().await?;
            if event["event"] == kind {
                return Some(event);
            }
        }
    }

    /// Reads until the connection ends. Returns the events and the code of the close.
    pub async fn rest(&mut self) -> (Vec<Value>, Option<u16>) {
        let mut events = Vec::new();
        loop {
            match self.socket.next().await {
                Some(Ok(Message::Text(text))) => events.push(serde_json::from_str(&text).unwrap()),
                Some(Ok(Message::Close(frame))) => {
                    return (events, frame.map(|frame| frame.code.into()));
                }
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return (events, None),
            }
        }
    }

    pub async fn send(&mut self, event: Value) {
        self.socket.send(Message::text(event.to_string())).await.unwrap();
    }

    pub async fn say(&mut self, sound: &[u8]) {
        let payload = STANDARD.encode(sound);
        self.send(json!({"event": "media", "streamSid": "any", "media": {"payload": payload}}))
            .await;
    }

    pub async fn mark(&mut self, name: &str) {
        self.send(json!({"event": "mark", "streamSid": "any", "mark": {"name": name}})).await;
    }

    pub async fn close(&mut self, code: u16) {
        let frame = CloseFrame { code: code.into(), reason: "".into() };
        self.socket.close(Some(frame)).await.unwrap();
    }
}

/// The sound of a media event.
pub fn sound_of(event: &Value) -> Vec<u8> {
    STANDARD.decode(event["media"]["payload"].as_str().unwrap()).unwrap()
}

/// Loud sound that is different in each sample.
pub fn speech(ms: usize) -> Vec<u8> {
    (0..ms * 8).map(|at| if at % 2 == 0 { 0x10 } else { 0x90 } + (at / 2 % 16) as u8).collect()
}

type Play = dyn Fn(usize, Bot) -> BoxFuture<'static, ()> + Send + Sync;

/// A server of bots. Each connection gets its number, from 1, and a bot that plays its part.
pub struct Bots {
    play: Box<Play>,
    refuse_after: usize,
    pub connections: AtomicUsize,
    playing: std::sync::Mutex<JoinSet<()>>,
}

impl Bots {
    pub fn new<F>(play: impl Fn(usize, Bot) -> F + Send + Sync + 'static) -> Bots
    where
        F: Future<Output = ()> + Send + 'static,
    {
        Bots {
            play: Box::new(move |number, bot| Box::pin(play(number, bot))),
            refuse_after: usize::MAX,
            connections: AtomicUsize::new(0),
            playing: std::sync::Mutex::default(),
        }
    }

    /// Answers 503 after this many connections.
    pub fn refusing_after(self, refuse_after: usize) -> Bots {
        Bots { refuse_after, ..self }
    }

    /// Waits until every bot has played its part. Fails if one of them failed.
    pub async fn played(&self) {
        let mut playing = std::mem::take(&mut *self.playing.lock().unwrap());
        while let Some(played) = playing.join_next().await {
            played.expect("a bot failed");
        }
    }
}

#[async_trait]
impl Connect for Bots {
    async fn connect(
        &self,
        _url: &str,
        _headers: &[(&'static str, String)],
    ) -> Result<Socket, ConnectError> {
        let number = self.connections.fetch_add(1, Ordering::Relaxed) + 1;
        if number > self.refuse_after {
            return Err(ConnectError::Status { host: "bot.example".to_owned(), status: 503 });
        }
        let (near, far) = duplex(1 << 16);
        let config = WebSocketConfig::default().max_message_size(Some(1 << 20));
        let near: Box<dyn Transport> = Box::new(near);
        let near = WebSocketStream::from_raw_socket(near, Role::Client, Some(config)).await;
        let socket = WebSocketStream::from_raw_socket(far, Role::Server, None).await;
        self.playing.lock().unwrap().spawn((self.play)(number, Bot { socket }));
        Ok(near)
    }
}

/// A stage on which each frame takes 20 ms.
pub struct Paced {
    pub stage: Stage,
    pub next_at: Instant,
}

impl Paced {
    /// A stage whose first frame is now.
    pub fn new(acts: &[Act]) -> Paced {
        Paced { stage: Stage::new(acts), next_at: Instant::now() }
    }
}

#[async_trait]
impl Line for Paced {
    async fn hear(&mut self) -> Option<Heard> {
        tokio::time::sleep_until(self.next_at).await;
        self.next_at += Duration::from_millis(20);
        self.stage.hear().await
    }

    fn playout(&mut self) -> &mut Playout {
        self.stage.playout()
    }

    fn press(&mut self, digit: char) {
        self.stage.press(digit);
    }
}

/// A call to a person with a bot.
pub struct Show {
    pub conversation: Conversation,
    pub stage: Stage,
}

pub fn settings() -> MediaStreamSettings {
    MediaStreamSettings {
        url: "wss://bot.example/ws".to_owned(),
        auth_token: Secret::default(),
        parameters: [].into(),
    }
}

/// Opens a bot, lets the phone ring, and lets the bot talk to a person.
pub async fn show(brief: &Brief, bots: &Arc<Bots>, ring_ms: u64, acts: &[Act]) -> Show {
    let agent = MediaStream::new(Arc::new(brief.clone()), settings(), bots.clone());
    talk(brief, agent, ring_ms, acts).await
}

/// Opens an agent, lets the phone ring, and lets the agent talk to a person.
pub async fn talk(brief: &Brief, mut agent: impl Agent, ring_ms: u64, acts: &[Act]) -> Show {
    agent.open(Care::Usual).await.expect("the bot is there");
    agent.ring().await.expect("nothing is left to prepare");
    tokio::time::sleep(Duration::from_millis(ring_ms)).await;
    let mut line = Paced::new(acts);
    let setting = Setting { brief, voice: &Hum, notes: Notes::unread(), outside: None };
    let conversation = converse(&mut line, &mut agent, setting).await;
    drop(agent);
    Show { conversation, stage: line.stage }
}

/// Opens a bot and drops it unanswered. Returns why it could not be opened.
pub async fn ring_only(brief: &Brief, bots: &Arc<Bots>, ring_ms: u64) -> Result<(), Failure> {
    let mut agent = MediaStream::new(Arc::new(brief.clone()), settings(), bots.clone());
    agent.open(Care::Usual).await?;
    agent.ring().await?;
    tokio::time::sleep(Duration::from_millis(ring_ms)).await;
    Ok(())
}
