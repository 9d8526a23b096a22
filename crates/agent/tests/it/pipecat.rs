//! A bot of Pipecat, as it is on PyPI, talks through the engine `media_stream`. Its time is real.

use std::{path::Path, process::Stdio, sync::Arc};

use campanile_agent::{MediaStream, wire::Connector};
use campanile_egress::{Guard, Lookups, Reach};
use campanile_media::{FRAME_SAMPLES, g711::Law, tone::level_dbfs};
use campanile_rules::agent::{MediaStreamSettings, Secret};
use campanile_rules::attempt::{EndReason, Party};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt as _, BufReader, Lines},
    process::{Child, ChildStdout, Command},
};

use crate::{
    bots::talk,
    stage::{Act::*, brief},
};

const PIPECAT: &str = "examples/bots/pipecat_bot.py";

/// A bot or a server in a process of its own, which writes its port and its news as JSON.
pub struct Peer {
    _process: Child,
    news: Lines<BufReader<ChildStdout>>,
    pub port: u64,
}

impl Peer {
    /// Starts a Python program by its path in the project.
    pub async fn start(program: &str) -> Peer {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let python = root.join("target/bots/bin/python");
        assert!(python.exists(), "its packages are missing; run scripts/setup python3-venv");
        let mut process = Command::new(python)
            .arg(root.join(program))
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let news = BufReader::new(process.stdout.take().unwrap()).lines();
        let mut bot = Peer { _process: process, news, port: 0 };
        bot.port = bot.next().await["port"].as_u64().unwrap();
        bot
    }

    /// Waits for the next piece of news.
    pub async fn next(&mut self) -> Value {
        let line = self.news.next_line().await.unwrap().expect("the bot runs");
        serde_json::from_str(&line).unwrap()
    }
}

/// The tones on the wire: their frequency, a little too low because the last frame is not full, and
/// their duration in milliseconds. Pauses below 200 ms do not end a tone.
pub fn tones(wire: &[u8]) -> Vec<(u32, u32)> {
    let mut tones: Vec<(u32, u32)> = Vec::new();
    let mut quiet = 10;
    for frame in wire.chunks_exact(FRAME_SAMPLES) {
        let samples: Vec<i16> = frame.iter().map(|byte| Law::Mu.decode(*byte)).collect();
        if level_dbfs(&samples) < -40.0 {
            quiet += 1;
            continue;
        }
        let crossings = samples.windows(2).filter(|pair| (pair[0] < 0) != (pair[1] < 0)).count();
        match tones.last_mut() {
            Some((all, ms)) if quiet < 10 => (*all, *ms) = (*all + crossings as u32, *ms + 20),
            Some(_) | None => tones.push((crossings as u32, 20)),
        }
        quiet = 0;
    }
    let hz = |crossings, ms| crossings * 1_000 / (2 * ms);
    tones.into_iter().map(|(crossings, ms)| (hz(crossings, ms), ms)).collect()
}

#[tokio::test]
async fn pipecat_greets_stops_when_spoken_to_and_hears_digits() {
    let mut bot = Peer::start(PIPECAT).await;
    let connector = Connector::new(Guard::new(Reach::All, &Lookups::default()));
    let settings = MediaStreamSettings {
        url: format!("ws://127.0.0.1:{}/ws", bot.port),
        auth_token: Secret::new("token"),
        parameters: [("topic".to_owned(), "a visit".to_owned())].into(),
    };
    let mut brief = brief();
    brief.version.voicemail_detection = false;
    brief.variables = [("name".to_owned(), "Ana".to_owned())].into();
    let agent = MediaStream::new(Arc::new(brief.clone()), settings, Arc::new(connector));
    let acts =
        [HearFor(1_500), Speak(1_000), Wait(1_000), Press('5'), HearOut, Wait(1_000), Press('#')];
    let show = talk(&brief, agent, 1_000, &acts).await;

    let told = bot.next().await;
    assert_eq!(told["provider"], "twilio");
    assert_eq!(told["call"]["from"], "+14155550100");
    assert_eq!(told["call"]["to"], "+14155550123");
    let expected = json!({
        "name": "Ana", "topic": "a visit", "call_id": "call-1", "batch_id": "batch_1",
        "recipient_id": "recipient_1", "attempt": "1", "call_token": "token-1",
        "from_number": "+14155550100", "to_number": "+14155550123",
        "language": "en-US", "first_message": "Good morning.",
    });
    assert_eq!(told["call"]["body"], expected);

    let tones = tones(&show.stage.wire);
    let [(400..=450, greeting_ms), (610..=670, digit_ms), (820..=890, goodbye_ms)] = tones[..]
    else {
        panic!("{tones:?}");
    };
    assert!((1_500..8_000).contains(&greeting_ms), "of 10 s, {greeting_ms} ms were heard");
    assert!((480..=640).contains(&digit_ms), "{digit_ms}");
    assert!((480..=640).contains(&goodbye_ms), "{goodbye_ms}");
    let end = (show.conversation.end_reason, show.conversation.ended_by);
    assert_eq!(end, (EndReason::AgentDisconnected, Party::Agent));
    assert_eq!(show.conversation.digits, "5#");
}

#[tokio::test]
async fn pipecat_learns_that_the_person_hung_up() {
    let mut bot = Peer::start(PIPECAT).await;
    let connector = Connector::new(Guard::new(Reach::All, &Lookups::default()));
    let url = format!("ws://127.0.0.1:{}/ws", bot.port);
    let settings =
        MediaStreamSettings { url, auth_token: Secret::default(), parameters: [].into() };
    let mut brief = brief();
    brief.version.voicemail_detection = false;
    let agent = MediaStream::new(Arc::new(brief.clone()), settings, Arc::new(connector));
    let show = talk(&brief, agent, 0, &[HearFor(500), HangUp]).await;
    assert_eq!(show.conversation.ended_by, Party::Recipient);
    assert_eq!(bot.next().await["provider"], "twilio");
    assert_eq!(bot.next().await, json!({"gone": true}));
}
