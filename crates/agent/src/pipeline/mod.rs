//! The engine `pipeline`: speech recognition, a language model and speech synthesis by servers of the
//! user's choice. Turns and barge-in are decided here. Everything is connected, and the greeting made,
//! before the INVITE.

mod answer;
mod backchannel;
mod clauses;
mod history;
mod model;
mod person;
mod recogniser;
mod servers;
mod speakable;
mod synthesis;
mod talk;
mod tool_uses;
mod turn_taking;

use std::{collections::VecDeque, sync::Arc};

use async_trait::async_trait;
use campanile_rules::agent::PipelineSettings;

pub use speakable::speakable;
pub use turn_taking::{Decision, Manner, Step, TurnTaking};

use crate::{
    Agent, Brief, Care, Failure, Farewell, Supervised,
    wire::{Connect, Http, SpeechServer},
};

use answer::Answer;
use recogniser::Recogniser;
use servers::{MODEL, RECOGNITION, SPEECH, reach};
use synthesis::{ClauseId, Synthesis, Voiced};
use talk::Talk;

/// The agent of one call.
pub struct Pipeline {
    brief: Arc<Brief>,
    settings: PipelineSettings,
    connector: Arc<dyn Connect>,
    http: Arc<Http>,
    ready: Option<Ready>,
}

/// What is ready before the answer.
struct Ready {
    recogniser: Recogniser,
    synthesis: Synthesis,
    greeting: Greeting,
}

/// The first words.
#[derive(Default)]
struct Greeting {
    clauses: Vec<(ClauseId, String)>,
    /// Their sound so far.
    sound: VecDeque<Voiced>,
}

impl Pipeline {
    /// Creates the agent of a call.
    pub fn new(
        brief: Arc<Brief>,
        settings: PipelineSettings,
        connector: Arc<dyn Connect>,
        http: Arc<Http>,
    ) -> Pipeline {
        Pipeline { brief, settings, connector, http, ready: None }
    }

    /// Has the greeting spoken, and waits for its first sound.
    async fn greet(&self) -> Result<(Synthesis, Greeting), Failure> {
        let server = SpeechServer::new(self.http.clone(), self.settings.tts.clone());
        let mut synthesis = Synthesis::new(server);
        let (mut answer, mut greeting) = (Answer::default(), Greeting::default());
        let texts = answer.write(Some(&self.brief.version.first_message));
        for text in texts.into_iter().chain(answer.write(None)) {
            greeting.clauses.push((synthesis.say(text.clone()), text));
        }
        match greeting.clauses.is_empty() {
            true => {
                let warm = synthesis.server().warm().await;
                warm.map_err(|error| SPEECH.refused(&error))?;
            }
            false => greeting.sound.push_back(synthesis.next().await?),
        }
        Ok((synthesis, greeting))
    }
}

#[async_trait]
impl Agent for Pipeline {
    async fn open(&mut self, care: Care) -> Result<(), Failure> {
        let careful = care != Care::Usual;
        let PipelineSettings { stt, llm, .. } = &self.settings;
        let language = &self.brief.version.language;
        let (connector, http) = (self.connector.clone(), self.http.clone());
        let recogniser = Recogniser::open(stt, language, connector, http, careful);
        let model = async {
            let reached = reach(&self.http, &llm.url, &llm.api_key, careful).await;
            reached.map_err(|error| MODEL.refused(&error))
        };
        let (recogniser, (), (synthesis, greeting)) = tokio::try_join!(
            RECOGNITION.in_time(recogniser),
            MODEL.in_time(model),
            SPEECH.in_time(self.greet()),
        )?;
        self.ready = Some(Ready { recogniser, synthesis, greeting });
        Ok(())
    }

    async fn ring(&mut self) -> Result<(), Failure> {
        let Some(Ready { synthesis, greeting, .. }) = &mut self.ready else { return Ok(()) };
        while !synthesis.is_idle() {
            greeting.sound.push_back(synthesis.next().await?);
        }
        Ok(())
    }

    async fn talk(&mut self, line: &mut Supervised<'_>) -> Result<(), Farewell> {
        let Some(ready) = self.ready.take() else {
            return Err(Farewell::Failed(MODEL.failed("the agent was not opened")));
        };
        line.bring_words();
        let mut talk = Talk::new(&self.brief.version, &self.settings.llm, self.http.clone(), ready);
        let end = talk.run(line).await;
        talk.finish(line, end).await
    }

    fn goodbye(&self) -> &str {
        ""
    }
}
