//! The voice of a script that a server speaks, cached by text like every other voice.

use std::sync::Arc;

use async_trait::async_trait;
use campanile_rules::{
    agent::{AgentVersion, ScriptSettings, SpeechSettings},
    ids::WorkspaceId,
    template::is_wav,
};
use futures::FutureExt as _;

use super::{MAX_TEXT_CHARS, Making, SpeechError, Voice};
use crate::wire::{Http, SpeechServer, VoiceError};

/// Returns the voice of a version: that of its script's server, if it has one, or Campanile's own.
pub fn voice_for(version: &AgentVersion, own: Arc<dyn Voice>, http: Arc<Http>) -> Arc<dyn Voice> {
    match version.engine.script() {
        Some(ScriptSettings { tts: Some(settings), .. }) => {
            Arc::new(Served::new(settings, &version.failure_message, own, http))
        }
        _ => own,
    }
}

struct Served {
    server: SpeechServer,
    own: Arc<dyn Voice>,
    /// What Campanile's own voice says, because it is said when the server is lost.
    own_words: String,
}

impl Served {
    fn new(
        settings: &SpeechSettings,
        own_words: &str,
        own: Arc<dyn Voice>,
        http: Arc<Http>,
    ) -> Served {
        let server = SpeechServer::new(http, settings.clone());
        Served { server, own, own_words: own_words.to_owned() }
    }
}

#[async_trait]
impl Voice for Served {
    async fn speak(&self, text: &str, voice: &str) -> Result<Arc<[i16]>, SpeechError> {
        if is_wav(text) || text == self.own_words {
            return self.own.speak(text, voice).await;
        }
        let chars = text.chars().count();
        if chars > MAX_TEXT_CHARS {
            return Err(SpeechError::TooLong { chars });
        }
        let make = async { Ok(self.server.speak(text).await?.into()) };
        self.own.keep(text, &self.server.name(), make.boxed()).await
    }

    /// Makes sure that the server is there. It knows its voices itself.
    async fn knows(&self, _language: &str, _voice: &str) -> Result<(), SpeechError> {
        self.server.warm().await.map_err(|error| SpeechError::Server(VoiceError::Http(error)))
    }

    async fn keep(
        &self,
        text: &str,
        voice: &str,
        make: Making<'_>,
    ) -> Result<Arc<[i16]>, SpeechError> {
        self.own.keep(text, voice, make).await
    }

    fn of(&self, workspace: WorkspaceId) -> Arc<dyn Voice> {
        Arc::new(Served {
            server: self.server.clone(),
            own: self.own.of(workspace),
            own_words: self.own_words.clone(),
        })
    }
}
