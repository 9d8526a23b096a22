//! Whether an agent version can be spoken: asked when it is kept, when it is published and before
//! a batch is made or started, so that nobody answers a telephone that stays silent.

use campanile_agent::SpeechError;
use campanile_rules::agent::{AgentVersion, EngineKind};

use crate::{
    app::App,
    code::Code,
    fields::Mistake,
    problem::{Answer, Problem},
};

/// Refuses a version with fields that cannot be spoken, a draft too. A program that fails is no
/// mistake of whoever writes a draft.
pub async fn as_draft(app: &App, version: &AgentVersion) -> Answer<()> {
    let found = app.speech.check(version).await.into_iter();
    let found = found.filter(|mute| is_about_the_version(&mute.error));
    refuse(found.map(|mute| Mistake::new(mute.pointer, mute.error.to_string())).collect())
}

/// Refuses a version that people could not be called with.
pub async fn to_publish(app: &App, version: &AgentVersion) -> Answer<()> {
    refuse(mistakes(app, version).await)
}

/// Refuses to publish a version that is kept already: what is wrong is its state, not the request.
pub async fn kept_to_publish(app: &App, version: &AgentVersion) -> Answer<()> {
    let Some(words) = words(app, version).await else { return Ok(()) };
    let detail = format!("This version cannot be published: {words}");
    Err(Problem::new(Code::WrongState, detail).with_errors(mistakes(app, version).await))
}

/// Everything that keeps people from being called with a version.
pub async fn mistakes(app: &App, version: &AgentVersion) -> Vec<Mistake> {
    let found = app.speech.check(version).await.into_iter();
    let mut found: Vec<Mistake> =
        found.map(|mute| Mistake::new(mute.pointer, mute.error.to_string())).collect();
    if says_nothing(version) {
        let detail = "is empty and there are no lines, so that whoever answers would hear nothing; \
                      write what the agent says first";
        found.push(Mistake::new("/first_message", detail));
    }
    found
}

/// What is wrong with a version, in a sentence of its own; none when nothing is.
pub async fn words(app: &App, version: &AgentVersion) -> Option<String> {
    let found = mistakes(app, version).await;
    let each = |mistake: &Mistake| {
        format!("{}: {}", mistake.pointer.trim_start_matches('/'), mistake.detail)
    };
    let each: Vec<String> = found.iter().map(each).collect();
    (!each.is_empty()).then(|| each.join("; "))
}

fn refuse(found: Vec<Mistake>) -> Answer<()> {
    if found.is_empty() { Ok(()) } else { Err(Problem::invalid(found)) }
}

fn says_nothing(version: &AgentVersion) -> bool {
    let EngineKind::Script { lines, .. } = &version.engine;
    let is_blank = |text: &String| text.trim().is_empty();
    is_blank(&version.first_message) && lines.iter().all(is_blank)
}

fn is_about_the_version(error: &SpeechError) -> bool {
    match error {
        SpeechError::NoVoice { .. }
        | SpeechError::TooLong { .. }
        | SpeechError::Wav { .. }
        | SpeechError::Outside { .. } => true,
        SpeechError::NoProgram { .. }
        | SpeechError::NoRoom { .. }
        | SpeechError::Failed { .. }
        | SpeechError::TimedOut { .. } => false,
    }
}
