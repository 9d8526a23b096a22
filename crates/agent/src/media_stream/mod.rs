//! The engine `media_stream`: a bot of the user's, which speaks the protocol of Twilio Media Streams
//! over a WebSocket that Campanile opens. The connection is made before the INVITE; the stream
//! starts when a person answered.

mod marks;

use std::{collections::BTreeMap, sync::Arc};

use async_trait::async_trait;
use campanile_media::{
    amd::FRAME_MS,
    g711::Law,
    playout::{Item, Sound},
};
use campanile_rules::agent::MediaStreamSettings;

use crate::{
    Agent, Blame, Brief, Care, Failure, Farewell, Heard, Supervised,
    turns::Turns,
    wire::{
        Connect, ConnectError, End, Link, Socket,
        stream::{FromBot, ToBot},
        twilio::{Sids, Twilio, signature},
    },
};

use marks::Marks;

/// The most messages of a bot that are taken in one step of the call, so that a flood delays no
/// sound.
const MAX_PER_STEP: usize = 256;

/// How long a bot that closed the connection while the phone rang may take to be connected again.
/// The person hears silence meanwhile.
const RECONNECT_MS: u32 = 1_000;

/// Connects to the bot.
pub async fn connect(
    settings: &MediaStreamSettings,
    connector: &dyn Connect,
) -> Result<Socket, ConnectError> {
    let signature = match settings.auth_token.reveal() {
        "" => None,
        token => Some(("X-Twilio-Signature", signature(token, &settings.url))),
    };
    connector.connect(&settings.url, signature.as_slice()).await
}

/// The agent of one call.
pub struct MediaStream {
    brief: Arc<Brief>,
    settings: MediaStreamSettings,
    connector: Arc<dyn Connect>,
    link: Option<BotLink>,
}

type BotLink = Link<ToBot, FromBot>;

impl MediaStream {
    /// Creates the agent of a call.
    pub fn new(
        brief: Arc<Brief>,
        settings: MediaStreamSettings,
        connector: Arc<dyn Connect>,
    ) -> MediaStream {
        MediaStream { brief, settings, connector, link: None }
    }

    async fn connect(&self) -> Result<BotLink, Failure> {
        let socket = connect(&self.settings, &*self.connector).await.map_err(|error| {
            let blame = if error.is_shortage() { Blame::Machine } else { Blame::Agent };
            Failure { cause: error.to_string(), blame }
        })?;
        let sids = Sids::of(&self.brief.workspace.to_string(), &self.brief.call_id);
        Ok(Link::start(socket, Twilio::new(sids)))
    }

    /// Returns the connection that was opened before the call; a new one if the bot closed it while
    /// the phone rang. What a bot said before the start is dropped.
    async fn connected(&mut self, line: &mut Supervised<'_>) -> Result<BotLink, Farewell> {
        let opened = self.link.take().and_then(|mut link| {
            loop {
                match link.try_next() {
                    None => return Some(link),
                    Some(Ok(_)) => {}
                    Some(Err(end)) => {
                        tracing::info!(%end, "the bot did not wait for the answer");
                        return None;
                    }
                }
            }
        });
        match opened {
            Some(link) => Ok(link),
            None => self.reconnect(line).await,
        }
    }

    async fn reconnect(&self, line: &mut Supervised<'_>) -> Result<BotLink, Farewell> {
        let mut connecting = std::pin::pin!(self.connect());
        for _ in 0..RECONNECT_MS / FRAME_MS {
            tokio::select! {
                biased;
                link = &mut connecting => return link.map_err(Farewell::Failed),
                heard = line.hear() => heard.map(|_| ())?,
            }
        }
        let cause = format!(
            "the agent closed its connection while the phone rang, and a new one took longer than \
             {RECONNECT_MS} ms"
        );
        Err(Farewell::Failed(Failure { cause, blame: Blame::Agent }))
    }
}

#[async_trait]
impl Agent for MediaStream {
    async fn open(&mut self, _care: Care) -> Result<(), Failure> {
        self.link = Some(self.connect().await?);
        Ok(())
    }

    async fn ring(&mut self) -> Result<(), Failure> {
        Ok(())
    }

    async fn talk(&mut self, line: &mut Supervised<'_>) -> Result<(), Farewell> {
        let mut talk = Talk::new(self.connected(line).await?);
        talk.link.send(ToBot::Connected);
        talk.link.send(ToBot::Start(parameters(&self.brief, &self.settings)));
        let end = talk.run(line).await;
        talk.turns.finish(line, end).await
    }

    fn goodbye(&self) -> &str {
        ""
    }
}

/// Returns the custom parameters of a stream: what the version tells every agent, over it the cells of
/// the row, over them the version's own parameters, and over all the facts of the call.
fn parameters(brief: &Brief, settings: &MediaStreamSettings) -> BTreeMap<String, String> {
    let facts = [
        ("from_number", brief.from_number.to_string()),
        ("to_number", brief.to_number.to_string()),
        ("call_id", brief.call_id.clone()),
        ("call_token", brief.token.reveal().to_owned()),
        ("batch_id", brief.batch.to_string()),
        ("recipient_id", brief.recipient.to_string()),
        ("attempt", brief.attempt.to_string()),
    ];
    let facts = facts.into_iter().map(|(name, value)| (name.to_owned(), value));
    let Brief { version, variables, .. } = brief;
    let told = [
        ("prompt", &version.prompt),
        ("first_message", &version.first_message),
        ("language", &version.language),
    ];
    let told = told.into_iter().filter(|(_, text)| !text.is_empty());
    let told = told.map(|(name, text)| (name.to_owned(), text.clone()));
    told.chain(variables.clone()).chain(settings.parameters.clone()).chain(facts).collect()
}

/// A stream from its start to its end. Dropping it tells the bot that the call is over.
struct Talk {
    link: BotLink,
    marks: Marks,
    turns: Turns,
    /// The steps of the call since the start.
    steps: u64,
    /// The bot's utterance that is queued last.
    item: Option<Item>,
}

impl Talk {
    fn new(link: BotLink) -> Talk {
        Talk { link, marks: Marks::default(), turns: Turns::default(), steps: 0, item: None }
    }

    /// Joins the line and the bot until one of them ends.
    async fn run(&mut self, line: &mut Supervised<'_>) -> Result<(), Farewell> {
        loop {
            let heard = line.hear().await?;
            self.pass_on(&heard);
            self.turns.step(line);
            for _ in 0..MAX_PER_STEP {
                match self.link.try_next() {
                    Some(Ok(message)) => self.take(line, message),
                    Some(Err(end)) => return self.bot_ended(end),
                    None => break,
                }
            }
            while let Some(mark) = line.playout().next_mark() {
                self.marks.reached(mark).for_each(|name| self.link.send(ToBot::Mark(name)));
            }
        }
    }

    fn pass_on(&mut self, heard: &Heard) {
        let payload = Law::Mu.encode_frame(&heard.frame);
        self.link.send(ToBot::Sound { at_ms: self.steps * u64::from(FRAME_MS), payload });
        self.steps += 1;
        if let Some(digit) = heard.digit {
            self.link.send(ToBot::Digit(digit));
        }
    }

    fn take(&mut self, line: &mut Supervised<'_>, message: FromBot) {
        match message {
            FromBot::Sound(sound) => {
                let item = match self.item {
                    Some(item) if line.playout().unplayed() > 0 => item,
                    Some(_) | None => line.next_item(),
                };
                self.item = Some(item);
                line.playout().stream(item, Sound::Coded(Law::Mu, &sound));
            }
            FromBot::Mark(name) => {
                if let Some(mark) = self.marks.add(name) {
                    line.playout().mark(mark);
                }
            }
            FromBot::Clear => line.playout().clear(),
        }
    }

    /// A bot that closes has said everything. One that is lost has failed.
    fn bot_ended(&self, end: End) -> Result<(), Farewell> {
        if end.is_meant() {
            return Ok(());
        }
        Err(Farewell::Failed(Failure { cause: end.to_string(), blame: Blame::Agent }))
    }
}

impl Drop for Talk {
    fn drop(&mut self) {
        self.link.send(ToBot::Stop);
        let dropped = self.link.dropped();
        if dropped > 0 {
            tracing::warn!(dropped, "the bot read too slowly; 20 ms pieces of sound were dropped");
        }
        if let (count @ 1.., Some(first)) = self.link.ignored() {
            tracing::warn!(count, %first, "messages of the bot were ignored");
        }
    }
}
