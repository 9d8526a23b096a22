//! Who talks in an agent version (PRODUCT §7).

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::{
    agent::{ScriptSettings, Secret},
    dispatcher::AgentKind,
    words,
};

/// Who talks in an agent version.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum EngineKind {
    /// Campanile itself, from a script.
    Script(ScriptSettings),
    /// A bot of one's own, which speaks the protocol of Twilio Media Streams over a WebSocket.
    MediaStream(MediaStreamSettings),
    /// A speech-to-speech model that speaks OpenAI's Realtime protocol.
    Realtime(RealtimeSettings),
    /// Speech recognition, a language model and speech synthesis, each by a server.
    Pipeline(PipelineSettings),
}

/// The settings of the engine `media_stream`.
#[derive(Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MediaStreamSettings {
    /// The URL of the bot, `wss://` or `ws://`.
    pub url: String,
    /// The secret that signs the upgrade, as a Twilio auth token does. Without it the upgrade is not
    /// signed.
    #[serde(default)]
    pub auth_token: Secret,
    /// Values for the bot beside those of the row; `{{placeholders}}` are filled per recipient.
    #[serde(default)]
    pub parameters: BTreeMap<String, String>,
}

impl fmt::Debug for MediaStreamSettings {
    /// Prints no part of the URL or the parameters: both may be secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MediaStreamSettings").finish_non_exhaustive()
    }
}

/// The settings of the engine `realtime`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RealtimeSettings {
    /// The base URL of the server, such as `wss://api.openai.com/v1`.
    pub url: String,
    /// The model.
    pub model: String,
    /// The key for the server.
    #[serde(default)]
    pub api_key: Secret,
    /// The voice of the model; the server's own when empty.
    #[serde(default)]
    pub voice: String,
    /// The form of sound in both directions.
    #[serde(default)]
    pub audio: RealtimeAudio,
    /// How the server finds the end of a turn, as in the protocol; its own way when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub turn_detection: Option<Map<String, Value>>,
    /// Fields that are merged into the session as they are, for servers that want others.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    #[schema(value_type = Object)]
    pub extra_session: Map<String, Value>,
}

words! {
    /// A form of sound of the Realtime protocol.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
    pub enum RealtimeAudio {
        /// G.711 µ-law, as the call has it.
        #[default]
        Pcmu = "pcmu",
        /// G.711 A-law, as the call has it.
        Pcma = "pcma",
        /// 16-bit samples at 24 kHz.
        Pcm24 = "pcm24",
    }
}

/// The settings of the engine `pipeline`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PipelineSettings {
    /// Who writes down what the person says.
    pub stt: RecognitionSettings,
    /// Who answers.
    pub llm: ChatSettings,
    /// Who speaks the answer.
    pub tts: SpeechSettings,
}

/// A server for speech recognition.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RecognitionSettings {
    /// Its protocol.
    #[serde(default)]
    pub protocol: RecognitionProtocol,
    /// Its base URL.
    pub url: String,
    /// The model; the server's own when empty.
    #[serde(default)]
    pub model: String,
    /// The key for the server.
    #[serde(default)]
    pub api_key: Secret,
}

words! {
    /// A protocol for speech recognition.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
    pub enum RecognitionProtocol {
        /// Streaming over a WebSocket, as Deepgram has it.
        Deepgram = "deepgram",
        /// One HTTP request an utterance, as OpenAI has it.
        #[default]
        OpenAi = "openai",
    }
}

/// A server for a language model (OpenAI's chat completions).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChatSettings {
    /// Its base URL, such as `http://127.0.0.1:8080/v1`.
    pub url: String,
    /// The model.
    #[serde(default)]
    pub model: String,
    /// The key for the server.
    #[serde(default)]
    pub api_key: Secret,
    /// How freely it answers, from 0 to 2; the server's own when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub temperature: Option<f64>,
}

/// A server for synthesised speech (OpenAI's speech).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SpeechSettings {
    /// Its base URL.
    pub url: String,
    /// The model.
    #[serde(default)]
    pub model: String,
    /// The voice; the server's own when empty.
    #[serde(default)]
    pub voice: String,
    /// The key for the server.
    #[serde(default)]
    pub api_key: Secret,
    /// The form of its sound.
    #[serde(default)]
    pub format: SpeechFormat,
}

words! {
    /// A form of synthesised speech.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
    pub enum SpeechFormat {
        /// 16-bit samples at 24 kHz without a header.
        Pcm = "pcm",
        /// A WAV file, whose header tells the rate.
        #[default]
        Wav = "wav",
    }
}

impl EngineKind {
    /// Where the words come from.
    pub fn kind(&self) -> AgentKind {
        match self {
            EngineKind::Script(ScriptSettings { tts: None, .. }) => AgentKind::BuiltIn,
            EngineKind::Script(_)
            | EngineKind::MediaStream(_)
            | EngineKind::Realtime(_)
            | EngineKind::Pipeline(_) => AgentKind::Served,
        }
    }

    /// The settings of a script; none of any other engine.
    pub fn script(&self) -> Option<&ScriptSettings> {
        match self {
            EngineKind::Script(settings) => Some(settings),
            EngineKind::MediaStream(_) | EngineKind::Realtime(_) | EngineKind::Pipeline(_) => None,
        }
    }

    /// The servers of the engine, each with its place.
    pub fn servers(&mut self) -> Vec<Server<'_>> {
        let server = |at, url, key| Server { at, secret: "api_key", url, is_websocket: false, key };
        match self {
            EngineKind::Script(ScriptSettings { tts, .. }) => tts
                .iter_mut()
                .map(|tts| server("/engine/tts", &tts.url, &mut tts.api_key))
                .collect(),
            EngineKind::MediaStream(MediaStreamSettings { url, auth_token, .. }) => {
                vec![Server {
                    at: "/engine",
                    secret: "auth_token",
                    url,
                    is_websocket: true,
                    key: auth_token,
                }]
            }
            EngineKind::Realtime(RealtimeSettings { url, api_key, .. }) => {
                vec![Server {
                    at: "/engine",
                    secret: "api_key",
                    url,
                    key: api_key,
                    is_websocket: true,
                }]
            }
            EngineKind::Pipeline(PipelineSettings { stt, llm, tts }) => {
                // A stream may be named by the URL of its server's API.
                let is_stream =
                    stt.protocol == RecognitionProtocol::Deepgram && !stt.url.starts_with("http");
                let recognition = server("/engine/stt", &stt.url, &mut stt.api_key);
                vec![
                    Server { is_websocket: is_stream, ..recognition },
                    server("/engine/llm", &llm.url, &mut llm.api_key),
                    server("/engine/tts", &tts.url, &mut tts.api_key),
                ]
            }
        }
    }
}

/// A server that an engine talks to.
#[derive(Debug)]
pub struct Server<'a> {
    /// The place of its settings: a JSON Pointer (RFC 6901) into the version.
    pub at: &'static str,
    /// The name of the field with its secret.
    pub secret: &'static str,
    /// Its URL.
    pub url: &'a str,
    /// Whether it is spoken to over a WebSocket; otherwise it is over HTTP.
    pub is_websocket: bool,
    /// The secret for it.
    pub key: &'a mut Secret,
}

impl Server<'_> {
    /// The place of the secret: a JSON Pointer (RFC 6901) into the version.
    pub fn secret_at(&self) -> String {
        format!("{}/{}", self.at, self.secret)
    }
}

impl Default for EngineKind {
    fn default() -> Self {
        EngineKind::Script(ScriptSettings::default())
    }
}
