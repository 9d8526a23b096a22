//! What an agent version says and how it behaves during a call (PRODUCT: agents). Data only.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::words;

mod ability;
mod engine;
mod script;
mod secret;

pub use ability::*;
pub use engine::*;
pub use script::*;
pub use secret::*;

/// One version of an agent. Once published it never changes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AgentVersion {
    /// What the agent is told to be; `{{placeholders}}` are filled per recipient.
    #[serde(default)]
    pub prompt: String,
    /// The first thing said to a person; `{{placeholders}}` are filled per recipient.
    #[serde(default)]
    pub first_message: String,
    /// What to do when a machine answers.
    #[serde(default)]
    pub voicemail: VoicemailAction,
    /// What to say after the beep, when `voicemail` is `leave_message`.
    #[serde(default)]
    pub voicemail_message: String,
    /// Values of placeholders that a file need not have.
    #[serde(default)]
    pub variables: BTreeMap<String, String>,
    /// BCP 47 language tag.
    #[serde(default = "default_language")]
    pub language: String,
    /// Voice of the text-to-speech program; empty means the language's own.
    #[serde(default)]
    pub voice: String,
    /// Who talks.
    #[serde(default)]
    pub engine: EngineKind,
    /// How long the phone may ring, in seconds.
    #[serde(default = "default_ring_timeout_s")]
    pub ring_timeout_s: u32,
    /// How long a conversation may last, in seconds.
    #[serde(default = "default_max_duration_s")]
    pub max_duration_s: u32,
    /// How long both sides may be silent, in seconds.
    #[serde(default = "default_silence_timeout_s")]
    pub silence_timeout_s: u32,
    /// Whether a machine is told from a person before the agent speaks.
    #[serde(default = "default_true")]
    pub voicemail_detection: bool,
    /// Whether a person who speaks over the agent silences it.
    #[serde(default = "default_true")]
    pub interruptible: bool,
    /// What to say when the agent's server is lost in the middle of a call; nothing when empty.
    #[serde(default)]
    pub failure_message: String,
    /// What the call is for: the values that the agent records.
    #[serde(default)]
    pub results: Vec<ResultField>,
    /// Functions of the user's own that the agent may call.
    #[serde(default)]
    pub tools: Vec<HttpTool>,
    /// The numbers to which the agent may transfer a call, E.164.
    #[serde(default)]
    pub transfer_to: Vec<String>,
}

impl AgentVersion {
    /// Calls `each` with every secret of the version: its place as a JSON Pointer (RFC 6901), the URL
    /// of the server that it is for, and the secret.
    pub fn each_secret(&mut self, mut each: impl FnMut(String, &str, &mut Secret)) {
        for server in self.engine.servers() {
            each(server.secret_at(), server.url, server.key);
        }
        for (at, tool) in self.tools.iter_mut().enumerate() {
            for (name, value) in &mut tool.headers {
                let name = name.replace('~', "~0").replace('/', "~1");
                each(format!("/tools/{at}/headers/{name}"), &tool.url, value);
            }
        }
    }

    /// The places of all secrets that are set.
    pub fn secrets(&self) -> Vec<String> {
        let mut set = Vec::new();
        self.clone().each_secret(|at, _, secret| set.extend((!secret.is_empty()).then_some(at)));
        set
    }

    /// Takes the secrets that were not given from an earlier state of the version. Returns the places
    /// of those that cannot be taken, because their server is another one now: a key goes to the
    /// server that it was given for and to no other.
    pub fn keep_secrets(&mut self, former: &AgentVersion) -> Vec<String> {
        let mut known = BTreeMap::new();
        let mut former = former.clone();
        former.tools = self.tools.iter().map(|tool| former.tool_like(tool)).collect();
        former.each_secret(|at, url, secret| {
            if !secret.is_empty() {
                known.insert(at, (origin(url).to_owned(), secret.clone()));
            }
        });
        // Headers that are left out are all secret, names included.
        for (tool, former) in self.tools.iter_mut().zip(&former.tools) {
            if tool.headers.is_empty() && origin(&tool.url) == origin(&former.url) {
                tool.headers = former.headers.clone();
            }
        }
        let mut lost = Vec::new();
        self.each_secret(|at, url, secret| {
            if secret.is_given() {
                return;
            }
            match known.remove(&at) {
                Some((of, value)) if of == origin(url) => *secret = value,
                Some(_) => lost.push(at),
                None => {}
            }
        });
        lost
    }

    /// Returns the tool with the name of another version's `tool`; without headers if there is none.
    fn tool_like(&self, tool: &HttpTool) -> HttpTool {
        let known = self.tools.iter().find(|known| known.name == tool.name);
        known.cloned().unwrap_or_else(|| HttpTool { headers: BTreeMap::new(), ..tool.clone() })
    }
}

/// The scheme, host and port of a URL.
fn origin(url: &str) -> &str {
    let start = url.find("://").map_or(0, |at| at + 3);
    let end = url[start..].find(['/', '?', '#']).map_or(url.len(), |at| start + at);
    &url[..end]
}

words! {
    /// What to do when voicemail answers.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
    pub enum VoicemailAction {
        /// Hang up without a word.
        #[default]
        HangUp = "hang_up",
        /// Wait for the beep and speak `voicemail_message`.
        LeaveMessage = "leave_message",
    }
}

fn default_language() -> String {
    "en-US".to_owned()
}
fn default_ring_timeout_s() -> u32 {
    30
}
fn default_max_duration_s() -> u32 {
    600
}
fn default_silence_timeout_s() -> u32 {
    20
}
fn default_true() -> bool {
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(url: &str, token: Option<&str>) -> AgentVersion {
        let auth_token = token.map(Secret::new).unwrap_or_default();
        let (url, parameters) = (url.to_owned(), BTreeMap::new());
        let engine = EngineKind::MediaStream(MediaStreamSettings { url, auth_token, parameters });
        AgentVersion { engine, ..serde_json::from_str("{}").unwrap() }
    }

    #[test]
    fn a_secret_is_kept_until_its_server_changes() {
        let former = version("wss://bot.example/a", Some("hidden"));
        for (url, given, kept, lost) in [
            ("wss://bot.example/a", None, "hidden", 0),
            ("wss://bot.example/b?c", None, "hidden", 0),
            ("wss://bot.example/a", Some("new"), "new", 0),
            ("wss://bot.example/a", Some(""), "", 0),
            ("wss://bot.example.evil/a", None, "", 1),
            ("ws://bot.example/a", None, "", 1),
            ("wss://bot.example:444/a", None, "", 1),
            ("wss://other.example/a", Some("new"), "new", 0),
        ] {
            let mut version = version(url, given);
            assert_eq!(version.keep_secrets(&former).len(), lost, "{url}");
            assert_eq!(version.secrets().len(), usize::from(!kept.is_empty()), "{url}");
            version.each_secret(|at, _, secret| {
                assert_eq!((at.as_str(), secret.reveal()), ("/engine/auth_token", kept), "{url}");
            });
        }
    }

    #[test]
    fn headers_stay_with_the_function_of_their_name() {
        let tool = |name: &str, url: &str, headers: &[(&str, Option<&str>)]| HttpTool {
            name: name.to_owned(),
            description: String::new(),
            parameters: serde_json::Map::new(),
            url: url.to_owned(),
            headers: headers
                .iter()
                .map(|(name, value)| {
                    ((*name).to_owned(), value.map(Secret::new).unwrap_or_default())
                })
                .collect(),
            timeout_s: 10,
        };
        let version = |tools: &[HttpTool]| AgentVersion {
            tools: tools.to_vec(),
            ..serde_json::from_str("{}").unwrap()
        };
        let headers = [("Key", Some("hidden")), ("Team", Some("blue"))];
        let former = version(&[
            tool("book", "https://a.example/book", &[("Key", Some("other"))]),
            tool("find", "https://a.example/find", &headers),
        ]);
        let kept = |tools: &[HttpTool]| {
            let mut version = version(tools);
            let lost = version.keep_secrets(&former);
            let headers = version.tools.iter().map(|tool| tool.headers.iter());
            let headers =
                headers.flatten().map(|(name, value)| format!("{name}={}", value.reveal()));
            (headers.collect::<Vec<_>>().join(" "), lost)
        };
        let find = |headers: &[(&str, Option<&str>)]| tool("find", "https://a.example/x", headers);
        let none: [String; 0] = [];
        assert_eq!(kept(&[find(&[])]), ("Key=hidden Team=blue".to_owned(), none.to_vec()));
        assert_eq!(kept(&[find(&[("Key", None)])]), ("Key=hidden".to_owned(), none.to_vec()));
        assert_eq!(kept(&[find(&[("New", Some("1"))])]), ("New=1".to_owned(), none.to_vec()));
        let moved = tool("find", "https://b.example/", &[("Key", None)]);
        assert_eq!(kept(&[moved]), ("Key=".to_owned(), vec!["/tools/0/headers/Key".to_owned()]));
        assert_eq!(kept(&[tool("new", "https://a.example/", &[])]).0, "");
    }

    #[test]
    fn a_secret_is_never_written() {
        let version = version("wss://bot.example", Some("hidden"));
        let written = serde_json::to_string(&version).unwrap();
        assert!(!written.contains("hidden") && !format!("{version:?}").contains("hidden"));
        assert_eq!(serde_json::from_str::<AgentVersion>(&written).unwrap().secrets(), [""; 0]);
    }
}
