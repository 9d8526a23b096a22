//! The texts that a version may say, and where they stand in it.

use campanile_rules::agent::{AgentVersion, ScriptStep, VoicemailAction};

/// Returns every text that a version may say.
pub(crate) fn utterances(version: &AgentVersion) -> impl Iterator<Item = &str> {
    spoken(version).map(|(_, text)| text)
}

/// The place of a spoken text in a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    FirstMessage,
    Line(usize),
    /// A text of a step, with its place in the step.
    Step(usize, &'static str),
    Goodbye,
    VoicemailMessage,
    FailureMessage,
}

impl Place {
    /// Returns the place as a JSON Pointer (RFC 6901) into the version.
    pub(crate) fn pointer(self) -> String {
        match self {
            Place::FirstMessage => "/first_message".to_owned(),
            Place::Line(at) => format!("/engine/lines/{at}"),
            Place::Step(at, text) => format!("/engine/steps/{at}/{text}"),
            Place::Goodbye => "/engine/goodbye".to_owned(),
            Place::VoicemailMessage => "/voicemail_message".to_owned(),
            Place::FailureMessage => "/failure_message".to_owned(),
        }
    }
}

/// Returns every text that Campanile's own voice may say for a version, with its place.
pub(crate) fn spoken(version: &AgentVersion) -> impl Iterator<Item = (Place, &str)> {
    let message = match version.voicemail {
        VoicemailAction::LeaveMessage => version.voicemail_message.as_str(),
        VoicemailAction::HangUp => "",
    };
    let script = version.engine.script();
    let first = script.map_or("", |_| version.first_message.as_str());
    let lines = script.into_iter().flat_map(|script| script.lines.iter().enumerate());
    let lines = lines.map(|(at, line)| (Place::Line(at), line.as_str()));
    let steps = script.into_iter().flat_map(|script| script.steps.iter().enumerate());
    let steps = steps.flat_map(|(at, step)| {
        step.texts().into_iter().map(move |(name, text)| (Place::Step(at, name), text))
    });
    let goodbye = script.map_or("", |script| &script.goodbye);
    std::iter::once((Place::FirstMessage, first))
        .chain(lines)
        .chain(steps)
        .chain([
            (Place::Goodbye, goodbye),
            (Place::VoicemailMessage, message),
            (Place::FailureMessage, &version.failure_message),
        ])
        .filter(|(_, text)| !text.trim().is_empty())
}

/// Whether a version says nothing to people but a goodbye. What servers say is not known.
pub(crate) fn says_nothing(version: &AgentVersion) -> bool {
    let Some(script) = version.engine.script() else { return false };
    let steps = script.steps.iter().flat_map(ScriptStep::texts).map(|(_, text)| text);
    let mut texts = script.lines.iter().map(String::as_str).chain(steps);
    version.first_message.trim().is_empty() && texts.all(|text| text.trim().is_empty())
}

/// Returns the voice that a version speaks with.
pub(crate) fn voice_of(version: &AgentVersion) -> &str {
    if version.voice.is_empty() { &version.language } else { &version.voice }
}
