//! The servers of the demo's agent that converses: recognition, a language model and speech, on this
//! machine and by the protocols of real ones. None of them is clever: the recognition knows the
//! sentences of the sandbox's people, the model follows a plan, the speech is that of espeak-ng.

use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
};

use axum::{
    Json, Router,
    body::Bytes,
    extract::{DefaultBodyLimit, State},
    http::{StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use campanile_agent::Voice;
use campanile_media::wav;
use campanile_sandbox::words_of;
use serde_json::{Value, json};
use tokio::{net::TcpListener, task::JoinHandle};

/// The voice of the agent.
const VOICE: &str = "en-us+f3";
/// The largest request: a minute of sound and its form.
const MAX_REQUEST: usize = 2 << 20;
/// How often the model asks for an answer before it gives up.
const MOST_QUESTIONS: usize = 3;
/// The longest sound that is recognised, in seconds.
const MAX_SOUND_S: u32 = 60;

/// The running servers. Dropping it ends them.
pub struct Servers {
    address: SocketAddr,
    task: JoinHandle<()>,
}

impl Servers {
    /// Starts them on a free port of this machine.
    pub async fn start(voice: Arc<dyn Voice>) -> std::io::Result<Servers> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let routes = Router::new()
            .route("/v1/models", get(|| async { Json(json!({"data": [{"id": "demo"}]})) }))
            .route("/v1/audio/transcriptions", post(transcribe))
            .route("/v1/chat/completions", post(answer))
            .route("/v1/audio/speech", post(speak))
            .layer(DefaultBodyLimit::max(MAX_REQUEST))
            .with_state(voice);
        let task = tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, routes).await {
                tracing::error!(%error, "the servers of the demo's agent have ended");
            }
        });
        Ok(Servers { address, task })
    }

    /// Returns their base URL.
    pub fn url(&self) -> String {
        format!("http://{}/v1", self.address)
    }
}

impl Drop for Servers {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Recognises the sound in a form.
async fn transcribe(form: Bytes) -> Response {
    let wav = form.windows(4).position(|bytes| bytes == b"RIFF").map(|at| &form[at..]);
    let sound = wav.and_then(|wav| wav::read_from(wav, MAX_SOUND_S).ok());
    match sound {
        Some(sound) => Json(json!({"text": words_of(&sound).unwrap_or_default()})).into_response(),
        None => (StatusCode::BAD_REQUEST, "there is no sound in the form").into_response(),
    }
}

async fn speak(State(voice): State<Arc<dyn Voice>>, Json(asked): Json<Value>) -> Response {
    let text = asked["input"].as_str().unwrap_or_default();
    match voice.speak(text, VOICE).await {
        Ok(sound) => ([(CONTENT_TYPE, "audio/wav")], wav::bytes(&sound)).into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}

async fn answer(Json(asked): Json<Value>) -> Response {
    let messages = asked["messages"].as_array().map(Vec::as_slice).unwrap_or_default();
    let events: String = deltas(messages)
        .into_iter()
        .map(|delta| json!({"choices": [{"index": 0, "delta": delta}]}))
        .map(|chunk| format!("data: {chunk}\n\n"))
        .collect();
    ([(CONTENT_TYPE, "text/event-stream")], events + "data: [DONE]\n\n").into_response()
}

/// What the model says or does next.
fn deltas(messages: &[Value]) -> Vec<Value> {
    let is_of = |message: &Value, role: &str| message["role"] == role;
    let said = messages.iter().rev().find(|message| is_of(message, "user"));
    let said = said.and_then(|message| message["content"].as_str()).unwrap_or_default();
    let says = |text: &str| json!({"content": text});
    let uses = |name: &str, arguments: Value| {
        let id = format!("{name}-{}", messages.len());
        let function = json!({"name": name, "arguments": arguments.to_string()});
        json!({"tool_calls": [{"index": 0, "id": id, "type": "function", "function": function}]})
    };
    let ends = |text: &str| vec![says(text), uses("end_call", json!({}))];
    let has_recorded = messages.iter().any(|message| is_of(message, "tool"));
    let is_recorded = messages.last().is_some_and(|message| is_of(message, "tool"));
    let asked = messages.iter().filter(|message| is_of(message, "assistant")).count();
    match (has_recorded, suits(said)) {
        (true, Some(false)) if is_recorded => {
            vec![says("No problem, we will find another day. Is there anything else?")]
        }
        (true, _) if is_recorded => {
            vec![says("Wonderful, I have noted that. Is there anything else I can do for you?")]
        }
        (true, _) => ends("Then thank you for your time. Goodbye."),
        (false, Some(suits)) => {
            let value = if suits { "yes" } else { "no" };
            vec![uses("record_result", json!({"name": "suits", "value": value}))]
        }
        (false, None) if asked > MOST_QUESTIONS => ends("I will call again later. Goodbye."),
        (false, None) => vec![says("Sorry, I did not get that. Does the appointment suit you?")],
    }
}

/// Whether an appointment suits the person who says this; none when it answers no such question,
/// as "Yes, hello?" does not.
fn suits(said: &str) -> Option<bool> {
    let said = said.to_lowercase();
    let has =
        |words: &[&str]| said.split(|c: char| !c.is_alphabetic()).any(|it| words.contains(&it));
    match () {
        () if has(&["hello", "hi", "bye", "goodbye"]) => None,
        () if has(&["no"]) => Some(false),
        () => has(&["yes", "okay", "sure"]).then_some(true),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(role: &str, content: &str) -> Value {
        json!({"role": role, "content": content})
    }

    #[test]
    fn the_model_records_the_answer_and_then_ends_the_call() {
        let mut messages = vec![message("assistant", "Does that suit you?")];
        messages.push(message("user", "Yes, that is right."));
        let recorded = deltas(&messages)[0]["tool_calls"][0]["function"].clone();
        assert_eq!(recorded["name"], "record_result");
        assert!(recorded["arguments"].as_str().unwrap().contains("\"yes\""));
        messages.push(message("tool", "Recorded suits = yes."));
        assert!(deltas(&messages)[0]["content"].as_str().unwrap().starts_with("Wonderful"));
        messages.push(message("user", "Sure, thank you."));
        assert_eq!(deltas(&messages)[1]["tool_calls"][0]["function"]["name"], "end_call");
        let no = deltas(&[message("user", "No, thank you.")]);
        assert!(no[0].to_string().contains("no"), "{no:?}");
    }

    #[test]
    fn the_model_asks_again_when_it_hears_no_answer_and_gives_up_in_the_end() {
        let question = message("assistant", "Does that suit you?");
        for said in ["Yes, hello?", "Hi, speaking.", "Okay, goodbye.", ""] {
            let mut messages = vec![question.clone(), message("user", said)];
            let again = deltas(&messages);
            assert!(
                again[0]["content"].as_str().unwrap().contains("suit you"),
                "{said}: {again:?}"
            );
            for _ in 0..MOST_QUESTIONS {
                messages.extend([question.clone(), message("user", said)]);
            }
            assert_eq!(deltas(&messages)[1]["tool_calls"][0]["function"]["name"], "end_call");
        }
    }
}
