//! Events of a Realtime server that are damaged, absurd or made to do harm.

use campanile_agent::wire::{
    Codec as _, Unread,
    realtime::{FromModel, MAX_PIECE, Realtime},
};
use serde_json::{Value, json};

/// One of each kind of event that is read.
fn events() -> Vec<Value> {
    let call =
        json!({"type": "function_call", "call_id": "c", "name": "end_call", "arguments": "{}"});
    let format = json!({"format": {"type": "audio/pcm", "rate": 24_000}, "turn_detection": null});
    let usage = json!({"input_tokens": 3, "output_tokens": 4, "total_tokens": 7});
    let error = json!({"type": "invalid_request_error", "code": "no", "message": "No. ✂"});
    vec![
        json!({"type": "session.created", "session": {"type": "realtime"}}),
        json!({"type": "session.updated", "session": {"audio": {"input": format, "output": format}}}),
        json!({"type": "input_audio_buffer.speech_started", "audio_start_ms": 120, "item_id": "i"}),
        json!({"type": "input_audio_buffer.speech_stopped", "audio_end_ms": 980, "item_id": "i"}),
        json!({"type": "conversation.item.input_audio_transcription.completed", "item_id": "i",
            "transcript": "Grüß Gott"}),
        json!({"type": "response.created", "response": {"id": "r", "status": "in_progress"}}),
        json!({"type": "response.output_audio.delta", "response_id": "r", "item_id": "a",
            "delta": "f39/f39/f39/f38="}),
        json!({"type": "response.output_audio_transcript.delta", "response_id": "r", "delta": "H"}),
        json!({"type": "response.function_call_arguments.done", "response_id": "r", "call_id": "c",
            "name": "end_call", "arguments": {"reason": "done"}}),
        json!({"type": "response.output_item.done", "response_id": "r", "item": call}),
        json!({"type": "response.done", "response": {"id": "r", "status": "failed", "output": [call],
            "usage": usage, "status_details": {"type": "failed", "error": error}}}),
        json!({"type": "error", "error": error}),
    ]
}

/// Reads an event and checks what every reader of it relies on.
fn read(text: &[u8]) {
    for message in Realtime::read(text).unwrap_or_default() {
        if let FromModel::Sound { sound, .. } = message {
            assert!(!sound.is_empty() && sound.len() <= MAX_PIECE);
        }
    }
}

#[test]
fn no_damaged_event_panics() {
    let mut random = fastrand::Rng::with_seed(31);
    for event in events() {
        let text = event.to_string().into_bytes();
        assert!(Realtime::read(&text).is_ok(), "{event}");
        for _ in 0..4_000 {
            let mut damaged = text.clone();
            for _ in 0..random.usize(1..6) {
                let at = random.usize(..damaged.len());
                damaged[at] = random.u8(..);
            }
            damaged.truncate(random.usize(..=damaged.len()));
            read(&damaged);
        }
    }
}

#[test]
fn no_event_with_values_of_other_kinds_panics() {
    let others = [
        json!(null),
        json!(-1),
        json!(1e300),
        json!(u64::MAX),
        json!("\u{0}\u{1F4A3}"),
        json!([[[]]]),
        json!({"id": {"id": []}}),
        json!("x".repeat(100_000)),
    ];
    for event in events() {
        for path in paths(&event, String::new()) {
            for other in &others {
                let mut changed = event.clone();
                *changed.pointer_mut(&path).expect("the path") = other.clone();
                read(changed.to_string().as_bytes());
            }
        }
    }
    let deep = [b"{\"type\":\"error\",\"error\":".as_slice(), &[b'['; 500_000]].concat();
    assert!(matches!(Realtime::read(&deep), Err(Unread::Malformed(_))));
}

/// The path (RFC 6901) of each value in an event.
fn paths(value: &Value, at: String) -> Vec<String> {
    let inside: Vec<(String, &Value)> = match value {
        Value::Object(fields) => fields.iter().map(|(name, v)| (name.clone(), v)).collect(),
        Value::Array(items) => items.iter().enumerate().map(|(n, v)| (n.to_string(), v)).collect(),
        _ => Vec::new(),
    };
    let below = inside.into_iter().flat_map(|(name, v)| paths(v, format!("{at}/{name}")));
    below.chain([at.clone()]).collect()
}
