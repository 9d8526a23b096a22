//! Recognition by a stream. A stream that breaks is opened again, and hears what it missed.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use campanile_media::{Frame, SAMPLE_RATE, g711::Law};
use campanile_rules::agent::RecognitionSettings;
use tokio::{task::JoinHandle, time::sleep};
use tracing::Instrument as _;

use super::Words;
use crate::{
    Failure,
    pipeline::servers::RECOGNITION,
    wire::{
        Connect, ConnectError, HttpError, Link, Socket,
        listen::{self, Deepgram, FromListener, ToListener},
    },
};

/// The sound that is kept for a new stream: that without final words, 20 s at the most.
const MAX_KEPT: usize = 20 * SAMPLE_RATE as usize;

/// How long before each attempt to open a stream again. After the last one, the server is lost.
const ATTEMPTS_AFTER_MS: [u64; 4] = [0, 250, 500, 1_000];

type Ear = Link<ToListener, FromListener>;

/// A stream that recognises while the person speaks.
pub struct Listening {
    settings: RecognitionSettings,
    language: String,
    connector: Arc<dyn Connect>,
    state: State,
    /// The sound without final words yet, in mu-law.
    kept: Vec<u8>,
    /// The attempts to connect since the server last gave words.
    attempts: usize,
    /// Whether words were asked for and have not come.
    is_asked: bool,
    /// What the server said before it ended the stream.
    complaint: Option<String>,
}

enum State {
    Open(Ear),
    Opening(JoinHandle<Result<Socket, ConnectError>>),
}

impl Listening {
    pub async fn open(
        settings: RecognitionSettings,
        language: &str,
        connector: Arc<dyn Connect>,
    ) -> Result<Listening, Failure> {
        let socket = connect(&settings, language, &*connector).await;
        let socket = socket.map_err(|error| RECOGNITION.refused(&HttpError::Connect(error)))?;
        Ok(Listening {
            settings,
            language: language.to_owned(),
            connector,
            state: State::Open(Link::start(socket, Deepgram)),
            kept: Vec::new(),
            attempts: 0,
            is_asked: false,
            complaint: None,
        })
    }

    pub fn hear(&mut self, frame: &Frame) {
        let sound = Law::Mu.encode_frame(frame);
        let over = (self.kept.len() + sound.len()).saturating_sub(MAX_KEPT);
        self.kept.drain(..over);
        self.kept.extend_from_slice(&sound);
        if let State::Open(ear) = &self.state {
            ear.send(ToListener::Sound(Bytes::copy_from_slice(&sound)));
        }
    }

    pub fn want_words(&mut self) {
        self.is_asked = true;
        if let State::Open(ear) = &self.state {
            ear.send(ToListener::Finalize);
        }
    }

    pub async fn next(&mut self) -> Result<Words, Failure> {
        loop {
            match &mut self.state {
                State::Open(ear) => match ear.next().await {
                    Ok(message) => {
                        if let Some(words) = self.take(message) {
                            return Ok(words);
                        }
                    }
                    Err(end) => self.reopen(&end)?,
                },
                State::Opening(opening) => {
                    let opened = opening.await;
                    match opened.map_err(|error| RECOGNITION.failed(error))? {
                        Ok(socket) => self.resume(socket),
                        Err(error) => self.reopen(&error)?,
                    }
                }
            }
        }
    }

    fn take(&mut self, message: FromListener) -> Option<Words> {
        match message {
            FromListener::Text { text, is_final, is_asked_for, ends_turn } => {
                if !text.is_empty() {
                    self.attempts = 0;
                }
                if is_final {
                    self.kept.clear();
                }
                // Not every server says what it was asked for.
                self.is_asked &= !(is_asked_for || ends_turn);
                Some(Words { text, is_final, is_settled: is_final && !self.is_asked })
            }
            FromListener::Failed(words) => {
                self.complaint = Some(words);
                None
            }
            FromListener::SpeechStarted | FromListener::UtteranceEnd => None,
        }
    }

    /// Begins to open the stream again, or gives up.
    fn reopen(&mut self, error: &dyn std::fmt::Display) -> Result<(), Failure> {
        let cause = match self.complaint.take() {
            Some(words) => format!("{error}; it says: {words}"),
            None => error.to_string(),
        };
        let Some(after_ms) = ATTEMPTS_AFTER_MS.get(self.attempts).copied() else {
            return Err(RECOGNITION.failed(cause));
        };
        tracing::info!(cause, "the recognition is connected again");
        self.attempts += 1;
        let (settings, language) = (self.settings.clone(), self.language.clone());
        let connector = self.connector.clone();
        let open = async move {
            sleep(Duration::from_millis(after_ms)).await;
            connect(&settings, &language, &*connector).await
        };
        self.drop_opening();
        self.state = State::Opening(tokio::spawn(open.in_current_span()));
        Ok(())
    }

    fn resume(&mut self, socket: Socket) {
        let ear = Link::start(socket, Deepgram);
        if !self.kept.is_empty() {
            ear.send(ToListener::Sound(Bytes::copy_from_slice(&self.kept)));
        }
        if self.is_asked {
            ear.send(ToListener::Finalize);
        }
        self.state = State::Open(ear);
    }

    fn drop_opening(&mut self) {
        if let State::Opening(opening) = &self.state {
            opening.abort();
        }
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.drop_opening();
        if let State::Open(ear) = &self.state {
            ear.send(ToListener::Close);
            if let (count @ 1.., Some(first)) = ear.ignored() {
                tracing::warn!(count, %first, "messages of the recognition were ignored");
            }
        }
    }
}

async fn connect(
    settings: &RecognitionSettings,
    language: &str,
    connector: &dyn Connect,
) -> Result<Socket, ConnectError> {
    connector.connect(&listen::url(settings, language), &listen::headers(settings)).await
}
