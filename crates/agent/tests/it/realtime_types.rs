//! A server that checks every event of the engine `realtime` against the types of the package
//! `openai`, as it is on PyPI. Its time is real.

use std::sync::Arc;

use campanile_agent::{
    Agent as _, Care, Realtime,
    wire::{Connector, Http},
};
use campanile_egress::{Guard, Lookups, Reach};
use campanile_rules::agent::{RealtimeSettings, ResultField, ResultKind, Secret};
use campanile_rules::attempt::{EndReason, Party};
use serde_json::json;

use crate::{
    bots::talk,
    models::{plain, settings},
    pipecat::{Peer, tones},
    stage::Act::*,
};

fn agent(brief: &campanile_agent::Brief, port: u64, key: &str) -> Realtime {
    let connector = Arc::new(Connector::new(Guard::new(Reach::All, &Lookups::default())));
    let settings = RealtimeSettings {
        url: format!("ws://127.0.0.1:{port}/v1"),
        api_key: Secret::new(key),
        ..settings()
    };
    let http = Arc::new(Http::new(connector.clone()));
    Realtime::new(Arc::new(brief.clone()), settings, connector, http)
}

#[tokio::test]
async fn every_event_has_the_shape_of_the_protocols_own_types() {
    let mut server = Peer::start("crates/agent/tests/it/realtime_server.py").await;
    let mut brief = plain();
    brief.version.first_message = "Good morning.".to_owned();
    brief.version.transfer_to = vec!["+14155550199".to_owned()];
    brief.version.results = vec![ResultField {
        name: "slot".to_owned(),
        description: "the day of the visit".to_owned(),
        kind: ResultKind::Text,
        choices: Vec::new(),
    }];
    let acts = [HearFor(1_500), Speak(1_000), Wait(3_500), Press('5'), Wait(20_000)];
    let show = talk(&brief, agent(&brief, server.port, "secret"), 500, &acts).await;

    let report = server.next().await;
    assert_eq!(report["wrong"], json!([]));
    assert_eq!(report["code"], 1000);
    let kinds = [
        "session.update",
        "response.create",
        "conversation.item.truncate",
        "conversation.item.create",
        "response.create",
        "conversation.item.create",
        "response.create",
    ];
    assert_eq!(report["kinds"], json!(kinds));
    let tones = tones(&show.stage.wire);
    let [(400..=450, greeting_ms), (620..=670, 560..=640), (830..=890, 460..=540)] = tones[..]
    else {
        panic!("{tones:?}")
    };
    let truncated = report["truncated"][0].as_u64().unwrap();
    assert!(truncated.abs_diff(greeting_ms.into()) <= 20, "{truncated} {greeting_ms}");
    let end = (show.conversation.end_reason, show.conversation.ended_by);
    assert_eq!(end, (EndReason::AgentDisconnected, Party::Agent));
    assert_eq!(show.conversation.results["slot"], "Monday");
    let texts: Vec<_> =
        show.conversation.transcript.iter().map(|said| said.text.as_str()).collect();
    let [greeting, person, "Monday it is.", "digit 5", "Goodbye."] = texts[..] else {
        panic!("{texts:?}")
    };
    assert!(greeting.starts_with("Good morning") && greeting.ends_with(" …"), "{greeting}");
    assert_eq!(person, "Monday, please.");
}

#[tokio::test]
async fn a_wrong_key_is_a_reason_in_words() {
    let server = Peer::start("crates/agent/tests/it/realtime_server.py").await;
    let brief = plain();
    let failure = agent(&brief, server.port, "wrong").open(Care::Usual).await.unwrap_err();
    assert!(failure.cause.contains("answered 401: it refuses the connection"), "{}", failure.cause);
    assert!(!failure.cause.contains("wrong"), "{}", failure.cause);
}
