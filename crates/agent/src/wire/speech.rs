//! Speech from a server that speaks as OpenAI's does: `/audio/speech`.

use std::{sync::Arc, time::Duration};

use campanile_media::{SAMPLE_RATE, arriving::Arriving, wav::WavError};
use campanile_rules::agent::{SpeechFormat, SpeechSettings};
use serde_json::json;

use super::{Answer, Http, HttpError, Limits, Request};

/// The longest speech for one text, in seconds.
const MAX_S: usize = 120;

/// The limits of an answer. Its bytes are those of the longest speech in stereo at 48 kHz.
const LIMITS: Limits = Limits {
    first: Duration::from_secs(10),
    next: Duration::from_secs(10),
    max: MAX_S * 48_000 * 4,
};

/// The rate of sound without a header.
const BARE_RATE: u32 = 24_000;

/// Why a text is not spoken.
#[derive(Debug, thiserror::Error)]
pub enum VoiceError {
    /// The server did not answer well.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// What it sent is no sound.
    #[error("what it sent is no sound: {0}")]
    NoSound(#[from] WavError),
    /// It sent nothing.
    #[error("it sent no sound")]
    Nothing,
    /// It sent too much.
    #[error("it sent more than {MAX_S} s of sound for one text")]
    TooLong,
}

impl VoiceError {
    /// Whether this machine lacks something that every call needs.
    pub fn is_shortage(&self) -> bool {
        matches!(self, VoiceError::Http(HttpError::Connect(error)) if error.is_shortage())
    }
}

/// A server that speaks.
#[derive(Clone)]
pub struct SpeechServer {
    http: Arc<Http>,
    settings: SpeechSettings,
}

impl SpeechServer {
    /// Creates a server from its settings.
    pub fn new(http: Arc<Http>, settings: SpeechSettings) -> SpeechServer {
        SpeechServer { http, settings }
    }

    /// Returns a name of the server and its voice, without secrets.
    pub fn name(&self) -> String {
        let SpeechSettings { url, model, voice, format, .. } = &self.settings;
        format!("{url} {model} {voice} {}", format.as_str())
    }

    /// Opens a connection, so that the next text needs not wait for one.
    pub async fn warm(&self) -> Result<(), HttpError> {
        self.http.warm(&self.settings.url).await
    }

    /// Begins to speak a text. The sound follows while the server makes it.
    pub async fn begin(&self, text: &str) -> Result<Speaking, VoiceError> {
        let answer = self.http.send(&request(&self.settings, text), LIMITS).await?;
        let arriving = match self.settings.format {
            SpeechFormat::Pcm => Arriving::pcm16(BARE_RATE),
            SpeechFormat::Wav => Arriving::wav(),
        };
        Ok(Speaking { answer, arriving: Some(arriving), samples: 0 })
    }

    /// Speaks a text to its end.
    pub async fn speak(&self, text: &str) -> Result<Vec<i16>, VoiceError> {
        let mut speaking = self.begin(text).await?;
        let mut sound = Vec::new();
        while let Some(piece) = speaking.next().await? {
            sound.extend(piece);
        }
        Ok(sound)
    }
}

/// A text that is being spoken.
pub struct Speaking {
    answer: Answer,
    /// None: the sound has ended.
    arriving: Option<Arriving>,
    samples: usize,
}

impl Speaking {
    /// Waits for the next piece of sound at 8 kHz; none at the end. A text without any sound is an
    /// error.
    pub async fn next(&mut self) -> Result<Option<Vec<i16>>, VoiceError> {
        while let Some(arriving) = &mut self.arriving {
            let piece = match self.answer.next().await? {
                Some(bytes) => arriving.push(&bytes)?,
                None => match self.arriving.take() {
                    Some(arriving) => arriving.finish()?,
                    None => Vec::new(),
                },
            };
            self.samples += piece.len();
            if self.samples > MAX_S * SAMPLE_RATE as usize {
                return Err(VoiceError::TooLong);
            }
            if !piece.is_empty() {
                return Ok(Some(piece));
            }
        }
        if self.samples == 0 { Err(VoiceError::Nothing) } else { Ok(None) }
    }
}

fn request(settings: &SpeechSettings, text: &str) -> Request {
    let url = format!("{}/audio/speech", settings.url.trim_end_matches('/'));
    let mut body = json!({"input": text, "response_format": settings.format.as_str()});
    for (name, value) in [("model", &settings.model), ("voice", &settings.voice)] {
        if !value.is_empty() {
            body[name] = json!(value);
        }
    }
    Request::post(url, "application/json", body.to_string()).bearer(&settings.api_key).repeatable()
}
