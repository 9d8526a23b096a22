//! Reads whole documents: checks the table first, then rules between fields.

use campanile_rules::{
    agent::{AgentVersion, ResultKind, VoicemailAction},
    trunk::Trunk,
};
use serde_json::Value;

use super::{AGENT, Mistake, TRUNK, check, read, steps};

/// An agent as in `agent.toml` or in the body that creates one.
#[derive(Debug, Clone, PartialEq)]
pub struct AgentDocument {
    /// The agent's name.
    pub name: String,
    /// The fields of its version.
    pub version: AgentVersion,
}

/// Reads an agent's name and version. The error has all mistakes.
pub fn agent(mut document: Value) -> Result<AgentDocument, Vec<Mistake>> {
    let mistakes = check(&document, AGENT);
    if !mistakes.is_empty() {
        return Err(mistakes);
    }
    let name = document.as_object_mut().and_then(|fields| fields.shift_remove("name"));
    let name = name.as_ref().and_then(Value::as_str).unwrap_or_default().to_owned();
    Ok(AgentDocument { name, version: agent_version(document)? })
}

/// Reads a version of an agent. The error has all mistakes.
pub fn agent_version(document: Value) -> Result<AgentVersion, Vec<Mistake>> {
    // The first field of an agent is its name, which is not part of a version.
    let version: AgentVersion = read(document, &AGENT[1..])?;
    let mistakes = contradictions(&version);
    if mistakes.is_empty() { Ok(version) } else { Err(mistakes) }
}

/// What does not fit together in a version.
fn contradictions(version: &AgentVersion) -> Vec<Mistake> {
    let mut found = Vec::new();
    let silent = version.voicemail_message.trim().is_empty();
    if version.voicemail == VoicemailAction::LeaveMessage && silent {
        found.push(Mistake::new(
            "/voicemail_message",
            "is empty, but voicemail is leave_message; write what to say after the beep, or set \
             voicemail to hang_up",
        ));
    }
    let results = version.results.iter().map(|result| result.name.as_str()).collect();
    found.extend(repeated("results", &[], results));
    let tools = version.tools.iter().map(|tool| tool.name.as_str()).collect();
    found.extend(repeated("tools", &BUILT_IN_TOOLS, tools));
    for (at, result) in version.results.iter().enumerate() {
        let detail = match (result.kind, result.choices.is_empty()) {
            (ResultKind::Choice, true) => "is empty, but type is choice; write the choices",
            (ResultKind::Text | ResultKind::Number | ResultKind::Boolean, false) => {
                "is only for the type choice; leave it out, or set type to choice"
            }
            (_, _) => continue,
        };
        found.push(Mistake::new(format!("/results/{at}/choices"), detail));
    }
    found.extend(steps::contradictions(version));
    found
}

/// What every agent can do, besides functions of the user's own (PRODUCT §7).
const BUILT_IN_TOOLS: [&str; 6] =
    ["end_call", "transfer", "press_digits", "suppress", "record_result", "voicemail"];

/// The names of a list that are there twice, or are taken otherwise.
fn repeated(list: &str, taken: &[&str], names: Vec<&str>) -> Vec<Mistake> {
    let is_taken = |at: usize| taken.contains(&names[at]) || names[..at].contains(&names[at]);
    let mistake = |at: usize| {
        let detail = format!("{:?} is taken; choose another name", names[at]);
        Mistake::new(format!("/{list}/{at}/name"), detail)
    };
    (0..names.len()).filter(|at| is_taken(*at)).map(mistake).collect()
}

/// Reads a trunk. The error has all mistakes.
pub fn trunk(document: Value) -> Result<Trunk, Vec<Mistake>> {
    let trunk: Trunk = read(document, TRUNK)?;
    match (&trunk.username, &trunk.password) {
        (Some(_), None) => Err(vec![Mistake::new(
            "/password",
            "is missing although there is a username; write both, or neither when the far end \
             knows our address",
        )]),
        (None, Some(_)) => Err(vec![Mistake::new(
            "/username",
            "is missing although there is a password; write both, or neither when the far end \
             knows our address",
        )]),
        (Some(_), Some(_)) | (None, None) => Ok(trunk),
    }
}
