//! The engine `pipeline` with servers of every kind, on simulated time.

use std::time::Duration;

use campanile_agent::{Agent as _, Blame, Brief, Care, Note};
use campanile_media::g711::Law;
use campanile_rules::{
    agent::{
        HttpTool,
        RecognitionProtocol::{self, Deepgram, OpenAi},
    },
    attempt::{EndReason, Party},
};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::{
    servers::{Came, Play, Reply, Servers, agent, chat, says, show, show_with, spoken},
    stage::{
        Act::{self, *},
        brief,
    },
};

const GREETING: &str = "Good morning, this is Ana. How can I help you today?";

fn pipeline_brief() -> Brief {
    let mut brief = brief();
    brief.version.voicemail_detection = false;
    brief.version.prompt = "You are Ana.".to_owned();
    brief.version.first_message = GREETING.to_owned();
    brief.version.silence_timeout_s = 4;
    brief
}

fn play(words: &[&'static str], chats: Vec<Reply>) -> Play {
    Play { words: words.iter().copied().collect(), chats: chats.into(), ..Play::default() }
}

fn user(text: &str) -> Value {
    json!({"role": "user", "content": text})
}

fn assistant(text: &str) -> Value {
    json!({"role": "assistant", "content": text})
}

/// The time from each event of one kind to the next of the other.
fn gaps(
    servers: &Servers,
    from: impl Fn(&Came) -> bool,
    to: impl Fn(&Came) -> bool,
) -> Vec<Duration> {
    let came = servers.came.lock().unwrap();
    let mut gaps = Vec::new();
    let mut since: Option<Instant> = None;
    for (at, came) in came.iter() {
        if from(came) {
            since = Some(*at);
        } else if to(came)
            && let Some(since) = since.take()
        {
            gaps.push(*at - since);
        }
    }
    gaps
}

/// The time on the wire with sound, in milliseconds: begin and end of each stretch.
fn stretches(wire: &[u8]) -> Vec<(usize, usize)> {
    let mut stretches: Vec<(usize, usize)> = Vec::new();
    for (at, byte) in wire.iter().enumerate() {
        if Law::Mu.decode(*byte).unsigned_abs() < 300 {
            continue;
        }
        match stretches.last_mut() {
            Some((_, end)) if at < *end + 8 * 100 => *end = at,
            Some(_) | None => stretches.push((at, at)),
        }
    }
    stretches.into_iter().map(|(begin, end)| (begin / 8, end / 8)).collect()
}

#[tokio::test(start_paused = true)]
async fn a_conversation_is_recognised_answered_and_spoken() {
    let answer = "On Monday we are open from nine, and on Tuesday from ten. Shall I book a table?";
    let servers = Servers::new(play(&["When are you open?"], vec![says(answer)]));
    let show = show(&pipeline_brief(), &servers, &[HearOut, Wait(500), Speak(1_200)]).await;
    assert_eq!(
        show.said(),
        [("agent", GREETING), ("person", "When are you open?"), ("agent", answer)]
    );
    let system = json!({"role": "system", "content": "You are Ana."});
    let first = user("(The person answers the phone.)");
    let expected = json!([system, first, assistant(GREETING), user("When are you open?")]);
    assert_eq!(servers.chats(), [expected]);
    let expected = [
        "Good morning, this is Ana.",
        "How can I help you today?",
        "On Monday we are open from nine,",
        "and on Tuesday from ten.",
        "Shall I book a table?",
    ];
    assert_eq!(servers.texts(), expected);
    assert_eq!(show.conversation.end_reason, EndReason::SilenceTimeout);
    // The greeting is heard with the answer, for it was made before.
    let stretches = stretches(&show.stage.wire);
    assert!(stretches[0].0 <= 80, "{stretches:?}");
    assert_eq!(stretches.len(), 2, "without gaps: {stretches:?}");
}

#[tokio::test(start_paused = true)]
async fn our_own_steps_take_less_than_ten_milliseconds() {
    let answers = vec![says("Yes, of course, we are open."), says("Goodbye, then, and thank you.")];
    let play = Play { words_ms: 700, ..play(&["Are you open?", "Thank you."], answers) };
    let servers = Servers::new(play);
    let acts = [HearOut, Wait(500), Speak(1_000), HearOut, Wait(500), Speak(1_000)];
    show(&pipeline_brief(), &servers, &acts).await;
    let words = |came: &Came| matches!(came, Came::Words(text) if !text.is_empty());
    let gaps_to_chat = gaps(&servers, words, |came| matches!(came, Came::Chat(_)));
    assert_eq!(gaps_to_chat.len(), 2);
    assert!(gaps_to_chat.iter().all(|gap| gap.as_millis() <= 10), "{gaps_to_chat:?}");
    // The model's first words come 200 ms after the request.
    let is_chat = |came: &Came| matches!(came, Came::Chat(_));
    let gaps_to_speech = gaps(&servers, is_chat, |came| matches!(came, Came::Speech(_)));
    assert!(gaps_to_speech.iter().all(|gap| gap.as_millis() <= 210), "{gaps_to_speech:?}");
}

#[tokio::test(start_paused = true)]
async fn each_turn_tells_its_five_steps() {
    let servers =
        Servers::new(play(&["Are you open?"], vec![says("Yes, of course, we are open.")]));
    let show = show(&pipeline_brief(), &servers, &[HearOut, Wait(500), Speak(1_000)]).await;
    let latencies: Vec<_> = show
        .notes
        .iter()
        .filter_map(|note| match note {
            Note::Latency(latency) => Some(*latency),
            _ => None,
        })
        .collect();
    let [latency] = latencies[..] else { panic!("{latencies:?}") };
    let steps = [
        latency.vad_end_ms,
        latency.stt_final_ms,
        latency.llm_first_ms,
        latency.tts_first_ms,
        latency.first_sample_ms,
    ];
    let [vad_end, words, text, sound, sample] = steps.map(|step| step.expect("every step"));
    assert!((160..=400).contains(&(words - vad_end)), "{steps:?}");
    // The turn is over after half a second; then 200 ms of model, 100 ms of speech, 60 ms of prebuffer.
    assert!((680..=740).contains(&(text - vad_end)), "{steps:?}");
    assert!((100..=140).contains(&(sound - text)), "{steps:?}");
    assert!(sample - sound <= 100, "{steps:?}");
    let happened = &show.conversation.happened;
    assert_eq!(happened.latencies, [latency]);
    let answer = show.conversation.transcript.last().expect("the answer");
    assert_eq!((answer.by_agent, answer.start_ms), (true, sample), "the answer tells its latency");
    let said = show.conversation.transcript.iter().filter(|said| said.by_agent);
    let characters: usize =
        said.map(|said| said.text.chars().filter(|it| *it != ' ').count()).sum();
    assert!(happened.usage.spoken_characters >= characters as u64, "{happened:?}");
}

#[tokio::test(start_paused = true)]
async fn one_request_an_utterance_serves_as_well() {
    let servers = Servers::new(play(
        &[" When are you open?\n"],
        vec![says("Every day of the week, from nine.")],
    ));
    let acts = [HearOut, Wait(500), Speak(1_200)];
    let show = show_with(&pipeline_brief(), &servers, OpenAi, &acts).await.unwrap();
    assert_eq!(
        show.said()[1..],
        [("person", "When are you open?"), ("agent", "Every day of the week, from nine."),]
    );
    let came = servers.came.lock().unwrap();
    let sounds: Vec<_> = came
        .iter()
        .filter_map(|(_, came)| match came {
            Came::Transcription(ms) => Some(*ms),
            _ => None,
        })
        .collect();
    // 300 ms before the voice, and the quiet until the request.
    assert!(matches!(sounds[..], [1_600..=2_000]), "{sounds:?}");
}

#[tokio::test(start_paused = true)]
async fn an_interrupted_agent_is_silent_at_once_and_remembers_only_what_was_heard() {
    let story = "Once upon a time there was a king, who had three daughters. The eldest was wise. \
                 The second was brave, and the youngest was kind to everybody in the whole land.";
    let play = play(
        &["Tell me a story.", "Stop it please."],
        vec![says(story), says("As you wish, of course.")],
    );
    let servers = Servers::new(play);
    let acts = [HearOut, Wait(500), Speak(1_000), HearFor(3_000), Speak(1_000)];
    let show = show(&pipeline_brief(), &servers, &acts).await;
    let said = show.said();
    assert_eq!(said[1], ("person", "Tell me a story."));
    let ("agent", heard) = said[2] else { panic!("{said:?}") };
    assert_eq!(said[3..], [("person", "Stop it please."), ("agent", "As you wish, of course.")]);
    // 3.2 s at 60 ms a character.
    let beginning = heard.strip_suffix(" …").expect("it was cut");
    assert!(story.starts_with(beginning) && (40..60).contains(&beginning.len()), "{heard}");
    let chats = servers.chats();
    let messages = chats[1].as_array().unwrap();
    assert_eq!(messages[4..], [assistant(heard), user("Stop it please.")]);
    // The person begins after 3 s of the story, and hears at most 200 ms more.
    let stretches = stretches(&show.stage.wire);
    let (begin, end) = stretches[1];
    assert!((3_000..=3_220).contains(&(end - begin)), "{stretches:?}");
}

#[tokio::test(start_paused = true)]
async fn a_mhm_and_a_cough_let_the_agent_go_on_where_it_stopped() {
    let text = "The visit is on Monday at nine in the morning, in the house beside the church.";
    for (words, ms, expected) in [("Mhm.", 500, Some("Mhm.")), ("", 300, None)] {
        let servers = Servers::new(play(&["When?", words], vec![says(text)]));
        let acts = [HearOut, Wait(500), Speak(800), HearFor(1_500), Speak(ms)];
        let show = show(&pipeline_brief(), &servers, &acts).await;
        let mut said: Vec<_> = show.said()[1..].to_vec();
        said.retain(|(_, text)| expected != Some(*text));
        assert_eq!(said, [("person", "When?"), ("agent", text)], "{words}");
        assert_eq!(servers.chats().len(), 1);
        let stretches = stretches(&show.stage.wire);
        assert_eq!(stretches.len(), 3, "a pause: {stretches:?}");
        let spoken: usize = stretches[1..].iter().map(|(begin, end)| end - begin).sum();
        assert!((spoken as i64 - 60 * text.len() as i64).abs() < 150, "nothing is lost: {spoken}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_agent_that_may_not_be_interrupted_speaks_on() {
    let text = "The visit is on Monday at nine in the morning, in the house beside the church.";
    let servers = Servers::new(play(&["When?", "Stop it now."], vec![says(text)]));
    let mut brief = pipeline_brief();
    brief.version.interruptible = false;
    let acts = [HearOut, Wait(500), Speak(800), HearFor(1_000), Speak(1_000)];
    let show = show(&brief, &servers, &acts).await;
    assert!(show.said().contains(&("agent", text)), "{:?}", show.said());
    assert_eq!(stretches(&show.stage.wire).len(), 2);
}

#[tokio::test(start_paused = true)]
async fn speech_without_words_is_asked_for_again() {
    for protocol in [Deepgram, OpenAi] {
        let play = play(
            &["", "On Monday."],
            vec![says("Sorry, could you say that again?"), says("Monday it is, thank you.")],
        );
        let servers = Servers::new(Play { partials: false, ..play });
        let acts = [HearOut, Wait(500), Speak(1_000), HearOut, Wait(500), Speak(1_000)];
        let show = show_with(&pipeline_brief(), &servers, protocol, &acts).await.unwrap();
        let said = show.said();
        assert!(said[1].1.starts_with("speech "), "{said:?}");
        assert_eq!(said[2], ("agent", "Sorry, could you say that again?"), "{protocol:?}");
        assert_eq!(said[3], ("person", "On Monday."));
        assert!(servers.chats()[0].to_string().contains("could not be understood"));
    }
}

#[tokio::test(start_paused = true)]
async fn keys_are_told_to_the_model() {
    let servers = Servers::new(play(&[], vec![says("Your code is right, thank you.")]));
    let acts = [HearFor(500), Press('4'), Wait(300), Press('2'), Wait(300), Press('#')];
    let show = show(&pipeline_brief(), &servers, &acts).await;
    assert_eq!(show.conversation.digits, "42#");
    let chats = servers.chats();
    let last = chats[0].as_array().unwrap().last().unwrap().clone();
    assert_eq!(last, user("(The person pressed 42# on the telephone's keypad.)"));
    assert_eq!(show.said().last().unwrap().1, "Your code is right, thank you.");
}

#[tokio::test(start_paused = true)]
async fn thoughts_and_markdown_are_not_spoken() {
    let deltas = [
        (100, json!({"reasoning_content": "They ask."})),
        (10, json!({"content": "<think>A table"})),
        (10, json!({"content": " it is.</think>**Yes**, see [our page](https://a.example/x)."})),
    ];
    let servers = Servers::new(play(&["Have you a table?"], vec![chat(&deltas)]));
    let show = show(&pipeline_brief(), &servers, &[HearOut, Wait(500), Speak(1_000)]).await;
    assert_eq!(show.said()[2].1, "Yes, see our page.");
    assert_eq!(servers.texts().last().unwrap(), "Yes, see our page.");
}

#[tokio::test(start_paused = true)]
async fn tools_are_used_and_the_model_goes_on() {
    let mut brief = pipeline_brief();
    brief.version.tools = vec![HttpTool {
        name: "weather".to_owned(),
        description: "The weather.".to_owned(),
        parameters: serde_json::Map::new(),
        url: "http://tools.example/tool".to_owned(),
        headers: [].into(),
        timeout_s: 5,
    }];
    let call = |name: &str, arguments: &str| json!({"tool_calls": [{"id": "call_0", "function": {"name": name, "arguments": arguments}}]});
    let answers = vec![
        chat(&[
            (100, json!({"content": "One moment, I look."})),
            (10, call("weather", "{\"city\":\"Rome\"}")),
        ]),
        chat(&[
            (100, json!({"content": "It is sunny there. Goodbye!"})),
            (10, call("end_call", "{}")),
        ]),
    ];
    let servers = Servers::new(play(&["The weather in Rome?"], answers));
    let show = show(&brief, &servers, &[HearOut, Wait(500), Speak(1_000)]).await;
    let said = show.said();
    assert_eq!(
        said[2..],
        [("agent", "One moment, I look."), ("agent", "It is sunny there. Goodbye!")]
    );
    let end = (show.conversation.end_reason, show.conversation.ended_by);
    assert_eq!(end, (EndReason::AgentDisconnected, Party::Agent));
    let second = servers.chats()[1].clone();
    let messages = second.as_array().unwrap();
    let [asked, answered] = &messages[messages.len() - 2..] else { panic!() };
    assert_eq!(asked["tool_calls"][0]["function"]["name"], "weather");
    assert_eq!(answered["content"], "sunny");
    assert_eq!(answered["tool_call_id"], asked["tool_calls"][0]["id"]);
}

#[tokio::test(start_paused = true)]
async fn a_person_who_asks_for_no_more_calls_in_words_is_heard() {
    let servers =
        Servers::new(play(&["Please stop calling me."], vec![says("I am sorry to hear that.")]));
    let show = show(&pipeline_brief(), &servers, &[HearOut, Wait(500), Speak(1_000)]).await;
    assert!(show.conversation.asked_to_stop);
    // Also over an agent that lets nobody interrupt it.
    let servers = Servers::new(play(&["Please stop calling me."], vec![]));
    let mut brief = pipeline_brief();
    brief.version.interruptible = false;
    brief.version.first_message = "This is a long story. ".repeat(8);
    let show = crate::servers::show(&brief, &servers, &[HearFor(500), Speak(1_000)]).await;
    assert!(show.conversation.asked_to_stop);
}

#[tokio::test(start_paused = true)]
async fn without_a_first_message_the_model_greets() {
    let servers = Servers::new(play(&[], vec![says("Hello, this is Ana speaking.")]));
    let mut brief = pipeline_brief();
    brief.version.first_message = String::new();
    let show = show(&brief, &servers, &[]).await;
    assert_eq!(show.said(), [("agent", "Hello, this is Ana speaking.")]);
}

#[tokio::test(start_paused = true)]
async fn connections_are_kept_and_opened_before_they_are_needed() {
    let answers = (0..3).map(|_| says("All right, and what else?")).collect();
    let servers = Servers::new(play(&["One.", "Two.", "Three."], answers));
    let acts: Vec<Act> = (0..3).flat_map(|_| [HearOut, Wait(500), Speak(800)]).collect();
    show(&pipeline_brief(), &servers, &acts).await;
    assert_eq!(servers.chats().len(), 3);
    // One to the model; two to the speech server, which speaks two clauses of the greeting at once.
    assert_eq!(*servers.connections.lock().unwrap(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_stream_is_kept_alive_while_the_phone_rings() {
    let servers = Servers::new(Play::default());
    let began = Instant::now();
    let show = show(&pipeline_brief(), &servers, &[]).await;
    let came = servers.came.lock().unwrap();
    let kept = came.iter().filter(|(_, came)| *came == Came::KeepAlive).map(|(at, _)| *at);
    let kept: Vec<_> = kept.collect();
    // It rings for 12 s; a stream is closed after 10 s without a message. In the call there is sound.
    assert!((3..=4).contains(&kept.len()) && kept[0] - began <= Duration::from_secs(6), "{kept:?}");
    assert!(kept.iter().all(|at| *at <= show.answered), "{kept:?}");
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_breaks_is_opened_again_and_has_missed_nothing() {
    let mut play = play(&["When are you open?"], vec![says("Every day of the week, from nine.")]);
    // In the middle of the person's words.
    play.breaks = [240].into();
    let servers = Servers::new(play);
    let show = show(&pipeline_brief(), &servers, &[HearOut, Wait(500), Speak(2_000)]).await;
    assert_eq!(
        show.said()[1..],
        [("person", "When are you open?"), ("agent", "Every day of the week, from nine."),]
    );
    assert!(servers.play.lock().unwrap().breaks.is_empty());
    let came = servers.came.lock().unwrap();
    let voice = came.iter().find_map(|(_, came)| match came {
        Came::Voice(frames) => Some(*frames),
        _ => None,
    });
    assert!(voice.is_some_and(|frames| frames >= 85), "an unbroken stream hears 91: {voice:?}");
}

/// Opens an agent whose servers play their parts badly. Returns why it cannot talk.
async fn cause(protocol: RecognitionProtocol, spoil: impl Fn(&mut Play)) -> String {
    let mut play = Play::default();
    spoil(&mut play);
    let servers = Servers::new(play);
    let began = Instant::now();
    let mut agent = agent(&pipeline_brief(), &servers, protocol);
    let failure = agent.open(Care::FirstWords).await.expect_err("a server is bad");
    assert!(began.elapsed() <= Duration::from_secs(5), "{:?}", began.elapsed());
    assert_eq!(failure.blame, Blame::Agent);
    failure.cause
}

#[tokio::test(start_paused = true)]
async fn no_phone_rings_for_servers_that_are_not_there_or_refuse() {
    let refused = cause(Deepgram, |play| play.listens = false).await;
    assert!(refused.starts_with("speech recognition: stt.example answered 503"), "{refused}");
    let gone = cause(OpenAi, |play| play.is_there = false).await;
    assert!(gone.contains("answered 503"), "{gone}");
    let key = cause(Deepgram, |play| play.models = Reply::refused(401, "Incorrect API key")).await;
    let words = "the language model: llm.example answered 401: it refuses the key";
    assert!(key.starts_with(words) && key.ends_with("it says: Incorrect API key"), "{key}");
    let voice = |_: &str| Reply::refused(404, "no voice af_heart");
    let voice = cause(Deepgram, move |play| play.speech = Box::new(voice)).await;
    assert!(voice.starts_with("speech synthesis: tts.example answered 404"), "{voice}");
    assert!(voice.ends_with("it says: no voice af_heart"), "{voice}");
    let slow = |_: &str| Reply::ok(vec![(60_000, "x".into())]);
    let slow = cause(Deepgram, move |play| play.speech = Box::new(slow)).await;
    assert_eq!(slow, "speech synthesis: it was not ready within 5 s");
    let silent = |_: &str| Reply::ok(vec![]);
    let silent = cause(Deepgram, move |play| play.speech = Box::new(silent)).await;
    assert_eq!(silent, "speech synthesis: it sent no sound");
}

#[tokio::test(start_paused = true)]
async fn a_model_that_fails_ends_the_call_with_its_cause() {
    for (answers, words) in [
        (vec![Reply::refused(401, "expired")], "answered 401"),
        (vec![Reply::refused(500, "boom"), Reply::refused(500, "boom")], "it says: boom"),
        (vec![Reply::ok(vec![(0, "<html></html>".into())])], "no chat completion"),
        (vec![Reply::ok(vec![(30_000, "x".into())])], "is too slow"),
        (
            vec![chat(&[(0, json!({"content": "Well, let me"})), (30_000, json!({}))])],
            "is too slow",
        ),
        (
            vec![Reply::ok(vec![(0, "data: {\"error\":{\"message\":\"context\"}}\n\n".into())])],
            "context",
        ),
    ] {
        let servers = Servers::new(play(&["Hello there."], answers));
        let mut brief = pipeline_brief();
        brief.version.failure_message = "Sorry.".to_owned();
        brief.version.silence_timeout_s = 60;
        let show = show(&brief, &servers, &[HearOut, Wait(500), Speak(1_000)]).await;
        assert_eq!(show.conversation.end_reason, EndReason::AgentFailed, "{words}");
        let failure = show.conversation.failure.clone().unwrap();
        assert!(failure.cause.starts_with("the language model: "), "{}", failure.cause);
        assert!(failure.cause.contains(words), "{}", failure.cause);
        assert_eq!(show.said().last().unwrap().1, "Sorry.");
    }
}

#[tokio::test(start_paused = true)]
async fn a_model_that_stumbles_once_is_asked_again() {
    let answers = vec![Reply::refused(503, "busy"), says("Here I am again, sorry.")];
    let servers = Servers::new(play(&["Hello there."], answers));
    let show = show(&pipeline_brief(), &servers, &[HearOut, Wait(500), Speak(1_000)]).await;
    assert_eq!(show.said().last().unwrap().1, "Here I am again, sorry.");
}

#[tokio::test(start_paused = true)]
async fn a_voice_that_fails_or_floods_ends_the_call_with_its_cause() {
    type Spoil = fn() -> Reply;
    let flood: Spoil = || Reply::ok((0..400).map(|_| (0, vec![1; 60_000].into())).collect());
    let cases: [(Spoil, &str); 3] = [
        (|| Reply::refused(500, "out of memory"), "out of memory"),
        (|| Reply::ok(vec![(0, "RIFF but no sound at all".into())]), "no sound"),
        (flood, "more than"),
    ];
    for (reply, words) in cases {
        let mut play = play(&["Hello there."], vec![says("This will not be heard, sadly.")]);
        let answer = move |text: &str| if GREETING.contains(text) { spoken(text) } else { reply() };
        play.speech = Box::new(answer);
        let servers = Servers::new(play);
        let mut brief = pipeline_brief();
        brief.version.silence_timeout_s = 60;
        let show = show(&brief, &servers, &[HearOut, Wait(500), Speak(1_000)]).await;
        assert_eq!(show.conversation.end_reason, EndReason::AgentFailed, "{words}");
        let cause = show.conversation.failure.unwrap().cause;
        assert!(cause.starts_with("speech synthesis: ") && cause.contains(words), "{cause}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_recognition_that_is_lost_for_good_ends_the_call_with_its_cause() {
    let mut play = play(&[], vec![]);
    play.breaks = [50, 1, 1, 1, 1].into();
    let servers = Servers::new(play);
    let show = show(&pipeline_brief(), &servers, &[Wait(60_000)]).await;
    assert_eq!(show.conversation.end_reason, EndReason::AgentFailed);
    let cause = show.conversation.failure.unwrap().cause;
    assert!(cause.starts_with("speech recognition: ") && cause.contains("1011"), "{cause}");
    assert!(show.stage.now_ms < 20_000, "{}", show.stage.now_ms);
}

#[tokio::test(start_paused = true)]
async fn a_person_who_hangs_up_ends_every_request() {
    let story = chat(&[
        (100, json!({"content": "A long story begins here, and "})),
        (60_000, json!({"content": "on."})),
    ]);
    let servers = Servers::new(play(&["Tell me a story."], vec![story]));
    let show = show(
        &pipeline_brief(),
        &servers,
        &[HearOut, Wait(500), Speak(1_000), HearFor(500), HangUp],
    )
    .await;
    assert_eq!(show.conversation.ended_by, Party::Recipient);
    let ("agent", heard) = *show.said().last().unwrap() else { panic!() };
    assert!(heard.starts_with("A long") && heard.ends_with('…'), "{heard}");
    assert!(show.answered.elapsed() < Duration::from_secs(30));
}
