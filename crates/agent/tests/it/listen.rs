//! Deepgram's messages.

use bytes::Bytes;
use campanile_agent::wire::{
    Codec as _, Message, Unread,
    listen::{self, Deepgram, FromListener, ToListener},
};
use campanile_rules::agent::{RecognitionProtocol, RecognitionSettings, Secret};
use serde_json::{Value, json};

fn settings(url: &str) -> RecognitionSettings {
    RecognitionSettings {
        protocol: RecognitionProtocol::Deepgram,
        url: url.to_owned(),
        model: "nova 3".to_owned(),
        api_key: Secret::new("key"),
    }
}

fn results() -> Value {
    json!({
        "type": "Results", "channel_index": [0, 1], "duration": 1.98, "start": 5.99,
        "is_final": true, "speech_final": false, "from_finalize": true,
        "channel": {"alternatives": [
            {"transcript": " Tell me more. ", "confidence": 0.99, "words": []},
            {"transcript": "Tell me moor."},
        ]},
        "metadata": {"request_id": "x"},
    })
}

#[test]
fn messages_are_written_as_deepgram_reads_them() {
    let mut codec = Deepgram;
    let sound = Bytes::from_static(&[1, 2, 3]);
    assert_eq!(codec.write(ToListener::Sound(sound.clone())), Message::Binary(sound));
    for (message, kind) in [
        (codec.write(ToListener::Finalize), "Finalize"),
        (codec.write(ToListener::Close), "CloseStream"),
        (codec.keep_alive().unwrap(), "KeepAlive"),
    ] {
        let written: Value = serde_json::from_str(message.to_text().unwrap()).unwrap();
        assert_eq!(written, json!({"type": kind}));
    }
}

#[test]
fn what_deepgram_sends_is_read() {
    let read = |message: Value| Deepgram::read(message.to_string().as_bytes());
    let text = "Tell me more.".to_owned();
    let heard = FromListener::Text { text, is_final: true, ends_turn: false, is_asked_for: true };
    assert_eq!(read(results()), Ok(vec![heard]));
    let nothing = json!({"type": "Results", "channel": {"alternatives": []}});
    let text = String::new();
    let nothing_heard =
        FromListener::Text { text, is_final: false, ends_turn: false, is_asked_for: false };
    assert_eq!(read(nothing), Ok(vec![nothing_heard]));
    let started = json!({"type": "SpeechStarted", "channel": [0], "timestamp": 9.54});
    assert_eq!(read(started), Ok(vec![FromListener::SpeechStarted]));
    let end = json!({"type": "UtteranceEnd", "channel": [0, 1], "last_word_end": 2.395});
    assert_eq!(read(end), Ok(vec![FromListener::UtteranceEnd]));
    assert_eq!(read(json!({"type": "Metadata", "duration": 1.0})), Ok(vec![]));
    let error = json!({"type": "Error", "description": "no\nsuch model", "variant": "x"});
    assert_eq!(read(error), Ok(vec![FromListener::Failed("no such model".to_owned())]));
    assert_eq!(read(json!({"type": "New"})), Err(Unread::Unknown("New".to_owned())));
    for bad in [json!({}), json!([]), json!({"type": "Results", "channel": 1})] {
        assert!(matches!(read(bad), Err(Unread::Malformed(_))));
    }
}

#[test]
fn the_url_asks_for_the_sound_of_a_call_and_keeps_what_it_asks_for_itself() {
    let url = listen::url(&settings("https://api.deepgram.com/v1/"), "en-US");
    assert!(url.starts_with("wss://api.deepgram.com/v1/listen?model=nova%203&language=en-US&"));
    for part in ["encoding=mulaw", "sample_rate=8000", "interim_results=true"] {
        assert!(url.contains(part), "{url}");
    }
    let url =
        listen::url(&settings("ws://127.0.0.1:1/v1/listen?language=multi&endpointing=50"), "");
    assert!(url.starts_with("ws://127.0.0.1:1/v1/listen?model=nova%203&encoding="), "{url}");
    assert_eq!((url.matches("language=").count(), url.matches("endpointing=").count()), (1, 1));
    assert!(url.ends_with("&language=multi&endpointing=50"), "{url}");
    let headers = listen::headers(&settings("wss://a"));
    assert_eq!(headers, [("Authorization", "Token key".to_owned())]);
}

#[test]
fn no_damaged_message_panics() {
    let message = results().to_string().into_bytes();
    let mut random = fastrand::Rng::with_seed(9);
    for _ in 0..20_000 {
        let mut damaged = message.clone();
        for _ in 0..random.usize(1..6) {
            let at = random.usize(..damaged.len());
            damaged[at] = random.u8(..);
        }
        damaged.truncate(random.usize(..=damaged.len()));
        let _ = Deepgram::read(&damaged);
    }
}
