//! The agent's voice: clauses are sent to the speech server one after the other, the next ones while
//! the first plays, and their sound comes back in order.

use std::{collections::VecDeque, time::Duration};

use tokio::{sync::mpsc, task::AbortHandle, time::sleep};
use tracing::Instrument as _;

use super::servers::SPEECH;
use crate::{
    Failure,
    wire::{Speaking, SpeechServer, VoiceError},
};

/// The clauses that are spoken at the same time: the first and two that follow.
const MAX_AHEAD: usize = 3;

/// The pieces of sound of one clause that wait.
const MAX_PIECES: usize = 32;

/// How long before a clause that failed is tried once more.
const AGAIN_AFTER: Duration = Duration::from_millis(200);

/// The number of a clause in its call.
pub type ClauseId = u64;

/// News of the clause that is spoken now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Voiced {
    /// More of its sound, at 8 kHz.
    Sound(ClauseId, Vec<i16>),
    /// All of its sound has come.
    End(ClauseId),
}

/// The clauses that wait for their sound.
pub struct Synthesis {
    server: SpeechServer,
    waiting: VecDeque<(ClauseId, String)>,
    running: VecDeque<Running>,
    last: ClauseId,
    /// What was sent to be spoken, in characters.
    characters: u64,
}

/// A clause that is being spoken.
struct Running {
    id: ClauseId,
    sound: mpsc::Receiver<Result<Vec<i16>, Failure>>,
    task: AbortHandle,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Synthesis {
    pub fn new(server: SpeechServer) -> Synthesis {
        let (waiting, running) = (VecDeque::new(), VecDeque::new());
        Synthesis { server, waiting, running, last: 0, characters: 0 }
    }

    /// Returns the server.
    pub fn server(&self) -> &SpeechServer {
        &self.server
    }

    /// Has a clause spoken after those before it. Returns its number.
    pub fn say(&mut self, text: String) -> ClauseId {
        self.last += 1;
        self.waiting.push_back((self.last, text));
        self.start();
        self.last
    }

    /// Returns how many characters were sent to be spoken.
    pub fn characters(&self) -> u64 {
        self.characters
    }

    /// Drops every clause.
    pub fn clear(&mut self) {
        self.waiting.clear();
        self.running.clear();
    }

    /// Whether no sound is to come.
    pub fn is_idle(&self) -> bool {
        self.running.is_empty()
    }

    /// Waits for news of the first clause. Cancel safe.
    pub async fn next(&mut self) -> Result<Voiced, Failure> {
        let Some(first) = self.running.front_mut() else { return std::future::pending().await };
        let (id, piece) = (first.id, first.sound.recv().await);
        match piece {
            Some(Ok(sound)) => Ok(Voiced::Sound(id, sound)),
            Some(Err(failure)) => Err(failure),
            None => {
                self.running.pop_front();
                self.start();
                Ok(Voiced::End(id))
            }
        }
    }

    fn start(&mut self) {
        while self.running.len() < MAX_AHEAD
            && let Some((id, text)) = self.waiting.pop_front()
        {
            self.characters += text.chars().count() as u64;
            let (sender, sound) = mpsc::channel(MAX_PIECES);
            let speak = speak(self.server.clone(), text, sender);
            let task = tokio::spawn(speak.in_current_span()).abort_handle();
            self.running.push_back(Running { id, sound, task });
        }
    }
}

/// Speaks a clause. A server that fails before the first sound is asked once more, if that may help.
async fn speak(
    server: SpeechServer,
    text: String,
    sender: mpsc::Sender<Result<Vec<i16>, Failure>>,
) {
    let begun = match begin(&server, &text).await {
        Err(VoiceError::Http(error)) if error.is_passing() => {
            sleep(AGAIN_AFTER).await;
            begin(&server, &text).await
        }
        begun => begun,
    };
    let (mut speaking, mut piece) = match begun {
        Ok((speaking, first)) => (speaking, Ok(Some(first))),
        Err(error) => {
            let _ = sender.send(Err(failure(&error))).await;
            return;
        }
    };
    loop {
        match piece {
            Ok(Some(sound)) => {
                if sender.send(Ok(sound)).await.is_err() {
                    return;
                }
            }
            Ok(None) => return,
            Err(error) => {
                let _ = sender.send(Err(failure(&error))).await;
                return;
            }
        }
        piece = speaking.next().await;
    }
}

async fn begin(server: &SpeechServer, text: &str) -> Result<(Speaking, Vec<i16>), VoiceError> {
    let mut speaking = server.begin(text).await?;
    let first = speaking.next().await?.ok_or(VoiceError::Nothing)?;
    Ok((speaking, first))
}

fn failure(error: &VoiceError) -> Failure {
    match error {
        VoiceError::Http(error) => SPEECH.refused(error),
        VoiceError::NoSound(_) | VoiceError::Nothing | VoiceError::TooLong => SPEECH.failed(error),
    }
}
