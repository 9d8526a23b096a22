//! Writes the events of a client.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use super::ToModel;

pub(super) fn event(message: ToModel) -> Value {
    match message {
        ToModel::Update(session) => json!({"type": "session.update", "session": session}),
        ToModel::Sound(sound) => {
            json!({"type": "input_audio_buffer.append", "audio": STANDARD.encode(sound)})
        }
        ToModel::Commit => json!({"type": "input_audio_buffer.commit"}),
        ToModel::PersonSaid(text) => said("user", "input_text", &text),
        ToModel::ModelSaid(text) => said("assistant", "output_text", &text),
        ToModel::Output { call_id, output } => {
            let item =
                json!({"type": "function_call_output", "call_id": call_id, "output": output});
            json!({"type": "conversation.item.create", "item": item})
        }
        ToModel::Respond { event_id, instructions: None } => {
            json!({"type": "response.create", "event_id": event_id})
        }
        ToModel::Respond { event_id, instructions: Some(instructions) } => {
            let response = json!({"instructions": instructions});
            json!({"type": "response.create", "event_id": event_id, "response": response})
        }
        ToModel::Cancel => json!({"type": "response.cancel"}),
        ToModel::Truncate { item_id, heard_ms } => json!({
            "type": "conversation.item.truncate",
            "item_id": item_id,
            "content_index": 0,
            "audio_end_ms": heard_ms,
        }),
        ToModel::Delete { item_id } => {
            json!({"type": "conversation.item.delete", "item_id": item_id})
        }
    }
}

fn said(role: &str, kind: &str, text: &str) -> Value {
    let item = json!({"type": "message", "role": role, "content": [{"type": kind, "text": text}]});
    json!({"type": "conversation.item.create", "item": item})
}
