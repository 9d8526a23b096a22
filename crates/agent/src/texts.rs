//! The texts that a version may say, and where they stand in it.

use campanile_rules::agent::{AgentVersion, VoicemailAction};

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
    FailureMessage,
}

impl Place {
    /// Returns the place as a JSON Pointer (RFC 6901) into the version.
    pub(crate) fn pointer(self) -> String {
        match self {
            Place::FirstMessage => "/first_message".to_owned(),
            Place::Line(at) => format!("/engine/lines/{at}"),
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
    let (lines, goodbye) = script.unwrap_or_default();
    let lines = lines.iter().enumerate().map(|(at, line)| (Place::Line(at), line.as_str()));
    std::iter::once((Place::FirstMessage, first))
        .chain(lines)
        .chain([
            (Place::Goodbye, goodbye),
            (Place::VoicemailMessage, message),
            (Place::FailureMessage, &version.failure_message),
        ])
        .filter(|(_, text)| !text.trim().is_empty())
}

/// Whether a version says nothing to people but a goodbye. What servers say is not known.
pub(crate) fn says_nothing(version: &AgentVersion) -> bool {
    let is_blank = |text: &String| text.trim().is_empty();
    let script = version.engine.script();
    script.is_some_and(|(lines, _)| is_blank(&version.first_message) && lines.iter().all(is_blank))
}

/// Returns the voice that a version speaks with.
pub(crate) fn voice_of(version: &AgentVersion) -> &str {
    if version.voice.is_empty() { &version.language } else { &version.voice }
}
