//! The agent that talks on an answered call. It tells people from machines, speaks and listens,
//! leaves the message, and reports the result. It knows neither SIP nor clocks: it counts frames.

mod call;
mod line;
mod machine;
mod script;
pub mod speech;

pub use line::*;
pub use speech::{
    Language, Library, Mute, Speech, SpeechConfig, SpeechError, Variant, Voice, Voices,
};

use campanile_rules::{
    agent::{AgentVersion, EngineKind, VoicemailAction},
    template::is_wav,
};

use call::{Call, Cut};

/// Talks on an answered line until one side hangs up. The caller hangs up when this returns.
pub async fn converse(line: &mut dyn Line, brief: &Brief, voice: &dyn Voice) -> Conversation {
    let mut call = Call::new(line, &brief.version, voice);
    match talk(&mut call).await {
        Ok(()) => call.conclude(false, Cut::done()),
        Err(Cut::Machine) => {
            let end = machine::answer(&mut call).await;
            call.conclude(true, end)
        }
        Err(Cut::StopCalling) => {
            let end = match take_leave(&mut call).await {
                Err(cut @ Cut::Over(..)) => cut,
                Ok(()) | Err(Cut::Machine | Cut::StopCalling | Cut::Mute(_)) => Cut::done(),
            };
            call.conclude(false, end)
        }
        Err(cut) => call.conclude(false, cut),
    }
}

/// Says goodbye to a person who asked for no more calls.
async fn take_leave(call: &mut Call<'_>) -> Result<(), Cut> {
    match &call.version.engine {
        EngineKind::Script { goodbye, .. } => call.say(goodbye).await?,
    }
    call.linger().await
}

async fn talk(call: &mut Call<'_>) -> Result<(), Cut> {
    if call.version.voicemail_detection {
        machine::screen(call).await?;
    }
    match &call.version.engine {
        EngineKind::Script { lines, goodbye } => script::run(call, lines, goodbye).await,
    }
}

/// Synthesises everything the agent will say, in the order of use, so that nobody who answers waits
/// for speech. Call it when dialing; an error here would end the call as `agent_failed`.
pub async fn prepare(brief: &Brief, voice: &dyn Voice) -> Result<(), SpeechError> {
    let version = &brief.version;
    for text in utterances(version) {
        voice.speak(text, voice_of(version)).await?;
    }
    Ok(())
}

/// Synthesises only what is said first, because nothing else keeps the recipient waiting.
pub async fn prepare_first(brief: &Brief, voice: &dyn Voice) -> Result<(), SpeechError> {
    let version = &brief.version;
    match utterances(version).next() {
        Some(text) => voice.speak(text, voice_of(version)).await.map(drop),
        None => Ok(()),
    }
}

/// Checks before any call whether the agent could speak: it has something to say to people, its
/// sound files can be read, and its voice exists and works.
pub async fn check(brief: &Brief, voice: &dyn Voice) -> Result<(), SpeechError> {
    let (mut spoken, version) = (false, &brief.version);
    if says_nothing(version) {
        return Err(SpeechError::SaysNothing);
    }
    for text in utterances(version) {
        if is_wav(text) {
            voice.speak(text, voice_of(version)).await?;
        } else if !std::mem::replace(&mut spoken, true) {
            voice.knows(&version.language, &version.voice).await?;
            voice.speak("a", voice_of(version)).await?;
        }
    }
    Ok(())
}

/// Returns every text that a version may say.
pub(crate) fn utterances(version: &AgentVersion) -> impl Iterator<Item = &str> {
    spoken(version).map(|(_, text)| text)
}

/// The place of a spoken text in a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    FirstMessage,
    Line(usize),
    Goodbye,
    VoicemailMessage,
}

impl Place {
    /// Returns the place as a JSON Pointer (RFC 6901) into the version.
    pub(crate) fn pointer(self) -> String {
        match self {
            Place::FirstMessage => "/first_message".to_owned(),
            Place::Line(at) => format!("/engine/lines/{at}"),
            Place::Goodbye => "/engine/goodbye".to_owned(),
            Place::VoicemailMessage => "/voicemail_message".to_owned(),
        }
    }
}

/// Returns every text that a version may say, with its place.
pub(crate) fn spoken(version: &AgentVersion) -> impl Iterator<Item = (Place, &str)> {
    let EngineKind::Script { lines, goodbye } = &version.engine;
    let message = match version.voicemail {
        VoicemailAction::LeaveMessage => version.voicemail_message.as_str(),
        VoicemailAction::HangUp => "",
    };
    let lines = lines.iter().enumerate().map(|(at, line)| (Place::Line(at), line.as_str()));
    std::iter::once((Place::FirstMessage, version.first_message.as_str()))
        .chain(lines)
        .chain([(Place::Goodbye, goodbye.as_str()), (Place::VoicemailMessage, message)])
        .filter(|(_, text)| !text.trim().is_empty())
}

/// Whether the script says nothing to people but a goodbye.
pub(crate) fn says_nothing(version: &AgentVersion) -> bool {
    let EngineKind::Script { lines, .. } = &version.engine;
    let is_blank = |text: &String| text.trim().is_empty();
    is_blank(&version.first_message) && lines.iter().all(is_blank)
}

/// Returns the voice that a version speaks with.
pub(crate) fn voice_of(version: &AgentVersion) -> &str {
    if version.voice.is_empty() { &version.language } else { &version.voice }
}
