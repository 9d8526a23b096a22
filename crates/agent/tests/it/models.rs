//! Models of the engine `realtime`, on simulated time.

use std::{sync::Arc, time::Duration};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use campanile_agent::{
    Agent, Brief, Care, Conversation, Failure, Note, Notes, Realtime, Setting, converse,
    wire::{Connector, Http},
};
use campanile_egress::{Guard, Lookups, Reach};
use campanile_rules::agent::{EngineKind, RealtimeAudio, RealtimeSettings, Secret};
use serde_json::{Map, Value, json};
use tokio::time::{Instant, sleep};

use crate::{
    bots::{Bot, Bots, Paced, Show},
    stage::{Act, Hum, Stage},
    supervised::{drained, undetected},
};

/// The model's end of a session.
pub struct Model {
    pub bot: Bot,
    /// What the client sent, without sound.
    pub events: Vec<Value>,
    /// The sound that the client sent.
    pub heard: Vec<u8>,
}

impl Model {
    pub fn new(bot: Bot) -> Model {
        Model { bot, events: Vec::new(), heard: Vec::new() }
    }

    /// Sets up a session as it is asked for.
    pub async fn set_up(bot: Bot) -> Model {
        let mut model = Model::new(bot);
        model.send(json!({"type": "session.created", "session": {"type": "realtime"}})).await;
        let session = model.until("session.update").await.expect("a session")["session"].clone();
        model.send(json!({"type": "session.updated", "session": session})).await;
        model
    }

    pub async fn send(&mut self, event: Value) {
        self.bot.send(event).await;
    }

    /// Waits for an event of a kind. None: the connection has ended.
    pub async fn until(&mut self, kind: &str) -> Option<Value> {
        loop {
            let event = self.bot.next().await?;
            self.keep(event.clone());
            if event["type"] == kind {
                return Some(event);
            }
        }
    }

    /// Reads what the client sends within a time.
    pub async fn listen(&mut self, ms: u64) {
        let until = Instant::now() + Duration::from_millis(ms);
        while let Ok(Some(event)) = tokio::time::timeout_at(until, self.bot.next()).await {
            self.keep(event);
        }
    }

    /// Reads until the client closes the connection. Returns the code of the close.
    pub async fn rest(&mut self) -> Option<u16> {
        let (events, code) = self.bot.rest().await;
        events.into_iter().for_each(|event| self.keep(event));
        code
    }

    /// Waits to be asked for a response, and says something.
    pub async fn answer(&mut self, id: &str, text: &str, sound: &[u8]) {
        self.until("response.create").await.expect("a request");
        self.say(id, text, sound).await;
    }

    /// Makes a response of one utterance, all at once.
    pub async fn say(&mut self, id: &str, text: &str, sound: &[u8]) {
        self.begin(id).await;
        self.speak(id, text, sound).await;
        self.done(id, "completed").await;
    }

    pub async fn begin(&mut self, id: &str) {
        let response = json!({"id": id, "status": "in_progress"});
        self.send(json!({"type": "response.created", "response": response})).await;
    }

    pub async fn speak(&mut self, id: &str, text: &str, sound: &[u8]) {
        let item = format!("item_{id}");
        let (words, audio) =
            ("response.output_audio_transcript.delta", "response.output_audio.delta");
        self.send(json!({"type": words, "response_id": id, "item_id": item, "delta": text})).await;
        for piece in sound.chunks(4_000) {
            let delta = STANDARD.encode(piece);
            self.send(json!({"type": audio, "response_id": id, "item_id": item, "delta": delta}))
                .await;
        }
    }

    pub async fn done(&mut self, id: &str, status: &str) {
        let usage = json!({"input_tokens": 10, "output_tokens": 20, "total_tokens": 30});
        let response = json!({"id": id, "status": status, "output": [], "usage": usage});
        self.send(json!({"type": "response.done", "response": response})).await;
    }

    /// Makes a response that calls a function.
    pub async fn call(&mut self, id: &str, call_id: &str, name: &str, arguments: Value) {
        self.begin(id).await;
        self.send(json!({
            "type": "response.function_call_arguments.done", "response_id": id,
            "item_id": format!("item_{id}"), "call_id": call_id, "name": name,
            "arguments": arguments.to_string(),
        }))
        .await;
    }

    pub async fn person_starts(&mut self, item: &str, ms: u64) {
        let kind = "input_audio_buffer.speech_started";
        self.send(json!({"type": kind, "audio_start_ms": ms, "item_id": item})).await;
    }

    pub async fn person_stops(&mut self, item: &str, ms: u64) {
        let kind = "input_audio_buffer.speech_stopped";
        self.send(json!({"type": kind, "audio_end_ms": ms, "item_id": item})).await;
        self.send(json!({"type": "input_audio_buffer.committed", "item_id": item})).await;
    }

    pub async fn person_said(&mut self, item: &str, text: &str) {
        let kind = "conversation.item.input_audio_transcription.completed";
        self.send(json!({"type": kind, "item_id": item, "content_index": 0, "transcript": text}))
            .await;
    }

    pub async fn error(&mut self, code: &str, message: &str) {
        let error = json!({"type": "invalid_request_error", "code": code, "message": message});
        self.send(json!({"type": "error", "error": error})).await;
    }

    /// Returns the kinds of what the client sent, without sound.
    pub fn kinds(&self) -> Vec<&str> {
        self.events.iter().filter_map(|event| event["type"].as_str()).collect()
    }

    /// Returns what the client sent of a kind.
    pub fn of(&self, kind: &str) -> Vec<&Value> {
        self.events.iter().filter(|event| event["type"] == kind).collect()
    }

    fn keep(&mut self, event: Value) {
        match event["audio"].as_str() {
            Some(sound) => self.heard.extend(STANDARD.decode(sound).unwrap()),
            None => self.events.push(event),
        }
    }
}

pub fn settings() -> RealtimeSettings {
    RealtimeSettings {
        url: "wss://model.example/v1".to_owned(),
        model: "gpt-realtime".to_owned(),
        api_key: Secret::new("key"),
        voice: String::new(),
        audio: RealtimeAudio::Pcmu,
        turn_detection: None,
        extra_session: Map::new(),
    }
}

/// A brief for a model, without detection and without a first message.
pub fn plain() -> Brief {
    let mut brief = undetected();
    brief.version.first_message = String::new();
    brief.version.prompt = "You are a dentist's receptionist.".to_owned();
    brief.version.engine = EngineKind::Realtime(settings());
    brief
}

fn agent(brief: &Brief, models: &Arc<Bots>) -> Realtime {
    let EngineKind::Realtime(settings) = &brief.version.engine else { unreachable!() };
    let connector = Connector::new(Guard::new(Reach::All, &Lookups::default()));
    let http = Arc::new(Http::new(Arc::new(connector)));
    Realtime::new(Arc::new(brief.clone()), settings.clone(), models.clone(), http)
}

/// Sets up a session, and drops it.
pub async fn open(brief: &Brief, models: &Arc<Bots>) -> Result<(), Failure> {
    agent(brief, models).open(Care::Usual).await
}

/// Sets up a session, lets the phone ring, and lets the model talk to a person. Fails if a model
/// failed.
pub async fn show(brief: &Brief, models: Bots, ring_ms: u64, acts: &[Act]) -> (Show, Vec<Note>) {
    let models = Arc::new(models);
    let (show, notes) = show_with(brief, &models, ring_ms, acts).await;
    models.played().await;
    (show, notes)
}

/// Does the same as [`show`] and leaves the models alone.
pub async fn show_with(
    brief: &Brief,
    models: &Arc<Bots>,
    ring_ms: u64,
    acts: &[Act],
) -> (Show, Vec<Note>) {
    let mut agent = agent(brief, models);
    agent.open(Care::Usual).await.expect("a session");
    agent.ring().await.expect("nothing is left to prepare");
    sleep(Duration::from_millis(ring_ms)).await;
    let mut line = Paced { stage: Stage::new(acts), next_at: Instant::now() };
    let (notes, mut reader) = Notes::channel();
    let setting = Setting { brief, voice: &Hum, notes, outside: None };
    let conversation: Conversation = converse(&mut line, &mut agent, setting).await;
    drop(agent);
    (Show { conversation, stage: line.stage }, drained(&mut reader))
}
