//! The engine `realtime` with models of every kind, on simulated time.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use campanile_agent::Note;
use campanile_media::{FRAME_SAMPLES, g711::Law, tone::level_dbfs};
use campanile_rules::{
    agent::{EngineKind, RealtimeAudio, RealtimeSettings, ResultField, ResultKind},
    attempt::{EndReason, Party},
};
use serde_json::json;
use tokio::time::Instant;

use crate::{
    bots::{Bot, Bots, speech},
    models::{Model, plain, settings, show},
    stage::Act::*,
};

pub fn text_of(said: &[campanile_agent::Said]) -> Vec<(bool, &str)> {
    said.iter().map(|said| (said.by_agent, said.text.as_str())).collect()
}

/// When the last sound left, in milliseconds after the answer.
pub fn silent_from(wire: &[u8]) -> usize {
    let last = wire.iter().rposition(|byte| *byte != Law::Mu.silence());
    last.map_or(0, |last| (last / FRAME_SAMPLES + 1) * 20)
}

#[tokio::test(start_paused = true)]
async fn the_session_is_there_before_the_call_and_the_greeting_follows_the_answer() {
    let mut brief = plain();
    brief.version.first_message = "Good morning.".to_owned();
    brief.version.language = "de-DE".to_owned();
    let voice = RealtimeSettings {
        voice: "marin".to_owned(),
        extra_session: json!({"top": 1, "audio": {"output": {"speed": 1.2}}})
            .as_object()
            .unwrap()
            .clone(),
        ..settings()
    };
    brief.version.engine = EngineKind::Realtime(voice);
    let began = Instant::now();
    let models = Bots::new(move |_, bot: Bot| async move {
        let mut model = Model::set_up(bot).await;
        let session = model.events[0]["session"].clone();
        assert_eq!((&session["type"], &session["top"]), (&json!("realtime"), &json!(1)));
        assert_eq!(session["instructions"], "You are a dentist's receptionist.");
        let audio = &session["audio"];
        assert_eq!(audio["input"]["format"], json!({"type": "audio/pcmu"}));
        assert_eq!(audio["input"]["turn_detection"], json!({"type": "server_vad"}));
        assert_eq!(audio["input"]["transcription"]["language"], "de");
        let output = json!({"format": {"type": "audio/pcmu"}, "voice": "marin", "speed": 1.2});
        assert_eq!(audio["output"], output);
        assert_eq!(session["tools"][0]["name"], "end_call");
        let request = model.until("response.create").await.unwrap();
        assert!(began.elapsed() >= Duration::from_secs(25), "nothing comes before the answer");
        assert!(model.heard.len() <= 160);
        let told = request["response"]["instructions"].as_str().unwrap();
        assert!(told.starts_with("You are a dentist") && told.ends_with("Good morning."), "{told}");
        model.say("r1", "Good morning.", &speech(800)).await;
        assert_eq!(model.rest().await, Some(1000));
        assert_eq!(model.kinds(), ["session.update", "response.create"]);
    });
    let (show, _) = show(&brief, models, 25_000, &[HearOut, Wait(500), HangUp]).await;
    assert_eq!(show.conversation.ended_by, Party::Recipient);
    assert_eq!(text_of(&show.conversation.transcript), [(true, "Good morning.")]);
}

#[tokio::test(start_paused = true)]
async fn sound_passes_untouched_in_both_directions() {
    let models = Bots::new(|_, bot: Bot| async move {
        let mut model = Model::set_up(bot).await;
        model.answer("r1", "Hello.", &speech(1_000)).await;
        model.rest().await;
        assert_eq!(model.heard.len() % 160, 0);
        let samples: Vec<i16> = model.heard.iter().map(|byte| Law::Mu.decode(*byte)).collect();
        assert!((level_dbfs(&samples[2_000 * 8..2_900 * 8]) + 18.0).abs() < 0.3);
    });
    let (show, _) = show(&plain(), models, 0, &[Wait(2_000), Hold(1_000, 1_000), HangUp]).await;
    let wire = &show.stage.wire;
    let begin = wire.iter().position(|byte| *byte != Law::Mu.silence()).unwrap();
    assert_eq!(wire[begin..begin + 8_000], speech(1_000)[..]);
    assert!(silent_from(wire) <= begin / 8 + 1_020);
}

fn tone_24k(hz: f64, ms: usize) -> Vec<u8> {
    let sample = |at: usize| (at as f64 * hz / 24_000.0 * std::f64::consts::TAU).sin() * 8_000.0;
    (0..ms * 24).flat_map(|at| (sample(at) as i16).to_le_bytes()).collect()
}

/// Checks what a server that speaks samples at 24 kHz hears, and lets it say a tone.
async fn talk_in_samples(mut model: Model) {
    model.answer("r1", "Hello.", &tone_24k(1_000.0, 1_000)).await;
    model.rest().await;
    let samples: Vec<i16> =
        model.heard.chunks_exact(2).map(|pair| i16::from_le_bytes([pair[0], pair[1]])).collect();
    let level = level_dbfs(&samples[2_000 * 24..2_900 * 24]);
    assert!((level + 18.0).abs() < 0.3, "{level}");
}

fn check_tone(wire: &[u8]) {
    let samples: Vec<i16> = wire.iter().map(|byte| Law::Mu.decode(*byte)).collect();
    let begin = samples.iter().position(|sample| sample.unsigned_abs() > 500).unwrap();
    let tone = &samples[begin + 400..begin + 7_200];
    let level = level_dbfs(tone);
    assert!((level - level_dbfs(&[8_000, 0])).abs() < 0.3, "{level}");
    let crossings = tone.windows(2).filter(|pair| (pair[0] < 0) != (pair[1] < 0)).count();
    assert!((1_695..=1_705).contains(&crossings), "{crossings}");
}

#[tokio::test(start_paused = true)]
async fn what_the_server_really_takes_is_spoken() {
    // A server that parses G.711 and speaks samples all the same.
    let models = Bots::new(|_, bot: Bot| async move {
        let mut model = Model::new(bot);
        model.send(json!({"type": "session.created"})).await;
        model.until("session.update").await.unwrap();
        let pcm = json!({"format": {"type": "audio/pcm", "rate": 24_000}});
        let session = json!({"audio": {"input": pcm, "output": pcm}});
        model.send(json!({"type": "session.updated", "session": session})).await;
        talk_in_samples(model).await;
    });
    let (show, _) = show(&plain(), models, 0, &[Wait(2_000), Hold(1_000, 1_000), HangUp]).await;
    check_tone(&show.stage.wire);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_refuses_g711_is_asked_for_samples() {
    let models = Bots::new(|_, bot: Bot| async move {
        let mut model = Model::new(bot);
        model.send(json!({"type": "session.created"})).await;
        model.until("session.update").await.unwrap();
        model.error("invalid_value", "audio/pcmu is not supported").await;
        let asked = model.until("session.update").await.unwrap();
        let format = json!({"type": "audio/pcm", "rate": 24_000});
        assert_eq!(asked["session"]["audio"]["input"]["format"], format);
        // Such as a server of the beta protocol says it.
        let session = json!({"input_audio_format": "pcm16", "output_audio_format": "pcm16"});
        model.send(json!({"type": "session.updated", "session": session})).await;
        talk_in_samples(model).await;
    });
    let (show, _) = show(&plain(), models, 0, &[Wait(2_000), Hold(1_000, 1_000), HangUp]).await;
    check_tone(&show.stage.wire);
}

#[tokio::test(start_paused = true)]
async fn a_person_who_interrupts_hears_no_more_and_the_model_knows_what_was_heard() {
    let heard_ms = Arc::new(Mutex::new(0));
    let note = heard_ms.clone();
    let models = Bots::new(move |_, bot: Bot| {
        let note = note.clone();
        async move {
            let mut model = Model::set_up(bot).await;
            model.until("response.create").await.unwrap();
            model.begin("r1").await;
            let text = "One two three four five six seven eight nine ten.";
            model.speak("r1", text, &speech(4_000)).await;
            let audio = json!({
                "type": "response.output_audio.delta", "response_id": "r1", "item_id": "second",
                "delta": "EJAQkBCQ",
            });
            model.send(audio).await;
            model.listen(2_000).await;
            model.person_starts("p1", 1_900).await;
            model.listen(100).await;
            // The response is over, and some of it was still under way.
            model.speak("r1", "eleven", &speech(1_000)).await;
            model.done("r1", "cancelled").await;
            model.rest().await;
            let told = model.of("conversation.item.truncate");
            assert_eq!((told.len(), &told[0]["item_id"]), (1, &json!("item_r1")));
            assert_eq!((&told[0]["content_index"], told[0].get("response_id")), (&json!(0), None));
            let heard_ms = told[0]["audio_end_ms"].as_u64().unwrap();
            *note.lock().unwrap() = heard_ms;
            let deleted = model.of("conversation.item.delete");
            assert_eq!((deleted.len(), &deleted[0]["item_id"]), (1, &json!("second")));
            assert!(model.of("response.cancel").is_empty(), "the server ends it by itself");
        }
    });
    let (show, _) = show(&plain(), models, 0, &[Wait(5_000), HangUp]).await;
    let silent = silent_from(&show.stage.wire);
    assert!((2_000..=2_060).contains(&silent), "{silent}");
    let on_the_wire = show.stage.wire.iter().filter(|byte| **byte != Law::Mu.silence()).count() / 8;
    let heard_ms = *heard_ms.lock().unwrap() as usize;
    assert!((on_the_wire..=on_the_wire + 5).contains(&heard_ms), "{heard_ms} {on_the_wire}");
    let [agent, person] = &show.conversation.transcript[..] else {
        panic!("{:?}", show.conversation.transcript)
    };
    assert!(
        agent.text.starts_with("One two three four") && agent.text.ends_with(" …"),
        "{agent:?}"
    );
    assert!(!agent.text.contains("six"), "{agent:?}");
    assert_eq!((person.text.as_str(), person.start_ms), ("speech", 1_900));
}

#[tokio::test(start_paused = true)]
async fn nothing_is_cut_when_nothing_plays() {
    let models = Bots::new(|_, bot: Bot| async move {
        let mut model = Model::set_up(bot).await;
        model.answer("r1", "Hello.", &speech(500)).await;
        model.listen(2_000).await;
        model.person_starts("p1", 1_900).await;
        model.rest().await;
        assert_eq!(model.kinds(), ["session.update", "response.create"]);
    });
    let (show, _) = show(&plain(), models, 0, &[Wait(3_000), HangUp]).await;
    assert_eq!(text_of(&show.conversation.transcript)[0], (true, "Hello."));
}

#[tokio::test(start_paused = true)]
async fn an_agent_that_cannot_be_interrupted_speaks_on() {
    let mut brief = plain();
    brief.version.interruptible = false;
    let models = Bots::new(|_, bot: Bot| async move {
        let mut model = Model::set_up(bot).await;
        let input = &model.events[0]["session"]["audio"]["input"];
        assert_eq!(input["turn_detection"]["interrupt_response"], false);
        model.answer("r1", "Hello.", &speech(3_000)).await;
        model.listen(1_000).await;
        model.person_starts("p1", 900).await;
        model.rest().await;
        assert_eq!(model.kinds(), ["session.update", "response.create"]);
    });
    let (show, _) = show(&brief, models, 0, &[Wait(5_000), HangUp]).await;
    assert!((3_000..=3_200).contains(&silent_from(&show.stage.wire)));
}

#[tokio::test(start_paused = true)]
async fn a_server_that_interrupts_nothing_is_told_to() {
    let mut brief = plain();
    let detection = json!({"type": "server_vad", "interrupt_response": false});
    let detection = Some(detection.as_object().unwrap().clone());
    brief.version.engine =
        EngineKind::Realtime(RealtimeSettings { turn_detection: detection, ..settings() });
    let models = Bots::new(|_, bot: Bot| async move {
        let mut model = Model::set_up(bot).await;
        model.until("response.create").await.unwrap();
        model.begin("r1").await;
        model.speak("r1", "Hello.", &speech(3_000)).await;
        model.listen(1_000).await;
        model.person_starts("p1", 900).await;
        model.until("response.cancel").await.expect("it is told");
        model.rest().await;
    });
    show(&brief, models, 0, &[Wait(3_000), HangUp]).await;
}

fn with_results() -> campanile_agent::Brief {
    let mut brief = plain();
    brief.version.results = vec![ResultField {
        name: "slot".to_owned(),
        description: String::new(),
        kind: ResultKind::Text,
        choices: Vec::new(),
    }];
    brief
}

#[tokio::test(start_paused = true)]
async fn functions_are_answered_between_responses() {
    let models = Bots::new(|_, bot: Bot| async move {
        let mut model = Model::set_up(bot).await;
        model.until("response.create").await.unwrap();
        model.call("r1", "c1", "record_result", json!({"name": "slot", "value": "Monday"})).await;
        model.call("r1", "c2", "fly", json!({})).await;
        model.listen(1_000).await;
        assert_eq!(model.kinds(), ["session.update", "response.create"], "one response at a time");
        model.done("r1", "completed").await;
        model.until("response.create").await.unwrap();
        let outputs = model.of("conversation.item.create");
        assert_eq!(outputs.len(), 2);
        let item = &outputs[0]["item"];
        assert_eq!(
            (&item["type"], &item["call_id"]),
            (&json!("function_call_output"), &json!("c1"))
        );
        assert_eq!(item["output"], "Recorded slot = Monday.");
        assert!(outputs[1]["item"]["output"].as_str().unwrap().contains("no such tool"));
        model.say("r2", "Done.", &speech(500)).await;
        model.rest().await;
        assert_eq!(model.of("response.create").len(), 2);
    });
    let (show, _) = show(&with_results(), models, 0, &[Wait(4_000), HangUp]).await;
    assert_eq!(show.conversation.results["slot"], "Monday");
}

#[tokio::test(start_paused = true)]
async fn the_goodbye_of_end_call_is_heard_to_its_end() {
    let models = Bots::new(|_, bot: Bot| async move {
        let mut model = Model::set_up(bot).await;
        model.until("response.create").await.unwrap();
        model.begin("r1").await;
        model.speak("r1", "Goodbye.", &speech(2_000)).await;
        // As an item of the response, not as an event of its own.
        let call =
            json!({"type": "function_call", "call_id": "c1", "name": "end_call", "arguments": {}});
        let response = json!({"id": "r1", "status": "completed", "output": [call]});
        model.send(json!({"type": "response.done", "response": response})).await;
        assert_eq!(model.rest().await, Some(1000));
        assert_eq!(model.kinds(), ["session.update", "response.create"]);
    });
    let (show, _) = show(&plain(), models, 0, &[Wait(60_000)]).await;
    let end = (show.conversation.end_reason, show.conversation.ended_by);
    assert_eq!(end, (EndReason::AgentDisconnected, Party::Agent));
    assert!((2_180..=2_300).contains(&show.stage.now_ms), "{}", show.stage.now_ms);
    assert_eq!(text_of(&show.conversation.transcript), [(true, "Goodbye.")]);
}

#[tokio::test(start_paused = true)]
async fn digits_are_told_in_words() {
    let models = Bots::new(|_, bot: Bot| async move {
        let mut model = Model::set_up(bot).await;
        model.answer("r1", "Your number?", &speech(500)).await;
        let told = model.until("conversation.item.create").await.unwrap();
        assert_eq!(told["item"]["role"], "user");
        let content = json!({"type": "input_text", "text": "(I pressed 12# on the telephone.)"});
        assert_eq!(told["item"]["content"][0], content);
        model.until("response.create").await.expect("an answer to them");
        model.rest().await;
    });
    let acts = [Wait(1_000), Press('1'), Wait(400), Press('2'), Press('#'), Wait(3_000), HangUp];
    show(&plain(), models, 0, &acts).await;
}

#[tokio::test(start_paused = true)]
async fn the_transcript_follows_the_speech_and_not_the_news() {
    let models = Bots::new(|_, bot: Bot| async move {
        let mut model = Model::set_up(bot).await;
        model.answer("r1", "Hello.", &speech(500)).await;
        model.listen(1_000).await;
        model.person_starts("p1", 900).await;
        model.listen(1_000).await;
        model.person_stops("p1", 1_900).await;
        model.say("r2", "It is nine.", &speech(500)).await;
        model.listen(400).await;
        model.person_said("p1", " What time is it? ").await;
        model.listen(1_000).await;
        model.person_starts("p2", 3_300).await;
        model.person_stops("p2", 3_400).await;
        model.person_said("p2", "").await;
        model.rest().await;
    });
    let (show, notes) = show(&plain(), models, 0, &[Wait(5_000), HangUp]).await;
    let expected = [(true, "Hello."), (false, "What time is it?"), (true, "It is nine.")];
    assert_eq!(text_of(&show.conversation.transcript), expected);
    let person = &show.conversation.transcript[1];
    assert_eq!((person.start_ms, person.end_ms), (900, 1_900));
    let latency = notes.iter().find_map(|note| match note {
        Note::Latency(latency) => Some(*latency),
        _ => None,
    });
    let latency = latency.expect("one answer to a turn");
    assert_eq!(latency.vad_end_ms, Some(1_900));
    let (came, left) = (latency.tts_first_ms.unwrap(), latency.first_sample_ms.unwrap());
    assert!(left <= came + 60, "{came} {left}");
    assert_eq!(show.conversation.transcript[2].start_ms, left, "the answer tells its latency");
    let usage = show.conversation.happened.usage;
    assert_eq!((usage.input_tokens, usage.output_tokens), (20, 40), "of two responses");
}

#[tokio::test(start_paused = true)]
async fn who_says_stop_calling_me_is_not_called_again() {
    let models = Bots::new(|_, bot: Bot| async move {
        let mut model = Model::set_up(bot).await;
        model.until("response.create").await.unwrap();
        model.person_starts("p1", 0).await;
        model.person_stops("p1", 10).await;
        model.person_said("p1", "Stop calling me!").await;
        model.rest().await;
    });
    let (show, _) = show(&plain(), models, 0, &[Wait(60_000)]).await;
    assert!(show.conversation.asked_to_stop);
    assert!(show.stage.now_ms < 1_000);
}

#[tokio::test(start_paused = true)]
async fn a_turn_without_end_is_ended() {
    let mut brief = plain();
    brief.version.silence_timeout_s = 120;
    let models = Bots::new(|_, bot: Bot| async move {
        let mut model = Model::set_up(bot).await;
        model.answer("r1", "Hello.", &speech(500)).await;
        model.listen(1_000).await;
        let began = Instant::now();
        model.person_starts("p1", 900).await;
        model.until("input_audio_buffer.commit").await.unwrap();
        let after = began.elapsed().as_millis();
        assert!((59_900..=60_100).contains(&after), "{after}");
        model.until("response.create").await.expect("an answer");
        model.rest().await;
    });
    show(&brief, models, 0, &[Wait(70_000), HangUp]).await;
}

#[tokio::test(start_paused = true)]
async fn a_long_silence_is_asked_into_once() {
    let models = Bots::new(|_, bot: Bot| async move {
        let mut model = Model::set_up(bot).await;
        model.answer("r1", "Hello.", &speech(500)).await;
        model.answer("r2", "Are you there?", &speech(500)).await;
        model.rest().await;
        assert_eq!(model.of("response.create").len(), 2);
    });
    let (show, _) = show(&plain(), models, 0, &[Wait(600_000)]).await;
    assert_eq!(show.conversation.end_reason, EndReason::SilenceTimeout);
    assert!((30_000..=32_000).contains(&show.stage.now_ms), "{}", show.stage.now_ms);
}

#[tokio::test(start_paused = true)]
async fn old_names_of_events_are_read_as_well() {
    let models = Bots::new(|_, bot: Bot| async move {
        let mut model = Model::set_up(bot).await;
        model.until("response.create").await.unwrap();
        model.begin("r1").await;
        for (kind, delta) in [
            ("response.audio_transcript.delta", "Hello."),
            ("response.audio.delta", "EJAQkBCQEJAQkBCQ"),
        ] {
            let event = json!({"type": kind, "response_id": "r1", "item_id": "i", "delta": delta});
            model.send(event).await;
        }
        model.done("r1", "completed").await;
        model.rest().await;
    });
    let (show, _) = show(&plain(), models, 0, &[Wait(1_000), HangUp]).await;
    assert_eq!(text_of(&show.conversation.transcript), [(true, "Hello.")]);
}

#[tokio::test(start_paused = true)]
async fn a_call_in_a_law_goes_to_a_server_of_the_other() {
    let mut brief = plain();
    brief.version.engine =
        EngineKind::Realtime(RealtimeSettings { audio: RealtimeAudio::Pcma, ..settings() });
    let models = Bots::new(|_, bot: Bot| async move {
        let mut model = Model::set_up(bot).await;
        let audio = &model.events[0]["session"]["audio"];
        assert_eq!(audio["output"]["format"], json!({"type": "audio/pcma"}));
        let loud: Vec<u8> =
            (0..8_000).map(|at| Law::A.encode(if at % 8 < 4 { 8_000 } else { -8_000 })).collect();
        model.answer("r1", "Hello.", &loud).await;
        model.rest().await;
        let samples: Vec<i16> = model.heard.iter().map(|byte| Law::A.decode(*byte)).collect();
        assert!((level_dbfs(&samples[2_000 * 8..2_900 * 8]) + 18.0).abs() < 0.3);
    });
    let (show, _) = show(&brief, models, 0, &[Wait(2_000), Hold(1_000, 1_000), HangUp]).await;
    let samples: Vec<i16> = show.stage.wire.iter().map(|byte| Law::Mu.decode(*byte)).collect();
    let level = level_dbfs(&samples[4_000..6_000]);
    // Both laws round such loud sound by up to 2 %.
    assert!((level - level_dbfs(&[8_000, -8_000])).abs() < 0.5, "{level}");
}
