//! Streaming recognition as Deepgram has it. Without I/O.

use bytes::Bytes;
use campanile_rules::agent::RecognitionSettings;
use serde::Deserialize;
use tokio_tungstenite::tungstenite::Message;

use super::{Codec, Outgoing, Unread, said::in_one_line};

/// The most characters of one piece of text.
const MAX_TEXT: usize = 8_000;

/// A message to the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ToListener {
    /// Sound in mu-law.
    Sound(Bytes),
    /// Return what has been said so far.
    Finalize,
    /// No more sound will come.
    Close,
}

impl Outgoing for ToListener {
    fn is_sound(&self) -> bool {
        matches!(self, ToListener::Sound(_))
    }
}

/// A message from the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FromListener {
    /// What was said since the last final text.
    Text {
        /// The words; none when nothing was said.
        text: String,
        /// Whether the words stay as they are.
        is_final: bool,
        /// Whether the server takes the turn for over.
        ends_turn: bool,
        /// Whether [`ToListener::Finalize`] asked for it.
        is_asked_for: bool,
    },
    /// Somebody began to speak.
    SpeechStarted,
    /// Nothing was said for a while.
    UtteranceEnd,
    /// The server reports an error.
    Failed(String),
}

/// Writes and reads Deepgram's messages.
#[derive(Debug, Default)]
pub struct Deepgram;

impl Codec for Deepgram {
    type Out = ToListener;
    type In = FromListener;

    fn write(&mut self, message: ToListener) -> Message {
        match message {
            ToListener::Sound(sound) => Message::Binary(sound),
            ToListener::Finalize => Message::text(r#"{"type":"Finalize"}"#),
            ToListener::Close => Message::text(r#"{"type":"CloseStream"}"#),
        }
    }

    fn keep_alive(&mut self) -> Option<Message> {
        Some(Message::text(r#"{"type":"KeepAlive"}"#))
    }

    fn read(text: &[u8]) -> Result<Vec<FromListener>, Unread> {
        let malformed = |error: serde_json::Error| Unread::Malformed(error.to_string());
        let event: Event<'_> = serde_json::from_slice(text).map_err(malformed)?;
        match event.kind {
            "Results" => {
                let results: Results = serde_json::from_slice(text).map_err(malformed)?;
                Ok(vec![results.into_message()])
            }
            "SpeechStarted" => Ok(vec![FromListener::SpeechStarted]),
            "UtteranceEnd" => Ok(vec![FromListener::UtteranceEnd]),
            "Metadata" => Ok(Vec::new()),
            "Error" => {
                let error: Trouble = serde_json::from_slice(text).map_err(malformed)?;
                let words = error.description.or(error.message).unwrap_or_default();
                Ok(vec![FromListener::Failed(in_one_line(&words))])
            }
            unknown => Err(Unread::Unknown(unknown.chars().take(40).collect())),
        }
    }
}

#[derive(Deserialize)]
struct Event<'m> {
    #[serde(rename = "type", borrow)]
    kind: &'m str,
}

#[derive(Deserialize)]
struct Trouble {
    description: Option<String>,
    message: Option<String>,
}

#[derive(Deserialize)]
struct Results {
    #[serde(default)]
    is_final: bool,
    #[serde(default)]
    speech_final: bool,
    #[serde(default)]
    from_finalize: bool,
    channel: Channel,
}

#[derive(Deserialize)]
struct Channel {
    #[serde(default)]
    alternatives: Vec<Alternative>,
}

#[derive(Deserialize)]
struct Alternative {
    #[serde(default)]
    transcript: String,
}

impl Results {
    fn into_message(self) -> FromListener {
        let best = self.channel.alternatives.into_iter().next();
        let text = best.map(|best| best.transcript).unwrap_or_default();
        FromListener::Text {
            text: text.trim().chars().take(MAX_TEXT).collect(),
            is_final: self.is_final,
            ends_turn: self.speech_final,
            is_asked_for: self.from_finalize,
        }
    }
}

/// Returns the URL of the stream: the base URL with the path and the form of a call's sound. What the
/// URL asks for itself stays.
pub fn url(settings: &RecognitionSettings, language: &str) -> String {
    let (base, query) = settings.url.split_once('?').unwrap_or((&settings.url, ""));
    let base = match base.split_once("://") {
        Some(("https", rest)) => format!("wss://{rest}"),
        Some(("http", rest)) => format!("ws://{rest}"),
        Some(_) | None => base.to_owned(),
    };
    let base = base.trim_end_matches('/');
    let path = if base.ends_with("/listen") { "" } else { "/listen" };
    let asks = |name: &str| query.split('&').any(|part| part.split('=').next() == Some(name));
    let wanted = [
        ("model", settings.model.as_str()),
        ("language", language),
        ("encoding", "mulaw"),
        ("sample_rate", "8000"),
        ("channels", "1"),
        ("interim_results", "true"),
        ("punctuate", "true"),
        ("vad_events", "true"),
        ("endpointing", "300"),
        ("utterance_end_ms", "1000"),
    ];
    let wanted = wanted.into_iter().filter(|(name, value)| !value.is_empty() && !asks(name));
    let parts = wanted.map(|(name, value)| format!("{name}={}", escaped(value)));
    let parts = parts.chain(Some(query.to_owned()).filter(|query| !query.is_empty()));
    format!("{base}{path}?{}", parts.collect::<Vec<_>>().join("&"))
}

/// Returns the header with the key, if there is one.
pub fn headers(settings: &RecognitionSettings) -> Vec<(&'static str, String)> {
    match settings.api_key.reveal() {
        "" => Vec::new(),
        key => vec![("Authorization", format!("Token {key}"))],
    }
}

/// Writes a value for a query (RFC 3986).
fn escaped(value: &str) -> String {
    let escape = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
            char::from(byte).to_string()
        }
        byte => format!("%{byte:02X}"),
    };
    value.bytes().map(escape).collect()
}
