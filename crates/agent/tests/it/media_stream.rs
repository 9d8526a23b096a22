//! The engine `media_stream` with bots of every kind, on simulated time.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use campanile_agent::{Blame, Brief};
use campanile_media::g711::Law;
use campanile_rules::agent::{MediaStreamSettings, Secret};
use campanile_rules::attempt::{EndReason, Party};
use futures::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};
use tokio_tungstenite::tungstenite::Message;

use crate::{
    bots::{Bot, Bots, ring_only, show, sound_of, speech},
    stage::{Act::*, brief},
};

fn undetected() -> Brief {
    let mut brief = brief();
    brief.version.voicemail_detection = false;
    brief.variables =
        [("name".to_owned(), "Ana".to_owned()), ("attempt".to_owned(), "x".to_owned())].into();
    brief
}

/// What a bot keeps for its test.
#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<Value>>>);

impl Kept {
    fn keep(&self, events: Vec<Value>) {
        self.0.lock().unwrap().extend(events);
    }

    fn of(&self, kind: &str) -> Vec<Value> {
        self.0.lock().unwrap().iter().filter(|event| event["event"] == kind).cloned().collect()
    }
}

fn silence(byte: &u8) -> bool {
    *byte == Law::Mu.silence()
}

/// What left on the wire, without the silence around it.
fn heard(wire: &[u8]) -> &[u8] {
    let begin = wire.iter().position(|byte| !silence(byte)).unwrap_or(wire.len());
    let end = wire.iter().rposition(|byte| !silence(byte)).map_or(begin, |last| last + 1);
    &wire[begin..end]
}

#[tokio::test(start_paused = true)]
async fn the_stream_starts_with_the_answer_and_is_whole() {
    let kept = Kept::default();
    let keep = kept.clone();
    let bots = Arc::new(Bots::new(move |_, mut bot: Bot| {
        let keep = keep.clone();
        let began = Instant::now();
        async move {
            let first = bot.next().await.unwrap();
            assert!(began.elapsed() >= Duration::from_secs(25), "nothing comes before the answer");
            keep.keep(vec![first]);
            let (events, code) = bot.rest().await;
            keep.keep(events);
            assert_eq!(code, Some(1000));
        }
    }));
    let acts = [Wait(2_000), Press('1'), Wait(1_000), Press('#'), Wait(7_000), HangUp];
    let show = show(&undetected(), &bots, 25_000, &acts).await;
    bots.played().await;
    assert_eq!(show.conversation.end_reason, EndReason::UserDisconnected);

    let events = kept.0.lock().unwrap().clone();
    assert_eq!(events[0], json!({"event": "connected", "protocol": "Call", "version": "1.0.0"}));
    assert_eq!(events[1]["event"], "start");
    assert_eq!(
        events[1]["start"]["customParameters"],
        json!({
            "name": "Ana", "from_number": "+14155550100", "to_number": "+14155550123",
            "call_id": "call-1", "batch_id": "batch_1", "recipient_id": "recipient_1",
            "attempt": "1", "call_token": "token-1", "language": "en-US", "first_message": "Good morning.",
        })
    );
    assert_eq!(events.last().unwrap()["event"], "stop");
    for (at, event) in events[1..].iter().enumerate() {
        assert_eq!(event["sequenceNumber"], (at + 1).to_string());
    }
    let media = kept.of("media");
    assert_eq!(media.len(), 10_000 / 20 + 2, "each digit takes a frame");
    for (at, event) in media.iter().enumerate() {
        assert_eq!(event["media"]["chunk"], (at + 1).to_string());
        assert_eq!(event["media"]["timestamp"], (at * 20).to_string());
        assert_eq!(sound_of(event).len(), 160);
    }
    let digits: Vec<_> =
        kept.of("dtmf").iter().map(|event| event["dtmf"]["digit"].clone()).collect();
    assert_eq!(digits, ["1", "#"]);
}

#[tokio::test(start_paused = true)]
async fn an_unanswered_call_tells_the_bot_nothing() {
    let bots = Arc::new(Bots::new(|_, mut bot: Bot| async move {
        assert_eq!(bot.rest().await, (vec![], Some(1000)));
    }));
    ring_only(&undetected(), &bots, 60_000).await.unwrap();
    bots.played().await;
}

#[tokio::test(start_paused = true)]
async fn a_bot_that_is_not_there_rings_no_phone() {
    let bots = Arc::new(Bots::new(|_, _| async {}).refusing_after(0));
    let failure = ring_only(&undetected(), &bots, 0).await.unwrap_err();
    assert_eq!(failure.blame, Blame::Agent);
    assert!(failure.cause.contains("bot.example answered 503"), "{}", failure.cause);
}

#[tokio::test(start_paused = true)]
async fn an_echo_bot_returns_every_byte_in_order() {
    let echoed = Arc::new(Mutex::new(Vec::new()));
    let note = echoed.clone();
    let bots = Arc::new(Bots::new(move |_, mut bot: Bot| {
        let note = note.clone();
        async move {
            while let Some(event) = bot.until("media").await {
                let sound = sound_of(&event);
                bot.say(&sound).await;
                note.lock().unwrap().extend(sound);
            }
        }
    }));
    let show = show(&undetected(), &bots, 0, &[Wait(500), Speak(3_000), Wait(500), HangUp]).await;
    let (wire, echoed) = (&show.stage.wire, echoed.lock().unwrap());
    // The line's noise is heard from the first frame on.
    let delay = wire.iter().position(|byte| !silence(byte)).unwrap() / 160 * 160;
    assert!(delay <= (60 + 60) * 8, "the echo comes after {} ms", delay / 8);
    assert!(wire[delay..] == echoed[..wire.len() - delay]);
}

#[tokio::test(start_paused = true)]
async fn what_the_bot_sends_leaves_as_it_came() {
    let sound = speech(5_000);
    let sent = sound.clone();
    let bots = Arc::new(Bots::new(move |_, mut bot: Bot| {
        let sent = sent.clone();
        async move {
            bot.until("start").await;
            // Pieces of odd sizes, one of them empty, at twice the speed of speech.
            let mut rest = &sent[..];
            for size in [1, 0, 333, 1_600, 7, 159].into_iter().cycle() {
                let (piece, more) = rest.split_at(size.min(rest.len()));
                bot.say(piece).await;
                sleep(Duration::from_millis(size as u64 / 16)).await;
                rest = more;
                if rest.is_empty() {
                    break;
                }
            }
            bot.rest().await;
        }
    }));
    let show = show(&undetected(), &bots, 0, &[Wait(8_000), HangUp]).await;
    assert!(heard(&show.stage.wire) == sound);
    let said: Vec<_> = show.conversation.transcript.iter().filter(|said| said.by_agent).collect();
    assert_eq!(said.len(), 1);
    assert_eq!(said[0].text, "speech 5.0 s");
}

#[tokio::test(start_paused = true)]
async fn a_minute_at_once_is_played_whole() {
    let sound = speech(60_000);
    let sent = sound.clone();
    let bots = Arc::new(Bots::new(move |_, mut bot: Bot| {
        let sent = sent.clone();
        async move {
            bot.until("start").await;
            bot.say(&sent[..240_000]).await;
            for piece in sent[240_000..].chunks(160) {
                bot.say(piece).await;
            }
            bot.mark("done").await;
            let began = Instant::now();
            bot.until("mark").await;
            assert!((59..=61).contains(&began.elapsed().as_secs()));
            bot.close(1000).await;
            bot.rest().await;
        }
    }));
    let show = show(&undetected(), &bots, 0, &[]).await;
    bots.played().await;
    assert!(heard(&show.stage.wire) == sound);
    let end = (show.conversation.end_reason, show.conversation.ended_by);
    assert_eq!(end, (EndReason::AgentDisconnected, Party::Agent));
}

#[tokio::test(start_paused = true)]
async fn marks_come_back_when_the_sound_before_them_has_left() {
    let bots = Arc::new(Bots::new(|_, mut bot: Bot| async move {
        bot.until("start").await;
        bot.until("media").await;
        let began = Instant::now();
        bot.mark("empty").await;
        bot.say(&speech(400)).await;
        bot.mark("a").await;
        bot.say(&speech(200)).await;
        bot.send(json!({"event": "mark", "streamSid": "any"})).await;
        bot.say(&speech(200)).await;
        bot.mark("b").await;
        let mut marks = Vec::new();
        while marks.len() < 4 {
            let mark = bot.until("mark").await.unwrap();
            marks.push((mark["mark"].clone(), began.elapsed().as_millis() as u64));
        }
        let names: Vec<_> = marks.iter().map(|(mark, _)| mark.clone()).collect();
        let (empty, a, b) = (json!({"name": "empty"}), json!({"name": "a"}), json!({"name": "b"}));
        assert_eq!(names, [empty, a, json!({}), b]);
        for ((_, at_ms), due_ms) in marks.iter().zip([0, 400, 600, 800]) {
            assert!((due_ms..=due_ms + 40).contains(at_ms), "{marks:?}");
        }
        bot.close(1000).await;
    }));
    show(&undetected(), &bots, 0, &[]).await;
    bots.played().await;
}

#[tokio::test(start_paused = true)]
async fn a_clear_silences_and_returns_every_mark() {
    let cleared = Arc::new(AtomicU64::new(0));
    let note = cleared.clone();
    let bots = Arc::new(Bots::new(move |_, mut bot: Bot| {
        let note = note.clone();
        async move {
            let answered = Instant::now();
            bot.until("start").await;
            for n in 0..1_000 {
                bot.say(&speech(20)).await;
                bot.mark(&n.to_string()).await;
            }
            let mut played = 0;
            while played < 50 {
                assert_eq!(bot.until("mark").await.unwrap()["mark"]["name"], played.to_string());
                played += 1;
            }
            bot.send(json!({"event": "clear", "streamSid": "any"})).await;
            let began = Instant::now();
            note.store(answered.elapsed().as_millis() as u64, Ordering::Relaxed);
            for n in played..1_000 {
                assert_eq!(bot.until("mark").await.unwrap()["mark"]["name"], n.to_string());
            }
            assert!(began.elapsed() <= Duration::from_millis(40), "{:?}", began.elapsed());
            // The stream goes on.
            sleep(Duration::from_millis(200)).await;
            bot.say(&speech(20)).await;
            bot.mark("after").await;
            assert_eq!(bot.until("mark").await.unwrap()["mark"]["name"], "after");
            bot.close(1000).await;
        }
    }));
    let show = show(&undetected(), &bots, 0, &[]).await;
    bots.played().await;
    let at = cleared.load(Ordering::Relaxed) as usize;
    let leave_later = (at + 40) / 20 + 1;
    let after = &show.stage.wire[leave_later * 160..(leave_later + 9) * 160];
    assert!(
        after.iter().all(silence),
        "no frame with sound leaves more than 40 ms after the clear"
    );
}

#[tokio::test(start_paused = true)]
async fn a_bot_learns_at_once_that_the_person_hung_up() {
    let bots = Arc::new(Bots::new(|_, mut bot: Bot| async move {
        bot.until("start").await;
        bot.say(&speech(60_000)).await;
        let began = Instant::now();
        let (events, code) = bot.rest().await;
        assert_eq!(events.last().unwrap()["event"], "stop");
        assert_eq!(code, Some(1000));
        let late = began.elapsed().saturating_sub(Duration::from_secs(3));
        assert!(late <= Duration::from_millis(100), "{late:?}");
    }));
    let show = show(&undetected(), &bots, 0, &[Wait(3_000), HangUp]).await;
    bots.played().await;
    assert_eq!(show.conversation.ended_by, Party::Recipient);
}

#[tokio::test(start_paused = true)]
async fn a_bot_that_closes_is_heard_out_but_its_silence_is_not() {
    for (silence_ms, speech_ms, expected_ms) in
        [(2_000, 1_500, 1_500), (0, 30_000, 10_000), (10_000, 0, 0)]
    {
        let bots = Arc::new(Bots::new(move |_, mut bot: Bot| async move {
            bot.until("start").await;
            bot.say(&speech(speech_ms)).await;
            bot.say(&vec![Law::Mu.silence(); silence_ms * 8]).await;
            bot.close(1000).await;
        }));
        let show = show(&undetected(), &bots, 0, &[]).await;
        let end = (show.conversation.end_reason, show.conversation.ended_by);
        assert_eq!(end, (EndReason::AgentDisconnected, Party::Agent));
        // The first steps, the prebuffer, and 200 ms that the far end needs.
        let took_ms = show.stage.now_ms as usize;
        assert!((expected_ms..=expected_ms + 360).contains(&took_ms), "{expected_ms}: {took_ms}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_bot_that_dies_ends_the_call_after_what_it_said() {
    for (says_ms, reset) in [(0, false), (0, true), (1_000, false), (1_000, true)] {
        let bots = Arc::new(Bots::new(move |_, mut bot: Bot| async move {
            bot.until("start").await;
            bot.say(&speech(says_ms)).await;
            if !reset {
                bot.close(1011).await;
                bot.rest().await;
            }
        }));
        let show = show(&undetected(), &bots, 0, &[]).await;
        let conversation = show.conversation;
        assert_eq!(conversation.end_reason, EndReason::AgentFailed);
        let failure = conversation.failure.unwrap();
        assert_eq!(failure.blame, Blame::Agent);
        let words = if reset { "broke" } else { "code 1011" };
        assert!(failure.cause.contains(words), "{}", failure.cause);
        assert!(heard(&show.stage.wire) == speech(says_ms));
        let said = conversation.transcript.iter().any(|said| said.by_agent);
        assert_eq!(said, says_ms > 0, "what the agent said decides whether it failed");
    }
}

#[tokio::test(start_paused = true)]
async fn a_bot_that_does_not_wait_for_the_answer_is_connected_again() {
    let bots = Arc::new(Bots::new(|number, mut bot: Bot| async move {
        if number == 1 {
            sleep(Duration::from_secs(5)).await;
            bot.close(1000).await;
            return;
        }
        bot.until("start").await;
        bot.say(&speech(500)).await;
        bot.close(1000).await;
    }));
    let show = show(&undetected(), &bots, 20_000, &[]).await;
    assert_eq!(bots.connections.load(Ordering::Relaxed), 2);
    assert_eq!(show.conversation.end_reason, EndReason::AgentDisconnected);
    assert!(heard(&show.stage.wire) == speech(500));
}

#[tokio::test(start_paused = true)]
async fn a_bot_that_is_gone_at_the_answer_has_failed() {
    let bots = Bots::new(|_, mut bot: Bot| async move { bot.close(1001).await }).refusing_after(1);
    let bots = Arc::new(bots);
    let show = show(&undetected(), &bots, 20_000, &[]).await;
    assert_eq!(show.conversation.end_reason, EndReason::AgentFailed);
    assert!(show.conversation.failure.unwrap().cause.contains("503"));
    assert!(show.stage.now_ms <= 1_000 + 200);
}

#[tokio::test(start_paused = true)]
async fn a_bot_that_hangs_is_gone_within_half_a_minute() {
    let bots = Arc::new(Bots::new(|_, mut bot: Bot| async move {
        bot.until("start").await;
        // It reads nothing any more and answers no ping.
        sleep(Duration::from_secs(600)).await;
    }));
    let mut brief = undetected();
    brief.version.silence_timeout_s = 600;
    let show = show(&brief, &bots, 0, &[]).await;
    assert_eq!(show.conversation.end_reason, EndReason::AgentFailed);
    assert!(show.stage.now_ms <= 31_000, "{}", show.stage.now_ms);
}

#[tokio::test(start_paused = true)]
async fn a_bot_that_floods_neither_grows_the_call_nor_delays_it() {
    let bots = Arc::new(Bots::new(|_, mut bot: Bot| async move {
        bot.until("start").await;
        let payload = STANDARD.encode(speech(60_000));
        let sound = json!({"event": "media", "media": {"payload": payload}}).to_string();
        let mark = json!({"event": "mark", "mark": {"name": "x".repeat(200)}}).to_string();
        let (mut sink, mut stream) = bot.socket.split();
        let reading = async { while let Some(Ok(_)) = stream.next().await {} };
        let flooding = async {
            for message in [sound, mark].into_iter().cycle() {
                if sink.feed(Message::text(message)).await.is_err() {
                    return;
                }
            }
        };
        tokio::join!(reading, flooding);
    }));
    let show = show(&undetected(), &bots, 0, &[Wait(40_000), HangUp]).await;
    assert_eq!(show.conversation.end_reason, EndReason::UserDisconnected);
    assert_eq!(show.stage.now_ms, 40_000);
}

#[tokio::test(start_paused = true)]
async fn a_person_who_presses_nine_is_not_passed_on() {
    let bots = Arc::new(Bots::new(|_, mut bot: Bot| async move {
        bot.until("start").await;
        let (events, code) = bot.rest().await;
        assert!(events.iter().all(|event| event["event"] != "dtmf"));
        assert_eq!((&events.last().unwrap()["event"], code), (&json!("stop"), Some(1000)));
    }));
    let show = show(&undetected(), &bots, 0, &[Wait(500), Press('9')]).await;
    bots.played().await;
    assert!(show.conversation.asked_to_stop);
}

#[tokio::test(start_paused = true)]
async fn a_machine_gets_no_stream() {
    let bots = Arc::new(Bots::new(|_, mut bot: Bot| async move {
        assert_eq!(bot.rest().await, (vec![], Some(1000)));
    }));
    let acts = [Wait(300), Speak(6_000), Beep(400)];
    let show = show(&brief(), &bots, 1_000, &acts).await;
    bots.played().await;
    assert!(show.conversation.voicemail);
}

#[test]
fn settings_print_no_secret() {
    let settings = MediaStreamSettings {
        url: "wss://bot.example/secret".to_owned(),
        auth_token: Secret::new("secret"),
        parameters: [("a".to_owned(), "secret".to_owned())].into(),
    };
    assert!(!format!("{settings:?}").contains("secret"));
}
