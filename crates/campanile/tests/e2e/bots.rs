//! Agents whose words come from a bot of the user's over a WebSocket, in a batch over real SIP.

use std::{
    net::{SocketAddr, TcpListener},
    sync::{Arc, Mutex},
    time::SystemTime,
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use campanile_media::{g711::Law, tone};
use futures::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::{net::TcpStream, runtime::Runtime};
use tokio_tungstenite::{accept_async, tungstenite::Message};

use super::support::{Server, World, number};

/// A bot that plays a tone to each person, waits until it was heard, and closes.
struct Bot {
    /// The `start` of each stream.
    starts: Arc<Mutex<Vec<Value>>>,
    _runtime: Runtime,
}

impl Bot {
    fn start(address: SocketAddr) -> Bot {
        let starts: Arc<Mutex<Vec<Value>>> = Arc::default();
        let runtime = Runtime::new().expect("a runtime");
        let listener = TcpListener::bind(address).expect("the port is free");
        listener.set_nonblocking(true).expect("a listener");
        let kept = Arc::clone(&starts);
        runtime.spawn(async move {
            let listener = tokio::net::TcpListener::from_std(listener).expect("a listener");
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(talk(stream, kept.clone()));
            }
        });
        Bot { starts, _runtime: runtime }
    }

    fn starts(&self) -> Vec<Value> {
        self.starts.lock().expect("no bot panics").clone()
    }
}

async fn talk(stream: TcpStream, starts: Arc<Mutex<Vec<Value>>>) {
    let Ok(mut socket) = accept_async(stream).await else { return };
    while let Some(Ok(message)) = socket.next().await {
        let Ok(message) = serde_json::from_slice::<Value>(&message.into_data()) else { continue };
        match message["event"].as_str() {
            Some("start") => {
                starts.lock().expect("no bot panics").push(message["start"].clone());
                let stream = &message["streamSid"];
                let sound = tone::beep(440.0, 500, -20.0);
                let sound: Vec<u8> = sound.iter().map(|sample| Law::Mu.encode(*sample)).collect();
                let media = json!({ "event": "media", "streamSid": stream,
                    "media": { "payload": STANDARD.encode(sound) } });
                let mark = json!({ "event": "mark", "streamSid": stream, "mark": { "name": "x" } });
                for said in [media, mark] {
                    let _ = socket.send(Message::text(said.to_string())).await;
                }
            }
            Some("mark") => {
                let _ = socket.close(None).await;
            }
            Some(_) | None => {}
        }
    }
}

/// A port on which nobody listens.
fn free_port() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("an address")
}

/// Makes a batch for three people whose agent is the bot at this address.
fn batch(server: &Server, world: &World, bot: SocketAddr) -> String {
    let trunk = json!({ "name": "carrier", "host": "127.0.0.1", "port": world.carrier_port(),
        "max_calls": 100, "max_cps": 40 });
    let trunk = server.post("/v1/trunks", &trunk, 201);
    let from = json!({ "phone_number": "+14155550100", "trunk_id": trunk["id"] });
    server.post("/v1/phone-numbers", &from, 201);
    let agent = json!({ "name": "bot", "voicemail_detection": false, "prompt": "Be kind.",
        "engine": { "type": "media_stream", "url": format!("ws://{bot}/ws"),
            "auth_token": "hidden", "parameters": { "about": "the {{topic}}" } } });
    let agent = server.post("/v1/agents", &agent, 201);
    assert_eq!(agent["version"]["secrets"], json!(["/engine/auth_token"]));
    let agent = agent["id"].as_str().expect("an id");
    server.post(&format!("/v1/agents/{agent}/versions/1/publish"), &Value::Null, 200);
    let fields = [("name", "people"), ("from_number", "+14155550100"), ("agent_id", agent)];
    let rows: String = (1..=3).map(|n| format!("{},visit,Ana {n}\n", number(n * 100))).collect();
    let rows = format!("phone_number,topic,Name\n{rows}");
    let batch = server.upload("/v1/batch-calls", &fields, &rows);
    format!("/v1/batch-calls/{}", batch["id"].as_str().unwrap_or_else(|| panic!("{batch}")))
}

#[test]
fn a_bot_talks_to_everybody_with_the_values_of_their_rows() {
    let mut world = World::without_carrier();
    world.start_carrier(0, 0.1);
    let server = Server::start_with(&world, &["--agents-allow-private"]);
    let address = free_port();
    let bot = Bot::start(address);
    let batch = batch(&server, &world, address);
    let done = server.until(&batch, |batch| batch["status"] == "completed");
    assert_eq!(done["progress"]["completed"], 3, "{done}");
    let calls = server.until("/v1/calls", |_| true)["items"].clone();
    let mut known: Vec<&Value> = Vec::new();
    for call in calls.as_array().expect("calls") {
        let call = server
            .until(&format!("/v1/calls/{}", call["call_id"].as_str().expect("an id")), |_| true);
        let said = call["transcript"].as_array().expect("a transcript").iter();
        assert!(said.clone().any(|said| said["speaker"] == "agent"), "{call}");
        assert_eq!(call["end_reason"], "agent_disconnected", "{call}");
    }
    known.extend(calls.as_array().expect("calls").iter().map(|call| &call["call_id"]));
    let starts = bot.starts();
    assert_eq!(starts.len(), 3);
    for start in &starts {
        let told = &start["customParameters"];
        assert!(known.contains(&&told["call_id"]), "{told} {calls}");
        assert_eq!((&told["about"], &told["topic"]), (&json!("the visit"), &json!("visit")));
        assert_eq!((&told["prompt"], &told["attempt"]), (&json!("Be kind."), &json!("1")));
        assert!(told["Name"].as_str().expect("a name").starts_with("Ana "));
    }
}

#[test]
fn nobody_is_rung_while_the_bot_is_down() {
    let mut world = World::without_carrier();
    world.start_carrier(0, 0.1);
    let server = Server::start_with(&world, &["--agents-allow-private"]);
    let address = free_port();
    let batch = batch(&server, &world, address);
    let blocked = server.until(&batch, |batch| batch["blocker"]["code"] == "agent_unreachable");
    let detail = blocked["blocker"]["detail"].as_str().expect("a detail");
    assert!(detail.contains("refused"), "{detail}");
    assert_eq!(blocked["progress"]["attempts"], 0);
    let returned = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("a time");
    let bot = Bot::start(address);
    let done = server.until(&batch, |batch| batch["status"] == "completed");
    assert_eq!((&done["progress"]["completed"], bot.starts().len()), (&json!(3), 3));
    assert_eq!(done["progress"]["attempts"], 3);
    server.stop();
    for record in world.records() {
        assert!(record.t_invite > returned.as_secs_f64(), "{record:?} rang while the bot was down");
    }
}

#[test]
fn a_private_address_needs_the_operators_leave() {
    let world = World::without_carrier();
    let server = Server::start(&world);
    let agent = json!({ "name": "bot",
        "engine": { "type": "media_stream", "url": "wss://127.0.0.1/ws" } });
    let refused = server.post("/v1/agents", &agent, 422);
    assert_eq!(refused["errors"][0]["pointer"], "/engine/url", "{refused}");
    let detail = refused["errors"][0]["detail"].as_str().expect("a detail");
    assert!(detail.contains("agents_allow_private"), "{detail}");
}
