//! The session with a model: what it is asked for, and what the server takes.

use campanile_rules::agent::{AgentVersion, RealtimeAudio, RealtimeSettings};
use serde_json::{Map, Value, json};

use super::sound::Form;
use crate::{
    Brief,
    tools::Definition,
    wire::realtime::{Format, Taken},
};

/// The model that writes down what the person says, unless `extra_session` names another.
const TRANSCRIBER: &str = "gpt-4o-mini-transcribe";

/// Returns the URL of the connection: the base URL with the protocol's path and the model.
pub(super) fn url(settings: &RealtimeSettings) -> String {
    let (base, query) = settings.url.split_once('?').unwrap_or((&settings.url, ""));
    let base = base.trim_end_matches('/');
    let path = if base.ends_with("/realtime") { "" } else { "/realtime" };
    let has_model = query.split('&').any(|part| part.starts_with("model="));
    let model = match settings.model.is_empty() || has_model {
        true => String::new(),
        false => format!("model={}", in_query(&settings.model)),
    };
    let query = [query, &model].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>();
    let query = query.join("&");
    let sign = if query.is_empty() { "" } else { "?" };
    format!("{base}{path}{sign}{query}")
}

/// Writes a value for the query of a URL (RFC 3986 §2.3).
fn in_query(value: &str) -> String {
    let written = value.bytes().map(|byte| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
            char::from(byte).to_string()
        }
        byte => format!("%{byte:02X}"),
    });
    written.collect()
}

/// Returns the session to ask for.
pub(super) fn wanted(
    brief: &Brief,
    settings: &RealtimeSettings,
    audio: RealtimeAudio,
    tools: &[Definition],
) -> Value {
    let version = &brief.version;
    let form = match audio {
        RealtimeAudio::Pcmu => json!({"type": "audio/pcmu"}),
        RealtimeAudio::Pcma => json!({"type": "audio/pcma"}),
        RealtimeAudio::Pcm24 => json!({"type": "audio/pcm", "rate": 24_000}),
    };
    let language = version.language.split(['-', '_']).next().unwrap_or_default();
    let mut session = json!({
        "type": "realtime",
        "output_modalities": ["audio"],
        "audio": {
            "input": {
                "format": form,
                "transcription": {"model": TRANSCRIBER, "language": language},
                "turn_detection": turn_detection(version, settings),
            },
            "output": {"format": form},
        },
        "tools": tools.iter().map(tool).collect::<Vec<_>>(),
        "tool_choice": "auto",
    });
    if !version.prompt.trim().is_empty() {
        session["instructions"] = json!(version.prompt);
    }
    if !settings.voice.is_empty() {
        session["audio"]["output"]["voice"] = json!(settings.voice);
    }
    merge(&mut session, &Value::Object(settings.extra_session.clone()));
    session
}

/// The way in which the server finds the end of a turn. An agent that cannot be interrupted goes on
/// speaking whatever it hears.
fn turn_detection(version: &AgentVersion, settings: &RealtimeSettings) -> Value {
    let own = || Map::from_iter([("type".to_owned(), json!("server_vad"))]);
    let mut detection = settings.turn_detection.clone().unwrap_or_else(own);
    if !version.interruptible {
        detection.insert("interrupt_response".to_owned(), json!(false));
    }
    Value::Object(detection)
}

fn tool(tool: &Definition) -> Value {
    json!({
        "type": "function",
        "name": tool.name,
        "description": tool.description,
        "parameters": tool.parameters,
    })
}

/// Puts the fields of `extra` over those of a value, at every depth.
fn merge(value: &mut Value, extra: &Value) {
    match (value, extra) {
        (Value::Object(fields), Value::Object(extra)) => {
            for (name, extra) in extra {
                merge(fields.entry(name).or_insert(Value::Null), extra);
            }
        }
        (value, extra) => *value = extra.clone(),
    }
}

/// What was agreed with the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Agreed {
    /// The form of the person's sound.
    pub input: Form,
    /// The form of the model's sound.
    pub output: Form,
    /// Whether the server itself ends a response that the person interrupts.
    pub interrupts: bool,
}

impl Agreed {
    /// Reads what the server took. What it does not say is as it was asked for. The error names a
    /// format that cannot be used.
    pub fn of(taken: &Taken, asked: RealtimeAudio) -> Result<Agreed, String> {
        let form = |taken: &Option<Format>| match taken {
            None => Ok(Form::asked(asked)),
            Some(format) => Form::of(format).ok_or_else(|| {
                format!(
                    "the agent's server wants sound in a format that is not spoken here: {format:?}"
                )
            }),
        };
        let (input, output) = (form(&taken.input)?, form(&taken.output)?);
        Ok(Agreed { input, output, interrupts: taken.interrupts.unwrap_or(true) })
    }
}

#[cfg(test)]
mod tests {
    use campanile_rules::agent::Secret;

    use super::*;

    fn settings(url: &str) -> RealtimeSettings {
        RealtimeSettings {
            url: url.to_owned(),
            model: "gpt realtime".to_owned(),
            api_key: Secret::default(),
            voice: String::new(),
            audio: RealtimeAudio::Pcmu,
            turn_detection: None,
            extra_session: Map::new(),
        }
    }

    #[test]
    fn the_path_and_the_model_follow_the_base_url() {
        for (base, whole) in [
            ("wss://a.example/v1", "wss://a.example/v1/realtime?model=gpt%20realtime"),
            ("wss://a.example/v1/", "wss://a.example/v1/realtime?model=gpt%20realtime"),
            ("ws://a.example", "ws://a.example/realtime?model=gpt%20realtime"),
            ("wss://a.example/v1/realtime", "wss://a.example/v1/realtime?model=gpt%20realtime"),
            ("wss://a.example/v1?key=1", "wss://a.example/v1/realtime?key=1&model=gpt%20realtime"),
            ("wss://a.example/v1?model=x", "wss://a.example/v1/realtime?model=x"),
        ] {
            assert_eq!(url(&settings(base)), whole);
        }
        let bare = RealtimeSettings { model: String::new(), ..settings("wss://a.example/v1") };
        assert_eq!(url(&bare), "wss://a.example/v1/realtime");
    }

    #[test]
    fn extra_fields_are_merged_at_every_depth() {
        let mut session =
            json!({"audio": {"input": {"format": 1, "transcription": {"model": "a"}}}});
        merge(&mut session, &json!({"voice": "x", "audio": {"input": {"transcription": null}}}));
        let expected =
            json!({"audio": {"input": {"format": 1, "transcription": null}}, "voice": "x"});
        assert_eq!(session, expected);
    }
}
