//! The engine `pipeline` with servers in a process of their own, over real sockets. Its time is real.

use std::{path::Path, process::Stdio, sync::Arc};

use campanile_agent::{
    Agent as _, Care, Conversation, Notes, Pipeline, Setting, converse,
    wire::{Connector, Http},
};
use campanile_egress::{Guard, Lookups, Reach};
use campanile_rules::{
    agent::{
        PipelineSettings,
        RecognitionProtocol::{self, Deepgram, OpenAi},
        SpeechFormat,
    },
    attempt::{EndReason, Party},
};
use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::{Child, Command},
};

use crate::{
    bots::Paced,
    servers,
    stage::{
        Act::{self, *},
        Hum, brief,
    },
};

/// Starts the servers. Returns them and their port.
async fn servers() -> (Child, u64) {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/agents/pipeline/servers.py");
    let mut process = Command::new("python3")
        .arg(path)
        .arg("0")
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .expect("python3 is installed");
    let mut news = BufReader::new(process.stdout.take().unwrap()).lines();
    let first = news.next_line().await.unwrap().expect("the servers run");
    let first: Value = serde_json::from_str(&first).unwrap();
    (process, first["port"].as_u64().unwrap())
}

fn settings(protocol: RecognitionProtocol, port: u64) -> PipelineSettings {
    let mut settings = servers::settings(protocol);
    for url in [&mut settings.stt.url, &mut settings.llm.url, &mut settings.tts.url] {
        *url = format!("http://127.0.0.1:{port}/v1");
    }
    settings.tts.format = SpeechFormat::Wav;
    settings
}

async fn talk(
    settings: PipelineSettings,
    acts: &[Act],
    before: impl AsyncFnOnce(),
) -> Conversation {
    let mut brief = brief();
    brief.version.voicemail_detection = false;
    brief.version.first_message = "Good morning, this is the practice.".to_owned();
    let connector = Arc::new(Connector::new(Guard::new(Reach::All, &Lookups::default())));
    let http = Arc::new(Http::new(connector.clone()));
    let mut agent = Pipeline::new(Arc::new(brief.clone()), settings, connector, http);
    agent.open(Care::FirstWords).await.expect("the servers are there");
    agent.ring().await.expect("the greeting is made");
    before().await;
    let mut line = Paced::new(acts);
    let setting = Setting { brief: &brief, voice: &Hum, notes: Notes::unread(), outside: None };
    converse(&mut line, &mut agent, setting).await
}

#[tokio::test]
async fn servers_over_real_sockets_carry_a_conversation() {
    for protocol in [Deepgram, OpenAi] {
        let (_process, port) = servers().await;
        let turn = [HearOut, Wait(700), Speak(900)];
        let acts: Vec<Act> = (0..3).flat_map(|_| turn).collect();
        let conversation = talk(settings(protocol, port), &acts, async || {}).await;
        let said: Vec<_> = conversation.transcript.iter().map(|said| said.text.as_str()).collect();
        let expected = [
            "Good morning, this is the practice.",
            "When are you open?",
            "We are open every day, from nine to five. Is there anything else?",
            "Can you call me on Monday?",
            "You said: Can you call me on Monday?",
            "Thank you, goodbye.",
            "Thank you for calling. Goodbye.",
        ];
        assert_eq!(said, expected, "{protocol:?}");
        let end = (conversation.end_reason, conversation.ended_by);
        assert_eq!(end, (EndReason::AgentDisconnected, Party::Agent), "the model ended the call");
    }
}

#[tokio::test]
async fn servers_that_crash_while_the_phone_rings_end_the_call_with_a_cause() {
    let (mut process, port) = servers().await;
    let acts = [HearOut, Wait(500), Speak(900)];
    let crash = async || process.kill().await.unwrap();
    let conversation = talk(settings(Deepgram, port), &acts, crash).await;
    assert_eq!(conversation.end_reason, EndReason::AgentFailed);
    let cause = conversation.failure.unwrap().cause;
    assert!(cause.starts_with("speech recognition: cannot connect to 127.0.0.1"), "{cause}");
    // The greeting was made before, and is heard.
    assert!(conversation.transcript.iter().any(|said| said.by_agent));
}
