//! What an engine implements: an agent for one call.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use campanile_rules::agent::EngineKind;

use crate::{
    Brief, Failure, Farewell, MediaStream, Pipeline, Realtime, Supervised, Voice,
    script::Script,
    wire::{Connect, Http},
};

/// How long an agent may take to open.
pub const OPEN_WITHIN: Duration = Duration::from_secs(5);

/// An agent for one call. Dropping it ends whatever it opened.
#[async_trait]
pub trait Agent: Send {
    /// Opens what the conversation needs, such as a connection, before the INVITE leaves. If this
    /// fails, the phone does not ring. It takes [`OPEN_WITHIN`] at the most, except with
    /// [`Care::Everything`].
    async fn open(&mut self, care: Care) -> Result<(), Failure>;

    /// Prepares the rest while the phone rings, and returns when nothing is left to prepare. If
    /// this fails, the ringing call is cancelled. Cancel safe: the future may be dropped and made
    /// anew until it has returned.
    async fn ring(&mut self) -> Result<(), Failure>;

    /// Talks to the person who answered, until everything is said; what is queued then plays to
    /// its end. It awaits nothing but the line, alone or in a `select!`.
    async fn talk(&mut self, line: &mut Supervised<'_>) -> Result<(), Farewell>;

    /// Returns what Campanile's own voice says to a person who asked for no more calls. Empty: it
    /// hangs up without a word.
    fn goodbye(&self) -> &str;
}

/// How much of its work an agent does before the INVITE leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Care {
    /// What can fail for every call. An earlier call of the batch shows that the rest is ready in
    /// time.
    Usual,
    /// What the person hears first as well: it is the first call of a batch.
    FirstWords,
    /// Everything: an earlier call was not ready in time.
    Everything,
}

/// Creates the agent of a call, by the engine of its version.
pub fn for_call(
    brief: Arc<Brief>,
    voice: Arc<dyn Voice>,
    connector: Arc<dyn Connect>,
    http: Arc<Http>,
) -> Box<dyn Agent> {
    match &brief.version.engine {
        EngineKind::Script(_) => Box::new(Script::new(brief, voice)),
        EngineKind::MediaStream(settings) => {
            let settings = settings.clone();
            Box::new(MediaStream::new(brief, settings, connector))
        }
        EngineKind::Realtime(settings) => {
            let settings = settings.clone();
            Box::new(Realtime::new(brief, settings, connector, http))
        }
        EngineKind::Pipeline(settings) => {
            let settings = settings.clone();
            Box::new(Pipeline::new(brief, settings, connector, http))
        }
    }
}
