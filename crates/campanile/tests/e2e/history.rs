//! The call history over HTTP, compared with the carrier's records.

use std::collections::BTreeSet;

use campanile_media::g711::Law;
use campanile_sandbox::CallRecord;
use serde_json::Value;

use super::support::{Server, World, last_two, number};

const ENDINGS: [u32; 8] = [0, 1, 2, 60, 61, 70, 80, 95];

fn people() -> String {
    let rows = ENDINGS.map(|n| format!("{},Person {n}\n", number(n)));
    format!("phone_number,name\n{}", rows.concat())
}

/// A server that records calls, and its completed batch.
fn recorded() -> (World, Server, String) {
    // People wait at natural speed, so that they hear the agent out.
    let world = World::paced("", "", 1.0);
    std::fs::write(world.path("serve.toml"), "record_calls = true\n").unwrap();
    let server = Server::start(&world);
    let batch = server.new_batch(&people(), &world);
    server.until(&format!("/v1/batch-calls/{batch}"), |batch| batch["status"] == "completed");
    (world, server, batch)
}

/// The call IDs of all pages.
fn listed(server: &Server, query: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let separator = if query.is_empty() { "" } else { "&" };
    let first = format!("/v1/calls?limit=3{separator}{query}");
    let mut path = first.clone();
    loop {
        let page = server.until(&path, |_| true);
        for call in page["items"].as_array().expect("items") {
            assert!(found.insert(text(&call["call_id"])), "{call} came twice");
        }
        match page["next_cursor"].as_str() {
            Some(next) => path = format!("{first}&cursor={next}"),
            None => return found,
        }
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text")).to_owned()
}

#[test]
fn filters_find_what_the_carrier_saw() {
    let (mut world, server, batch) = recorded();
    let found = |query: &str| listed(&server, query);
    let all = found("");
    let of_batch = found(&format!("batch_id={batch}"));
    let busy = found("outcome=busy");
    let unknown = found("end_reason=invalid_number");
    let voicemail = found("answered_by=voicemail");
    let people = found("outcome=completed");
    let one = found("number=5550061");
    let prefix = found(&format!("number=%2B{}&outcome=no_answer", &number(70)[1..9]));
    let (before, after) = (found("to=2026-01-01T00:00:00Z"), found("from=2026-01-01T00:00:00Z"));
    drop(server);
    let records = world.records();
    let those = |wanted: &dyn Fn(&CallRecord) -> bool| -> BTreeSet<String> {
        records.iter().filter(|r| wanted(r)).map(|r| r.call_id.clone()).collect()
    };
    assert_eq!(all.len(), ENDINGS.len());
    assert_eq!(all, those(&|_| true));
    assert_eq!((&of_batch, &after, before.len()), (&all, &all, 0));
    assert_eq!(busy, those(&|r| r.final_status == Some(486)));
    assert_eq!(unknown, those(&|r| r.final_status == Some(404)));
    assert_eq!(voicemail, those(&|r| (60..70).contains(&last_two(&r.to))));
    assert_eq!(people, those(&|r| last_two(&r.to) < 60));
    assert_eq!(one, those(&|r| last_two(&r.to) == 61));
    assert_eq!(prefix, those(&|r| last_two(&r.to) == 70));
}

#[test]
fn a_call_tells_what_happened_in_order() {
    let (_world, server, _) = recorded();
    for (ending, steps) in [
        (0, ["INVITE", "180", "200", "ACK", "BYE", "200"].as_slice()),
        (70, &["INVITE", "180", "CANCEL", "200", "487", "ACK"]),
        (80, &["INVITE", "486", "ACK"]),
    ] {
        let call = show(&server, ending);
        let messages = call["sip_ladder"]["messages"].as_array().expect("messages");
        let told: Vec<&str> = messages
            .iter()
            .map(|message| message["start_line"].as_str().expect("a line"))
            .map(|line| line.trim_start_matches("SIP/2.0 ").split(' ').next().expect("a word"))
            .filter(|word| *word != "100")
            .collect();
        assert_eq!(told, steps, "{call:#}");
        assert_eq!(messages[0]["direction"], "sent");
        assert!(text(&messages[0]["text"]).contains("m=audio"), "the description is kept");
    }
    let call = show(&server, 0);
    let timeline = call["timeline"].as_array().expect("a timeline");
    let events: Vec<String> = timeline.iter().map(|moment| text(&moment["event"])).collect();
    assert_eq!(events[..4], ["claimed", "dialed", "ringing", "answered"]);
    for event in ["amd_decided", "first_words", "hung_up"] {
        assert!(events.iter().any(|e| e == event), "no {event}: {timeline:?}");
    }
    let offsets: Vec<u64> = timeline.iter().map(|m| m["offset_ms"].as_u64().unwrap()).collect();
    assert!(offsets[0] == 0 && offsets.is_sorted(), "{offsets:?}");
    assert_eq!((&call["from_number"], &call["agent_version"]), (&"+14155550100".into(), &1.into()));
}

fn show(server: &Server, ending: u32) -> Value {
    let number = number(ending).replace('+', "%2B");
    let found = server.until(&format!("/v1/calls?number={number}"), |_| true);
    let call_id = text(&found["items"][0]["call_id"]);
    server.until(&format!("/v1/calls/{call_id}"), |_| true)
}

/// Root mean square of a part of a channel, in samples of ±32767.
fn loudness(channel: &[i16], (from_ms, to_ms): (u64, u64)) -> f64 {
    let part = &channel[from_ms as usize * 8..(to_ms as usize * 8).min(channel.len())];
    let squares: f64 = part.iter().map(|&s| f64::from(s) * f64::from(s)).sum();
    (squares / part.len().max(1) as f64).sqrt()
}

/// The first utterance of a speaker, in milliseconds after the answer.
fn first(call: &Value, speaker: &str) -> (u64, u64) {
    let said = call["transcript"].as_array().expect("a transcript");
    let first = said.iter().find(|u| u["speaker"] == speaker).expect("it spoke");
    (first["start_ms"].as_u64().unwrap(), first["end_ms"].as_u64().unwrap())
}

#[test]
fn a_recording_has_the_person_left_and_the_agent_right() {
    let (_world, server, _) = recorded();
    let call = show(&server, 0);
    let url = text(&call["recording"]["url"]);
    let (status, kind, file) = server.fetch(&url, None);
    assert_eq!((status, kind.as_str(), &file[..4]), (200, "audio/wav", &b"RIFF"[..]));
    let sound = &file[58..];
    let side = |first| sound[first..].iter().step_by(2).map(|b| Law::Mu.decode(*b));
    let (person, agent): (Vec<i16>, Vec<i16>) = (side(0).collect(), side(1).collect());
    assert_eq!(call["recording"]["duration_ms"], person.len() as u64 / 8);
    assert_eq!(call["recording"]["lost_ms"], 0);

    let (hello, greeting) = (first(&call, "user"), first(&call, "agent"));
    assert!(hello.1 <= greeting.0, "the agent waits for the end of the hello: {call:#}");
    assert!(loudness(&person, hello) > 300.0, "no hello on the left");
    assert!(loudness(&agent, hello) < 30.0, "the agent talks into the hello");
    assert!(loudness(&agent, greeting) > 300.0, "no greeting on the right");
    assert!(loudness(&person, greeting) < loudness(&agent, greeting) / 5.0, "sides are mixed");

    let (status, _, part) = server.fetch(&url, Some("bytes=58-1057"));
    assert_eq!((status, part.as_slice()), (206, &file[58..1058]));
    assert_eq!(server.fetch(&url, Some("bytes=99999999-")).0, 416);

    let busy = text(&show(&server, 80)["call_id"]);
    let (status, kind, why) = server.fetch(&format!("/v1/calls/{busy}/recording.wav"), None);
    assert_eq!((status, kind.as_str()), (404, "application/problem+json"));
    assert!(String::from_utf8_lossy(&why).contains("nobody answered"));
}

#[test]
fn the_transcript_grows_while_the_call_talks() {
    // The person waits at natural speed, so that the call lasts for some turns.
    let world = World::paced("", "", 1.0);
    let server = Server::start(&world);
    server.new_batch(&format!("phone_number,name\n{},Ann\n", number(0)), &world);
    let list = server.until("/v1/calls", |calls| calls["items"][0]["answered_at"].is_string());
    let path = format!("/v1/calls/{}", text(&list["items"][0]["call_id"]));
    let said = |call: &Value| call["transcript"].as_array().expect("a transcript").clone();
    let live = server.until(&path, |call| {
        assert!(call["ended_at"].is_null(), "it ended before it showed the greeting: {call:#}");
        said(call).iter().any(|turn| turn["text"] == "Hi Ann.")
    });
    let ended = server.until(&path, |call| call["ended_at"].is_string());
    assert_eq!(said(&live)[0]["speaker"], "user", "{live:#}");
    assert_eq!(said(&live)[0], said(&ended)[0], "a turn that is over stays as it is");
}
