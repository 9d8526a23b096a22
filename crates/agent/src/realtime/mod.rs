//! The engine `realtime`: a speech-to-speech model behind OpenAI's Realtime protocol. The session is
//! set up before the INVITE; the model speaks when a person answered. The server finds the turns of
//! the person; what is played, and what was heard of it, is known here.

mod floor;
mod person;
mod session;
mod sound;
mod story;
mod talk;
mod troubles;
mod utterances;

use std::sync::Arc;

use async_trait::async_trait;
use campanile_media::amd::FRAME_MS;
use campanile_rules::agent::{RealtimeAudio, RealtimeSettings};
use tokio::time::timeout;

use crate::{
    Agent, Blame, Brief, Care, Failure, Farewell, OPEN_WITHIN, Supervised,
    tools::Tools,
    wire::{
        Connect, Http, Link,
        realtime::{Failed, FromModel, Realtime as Protocol, ToModel},
    },
};

use session::Agreed;
use talk::Talk;

/// How long a lost session may take to be set up again. The person hears silence meanwhile.
const RENEW_WITHIN_MS: u32 = 1_000;

type ModelLink = Link<ToModel, FromModel>;

/// A session that is set up.
struct Session {
    link: ModelLink,
    agreed: Agreed,
}

/// The agent of one call.
pub struct Realtime {
    model: Model,
    session: Option<Session>,
}

/// What it takes to reach the model.
struct Model {
    brief: Arc<Brief>,
    settings: RealtimeSettings,
    connector: Arc<dyn Connect>,
    tools: Tools,
}

impl Realtime {
    /// Creates the agent of a call. The functions of the version are called through `http`.
    pub fn new(
        brief: Arc<Brief>,
        settings: RealtimeSettings,
        connector: Arc<dyn Connect>,
        http: Arc<Http>,
    ) -> Realtime {
        let tools = Tools::of(&brief.version, http);
        Realtime { model: Model { brief, settings, connector, tools }, session: None }
    }

    /// Returns the session that was set up before the call; a new one if it was lost meanwhile.
    async fn session(&mut self, line: &mut Supervised<'_>) -> Result<Session, Farewell> {
        let opened = self.session.take().and_then(|mut session| {
            loop {
                match session.link.try_next() {
                    None => return Some(session),
                    Some(Ok(FromModel::Error(error))) => {
                        tracing::info!(error = %error, "the model's session did not wait for the answer");
                        return None;
                    }
                    Some(Ok(_)) => {}
                    Some(Err(end)) => {
                        tracing::info!(%end, "the model did not wait for the answer");
                        return None;
                    }
                }
            }
        });
        match opened {
            Some(session) => Ok(session),
            None => self.model.renew(line, |_| {}).await,
        }
    }
}

#[async_trait]
impl Agent for Realtime {
    async fn open(&mut self, _care: Care) -> Result<(), Failure> {
        let set_up = timeout(OPEN_WITHIN, self.model.set_up()).await;
        self.session = Some(set_up.unwrap_or_else(|_| Err(late(OPEN_WITHIN.as_millis())))?);
        Ok(())
    }

    async fn ring(&mut self) -> Result<(), Failure> {
        Ok(())
    }

    async fn talk(&mut self, line: &mut Supervised<'_>) -> Result<(), Farewell> {
        line.bring_words();
        line.bring_tools(self.model.tools.clone());
        let session = self.session(line).await?;
        let mut talk = Talk::new(&self.model, session, line.now_ms());
        let Err(end) = talk.run(line).await;
        talk.finish(line, end).await
    }

    fn goodbye(&self) -> &str {
        ""
    }
}

impl Model {
    /// Connects, and agrees on the session. Sound is asked for as the settings say; a server that
    /// refuses that is asked for samples at 24 kHz.
    async fn set_up(&self) -> Result<Session, Failure> {
        let key = self.settings.api_key.reveal();
        let bearer = (!key.is_empty()).then(|| ("Authorization", format!("Bearer {key}")));
        let socket = self.connector.connect(&session::url(&self.settings), bearer.as_slice()).await;
        let socket = socket.map_err(|error| {
            let blame = if error.is_shortage() { Blame::Machine } else { Blame::Agent };
            Failure { cause: error.to_string(), blame }
        })?;
        let mut link: ModelLink = Link::start(socket, Protocol);
        let mut audio = self.settings.audio;
        let asked = |audio| {
            let session =
                session::wanted(&self.brief, &self.settings, audio, self.tools.definitions());
            ToModel::Update(Box::new(session))
        };
        loop {
            match link.next().await {
                Ok(FromModel::Created) => link.send(asked(audio)),
                Ok(FromModel::Updated(taken)) => {
                    let agreed = Agreed::of(&taken, audio).map_err(of_the_agent)?;
                    return Ok(Session { link, agreed });
                }
                Ok(FromModel::Error(error)) if may_be_the_format(&error, audio) => {
                    tracing::info!(%error, "the model's server is asked for samples at 24 kHz instead");
                    audio = RealtimeAudio::Pcm24;
                    link.send(asked(audio));
                }
                Ok(FromModel::Error(error)) => {
                    let cause = format!("the agent's server refuses the session: {error}");
                    return Err(of_the_agent(cause));
                }
                Ok(_) => {}
                Err(end) => {
                    return Err(of_the_agent(format!("{end}, before the session was set up")));
                }
            }
        }
    }

    /// Sets up a session while the call goes on. `each` follows the line meanwhile.
    async fn renew(
        &self,
        line: &mut Supervised<'_>,
        mut each: impl FnMut(&mut Supervised<'_>),
    ) -> Result<Session, Farewell> {
        let mut setting_up = std::pin::pin!(self.set_up());
        for _ in 0..RENEW_WITHIN_MS / FRAME_MS {
            tokio::select! {
                biased;
                session = &mut setting_up => return session.map_err(Farewell::Failed),
                heard = line.hear() => heard.map(|_| each(line))?,
            }
        }
        Err(Farewell::Failed(late(RENEW_WITHIN_MS.into())))
    }
}

fn may_be_the_format(error: &Failed, audio: RealtimeAudio) -> bool {
    audio != RealtimeAudio::Pcm24 && !troubles::is_fatal(&error.code)
}

fn of_the_agent(cause: String) -> Failure {
    Failure { cause, blame: Blame::Agent }
}

fn late(within_ms: u128) -> Failure {
    of_the_agent(format!("the agent's server did not set up a session within {within_ms} ms"))
}
