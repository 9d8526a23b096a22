//! The servers of a pipeline, on simulated time: a network of in-memory pipes, behind which speech is
//! recognised, answered and made.

use std::{
    collections::VecDeque,
    convert::Infallible,
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use bytes::Bytes;
use campanile_agent::{
    Agent as _, Brief, Care, Conversation, Failure, Note, Notes, Pipeline, Setting, converse,
    wire::{Connect, ConnectError, Dial, Http, Origin, Socket, Transport},
};
use campanile_egress::Reach;
use campanile_media::{g711::Law, tone::Tone};
use campanile_rules::agent::{
    ChatSettings, PipelineSettings, RecognitionProtocol, RecognitionSettings, Secret, SpeechFormat,
    SpeechSettings,
};
use futures::{SinkExt as _, StreamExt as _, stream};
use http_body_util::{BodyExt as _, StreamBody};
use hyper::{
    Request, Response, body::Frame, body::Incoming, server::conn::http1, service::service_fn,
};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::{
    io::{DuplexStream, duplex},
    time::{Instant, sleep},
};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{
        Message,
        protocol::{CloseFrame, Role, WebSocketConfig},
    },
};

use crate::{
    bots::Paced,
    stage::{Act, Hum, Stage},
};

/// A piece of an answer's body, and how long it takes to come.
pub type Pieces = Vec<(u64, Bytes)>;

/// How a server answers one request.
#[derive(Debug, Clone)]
pub struct Reply {
    pub status: u16,
    pub pieces: Pieces,
}

impl Reply {
    pub fn ok(pieces: Pieces) -> Reply {
        Reply { status: 200, pieces }
    }

    pub fn refused(status: u16, words: &str) -> Reply {
        let body = json!({"error": {"message": words}}).to_string();
        Reply { status, pieces: vec![(0, body.into())] }
    }
}

/// A chat completion whose deltas come after these times.
pub fn chat(deltas: &[(u64, Value)]) -> Reply {
    let event = |value: &Value| Bytes::from(format!("data: {value}\n\n"));
    let chunk = |delta: &Value| event(&json!({"choices": [{"index": 0, "delta": delta}]}));
    let mut pieces: Pieces = deltas.iter().map(|(ms, delta)| (*ms, chunk(delta))).collect();
    pieces.push((0, event(&json!({"choices": [], "usage": {"total_tokens": 1}}))));
    pieces.push((0, Bytes::from_static(b"data: [DONE]\n\n")));
    Reply::ok(pieces)
}

/// A chat completion that says this, 200 ms after the request.
pub fn says(text: &str) -> Reply {
    chat(&[(200, json!({"content": text}))])
}

/// 16-bit sound at 24 kHz: 60 ms a character, in pieces that cut samples.
pub fn spoken(text: &str) -> Reply {
    let sound = Tone::sine(100.0, -20.0).take_ms(180 * text.chars().count() as u32);
    let bytes: Vec<u8> = sound.iter().flat_map(|sample| sample.to_le_bytes()).collect();
    let mut pieces: Pieces =
        bytes.chunks(4_801).map(|piece| (5, Bytes::copy_from_slice(piece))).collect();
    pieces[0].0 = 100;
    Reply::ok(pieces)
}

/// What came to a server, and when.
#[derive(Debug, Clone, PartialEq)]
pub enum Came {
    Chat(Value),
    Speech(String),
    Transcription(usize),
    Models,
    Function(Value),
    /// The recognition gave its final words.
    Words(String),
    /// So many frames of a voice came to the recognition before it was asked for words.
    Voice(usize),
    /// The recognition was kept alive.
    KeepAlive,
}

/// What the servers do.
pub struct Play {
    /// The words of each utterance of the person, in order.
    pub words: VecDeque<&'static str>,
    /// The words that come while the person speaks, after 300 ms of each utterance.
    pub partials: bool,
    /// How long the final words take.
    pub words_ms: u64,
    /// The connections to the recognition that end after this many frames of sound.
    pub breaks: VecDeque<usize>,
    pub chats: VecDeque<Reply>,
    pub speech: Box<dyn Fn(&str) -> Reply + Send>,
    pub models: Reply,
    /// Whether connections are accepted.
    pub is_there: bool,
    /// Whether the recognition accepts connections.
    pub listens: bool,
}

impl Default for Play {
    fn default() -> Play {
        Play {
            words: VecDeque::new(),
            partials: true,
            words_ms: 100,
            breaks: VecDeque::new(),
            chats: VecDeque::new(),
            speech: Box::new(spoken),
            models: Reply::ok(vec![(0, "{\"data\":[]}".into())]),
            is_there: true,
            listens: true,
        }
    }
}

/// The servers.
pub struct Servers {
    pub play: Mutex<Play>,
    pub came: Mutex<Vec<(Instant, Came)>>,
    pub connections: Mutex<usize>,
}

impl Servers {
    pub fn new(play: Play) -> Arc<Servers> {
        let (came, connections) = (Mutex::default(), Mutex::default());
        Arc::new(Servers { play: Mutex::new(play), came, connections })
    }

    fn note(&self, came: Came) {
        self.came.lock().unwrap().push((Instant::now(), came));
    }

    /// The messages of each chat request.
    pub fn chats(&self) -> Vec<Value> {
        let came = self.came.lock().unwrap();
        let chat = |(_, came): &(Instant, Came)| match came {
            Came::Chat(body) => Some(body["messages"].clone()),
            _ => None,
        };
        came.iter().filter_map(chat).collect()
    }

    /// The texts that were to be spoken.
    pub fn texts(&self) -> Vec<String> {
        let came = self.came.lock().unwrap();
        let text = |(_, came): &(Instant, Came)| match came {
            Came::Speech(text) => Some(text.clone()),
            _ => None,
        };
        came.iter().filter_map(text).collect()
    }

    async fn answer(&self, request: Request<Incoming>) -> Reply {
        let path = request.uri().path().to_owned();
        let body = request.into_body().collect().await.unwrap().to_bytes();
        let mut play = self.play.lock().unwrap();
        match path.as_str() {
            "/v1/models" => {
                self.note(Came::Models);
                play.models.clone()
            }
            "/v1/chat/completions" => {
                self.note(Came::Chat(serde_json::from_slice(&body).unwrap()));
                play.chats.pop_front().unwrap_or_else(|| Reply::refused(500, "no more answers"))
            }
            "/v1/audio/speech" => {
                let body: Value = serde_json::from_slice(&body).unwrap();
                let text = body["input"].as_str().unwrap();
                self.note(Came::Speech(text.to_owned()));
                (play.speech)(text)
            }
            "/v1/audio/transcriptions" => {
                let at = body.windows(4).position(|bytes| bytes == b"RIFF").unwrap();
                let len = body[at + 40..at + 44].try_into().unwrap();
                self.note(Came::Transcription(u32::from_le_bytes(len) as usize / 16));
                let words = play.words.pop_front().unwrap_or_default();
                Reply::ok(vec![(play.words_ms, json!({"text": words}).to_string().into())])
            }
            "/tool" => {
                self.note(Came::Function(serde_json::from_slice(&body).unwrap()));
                Reply::ok(vec![(500, "sunny".into())])
            }
            _ => Reply::refused(404, "nothing here"),
        }
    }

    async fn serve(self: Arc<Servers>, stream: DuplexStream) {
        let service = service_fn(move |request| {
            let servers = self.clone();
            async move {
                let Reply { status, mut pieces } = servers.answer(request).await;
                if let Some((first_ms, _)) = pieces.first_mut() {
                    sleep(Duration::from_millis(std::mem::take(first_ms))).await;
                }
                let body = stream::iter(pieces).then(|(ms, piece)| async move {
                    sleep(Duration::from_millis(ms)).await;
                    Ok::<_, Infallible>(Frame::data(piece))
                });
                let response = Response::builder().status(status);
                Ok::<_, Infallible>(response.body(StreamBody::new(Box::pin(body))).unwrap())
            }
        });
        let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
    }

    /// Recognises as Deepgram does: partial words while somebody speaks, final ones when asked.
    async fn listen(self: Arc<Servers>, mut socket: WebSocketStream<DuplexStream>) {
        let breaks_after = self.play.lock().unwrap().breaks.pop_front();
        let (mut frames, mut loud) = (0, 0);
        let mut is_told = false;
        while let Some(Ok(message)) = socket.next().await {
            match message {
                Message::Binary(sound) => {
                    for frame in sound.chunks(160) {
                        let peak = frame.iter().map(|byte| Law::Mu.decode(*byte).unsigned_abs());
                        loud += usize::from(peak.max().unwrap() > 1_000);
                        frames += 1;
                    }
                    if breaks_after.is_some_and(|after| frames >= after) {
                        let frame = CloseFrame { code: 1011.into(), reason: "NET-0001".into() };
                        let _ = socket.close(Some(frame)).await;
                        return;
                    }
                    let partial = {
                        let play = self.play.lock().unwrap();
                        let words = play.words.front().copied().unwrap_or_default();
                        let first = words.split_once(' ').map_or(words, |(first, _)| first);
                        (play.partials && loud >= 15 && !is_told && !first.is_empty())
                            .then(|| first.to_owned())
                    };
                    if let Some(first) = partial {
                        is_told = true;
                        let _ = socket.send(results(&first, false, false)).await;
                    }
                }
                Message::Text(text) if text.contains("Finalize") => {
                    let (words, words_ms) = {
                        let mut play = self.play.lock().unwrap();
                        let words = if loud >= 5 { play.words.pop_front() } else { None };
                        (words.unwrap_or_default(), play.words_ms)
                    };
                    self.note(Came::Voice(loud));
                    (loud, is_told) = (0, false);
                    sleep(Duration::from_millis(words_ms)).await;
                    self.note(Came::Words(words.to_owned()));
                    let _ = socket.send(results(words, true, true)).await;
                }
                Message::Text(text) if text.contains("KeepAlive") => self.note(Came::KeepAlive),
                Message::Text(text) if text.contains("CloseStream") => return,
                _ => {}
            }
        }
    }
}

fn results(words: &str, is_final: bool, from_finalize: bool) -> Message {
    let event = json!({
        "type": "Results", "is_final": is_final, "from_finalize": from_finalize,
        "channel": {"alternatives": [{"transcript": words}]},
    });
    Message::text(event.to_string())
}

/// The servers as their clients reach them.
pub struct Network(pub Arc<Servers>);

#[async_trait]
impl Dial for Network {
    fn reach(&self) -> Reach {
        Reach::All
    }

    async fn dial(&self, to: &Origin, _until: Instant) -> Result<Box<dyn Transport>, ConnectError> {
        if !self.0.play.lock().unwrap().is_there {
            return Err(ConnectError::Status { host: to.host.clone(), status: 503 });
        }
        *self.0.connections.lock().unwrap() += 1;
        let (near, far) = duplex(1 << 16);
        tokio::spawn(self.0.clone().serve(far));
        Ok(Box::new(near))
    }
}

#[async_trait]
impl Connect for Network {
    async fn connect(
        &self,
        url: &str,
        headers: &[(&'static str, String)],
    ) -> Result<Socket, ConnectError> {
        assert!(url.starts_with("ws://stt.example/v1/listen?"), "{url}");
        assert_eq!(headers[0].1, "Token stt-key");
        if !self.0.play.lock().unwrap().listens {
            return Err(ConnectError::Status { host: "stt.example".to_owned(), status: 503 });
        }
        let (near, far) = duplex(1 << 16);
        let config = WebSocketConfig::default().max_message_size(Some(1 << 20));
        let near: Box<dyn Transport> = Box::new(near);
        let near = WebSocketStream::from_raw_socket(near, Role::Client, Some(config)).await;
        let far = WebSocketStream::from_raw_socket(far, Role::Server, None).await;
        tokio::spawn(self.0.clone().listen(far));
        Ok(near)
    }
}

pub fn settings(protocol: RecognitionProtocol) -> PipelineSettings {
    PipelineSettings {
        stt: RecognitionSettings {
            protocol,
            url: "http://stt.example/v1".to_owned(),
            model: "nova-3".to_owned(),
            api_key: Secret::new("stt-key"),
        },
        llm: ChatSettings {
            url: "http://llm.example/v1".to_owned(),
            model: "small".to_owned(),
            api_key: Secret::new("llm-key"),
            temperature: Some(0.3),
        },
        tts: SpeechSettings {
            url: "http://tts.example/v1".to_owned(),
            model: "kokoro".to_owned(),
            voice: "af_heart".to_owned(),
            api_key: Secret::default(),
            format: SpeechFormat::Pcm,
        },
    }
}

/// A call to a person.
pub struct Show {
    pub conversation: Conversation,
    pub stage: Stage,
    pub notes: Vec<Note>,
    /// When the call was answered.
    pub answered: Instant,
}

impl Show {
    /// The transcript: who spoke and what.
    pub fn said(&self) -> Vec<(&'static str, &str)> {
        let said = self.conversation.transcript.iter();
        said.map(|said| (if said.by_agent { "agent" } else { "person" }, said.text.as_str()))
            .collect()
    }
}

pub fn agent(brief: &Brief, servers: &Arc<Servers>, protocol: RecognitionProtocol) -> Pipeline {
    let network = Arc::new(Network(servers.clone()));
    let http = Arc::new(Http::new(network.clone()));
    Pipeline::new(Arc::new(brief.clone()), settings(protocol), network, http)
}

/// Opens an agent, and lets it talk to a person.
pub async fn show_with(
    brief: &Brief,
    servers: &Arc<Servers>,
    protocol: RecognitionProtocol,
    acts: &[Act],
) -> Result<Show, Failure> {
    let mut agent = agent(brief, servers, protocol);
    agent.open(Care::FirstWords).await?;
    agent.ring().await?;
    sleep(Duration::from_secs(12)).await;
    let answered = Instant::now();
    let mut line = Paced::new(acts);
    let (notes, mut reader) = Notes::channel();
    let setting = Setting { brief, voice: &Hum, notes, outside: None };
    let mut news = Vec::new();
    let reading = async {
        while let Some(note) = reader.recv().await {
            news.push(note);
        }
    };
    let talking = converse(&mut line, &mut agent, setting);
    let (conversation, ()) = tokio::join!(talking, reading);
    Ok(Show { conversation, stage: line.stage, notes: news, answered })
}

pub async fn show(brief: &Brief, servers: &Arc<Servers>, acts: &[Act]) -> Show {
    let protocol = RecognitionProtocol::Deepgram;
    show_with(brief, servers, protocol, acts).await.expect("the servers are there")
}
