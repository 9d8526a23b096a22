//! Chat completions with streamed answers and tools, as OpenAI has them and as other servers write
//! them. Without I/O.

use campanile_rules::{agent::ChatSettings, conversation::Usage};
use serde_json::{Value, json};

use super::{
    Request,
    events::{Events, TooLong},
    said::{in_one_line, message_in},
    thoughts::Thoughts,
};
use crate::tools::Definition;

/// The most tools that are called in one answer.
const MAX_CALLS: usize = 32;

/// A message of a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Message {
    /// What the model is told to be.
    System(String),
    /// What the person said.
    User(String),
    /// What the model said, as far as it was heard, and the tools that it called.
    Assistant {
        /// What it said.
        text: String,
        /// The tools that it called.
        calls: Vec<ToolCall>,
    },
    /// What a tool returned.
    Tool {
        /// The id of its call.
        id: String,
        /// The result.
        text: String,
    },
}

/// A tool that a model calls.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ToolCall {
    /// The id, for the result.
    pub id: String,
    /// The name of the tool.
    pub name: String,
    /// The arguments, as JSON if the model wrote JSON.
    pub arguments: String,
}

/// Why an answer cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChatError {
    /// The server sent an error in place of the answer or in its middle.
    #[error("it says: {0}")]
    Told(String),
    /// What it sent is no answer.
    #[error("what it sent is no chat completion: {0}")]
    Malformed(String),
    /// It is too long.
    #[error(transparent)]
    TooLong(#[from] TooLong),
}

/// Returns the request for the next answer.
pub fn request(settings: &ChatSettings, messages: &[Message], tools: &[Definition]) -> Request {
    let url = format!("{}/chat/completions", settings.url.trim_end_matches('/'));
    let mut body = json!({
        "messages": messages.iter().map(written).collect::<Vec<_>>(),
        "stream": true,
        "stream_options": {"include_usage": true},
    });
    if !settings.model.is_empty() {
        body["model"] = json!(settings.model);
    }
    if let Some(temperature) = settings.temperature {
        body["temperature"] = json!(temperature);
    }
    if !tools.is_empty() {
        let tools = tools.iter().map(|Definition { name, description, parameters }| {
            json!({
                "type": "function",
                "function": {"name": name, "description": description, "parameters": parameters},
            })
        });
        body["tools"] = tools.collect();
    }
    Request::post(url, "application/json", body.to_string()).bearer(&settings.api_key).repeatable()
}

fn written(message: &Message) -> Value {
    match message {
        Message::System(text) => json!({"role": "system", "content": text}),
        Message::User(text) => json!({"role": "user", "content": text}),
        Message::Assistant { text, calls } if calls.is_empty() => {
            json!({"role": "assistant", "content": text})
        }
        Message::Assistant { text, calls } => {
            let calls = calls.iter().map(|ToolCall { id, name, arguments }| {
                let arguments = if arguments.is_empty() { "{}" } else { arguments };
                let function = json!({"name": name, "arguments": arguments});
                json!({"id": id, "type": "function", "function": function})
            });
            json!({"role": "assistant", "content": text, "tool_calls": calls.collect::<Value>()})
        }
        Message::Tool { id, text } => {
            json!({"role": "tool", "tool_call_id": id, "content": text})
        }
    }
}

/// Reads one answer while it arrives. Whether tools are called is decided by what comes, not by
/// `finish_reason`.
#[derive(Debug, Default)]
pub struct Answering {
    events: Events,
    thoughts: Thoughts,
    calls: Vec<Building>,
    /// The body so far, until it is known whether it is a stream of events.
    beginning: Vec<u8>,
    form: Form,
    /// Whether anything was understood.
    is_answer: bool,
    is_done: bool,
    usage: Usage,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Form {
    #[default]
    Unknown,
    Stream,
    /// One JSON object, from a server that does not stream.
    Whole,
}

/// A call of a tool while it arrives.
#[derive(Debug)]
struct Building {
    index: Option<u64>,
    call: ToolCall,
}

impl Answering {
    /// Takes a piece of the body. Returns the text that it adds, without thoughts.
    pub fn push(&mut self, piece: &[u8]) -> Result<String, ChatError> {
        match self.form {
            Form::Stream => return self.read(piece),
            Form::Whole => {
                self.beginning.extend_from_slice(piece);
                return Ok(String::new());
            }
            Form::Unknown => {}
        }
        self.beginning.extend_from_slice(piece);
        match self.beginning.iter().find(|byte| !byte.is_ascii_whitespace()) {
            None => Ok(String::new()),
            Some(b'{') => {
                self.form = Form::Whole;
                Ok(String::new())
            }
            Some(_) => {
                self.form = Form::Stream;
                let beginning = std::mem::take(&mut self.beginning);
                self.read(&beginning)
            }
        }
    }

    /// Whether the server has said that the answer is whole.
    pub fn is_done(&self) -> bool {
        self.is_done
    }

    /// Returns the end of the text, the tools that are called, whose ids may be empty, and what the
    /// answer used.
    pub fn finish(mut self) -> Result<(String, Vec<ToolCall>, Usage), ChatError> {
        let mut text = String::new();
        if self.form == Form::Whole {
            let body = std::mem::take(&mut self.beginning);
            text += &self.take(&body)?;
        }
        if let Some(last) = std::mem::take(&mut self.events).finish() {
            text += &self.take(&last)?;
        }
        if !self.is_answer {
            return Err(ChatError::Malformed("it has no choice in it".to_owned()));
        }
        text += &self.thoughts.finish();
        let calls = self.calls.into_iter().map(|building| building.call);
        let calls = calls.filter(|call| !call.name.is_empty());
        Ok((text, calls.collect(), self.usage))
    }

    fn read(&mut self, piece: &[u8]) -> Result<String, ChatError> {
        let mut text = String::new();
        for event in self.events.push(piece)? {
            text += &self.take(&event)?;
        }
        Ok(text)
    }

    /// Reads one event: a chunk of an answer, or a whole one.
    fn take(&mut self, event: &[u8]) -> Result<String, ChatError> {
        self.is_done |= event.trim_ascii() == b"[DONE]";
        if self.is_done || event.trim_ascii().is_empty() {
            return Ok(String::new());
        }
        let event: Value = serde_json::from_slice(event)
            .map_err(|error| ChatError::Malformed(error.to_string()))?;
        if let Some(error) = event.get("error").filter(|error| !error.is_null()) {
            let words = message_in(error).unwrap_or("an error without words");
            return Err(ChatError::Told(in_one_line(words)));
        }
        self.count(event.get("usage"));
        // The last chunk counts tokens and has no choice.
        let Some(choice) = event.get("choices").and_then(|choices| choices.get(0)) else {
            return Ok(String::new());
        };
        self.is_answer = true;
        let Some(delta) = choice.get("delta").or_else(|| choice.get("message")) else {
            return Ok(String::new());
        };
        let calls = delta.get("tool_calls").and_then(Value::as_array);
        for call in calls.into_iter().flatten() {
            self.add_call(call);
        }
        let words = [delta.get("content"), delta.get("refusal")];
        let words = words.into_iter().flatten().map(text_of).collect::<String>();
        Ok(self.thoughts.push(&words))
    }

    /// Takes the count of tokens. Some servers send one with every chunk, which counts all so far.
    fn count(&mut self, usage: Option<&Value>) {
        let tokens = |name| usage?.get(name)?.as_u64();
        if let Some(read) = tokens("prompt_tokens") {
            self.usage.input_tokens = read;
            self.usage.output_tokens = tokens("completion_tokens").unwrap_or_default();
        }
    }

    /// Adds a piece of a call to the call that it belongs to. Some servers leave out the index, begin
    /// at 1, or give every call the same one; some leave out the id.
    fn add_call(&mut self, piece: &Value) {
        let index = piece.get("index").and_then(Value::as_u64);
        let id = text_in(piece, "id");
        let function = piece.get("function").unwrap_or(piece);
        let name = text_in(function, "name");
        let is_same = |known: &Building| match (id, index) {
            ("", Some(_)) => known.index == index,
            ("", None) => name.is_empty() || known.call.name.is_empty(),
            (id, _) if known.call.id == id => true,
            (_, Some(_)) if name.is_empty() || known.call.id.is_empty() => known.index == index,
            (_, _) => false,
        };
        let at = match self.calls.iter().rposition(is_same) {
            Some(at) => at,
            None if self.calls.len() >= MAX_CALLS => return,
            None => {
                self.calls.push(Building { index, call: ToolCall::default() });
                self.calls.len() - 1
            }
        };
        let call = &mut self.calls[at].call;
        for (field, piece) in [(&mut call.id, id), (&mut call.name, name)] {
            if field.is_empty() {
                piece.clone_into(field);
            }
        }
        match function.get("arguments") {
            Some(Value::String(arguments)) => call.arguments.push_str(arguments),
            Some(Value::Null) | None => {}
            // The arguments as an object, at once.
            Some(arguments) => call.arguments = arguments.to_string(),
        }
    }
}

/// The text of a content, which may be a list of parts.
fn text_of(content: &Value) -> String {
    match content {
        Value::String(text) => text.clone(),
        Value::Array(parts) => parts.iter().map(|part| text_in(part, "text")).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => String::new(),
    }
}

fn text_in<'v>(value: &'v Value, field: &str) -> &'v str {
    value.get(field).and_then(Value::as_str).unwrap_or_default()
}
