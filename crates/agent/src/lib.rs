//! The agent that talks on an answered call. It tells people from machines, speaks and listens,
//! leaves the message, and reports the result. It knows neither SIP nor clocks: it counts frames.
//!
//! # How to add an engine
//!
//! An engine is a variant of `EngineKind` in `rules`, a module here that implements [`Agent`], and
//! an arm in [`for_call`]. An [`Agent`] lives as long as one call and has three phases:
//!
//! 1. [`Agent::open`] before the INVITE: connect, log in, make the first words. If it fails, the
//!    phone does not ring, and the [`Failure`] says why in words and who is to blame.
//! 2. [`Agent::ring`] while the phone rings: everything else that can be prepared.
//! 3. [`Agent::talk`] after the answer, once a person and not a machine was heard.
//!
//! `talk` gets a [`Supervised`] line and is the loop of the call:
//!
//! ```text
//! loop {
//!     tokio::select! {
//!         heard = line.hear() => to_the_socket.try_send(heard?.frame),
//!         Some(sound) = from_the_socket.recv() => line.playout().stream(item, sound),
//!     }
//! }
//! ```
//!
//! - [`Supervised::hear`] is the only clock, and what is not heard is not sent: RTP leaves when it is
//!   polled. So `talk` awaits nothing but the line, alone or beside channels in a `select!`. A
//!   socket belongs to a task that `open` starts, joined by two bounded channels; use `try_send`.
//! - The error of `hear` is a [`Farewell`]: the person hung up, time is over, a machine was heard,
//!   the person pressed 9. Tell the far end what it must know and return it with `?`.
//! - [`Supervised::playout`] is what leaves the wire: `stream` for sound in pieces, `play` for whole
//!   sound, `pause`, `resume` and `clear` for barge-in, `played` for truncation, marks.
//! - `Ok(())` means that everything is said: what is queued plays to the end of its speech. An
//!   engine that dies returns [`Farewell::Failed`]: what is queued still plays.
//! - Words go into the transcript by [`Supervised::write`], agent's words only as far as `played`.
//!   An engine that knows the person's words calls [`Supervised::bring_words`] first, and
//!   [`Supervised::heard_words`] with each turn, which finds “stop calling me” and the words of
//!   machines.
//! - An engine with a model calls [`Supervised::bring_tools`], tells the model of
//!   [`tools::Tools::definitions`], and passes its calls on by [`Supervised::use_tool`].
//!
//! What every engine owes (duration, silence, detection, voicemail message, digit 9, transcript,
//! draining) is in [`Supervised`] and [`converse`] and needs nothing from the engine.

mod agent;
mod asks;
mod brief;
mod conversation;
mod line;
mod machine;
mod media_stream;
mod notes;
pub mod pipeline;
mod realtime;
mod script;
mod servers;
pub mod speech;
mod supervised;
mod texts;
pub mod tools;
mod transcript;
mod turns;
pub mod wire;

pub use agent::*;
pub use asks::*;
pub use brief::*;
pub use conversation::*;
pub use line::*;
pub use media_stream::MediaStream;
pub use notes::*;
pub use pipeline::Pipeline;
pub use realtime::Realtime;
pub use servers::check_servers;
pub use speech::{
    Language, Library, Mute, Speech, SpeechConfig, SpeechError, Variant, Voice, Voices, voice_for,
};
pub use supervised::*;
pub use transcript::*;

pub use campanile_rules::conversation::{Action, Latency, Usage};

use campanile_rules::attempt::{EndReason, Party};

/// Talks on an answered line until one side hangs up. The caller hangs up when this returns.
pub async fn converse(
    line: &mut dyn Line,
    agent: &mut dyn Agent,
    setting: Setting<'_>,
) -> Conversation {
    let mut line = Supervised::new(line, setting);
    let end = match talk(&mut line, agent).await {
        Ok(()) => Farewell::Over(EndReason::AgentDisconnected, Party::Agent),
        Err(Farewell::Machine) => {
            line.playout().clear();
            let end = machine::answer(&mut line).await;
            return line.conclude(true, end);
        }
        Err(Farewell::StopCalling) => match take_leave(&mut line, agent.goodbye()).await {
            Err(end @ Farewell::Over(..)) => end,
            Ok(()) | Err(_) => Farewell::StopCalling,
        },
        Err(end @ Farewell::Failed(_)) => {
            // Hanging up meanwhile does not change the cause.
            let _ = break_off(&mut line).await;
            end
        }
        Err(end @ (Farewell::Over(..) | Farewell::Transfer(_))) => end,
    };
    line.conclude(false, end)
}

/// Says the failure message to a person whose call could not be transferred, `since_ms` after the
/// answer, and adds what happens to the conversation.
pub async fn apologise(
    line: &mut dyn Line,
    setting: Setting<'_>,
    (conversation, since_ms): (&mut Conversation, u64),
) {
    let mut line = Supervised::new(line, setting).after(conversation, since_ms);
    let end = match break_off(&mut line).await {
        Ok(()) => Farewell::Over(EndReason::AgentDisconnected, Party::Agent),
        Err(end) => end,
    };
    let more = line.conclude(false, end);
    conversation.asked_to_stop |= more.asked_to_stop;
    conversation.digits.push_str(&more.digits);
    conversation.transcript.extend(more.transcript);
    conversation.happened.actions.extend(more.happened.actions);
}

async fn talk(line: &mut Supervised<'_>, agent: &mut dyn Agent) -> Result<(), Farewell> {
    if line.brief().version.voicemail_detection {
        machine::screen(line).await?;
    }
    agent.talk(line).await?;
    line.drain().await?;
    line.linger().await
}

/// Lets the person hear what was said before the agent failed, and says so.
async fn break_off(line: &mut Supervised<'_>) -> Result<(), Farewell> {
    line.drain().await?;
    line.playout().clear();
    line.say(&line.brief().version.failure_message).await?;
    line.linger().await
}

/// Says goodbye to a person who asked for no more calls.
async fn take_leave(line: &mut Supervised<'_>, goodbye: &str) -> Result<(), Farewell> {
    line.playout().clear();
    line.say(goodbye).await?;
    line.linger().await
}
