//! Recognition by one request an utterance.

use std::{collections::VecDeque, sync::Arc, time::Duration};

use campanile_media::{Frame, SAMPLE_RATE, tone::samples_of_ms};
use campanile_rules::agent::RecognitionSettings;
use tokio::task::JoinHandle;
use tracing::Instrument as _;

use super::Words;
use crate::{
    Failure,
    pipeline::servers::{RECOGNITION, reach},
    wire::{Http, HttpError, Limits, Request, transcribe},
};

/// The sound before the voice that belongs to it.
const BEFORE: usize = samples_of_ms(300);

/// The longest sound of one request.
const MAX_SOUND: usize = 60 * SAMPLE_RATE as usize;

/// The most requests at once. Sound that comes meanwhile waits for the next.
const MAX_REQUESTS: usize = 4;

const LIMITS: Limits =
    Limits { first: Duration::from_secs(10), next: Duration::from_secs(5), max: 1 << 20 };

/// Requests for the words of utterances.
pub struct Requests {
    settings: RecognitionSettings,
    language: String,
    http: Arc<Http>,
    sound: Vec<i16>,
    /// Whether a voice is in the sound.
    has_voice: bool,
    /// The requests under way, in the order of their sound.
    running: VecDeque<JoinHandle<Result<String, Failure>>>,
    /// Words were asked for, but there was no sound with a voice.
    is_asked_for_nothing: bool,
}

impl Requests {
    pub async fn open(
        settings: RecognitionSettings,
        language: &str,
        http: Arc<Http>,
        careful: bool,
    ) -> Result<Requests, Failure> {
        let reached = reach(&http, &settings.url, &settings.api_key, careful).await;
        reached.map_err(|error| RECOGNITION.refused(&error))?;
        Ok(Requests {
            settings,
            language: language.to_owned(),
            http,
            sound: Vec::new(),
            has_voice: false,
            running: VecDeque::new(),
            is_asked_for_nothing: false,
        })
    }

    pub fn hear(&mut self, frame: &Frame, is_voiced: bool) {
        self.has_voice |= is_voiced;
        self.sound.extend_from_slice(frame);
        let kept = if self.has_voice { MAX_SOUND } else { BEFORE };
        let over = self.sound.len().saturating_sub(kept);
        self.sound.drain(..over);
    }

    pub fn want_words(&mut self) {
        if !self.has_voice {
            self.is_asked_for_nothing = self.running.is_empty();
        } else if self.running.len() < MAX_REQUESTS {
            self.has_voice = false;
            let sound = std::mem::take(&mut self.sound);
            let request = transcribe::request(&self.settings, &self.language, &sound);
            let recognise = recognise(self.http.clone(), request);
            self.running.push_back(tokio::spawn(recognise.in_current_span()));
        }
    }

    pub async fn next(&mut self) -> Result<Words, Failure> {
        if std::mem::take(&mut self.is_asked_for_nothing) {
            return Ok(Words { text: String::new(), is_final: true, is_settled: true });
        }
        let Some(running) = self.running.front_mut() else { return std::future::pending().await };
        let text = running.await;
        self.running.pop_front();
        let text = text.map_err(|error| RECOGNITION.failed(error))??;
        Ok(Words { text, is_final: true, is_settled: self.running.is_empty() })
    }
}

impl Drop for Requests {
    fn drop(&mut self) {
        self.running.iter().for_each(JoinHandle::abort);
    }
}

async fn recognise(http: Arc<Http>, request: Request) -> Result<String, Failure> {
    let answer = match ask(&http, &request).await {
        Err(error) if error.is_passing() => ask(&http, &request).await,
        answer => answer,
    };
    let answer = answer.map_err(|error| RECOGNITION.refused(&error))?;
    transcribe::text_of(&answer).map_err(|error| RECOGNITION.failed(error))
}

async fn ask(http: &Http, request: &Request) -> Result<String, HttpError> {
    http.send(request, LIMITS).await?.text().await
}
