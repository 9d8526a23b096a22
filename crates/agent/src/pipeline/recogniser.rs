//! What the person says, as text: by a stream, or by one request an utterance.

mod listening;
mod requests;

use std::sync::Arc;

use campanile_media::Frame;
use campanile_rules::agent::{RecognitionProtocol, RecognitionSettings};

use super::turn_taking::Manner;
use crate::{
    Failure,
    wire::{Connect, Http},
};

use listening::Listening;
use requests::Requests;

/// Words that were recognised since the last final ones.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Words {
    /// The words; none if there were none.
    pub text: String,
    /// Whether they stay as they are.
    pub is_final: bool,
    /// Whether all sound before the latest request for words is in them or in earlier ones.
    pub is_settled: bool,
}

/// Turns the person's sound into words.
pub enum Recogniser {
    /// A stream to a server that recognises while the person speaks.
    Listening(Listening),
    /// One request an utterance.
    Requests(Requests),
}

impl Recogniser {
    /// Connects to the server, and checks that it accepts the key if `careful`.
    pub async fn open(
        settings: &RecognitionSettings,
        language: &str,
        connector: Arc<dyn Connect>,
        http: Arc<Http>,
        careful: bool,
    ) -> Result<Recogniser, Failure> {
        match settings.protocol {
            RecognitionProtocol::Deepgram => {
                let listening = Listening::open(settings.clone(), language, connector).await?;
                Ok(Recogniser::Listening(listening))
            }
            RecognitionProtocol::OpenAi => {
                let requests = Requests::open(settings.clone(), language, http, careful).await?;
                Ok(Recogniser::Requests(requests))
            }
        }
    }

    /// Returns how it wants to be asked for words.
    pub fn manner(&self) -> Manner {
        match self {
            // It has heard everything already.
            Recogniser::Listening(_) => Manner { ask_after_ms: 0, words_within_ms: 2_000 },
            // Each question is one request, and whole sentences are recognised better.
            Recogniser::Requests(_) => Manner { ask_after_ms: 400, words_within_ms: 15_000 },
        }
    }

    /// Takes 20 ms of the person's sound. `is_voiced`: a voice is in it.
    pub fn hear(&mut self, frame: &Frame, is_voiced: bool) {
        match self {
            Recogniser::Listening(listening) => listening.hear(frame),
            Recogniser::Requests(requests) => requests.hear(frame, is_voiced),
        }
    }

    /// Asks for the words of what was said so far.
    pub fn want_words(&mut self) {
        match self {
            Recogniser::Listening(listening) => listening.want_words(),
            Recogniser::Requests(requests) => requests.want_words(),
        }
    }

    /// Waits for words. The error is that of a server that is lost for good. Cancel safe.
    pub async fn next(&mut self) -> Result<Words, Failure> {
        match self {
            Recogniser::Listening(listening) => listening.next().await,
            Recogniser::Requests(requests) => requests.next().await,
        }
    }
}
