//! Calls that an agent transfers. A model asks for it, and the carrier's records say what was done.

use std::net::SocketAddr;

use campanile_rules::{attempt::TransferOutcome as T, phone::E164};
use futures::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::{WebSocketStream, accept_async, tungstenite::Message};

use crate::world::{World, in_time};

const APOLOGY: &str = "Sorry, nobody is free.";

/// A mailbox, which stays in the call for a minute.
const CALLED: u64 = 14_155_500_160;

/// Starts a model that transfers each call to this number as soon as it may speak.
async fn model(to: &'static str) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(transfer(stream, to));
        }
    });
    address
}

async fn transfer(stream: TcpStream, to: &str) {
    let Ok(mut socket) = accept_async(stream).await else { return };
    send(&mut socket, json!({"type": "session.created", "session": {"type": "realtime"}})).await;
    while let Some(Ok(message)) = socket.next().await {
        let Ok(event) = serde_json::from_slice::<Value>(&message.into_data()) else { continue };
        match event["type"].as_str() {
            Some("session.update") => {
                let session = event["session"].clone();
                send(&mut socket, json!({"type": "session.updated", "session": session})).await;
            }
            Some("response.create") => {
                let call = json!({"type": "function_call", "call_id": "c1", "name": "transfer",
                    "arguments": json!({"to": to}).to_string()});
                let response = json!({"id": "r1", "status": "in_progress"});
                send(&mut socket, json!({"type": "response.created", "response": response})).await;
                let response = json!({"id": "r1", "status": "completed", "output": [call]});
                send(&mut socket, json!({"type": "response.done", "response": response})).await;
            }
            Some(_) | None => {}
        }
    }
}

pub async fn send(socket: &mut WebSocketStream<TcpStream>, event: Value) {
    // A client that has gone needs nothing.
    let _ = socket.send(Message::text(event.to_string())).await;
}

#[tokio::test]
async fn a_call_is_transferred_and_how_it_went_is_on_it() {
    for (to, outcome, code, events) in [
        ("+14155550207", T::Completed, Some(200), "ack refer=+14155550207 bye-in"),
        ("+14155550281", T::Failed, Some(486), "ack refer=+14155550281 bye-in"),
        ("+14155550293", T::Refused, Some(500), "ack refer=+14155550293 bye-in"),
        ("+14155550299", T::Accepted, None, "ack refer=+14155550299 bye-out"),
        // A satellite telephone, which is called through managed trunks only.
        ("+881612345678", T::NotAllowed, None, "ack bye-in"),
    ] {
        let url = format!("ws://{}/v1", model(to).await);
        let version = json!({"prompt": "Transfer every call.", "voicemail_detection": false,
            "ring_timeout_s": 5, "failure_message": APOLOGY, "transfer_to": [to],
            "engine": {"type": "realtime", "url": url, "model": "m"}});
        let world = World::with_agent(100.0, &version.to_string()).await;
        world.batch([E164::from_digits(CALLED)]).await;
        let engine = world.engine().await;
        in_time("the call", world.carrier.finished(1)).await;
        engine.stop_dialing().await;
        in_time("the end", engine.drain()).await;
        let record = world.carrier.records().expect("records").remove(0);
        assert_eq!(record.events.join(" "), events, "{to}");
        let call = world.sound.call(world.workspace, &record.call_id).await.expect("the call");
        let transfer = call.attempt.evidence.transfer.expect("a transfer");
        assert_eq!((&*transfer.to, transfer.result.outcome), (to, outcome));
        assert_eq!(transfer.result.sip_code, code, "{to}");
        let sorry = call.log.transcript.iter().find(|said| said.text == APOLOGY);
        if let Some(sorry) = sorry {
            let talked_ms = call.attempt.evidence.talk_ms.expect("an answered call");
            assert!(sorry.end_ms <= talked_ms, "{sorry:?} of {talked_ms} ms");
        }
        let sorry = sorry.is_some();
        assert_eq!(sorry, outcome.left_the_person_here(), "{to} {:?}", call.log.transcript);
    }
}
