//! Twilio's dialect, written as bots expect it and read as bots really write.

use std::collections::BTreeMap;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use campanile_agent::wire::{
    Codec as _, Unread,
    stream::{FromBot, MAX_PIECE, Name, ToBot},
    twilio::{Sids, Twilio, signature},
};
use serde_json::{Value, json, value::RawValue};

fn written(stream: &mut Twilio, message: ToBot) -> Value {
    serde_json::from_str(stream.write(message).to_text().unwrap()).unwrap()
}

fn name(json: &str) -> Option<Name> {
    Name::new(&RawValue::from_string(json.to_owned()).unwrap())
}

fn read(message: &Value) -> Result<Vec<FromBot>, Unread> {
    Twilio::read(message.to_string().as_bytes())
}

fn sound_in(messages: &[FromBot]) -> Vec<u8> {
    let bytes = messages.iter().flat_map(|message| match message {
        FromBot::Sound(bytes) => bytes.to_vec(),
        FromBot::Mark(_) | FromBot::Clear => panic!("{message:?} is not sound"),
    });
    bytes.collect()
}

#[test]
fn a_stream_is_written_as_twilio_writes_it() {
    let sids = Sids::of("workspace_1", "attempt_7");
    let (account, call, stream) = (&sids.account, &sids.call, &sids.stream);
    let mut twilio = Twilio::new(sids.clone());
    let parameters = BTreeMap::from([("name".to_owned(), "Ana \"A\" €".to_owned())]);
    assert_eq!(
        written(&mut twilio, ToBot::Connected),
        json!({"event": "connected", "protocol": "Call", "version": "1.0.0"})
    );
    assert_eq!(
        written(&mut twilio, ToBot::Start(parameters)),
        json!({
            "event": "start", "sequenceNumber": "1", "streamSid": stream,
            "start": {
                "accountSid": account, "streamSid": stream, "callSid": call,
                "tracks": ["inbound"],
                "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
                "customParameters": {"name": "Ana \"A\" €"},
            },
        })
    );
    let payload = std::array::from_fn(|at| at as u8);
    for n in 0..2_u64 {
        assert_eq!(
            written(&mut twilio, ToBot::Sound { at_ms: n * 20, payload }),
            json!({
                "event": "media", "sequenceNumber": (n + 2).to_string(), "streamSid": stream,
                "media": {
                    "track": "inbound", "chunk": (n + 1).to_string(),
                    "timestamp": (n * 20).to_string(), "payload": STANDARD.encode(payload),
                },
            })
        );
    }
    assert_eq!(
        written(&mut twilio, ToBot::Digit('#')),
        json!({
            "event": "dtmf", "streamSid": stream, "sequenceNumber": "4",
            "dtmf": {"track": "inbound_track", "digit": "#"},
        })
    );
    assert_eq!(
        written(&mut twilio, ToBot::Mark(name("\"a \\\"b\\\"\""))),
        json!({
            "event": "mark", "sequenceNumber": "5", "streamSid": stream,
            "mark": {"name": "a \"b\""},
        })
    );
    assert_eq!(
        written(&mut twilio, ToBot::Mark(None)),
        json!({"event": "mark", "sequenceNumber": "6", "streamSid": stream, "mark": {}})
    );
    assert_eq!(
        written(&mut twilio, ToBot::Stop),
        json!({
            "event": "stop", "sequenceNumber": "7", "streamSid": stream,
            "stop": {"accountSid": account, "callSid": call},
        })
    );
}

#[test]
fn the_event_comes_first() {
    let mut twilio = Twilio::new(Sids::of("workspace_1", "attempt_7"));
    assert!(
        twilio.write(ToBot::Connected).to_text().unwrap().starts_with("{\"event\":\"connected\"")
    );
    assert!(twilio.write(ToBot::Stop).to_text().unwrap().starts_with("{\"event\":\"stop\""));
}

#[test]
fn ids_have_twilios_shape_and_are_the_calls_own() {
    let sids = Sids::of("workspace_1", "attempt_7");
    for (sid, prefix) in [(&sids.account, "AC"), (&sids.call, "CA"), (&sids.stream, "MZ")] {
        let digits = sid.strip_prefix(prefix).unwrap();
        assert_eq!(digits.len(), 32, "{sid}");
        assert!(digits.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f')), "{sid}");
    }
    assert_eq!(sids, Sids::of("workspace_1", "attempt_7"));
    let other = Sids::of("workspace_1", "attempt_8");
    assert_eq!(sids.account, other.account);
    assert_ne!(sids.call, other.call);
    assert_ne!(sids.call[2..], sids.stream[2..]);
}

/// Computed with Python's `hmac` and `base64`.
#[test]
fn an_upgrade_is_signed_over_the_url_as_it_is_written() {
    assert_eq!(signature("12345", "wss://bot.example/ws"), "ZP1CdL+sV2pQZPttopnfF5CMYMM=");
    assert_ne!(signature("12345", "wss://bot.example/ws/"), "ZP1CdL+sV2pQZPttopnfF5CMYMM=");
}

#[test]
fn sound_of_any_length_is_read_whole_and_in_pieces() {
    for len in [0, 1, 2, 3, 159, 160, 161, 999, MAX_PIECE, MAX_PIECE + 1, 8_001, 480_000] {
        let sound: Vec<u8> = (0..len).map(|at| (at * 7 % 251) as u8).collect();
        let payload = STANDARD.encode(&sound);
        let unpadded = payload.trim_end_matches('=').to_owned();
        let broken: String = payload
            .as_bytes()
            .chunks(60)
            .map(|line| format!("{}\n", std::str::from_utf8(line).unwrap()))
            .collect();
        for payload in [payload, unpadded, broken] {
            let messages = read(&json!({"event": "media", "media": {"payload": payload}})).unwrap();
            assert_eq!(sound_in(&messages), sound, "{len} bytes");
            assert_eq!(messages.len(), len.div_ceil(MAX_PIECE));
        }
    }
}

#[test]
fn what_real_bots_send_is_understood() {
    let sound = |payload: &str| FromBot::Sound(STANDARD.decode(payload).unwrap().into());
    let long = "x".repeat(Name::MAX);
    for (text, expected) in [
        // Pipecat.
        (
            r#"{"event": "media", "streamSid": "MZ1", "media": {"payload": "//8="}}"#,
            vec![sound("//8=")],
        ),
        (r#"{"event": "clear", "streamSid": "MZ1"}"#, vec![FromBot::Clear]),
        // OpenAI's demo: marks without a name, no media.payload.
        (r#"{"event":"mark","streamSid":"MZ1"}"#, vec![FromBot::Mark(None)]),
        (r#"{"event":"mark","streamSid":"MZ1","mark":{}}"#, vec![FromBot::Mark(None)]),
        (r#"{"event":"mark","mark":{"name":null}}"#, vec![FromBot::Mark(None)]),
        (r#"{"event":"mark","mark":null}"#, vec![FromBot::Mark(None)]),
        (r#"{"event":"media","media":{}}"#, vec![]),
        (r#"{"event":"media","media":{"payload":""}}"#, vec![]),
        // The stream id is missing, wrong, or no string; order and unknown fields do not matter.
        (r#"{"event":"clear"}"#, vec![FromBot::Clear]),
        (r#"{"streamSid":5,"x":[{}],"event":"clear"}"#, vec![FromBot::Clear]),
        // A solidus that PHP escapes.
        (r#"{"event":"media","media":{"payload":"\/\/8="}}"#, vec![sound("//8=")]),
        // Names are returned as they came.
        (r#"{"event":"mark","mark":{"name":"done:7"}}"#, vec![FromBot::Mark(name("\"done:7\""))]),
        (r#"{"event":"mark","mark":{"name":7}}"#, vec![FromBot::Mark(name("7"))]),
    ] {
        assert_eq!(Twilio::read(text.as_bytes()), Ok(expected), "{text}");
    }
    let too_long = read(&json!({"event": "mark", "mark": {"name": long}}));
    assert_eq!(too_long, Err(Unread::TooLong("name")));
}

#[test]
fn what_no_bot_should_send_is_refused_with_a_reason() {
    for text in [
        "",
        "hello",
        "5",
        "null",
        "[]",
        "{\"event\":5}",
        "{\"event\":\"media\"}",
        "{",
        "{\"event\":\"media\",\"media\":5}",
        "{\"event\":\"media\",\"media\":{\"payload\":5}}",
        "{\"event\":\"media\",\"media\":{\"payload\":\"***\"}}",
        "{\"event\":\"mark\",\"mark\":5}",
    ] {
        let unread = Twilio::read(text.as_bytes());
        assert!(matches!(unread, Err(Unread::Malformed(_))), "{text}: {unread:?}");
    }
    for event in ["", "stop", "Media", "connected"] {
        let unread = read(&json!({"event": event}));
        assert_eq!(unread, Err(Unread::Unknown(event.to_owned())));
    }
}

#[test]
fn deep_nesting_ends_no_process() {
    for open in ["[", "{\"a\":"] {
        let deep = open.repeat(150_000);
        assert!(Twilio::read(deep.as_bytes()).is_err());
        let inside = format!("{{\"event\":\"clear\",\"mark\":{deep}");
        assert!(Twilio::read(inside.as_bytes()).is_err());
    }
}

#[test]
fn no_damaged_message_ends_the_process() {
    let good = [
        r#"{"event":"media","streamSid":"MZ","media":{"payload":"/////38AAAA="}}"#,
        r#"{"event":"mark","streamSid":"MZ","mark":{"name":"\u20ac \ud83d\ude00"}}"#,
        r#"{"event":"clear","streamSid":"MZ"}"#,
    ];
    let mut random = fastrand::Rng::with_seed(14);
    let mut understood = 0;
    for round in 0..20_000 {
        let mut text = good[round % good.len()].as_bytes().to_vec();
        for _ in 0..random.usize(0..4) {
            let at = random.usize(0..text.len().max(1));
            match random.u8(0..4) {
                _ if text.is_empty() => text.push(random.u8(..)),
                0 => text[at] = random.u8(..),
                1 => drop(text.remove(at)),
                2 => text.insert(at, random.u8(..)),
                _ => text.truncate(at + 1),
            }
        }
        understood += usize::from(Twilio::read(&text).is_ok());
    }
    assert!((5_000..19_000).contains(&understood), "{understood} of 20,000 were understood");
}
