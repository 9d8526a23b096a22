//! Reads the events of a server, leniently: numbers and ids may be missing.

use std::borrow::Cow;

use base64::{
    Engine as _, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use bytes::Bytes;
use serde::Deserialize;
use serde_json::Value;

use super::{FromModel, MAX_ID, MAX_PIECE, Unread};

/// Base64 with or without padding.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// The most words of an error that are kept, in characters.
const MAX_WORDS: usize = 300;

/// The settings of a session that matter here, as the server says it took them. What it does not
/// say is none.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Taken {
    /// The format of the person's sound.
    pub input: Option<Format>,
    /// The format of the model's sound.
    pub output: Option<Format>,
    /// Whether the person's words are written down.
    pub transcribes: Option<bool>,
    /// Whether a person who speaks ends the response that is being made.
    pub interrupts: Option<bool>,
}

/// A format of sound, by its name in the protocol.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Format {
    /// G.711 µ-law.
    Pcmu,
    /// G.711 A-law.
    Pcma,
    /// 16-bit little-endian samples at this rate.
    Pcm(u32),
    /// Another one.
    Other(String),
}

/// Why something failed, in the server's words.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Failed {
    /// The code; empty if there is none.
    pub code: String,
    /// What happened, for people.
    pub message: String,
    /// The setting that the error is about; empty if there is none.
    pub param: String,
    /// The id of the event that caused the error; empty if it is not known.
    pub event_id: String,
}

/// The fields of all events that are read.
#[derive(Deserialize)]
struct Incoming<'m> {
    #[serde(borrow, default, rename = "type")]
    kind: Cow<'m, str>,
    #[serde(default)]
    response_id: Option<String>,
    #[serde(default)]
    item_id: Option<String>,
    #[serde(default)]
    call_id: Option<String>,
    #[serde(default)]
    name: Option<String>,
    arguments: Option<Value>,
    #[serde(borrow)]
    delta: Option<Cow<'m, str>>,
    #[serde(borrow)]
    transcript: Option<Cow<'m, str>>,
    audio_start_ms: Option<f64>,
    audio_end_ms: Option<f64>,
    session: Option<Value>,
    response: Option<Value>,
    item: Option<Value>,
    error: Option<Value>,
    message: Option<Value>,
    code: Option<Value>,
}

pub(super) fn event(text: &[u8]) -> Result<Vec<FromModel>, Unread> {
    let message: Incoming<'_> =
        serde_json::from_slice(text).map_err(|error| Unread::Malformed(error.to_string()))?;
    let is_of_a_response = message.kind.starts_with("response.");
    let (response_id, item_id) = (id(message.response_id)?, id(message.item_id)?);
    let words = || message.transcript.as_deref().unwrap_or_default().to_owned();
    let one = |message| Ok(vec![message]);
    match message.kind.as_ref() {
        "session.created" => one(FromModel::Created),
        "session.updated" => one(FromModel::Updated(taken(&message.session.unwrap_or_default()))),
        "input_audio_buffer.speech_started" => {
            one(FromModel::SpeechStarted { item_id, at_ms: ms(message.audio_start_ms) })
        }
        "input_audio_buffer.speech_stopped" => {
            one(FromModel::SpeechStopped { item_id, at_ms: ms(message.audio_end_ms) })
        }
        // A server that reports no end of the speech commits it all the same.
        "input_audio_buffer.committed" => one(FromModel::SpeechStopped { item_id, at_ms: None }),
        "conversation.item.input_audio_transcription.completed" => {
            one(FromModel::Heard { item_id, text: words() })
        }
        "response.created" => {
            let response = message.response.unwrap_or_default();
            one(FromModel::Responding { response_id: id_in(&response, "id", response_id)? })
        }
        "response.output_audio.delta" | "response.audio.delta" => {
            let delta = message.delta.unwrap_or_default();
            pieces(&delta, &response_id, &item_id)
        }
        "response.output_audio_transcript.delta" | "response.audio_transcript.delta" => {
            let words = message.delta.unwrap_or_default().into_owned();
            one(FromModel::Words { response_id, item_id, words })
        }
        "response.output_audio_transcript.done" | "response.audio_transcript.done" => {
            one(FromModel::AllWords { response_id, item_id, text: words() })
        }
        "response.function_call_arguments.done" => {
            let arguments = as_json(message.arguments);
            let (call_id, name) = (id(message.call_id)?, id(message.name)?);
            one(FromModel::Call { response_id, call_id, name, arguments })
        }
        "response.output_item.done" => calls(&message.item.unwrap_or_default(), &response_id),
        "response.done" => responded(&message.response.unwrap_or_default(), response_id),
        "error" | "model_load_error" => {
            let error = message.error.unwrap_or_default();
            let mut failed = failed(&error);
            if failed.message.is_empty() {
                failed.message = shown(message.message.as_ref());
            }
            if failed.code.is_empty() {
                failed.code = shown(message.code.as_ref());
            }
            one(FromModel::Error(failed))
        }
        kind if is_of_a_response || IGNORED.iter().any(|prefix| kind.starts_with(prefix)) => {
            Ok(Vec::new())
        }
        unknown => Err(Unread::Unknown(unknown.chars().take(40).collect())),
    }
}

/// Events that say nothing new here.
const IGNORED: [&str; 6] =
    ["conversation.", "input_audio_buffer.", "output_audio_buffer.", "rate_limits.", "mcp", "ping"];

fn id(id: Option<String>) -> Result<String, Unread> {
    let id = id.unwrap_or_default();
    if id.len() > MAX_ID { Err(Unread::TooLong("id")) } else { Ok(id) }
}

fn id_in(object: &Value, field: &str, otherwise: String) -> Result<String, Unread> {
    match object.get(field).and_then(Value::as_str) {
        Some(found) => id(Some(found.to_owned())),
        None => Ok(otherwise),
    }
}

fn ms(value: Option<f64>) -> Option<u64> {
    value.filter(|ms| (0.0..1e9).contains(ms)).map(|ms| ms as u64)
}

fn pieces(delta: &str, response_id: &str, item_id: &str) -> Result<Vec<FromModel>, Unread> {
    let sound = LENIENT.decode(delta);
    let sound = sound.map_err(|error| Unread::Malformed(format!("the sound: {error}")))?;
    let mut sound = Bytes::from(sound);
    let mut pieces = Vec::with_capacity(sound.len().div_ceil(MAX_PIECE));
    while !sound.is_empty() {
        pieces.push(FromModel::Sound {
            response_id: response_id.to_owned(),
            item_id: item_id.to_owned(),
            sound: sound.split_to(sound.len().min(MAX_PIECE)),
        });
    }
    Ok(pieces)
}

/// Arguments are text that holds JSON; some servers send the JSON itself.
fn as_json(arguments: Option<Value>) -> String {
    match arguments {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text,
        Some(value) => value.to_string(),
    }
}

/// Reads an item that is the call of a function. Other items say nothing new.
fn calls(item: &Value, response_id: &str) -> Result<Vec<FromModel>, Unread> {
    if item.get("type").and_then(Value::as_str) != Some("function_call") {
        return Ok(Vec::new());
    }
    Ok(vec![FromModel::Call {
        response_id: response_id.to_owned(),
        call_id: id_in(item, "call_id", String::new())?,
        name: id_in(item, "name", String::new())?,
        arguments: as_json(item.get("arguments").cloned()),
    }])
}

fn responded(response: &Value, response_id: String) -> Result<Vec<FromModel>, Unread> {
    let response_id = id_in(response, "id", response_id)?;
    let mut messages = Vec::new();
    for item in response.get("output").and_then(Value::as_array).into_iter().flatten() {
        messages.extend(calls(item, &response_id)?);
    }
    let has_failed = response.get("status").and_then(Value::as_str) == Some("failed");
    let usage = response.get("usage").cloned().unwrap_or_default();
    messages.push(FromModel::Responded {
        response_id,
        failed: has_failed
            .then(|| failed(response.pointer("/status_details/error").unwrap_or(&Value::Null))),
        usage: serde_json::from_value(usage).unwrap_or_default(),
    });
    Ok(messages)
}

fn failed(error: &Value) -> Failed {
    let field = |name| shown(error.get(name));
    let code = match field("code") {
        code if code.is_empty() => field("type"),
        code => code,
    };
    let message = match error {
        Value::String(words) => shortened(words),
        _ => field("message"),
    };
    Failed { code, message, param: field("param"), event_id: field("event_id") }
}

fn shown(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => shortened(text),
        Some(other) => shortened(&other.to_string()),
    }
}

fn shortened(text: &str) -> String {
    text.chars().take(MAX_WORDS).collect()
}

/// Reads the settings of a session: nested as in GA, or flat as in beta.
fn taken(session: &Value) -> Taken {
    let at = |nested: &str, flat: &str| match session.pointer(nested) {
        Some(found) => Some(found),
        None => session.get(flat),
    };
    let detection = at("/audio/input/turn_detection", "turn_detection");
    Taken {
        input: at("/audio/input/format", "input_audio_format").and_then(format),
        output: at("/audio/output/format", "output_audio_format").and_then(format),
        transcribes: at("/audio/input/transcription", "input_audio_transcription")
            .map(|transcription| !transcription.is_null()),
        interrupts: detection
            .and_then(|detection| detection.get("interrupt_response"))
            .and_then(Value::as_bool),
    }
}

fn format(format: &Value) -> Option<Format> {
    let name = match format {
        Value::String(name) => name.as_str(),
        _ => format.get("type")?.as_str()?,
    };
    let rate = format.get("rate").and_then(Value::as_u64).and_then(|rate| u32::try_from(rate).ok());
    Some(match name {
        "audio/pcmu" | "g711_ulaw" | "pcmu" => Format::Pcmu,
        "audio/pcma" | "g711_alaw" | "pcma" => Format::Pcma,
        "audio/pcm" | "pcm16" | "pcm" => match rate.unwrap_or(24_000) {
            rate @ 8_000..=48_000 => Format::Pcm(rate),
            rate => Format::Other(format!("{name} at {rate} Hz")),
        },
        other => Format::Other(other.chars().take(40).collect()),
    })
}
