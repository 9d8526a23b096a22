//! Calls that are hung up because the program stops: what they brought is kept.

use std::net::SocketAddr;

use campanile_rules::{
    attempt::{EndReason, Outcome, Party},
    phone::E164,
};
use futures::StreamExt as _;
use serde_json::{Value, json};
use tokio::{net::TcpListener, sync::mpsc};
use tokio_tungstenite::accept_async;

use crate::{
    transfers::send,
    world::{World, in_time},
};

/// A mailbox, which stays in the call for a minute.
const CALLED: u64 = 14_155_500_160;

/// Starts a model that records a result as soon as it may speak, and then waits. Returns what is told
/// when it knows that the result is recorded.
async fn model() -> (SocketAddr, mpsc::Receiver<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let (knows, known) = mpsc::channel(1);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let knows = knows.clone();
            tokio::spawn(async move {
                let Ok(mut socket) = accept_async(stream).await else { return };
                let session = json!({"type": "realtime"});
                send(&mut socket, json!({"type": "session.created", "session": session})).await;
                while let Some(Ok(message)) = socket.next().await {
                    let event = serde_json::from_slice::<Value>(&message.into_data());
                    let Ok(event) = event else { continue };
                    match event["type"].as_str() {
                        Some("session.update") => {
                            let session = &event["session"];
                            let updated = json!({"type": "session.updated", "session": session});
                            send(&mut socket, updated).await;
                        }
                        Some("response.create") => {
                            let value = json!({"name": "answer", "value": "yes"}).to_string();
                            let call = json!({"type": "function_call", "call_id": "c1",
                                "name": "record_result", "arguments": value});
                            let done = json!({"id": "r1", "status": "completed", "output": [call]});
                            let begun = json!({"id": "r1", "status": "in_progress"});
                            let begun = json!({"type": "response.created", "response": begun});
                            send(&mut socket, begun).await;
                            let done = json!({"type": "response.done", "response": done});
                            send(&mut socket, done).await;
                        }
                        Some("conversation.item.create") => {
                            let _ = knows.try_send(());
                        }
                        Some(_) | None => {}
                    }
                }
            });
        }
    });
    (address, known)
}

#[tokio::test]
async fn a_call_that_is_cut_by_a_stop_keeps_what_it_brought() {
    let (address, mut known) = model().await;
    let version = json!({"prompt": "Ask.", "voicemail_detection": false,
        "results": [{"name": "answer"}],
        "engine": {"type": "realtime", "url": format!("ws://{address}/v1"), "model": "m"}});
    let world = World::with_agent(100.0, &version.to_string()).await;
    world.batch([E164::from_digits(CALLED)]).await;
    let engine = world.engine().await;
    in_time("a result", known.recv()).await;
    engine.hang_up_all();
    engine.stop_dialing().await;
    in_time("the end", engine.drain()).await;
    let record = world.carrier.records().expect("records").remove(0);
    let call = world.sound.call(world.workspace, &record.call_id).await.expect("the call");
    let evidence = &call.attempt.evidence;
    assert_eq!(json!(evidence.results), json!({"answer": "yes"}));
    assert_eq!(evidence.hung_up_by, Some(Party::Engine));
    let ended = (call.attempt.outcome, call.attempt.end_reason);
    assert_eq!(ended, (Some(Outcome::Interrupted), Some(EndReason::EngineInterrupted)));
    assert!(!call.log.actions.is_empty(), "{:?}", call.log);
}
