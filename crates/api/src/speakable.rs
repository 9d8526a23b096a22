//! Checks that an agent version can be spoken, so that no answered call is silent. The check runs
//! when a version is saved or published, and before a batch is created or started.

use campanile_agent::{Mute, SpeechError};
use campanile_rules::{agent::AgentVersion, ids::WorkspaceId};
use campanile_service::fields::Mistake;

use crate::{
    app::App,
    http::{
        code::Code,
        problem::{Answer, Problem},
    },
};

/// The server, and the workspace of the agent.
pub type Place<'a> = (&'a App, WorkspaceId);

/// Rejects a draft with fields that cannot be spoken. A draft may be empty, and a failing
/// text-to-speech program is not the author's mistake.
pub async fn as_draft((app, workspace): Place<'_>, version: &AgentVersion) -> Answer<()> {
    let found = app.speech.of(workspace).check(version).await.into_iter();
    let found = found.filter(|Mute { error, .. }| {
        error.is_about_the_version() && !matches!(error, SpeechError::SaysNothing)
    });
    refuse(found.map(mistake).collect())
}

/// Rejects a version that cannot be used in calls.
pub async fn to_publish(place: Place<'_>, version: &AgentVersion) -> Answer<()> {
    refuse(mistakes(place, version).await)
}

/// Rejects the publication of a saved version. The response is a conflict with its state, not an
/// invalid request.
pub async fn kept_to_publish(place: Place<'_>, version: &AgentVersion) -> Answer<()> {
    let Some(words) = words(place, version).await else { return Ok(()) };
    let detail = format!("This version cannot be published: {words}");
    Err(Problem::new(Code::WrongState, detail).with_errors(mistakes(place, version).await))
}

/// All mistakes that prevent calls with a version.
pub async fn mistakes((app, workspace): Place<'_>, version: &AgentVersion) -> Vec<Mistake> {
    app.speech.of(workspace).check(version).await.into_iter().map(mistake).collect()
}

/// All mistakes of a version in one text; `None` if there are none.
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
