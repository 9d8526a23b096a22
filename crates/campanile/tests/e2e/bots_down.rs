//! Agents whose servers are down: nobody is rung, the batch says why, and it goes on when they are back.

use std::{
    io::{BufRead as _, BufReader},
    net::SocketAddr,
    path::Path,
    process::{Child, Command, Stdio},
    time::SystemTime,
};

use futures::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::{WebSocketStream, accept_async, tungstenite::Message};

use super::{
    bots::{Bot, Part, batch_with, free_port, listen},
    support::{Server, World},
};

#[test]
fn nobody_is_rung_while_the_bot_is_down() {
    let address = free_port();
    let engine = json!({ "type": "media_stream", "url": format!("ws://{address}/ws") });
    let bot = rings_nobody_until(engine, || Bot::start(address, Part::Talks));
    (0..3).for_each(|_| drop(bot.next()));
}

#[test]
fn nobody_is_rung_while_the_model_is_down() {
    let address = free_port();
    let engine = json!({ "type": "realtime", "url": format!("ws://{address}/v1"), "model": "m" });
    rings_nobody_until(engine, || listen(address, end_call));
}

#[test]
fn nobody_is_rung_while_the_servers_of_a_pipeline_are_down() {
    let address = free_port();
    let url = format!("http://{address}/v1");
    let engine = json!({ "type": "pipeline", "stt": { "url": url }, "llm": { "url": url },
        "tts": { "url": url } });
    rings_nobody_until(engine, || Servers::start(address));
}

/// Dials three people for an agent with this engine whose server is down, and starts the server when
/// the batch has said why it does not dial.
fn rings_nobody_until<Running>(engine: Value, start: impl FnOnce() -> Running) -> Running {
    let mut world = World::without_carrier();
    world.start_carrier(0, 0.1);
    let server = Server::start_with(&world, &["--agents-allow-private"]);
    let batch = batch_with(&server, &world, engine, 3);
    // The attempts that found the server down are given back.
    let blocked = server.until(&batch, |batch| {
        batch["blocker"]["code"] == "agent_unreachable" && batch["progress"]["attempts"] == 0
    });
    let detail = blocked["blocker"]["detail"].as_str().expect("a detail");
    assert!(detail.contains("refused"), "{detail}");
    let agent = format!("/v1/agents/{}/versions/1", blocked["agent_id"].as_str().expect("an id"));
    let test = server.post(&format!("{agent}/test"), &Value::Null, 200);
    let words = test["detail"].as_str().expect("words");
    assert!(test["ready"] == false && words.contains("refused"), "{test}");
    let returned = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("a time");
    let running = start();
    let done = server.until(&batch, |batch| batch["status"] == "completed");
    assert_eq!(
        (&done["progress"]["completed"], &done["progress"]["attempts"]),
        (&json!(3), &json!(3))
    );
    assert_eq!(server.post(&format!("{agent}/test"), &Value::Null, 200)["ready"], true);
    server.stop();
    for record in world.records() {
        assert!(record.t_invite > returned.as_secs_f64(), "{record:?} rang while it was down");
    }
    running
}

/// A model that ends each call as soon as it may speak.
async fn end_call(stream: TcpStream) {
    let Ok(mut socket) = accept_async(stream).await else { return };
    send(&mut socket, json!({ "type": "session.created", "session": { "type": "realtime" } }))
        .await;
    while let Some(Ok(message)) = socket.next().await {
        let Ok(event) = serde_json::from_slice::<Value>(&message.into_data()) else { continue };
        match event["type"].as_str() {
            Some("session.update") => {
                let session = &event["session"];
                send(&mut socket, json!({ "type": "session.updated", "session": session })).await;
            }
            Some("response.create") => {
                let response = json!({ "id": "r1", "status": "in_progress" });
                let created = json!({ "type": "response.created", "response": response });
                send(&mut socket, created).await;
                let call = json!({ "type": "function_call", "call_id": "c1", "name": "end_call",
                    "arguments": "{}" });
                let response = json!({ "id": "r1", "status": "completed", "output": [call] });
                send(&mut socket, json!({ "type": "response.done", "response": response })).await;
            }
            Some(_) | None => {}
        }
    }
}

async fn send(socket: &mut WebSocketStream<TcpStream>, event: Value) {
    // A client that has gone needs nothing.
    let _ = socket.send(Message::text(event.to_string())).await;
}

/// The three servers of a pipeline, in a process of their own.
struct Servers(Child);

impl Servers {
    fn start(address: SocketAddr) -> Servers {
        let path =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/agents/pipeline/servers.py");
        let mut process = Command::new("python3")
            .arg(path)
            .arg(address.port().to_string())
            .stdout(Stdio::piped())
            .spawn()
            .expect("python3 is installed");
        let mut first = String::new();
        let news = process.stdout.take().expect("its output");
        BufReader::new(news).read_line(&mut first).expect("the servers run");
        Servers(process)
    }
}

impl Drop for Servers {
    fn drop(&mut self) {
        // A process that has ended needs no more.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
