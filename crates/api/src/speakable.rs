//! Whether an agent version can be spoken: asked when it is kept, when it is published and before
//! a batch is made or started, so that nobody answers a telephone that stays silent.

use campanile_agent::{Mute, SpeechError};
use campanile_rules::{agent::AgentVersion, ids::WorkspaceId};

use crate::{
    app::App,
    code::Code,
    fields::Mistake,
    problem::{Answer, Problem},
};

/// A server, and the workspace whose agent is to speak.
pub type Place<'a> = (&'a App, WorkspaceId);

/// Refuses a version with fields that cannot be spoken, a draft too. A program that fails is no
/// mistake of whoever writes a draft, and a draft may be empty still.
pub async fn as_draft((app, workspace): Place<'_>, version: &AgentVersion) -> Answer<()> {
    let found = app.speech.of(workspace).check(version).await.into_iter();
    let found = found.filter(|Mute { error, .. }| {
        error.is_about_the_version() && !matches!(error, SpeechError::SaysNothing)
    });
    refuse(found.map(mistake).collect())
}

/// Refuses a version that people could not be called with.
pub async fn to_publish(place: Place<'_>, version: &AgentVersion) -> Answer<()> {
    refuse(mistakes(place, version).await)
}

/// Refuses to publish a version that is kept already: what is wrong is its state, not the request.
pub async fn kept_to_publish(place: Place<'_>, version: &AgentVersion) -> Answer<()> {
    let Some(words) = words(place, version).await else { return Ok(()) };
    let detail = format!("This version cannot be published: {words}");
    Err(Problem::new(Code::WrongState, detail).with_errors(mistakes(place, version).await))
}

/// Everything that keeps people from being called with a version.
pub async fn mistakes((app, workspace): Place<'_>, version: &AgentVersion) -> Vec<Mistake> {
    app.speech.of(workspace).check(version).await.into_iter().map(mistake).collect()
}

/// What is wrong with a version, in a sentence of its own; none when nothing is.
pub async fn words((app, workspace): Place<'_>, version: &AgentVersion) -> Option<String> {
    let found = app.speech.of(workspace).check(version).await;
    let each: Vec<String> = found.iter().map(Mute::to_string).collect();
    (!each.is_empty()).then(|| each.join("; "))
}

fn mistake(Mute { pointer, error }: Mute) -> Mistake {
    Mistake::new(pointer, error.to_string())
}

fn refuse(found: Vec<Mistake>) -> Answer<()> {
    if found.is_empty() { Ok(()) } else { Err(Problem::invalid(found)) }
}
