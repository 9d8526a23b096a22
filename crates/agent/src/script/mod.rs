//! The built-in script engine, which says lines, or says and asks in steps.

mod answering;
mod walk;

use std::sync::Arc;

use async_trait::async_trait;
use campanile_rules::{agent::ScriptSettings, template::is_wav};
use tokio::task::JoinHandle;
use tracing::Instrument as _;

use crate::{
    Agent, Blame, Brief, Care, Failure, Farewell, SpeechError, Supervised, Voice,
    agent::OPEN_WITHIN,
    texts::{says_nothing, utterances, voice_of},
};
use walk::Walk;

/// Says the first message, then the lines or the steps, and the goodbye.
pub(crate) struct Script {
    brief: Arc<Brief>,
    voice: Arc<dyn Voice>,
    /// The speech of the call, while the phone rings and the call talks.
    making: Option<JoinHandle<Result<(), SpeechError>>>,
}

impl Script {
    pub fn new(brief: Arc<Brief>, voice: Arc<dyn Voice>) -> Script {
        Script { brief, voice, making: None }
    }

    /// Whether a server speaks. Then the first words show that it does before the phone rings.
    fn is_served(&self) -> bool {
        self.settings().is_some_and(|settings| settings.tts.is_some())
    }

    fn settings(&self) -> Option<&ScriptSettings> {
        self.brief.version.engine.script()
    }
}

#[async_trait]
impl Agent for Script {
    async fn open(&mut self, care: Care) -> Result<(), Failure> {
        let (brief, voice) = (&*self.brief, &*self.voice);
        let first = async {
            check(brief, voice).await?;
            match care {
                Care::Usual if !self.is_served() => Ok(()),
                Care::Usual | Care::FirstWords | Care::Everything => make_first(brief, voice).await,
            }
        };
        let opened = async {
            in_time(first).await?;
            match care {
                Care::Usual | Care::FirstWords => Ok(()),
                Care::Everything => make_all(brief, voice).await,
            }
        };
        opened.await.map_err(|error| Failure::from(&error))
    }

    async fn ring(&mut self) -> Result<(), Failure> {
        let (brief, voice) = (self.brief.clone(), self.voice.clone());
        let making = self.making.get_or_insert_with(|| {
            let make = async move {
                in_time(make_first(&brief, &*voice)).await?;
                make_all(&brief, &*voice).await
            };
            tokio::spawn(make.in_current_span())
        });
        match making.await {
            Ok(made) => made.map_err(|error| Failure::from(&error)),
            Err(error) => Err(Failure { cause: error.to_string(), blame: Blame::Agent }),
        }
    }

    async fn talk(&mut self, line: &mut Supervised<'_>) -> Result<(), Farewell> {
        let Some(settings) = self.settings() else { return Ok(()) };
        Walk::new(&self.brief.version, settings).go(line, &settings.goodbye).await
    }

    fn goodbye(&self) -> &str {
        self.settings().map_or("", |settings| &settings.goodbye)
    }
}

impl Drop for Script {
    fn drop(&mut self) {
        if let Some(making) = &self.making {
            making.abort();
        }
    }
}

async fn in_time(making: impl Future<Output = Result<(), SpeechError>>) -> Result<(), SpeechError> {
    let late = SpeechError::Late { within_s: OPEN_WITHIN.as_secs() };
    tokio::time::timeout(OPEN_WITHIN, making).await.unwrap_or(Err(late))
}

/// Synthesises everything that the script says, in the order of use.
async fn make_all(brief: &Brief, voice: &dyn Voice) -> Result<(), SpeechError> {
    for text in utterances(&brief.version) {
        voice.speak(text, voice_of(&brief.version)).await?;
    }
    Ok(())
}

/// Synthesises only what is said first, because nothing else keeps the recipient waiting.
async fn make_first(brief: &Brief, voice: &dyn Voice) -> Result<(), SpeechError> {
    match utterances(&brief.version).next() {
        Some(text) => voice.speak(text, voice_of(&brief.version)).await.map(drop),
        None => Ok(()),
    }
}

/// Checks that the script can be spoken: it has something to say to people, its sound files can be
/// read, and its voice exists and works.
async fn check(brief: &Brief, voice: &dyn Voice) -> Result<(), SpeechError> {
    let (mut spoken, version) = (false, &brief.version);
    let is_served = version.engine.script().is_some_and(|script| script.tts.is_some());
    if says_nothing(version) {
        return Err(SpeechError::SaysNothing);
    }
    for text in utterances(version) {
        if is_wav(text) {
            voice.speak(text, voice_of(version)).await?;
        } else if !std::mem::replace(&mut spoken, true) {
            voice.knows(&version.language, &version.voice).await?;
            if !is_served {
                voice.speak("a", voice_of(version)).await?;
            }
        }
    }
    Ok(())
}
