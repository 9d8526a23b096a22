//! Reads whole documents: checks the table first, then rules between fields.

use campanile_rules::{
    agent::{AgentVersion, VoicemailAction},
    trunk::Trunk,
};
use serde_json::Value;

use super::{AGENT, Mistake, TRUNK, check, read};

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
    let silent = version.voicemail_message.trim().is_empty();
    if version.voicemail == VoicemailAction::LeaveMessage && silent {
        return Err(vec![Mistake::new(
            "/voicemail_message",
            "is empty, but voicemail is leave_message; write what to say after the beep, or set \
             voicemail to hang_up",
        )]);
    }
    Ok(version)
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
