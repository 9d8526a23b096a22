//! An agent version without a telephone: whether it can talk, and a talk with a visitor at a browser.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
    time::Duration,
};

use async_trait::async_trait;
use campanile_agent::{
    Agent, Blame, Brief, Care, Conversation, Failure, Heard, Line, Note, Notes, OPEN_WITHIN,
    Outside, Setting, tools::Tools,
};
use campanile_media::{
    FRAME_SAMPLES,
    g711::{Law, Payload},
    playout::Playout,
    tone::SILENCE,
};
use campanile_rules::{
    agent::AgentVersion,
    ids::{BatchId, RecipientId, WorkspaceId},
    phone::E164,
    template,
};
use tokio::{
    sync::mpsc,
    time::{Interval, MissedTickBehavior, interval, timeout},
};

use crate::{brief, call::told, engine::Engine, world::World};

/// 20 ms, which one frame lasts.
const STEP: Duration = Duration::from_millis(20);
/// The sound of the visitor that is kept before it is heard, in frames, because it does not come evenly.
const PREBUFFER: usize = 3;
/// The most sound of the visitor that waits, in frames.
const MOST_WAITING: usize = 10;
/// The news and the sound that may wait for a visitor: about 20 s.
const MOST_TOLD: usize = 1_000;
/// A number that nobody has (ITU-T E.164.3 reserves country code 999).
const NOBODY: u64 = 99_900_000_000;

/// What comes from a visitor.
#[derive(Debug, Clone, PartialEq)]
pub enum FromVisitor {
    /// 20 ms of sound, in µ-law.
    Sound(Payload),
    /// A key that was pressed.
    Digit(char),
}

/// What a visitor is told.
#[derive(Debug, Clone, PartialEq)]
pub enum ToVisitor {
    /// The agent is there and hears.
    Ready,
    /// 20 ms of sound, in µ-law.
    Sound(Payload),
    /// The agent pressed a key.
    Pressed(char),
    /// News of the conversation.
    Note(Note),
}

/// Both directions between an agent and its visitor.
pub struct Visitor {
    /// From the visitor. The talk ends when the sender is dropped.
    pub heard: mpsc::Receiver<FromVisitor>,
    /// To the visitor.
    pub told: mpsc::Sender<ToVisitor>,
}

impl Visitor {
    /// Creates a visitor, and the far ends of both directions.
    pub fn new() -> (Visitor, mpsc::Sender<FromVisitor>, mpsc::Receiver<ToVisitor>) {
        let (says, heard) = mpsc::channel(MOST_TOLD);
        let (told, tells) = mpsc::channel(MOST_TOLD);
        (Visitor { heard, told }, says, tells)
    }
}

/// An agent version and the values of its placeholders.
#[derive(Debug, Clone)]
pub struct Sample {
    /// The workspace of the agent.
    pub workspace: WorkspaceId,
    /// The version.
    pub version: AgentVersion,
    /// Values of placeholders by name, over the version's defaults.
    pub values: BTreeMap<String, String>,
}

impl Engine {
    /// Opens the agent of a version as before a call, and closes it again. The error says in words why
    /// that cannot be.
    pub async fn try_agent(&self, sample: Sample) -> Result<(), Failure> {
        let world = self.world();
        let brief = brief_of(sample);
        let http = world.connectors.http(brief.workspace);
        let mut agent = agent(world, &brief);
        // What the parts may take is bounded; all of them together take a little longer.
        let opened = timeout(2 * OPEN_WITHIN, agent.open(Care::FirstWords)).await;
        opened.unwrap_or_else(|_| Err(failed("it was not ready in time".to_owned())))?;
        for tool in &brief.version.tools {
            let reached = timeout(OPEN_WITHIN, http.warm(&tool.url)).await;
            let name = &tool.name;
            let error = match reached {
                Ok(Ok(())) => continue,
                Ok(Err(error)) => error.to_string(),
                Err(_) => format!("no connection within {} s", OPEN_WITHIN.as_secs()),
            };
            return Err(failed(format!("the function {name}: {error}")));
        }
        Ok(())
    }

    /// Lets a visitor talk with an agent until one of them ends it. Nothing of it is stored, and nobody
    /// is called: results, transfers and the wish not to be called again are in the conversation only.
    pub async fn talk(&self, sample: Sample, visitor: Visitor) -> Result<Conversation, Failure> {
        let world = self.world();
        let brief = brief_of(sample);
        let mut agent = agent(world, &brief);
        let told = visitor.told.clone();
        let mut hang_up = world.hang_up.subscribe();
        tokio::select! {
            ready = ready(agent.as_mut()) => ready?,
            () = told.closed() => return Err(failed("the visitor left".to_owned())),
            () = crate::call::told(&mut hang_up) => {
                return Err(failed("the server stops".to_owned()));
            }
        }
        // A visitor who has left is noticed by the line.
        let _ = told.send(ToVisitor::Ready).await;
        converse(world, brief, agent.as_mut(), visitor).await
    }
}

async fn ready(agent: &mut dyn Agent) -> Result<(), Failure> {
    agent.open(Care::FirstWords).await?;
    agent.ring().await
}

async fn converse(
    world: &World,
    brief: Arc<Brief>,
    agent: &mut dyn Agent,
    visitor: Visitor,
) -> Result<Conversation, Failure> {
    let http = world.connectors.http(brief.workspace);
    let own = world.voice.of(brief.workspace);
    let voice = campanile_agent::voice_for(&brief.version, own, http);
    let (live, asks) = world.live.enter(brief.clone());
    let tools = Tools::of(&brief.version, world.connectors.http(brief.workspace));
    let (notes, mut news) = Notes::channel();
    let mut outside = Outside { asks, tools };
    let outside = Some(&mut outside);
    let setting = Setting { brief: &brief, voice: voice.as_ref(), notes, outside };
    let told_visitor = visitor.told.clone();
    let mut line = VisitorLine::new(visitor);
    let conversation = campanile_agent::converse(&mut line, agent, setting);
    tokio::pin!(conversation);
    let mut hang_up = world.hang_up.subscribe();
    let tell = |note: Note| {
        live.take(note.clone());
        // News are dropped for a visitor who does not read.
        let _ = told_visitor.try_send(ToVisitor::Note(note));
    };
    let conversation = loop {
        tokio::select! {
            conversation = &mut conversation => break conversation,
            Some(note) = news.recv() => tell(note),
            () = told(&mut hang_up) => return Err(failed("the server stops".to_owned())),
        }
    };
    while let Ok(note) = news.try_recv() {
        tell(note);
    }
    Ok(conversation)
}

fn agent(world: &World, brief: &Arc<Brief>) -> Box<dyn Agent> {
    let workspace = brief.workspace;
    let connectors = &world.connectors;
    let (connector, http) = (connectors.of(workspace), connectors.http(workspace));
    let voice = campanile_agent::voice_for(&brief.version, world.voice.of(workspace), http.clone());
    campanile_agent::for_call(brief.clone(), voice, connector, http)
}

/// Makes the facts about a call that is none. Machines are not told from people, because a visitor is
/// a person.
fn brief_of(Sample { workspace, mut version, values }: Sample) -> Arc<Brief> {
    version.voicemail_detection = false;
    let call_id = format!("visit-{}", brief::token().reveal());
    let nobody = E164::from_digits(NOBODY);
    let mut variables = version.variables.clone();
    variables.extend(values);
    let mut known = variables.clone();
    for (name, value) in [
        ("phone_number", nobody.to_string()),
        ("from_number", nobody.to_string()),
        ("call_id", call_id.clone()),
        ("attempt", "1".to_owned()),
    ] {
        known.entry(name.to_owned()).or_insert(value);
    }
    let version = template::fill(&version, &|name: &str| known.get(name).cloned());
    Arc::new(Brief {
        version,
        call_id,
        token: brief::token(),
        workspace,
        batch: BatchId(0),
        recipient: RecipientId(0),
        attempt: 1,
        from_number: nobody,
        to_number: nobody,
        variables,
    })
}

fn failed(cause: String) -> Failure {
    Failure { cause, blame: Blame::Agent }
}

/// The line of a talk: a clock of 20 ms, and sound in both directions.
struct VisitorLine {
    clock: Interval,
    visitor: Visitor,
    playout: Playout,
    waiting: VecDeque<Payload>,
    /// Whether sound waits until enough is there.
    gathers: bool,
}

impl VisitorLine {
    fn new(visitor: Visitor) -> VisitorLine {
        let mut clock = interval(STEP);
        clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let (playout, waiting) = (Playout::new(Law::Mu), VecDeque::new());
        VisitorLine { clock, visitor, playout, waiting, gathers: true }
    }

    /// Takes what has come, up to a key. `None`: the visitor has left.
    fn take(&mut self) -> Option<Option<char>> {
        loop {
            match self.visitor.heard.try_recv() {
                Ok(FromVisitor::Sound(sound)) => self.waiting.push_back(sound),
                Ok(FromVisitor::Digit(digit)) => return Some(Some(digit)),
                Err(mpsc::error::TryRecvError::Empty) => return Some(None),
                Err(mpsc::error::TryRecvError::Disconnected) => return None,
            }
        }
    }

    fn next_sound(&mut self) -> Option<Payload> {
        while self.waiting.len() > MOST_WAITING {
            self.waiting.pop_front();
        }
        self.gathers &= self.waiting.len() < PREBUFFER;
        if self.gathers {
            return None;
        }
        let sound = self.waiting.pop_front();
        self.gathers = sound.is_none();
        sound
    }
}

#[async_trait]
impl Line for VisitorLine {
    async fn hear(&mut self) -> Option<Heard> {
        self.clock.tick().await;
        let digit = self.take()?;
        let said = self.playout.pull().unwrap_or([Law::Mu.silence(); FRAME_SAMPLES]);
        // A visitor who does not read misses sound.
        let _ = self.visitor.told.try_send(ToVisitor::Sound(said));
        let mut frame = SILENCE;
        if let Some(sound) = self.next_sound() {
            Law::Mu.decode_into(&sound, &mut frame);
        }
        Some(Heard { frame, digit })
    }

    fn playout(&mut self) -> &mut Playout {
        &mut self.playout
    }

    fn press(&mut self, digit: char) {
        let _ = self.visitor.told.try_send(ToVisitor::Pressed(digit));
    }
}
