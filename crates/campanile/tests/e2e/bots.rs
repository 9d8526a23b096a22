//! Agents whose words come from a bot of the user's over a WebSocket, in a batch over real SIP.

use std::{
    net::{SocketAddr, TcpListener},
    sync::mpsc::{Receiver, Sender, channel},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use campanile_media::{g711::Law, tone};
use futures::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::{net::TcpStream, runtime::Runtime};
use tokio_tungstenite::{
    WebSocketStream, accept_async, client_async,
    tungstenite::{self, Message, client::IntoClientRequest as _},
};

use super::support::{PATIENCE, Server, World, number};

/// The number to which bots may transfer calls.
const COLLEAGUE: &str = "+14155550207";
/// The same, but it rings for ever.
const NOBODY: &str = "+14155550277";

/// A bot at a port of this machine.
pub struct Bot {
    /// The `start` of each stream.
    starts: Receiver<Value>,
    _runtime: Runtime,
}

/// What a bot does in a call.
#[derive(Clone, Copy)]
pub enum Part {
    /// It plays a tone, waits until it was heard, and closes.
    Talks,
    /// It plays a tone, and then listens.
    Asks,
    /// It only listens.
    Listens,
}

impl Bot {
    pub fn start(address: SocketAddr, part: Part) -> Bot {
        let (starting, starts) = channel();
        let runtime = listen(address, move |stream| talk(stream, part, starting.clone()));
        Bot { starts, _runtime: runtime }
    }

    /// Waits for the next stream.
    pub fn next(&self) -> Value {
        self.starts.recv_timeout(PATIENCE).expect("a stream starts")
    }
}

/// Serves each connection to this address, as long as the result is kept.
pub fn listen<Served>(
    address: SocketAddr,
    serve: impl Fn(TcpStream) -> Served + Send + 'static,
) -> Runtime
where
    Served: Future<Output = ()> + Send + 'static,
{
    let runtime = Runtime::new().expect("a runtime");
    let listener = TcpListener::bind(address).expect("the port is free");
    listener.set_nonblocking(true).expect("a listener");
    runtime.spawn(async move {
        let listener = tokio::net::TcpListener::from_std(listener).expect("a listener");
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(stream));
        }
    });
    runtime
}

async fn talk(stream: TcpStream, part: Part, starts: Sender<Value>) {
    let Ok(mut socket) = accept_async(stream).await else { return };
    while let Some(Ok(message)) = socket.next().await {
        let Ok(message) = serde_json::from_slice::<Value>(&message.into_data()) else { continue };
        match (message["event"].as_str(), part) {
            (Some("start"), Part::Listens) => {
                let _ = starts.send(message["start"].clone());
            }
            (Some("start"), Part::Talks | Part::Asks) => {
                let _ = starts.send(message["start"].clone());
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
            (Some("mark"), Part::Talks) => {
                let _ = socket.close(None).await;
            }
            (Some(_) | None, _) => {}
        }
    }
}

/// A port on which nobody listens.
pub fn free_port() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("an address")
}

/// Makes a batch for some people whose agent is the bot at this address.
fn batch(server: &Server, world: &World, bot: SocketAddr, people: u32) -> String {
    let engine = json!({ "type": "media_stream", "url": format!("ws://{bot}/ws"),
        "auth_token": "hidden", "parameters": { "about": "the {{topic}}" } });
    batch_with(server, world, engine, people)
}

/// Makes a batch for some people whose agent has this engine.
pub fn batch_with(server: &Server, world: &World, engine: Value, people: u32) -> String {
    let trunk = json!({ "name": "carrier", "host": "127.0.0.1", "port": world.carrier_port(),
        "max_calls": 100, "max_cps": 40 });
    let trunk = server.post("/v1/trunks", &trunk, 201);
    let from = json!({ "phone_number": "+14155550100", "trunk_id": trunk["id"] });
    server.post("/v1/phone-numbers", &from, 201);
    let agent = json!({ "name": "bot", "voicemail_detection": false, "prompt": "Be kind.",
        "results": [{ "name": "people", "type": "number" }], "transfer_to": [COLLEAGUE, NOBODY],
        "engine": engine });
    let agent = server.post("/v1/agents", &agent, 201);
    let agent = agent["id"].as_str().expect("an id");
    server.post(&format!("/v1/agents/{agent}/versions/1/publish"), &Value::Null, 200);
    let fields = [("name", "people"), ("from_number", "+14155550100"), ("agent_id", agent)];
    // A carrier with `--answers` lets each of them press 9.
    let rows: String =
        (1..=people).map(|n| format!("{},visit,Ana {n}\n", number(n * 100 + 8))).collect();
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
    let bot = Bot::start(address, Part::Talks);
    let batch = batch(&server, &world, address, 3);
    let done = server.until(&batch, |batch| batch["status"] == "completed");
    assert_eq!(done["progress"]["completed"], 3, "{done}");
    let agent = format!("/v1/agents/{}/versions/1", done["agent_id"].as_str().expect("an id"));
    let version = server.until(&agent, |_| true);
    assert_eq!(version["secrets"], json!(["/engine/auth_token"]), "{version}");
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
    for _ in 0..3 {
        let start = bot.next();
        let told = &start["customParameters"];
        assert!(known.contains(&&told["call_id"]), "{told} {calls}");
        assert_eq!((&told["about"], &told["topic"]), (&json!("the visit"), &json!("visit")));
        assert_eq!((&told["prompt"], &told["attempt"]), (&json!("Be kind."), &json!("1")));
        assert!(told["Name"].as_str().expect("a name").starts_with("Ana "));
    }
}

#[test]
fn a_browser_talks_with_a_bot_and_nobody_is_called() {
    let mut world = World::without_carrier();
    world.start_carrier(0, 0.1);
    let server = Server::start_with(&world, &["--agents-allow-private"]);
    let address = free_port();
    let bot = Bot::start(address, Part::Talks);
    let agent = json!({ "name": "bot", "variables": { "topic": "visit" },
        "engine": { "type": "media_stream", "url": format!("ws://{address}/ws"),
            "parameters": { "about": "the {{topic}} of {{Name}}" } } });
    let agent = server.post("/v1/agents", &agent, 201)["id"].as_str().expect("an id").to_owned();
    let path = format!("/v1/agents/{agent}/versions/1/talk");
    // Without a key, and without a WebSocket.
    assert_eq!(server.with_token("none").answer("GET", &path, &Value::Null).0, 401);
    assert_eq!(server.answer("GET", &path, &Value::Null).0, 422);
    let runtime = Runtime::new().expect("a runtime");
    let (texts, sound) = runtime.block_on(async {
        let mut socket = visit(&server, &path).await.expect("a WebSocket");
        let other = visit(&server, &path).await;
        let refused = other.expect_err("one a key");
        assert!(refused.to_string().contains("429"), "{refused}");
        let begin = json!({ "values": { "Name": "Ana" } }).to_string();
        socket.send(Message::text(begin)).await.expect("sent");
        let (mut texts, mut sound) = (Vec::new(), 0);
        while let Some(Ok(message)) = socket.next().await {
            match message {
                Message::Text(text) => {
                    texts.push(serde_json::from_str::<Value>(&text).expect("JSON"));
                }
                Message::Binary(frame) => {
                    assert_eq!(frame.len(), 160);
                    let is_heard = frame.iter().any(|byte| *byte != Law::Mu.silence());
                    sound += usize::from(is_heard);
                    let said = vec![Law::Mu.silence(); 160];
                    socket.send(Message::binary(said)).await.expect("sent");
                }
                _ => {}
            }
        }
        (texts, sound)
    });
    assert_eq!(bot.next()["customParameters"]["about"], "the visit of Ana");
    assert!((24..=27).contains(&sound), "{sound} frames of 0.5 s");
    assert_eq!(texts[0]["type"], "ready");
    let last = texts.last().expect("texts");
    assert_eq!(
        (&last["type"], &last["end_reason"]),
        (&json!("over"), &json!("agent_disconnected"))
    );
    assert!(texts.iter().any(|told| told["type"] == "piece" && told["speaker"] == "agent"));
    // Another visit may follow.
    runtime.block_on(async { visit(&server, &path).await.map(drop).expect("a WebSocket") });
    assert_eq!(server.until("/v1/calls", |_| true)["items"], json!([]));
    server.stop();
    assert!(world.records().is_empty());
}

/// Opens the WebSocket of a talk.
async fn visit(
    server: &Server,
    path: &str,
) -> Result<WebSocketStream<TcpStream>, tungstenite::Error> {
    let url = format!("{}{path}", server.url().replacen("http", "ws", 1));
    let mut request = url.into_client_request()?;
    let key = format!("Bearer {}", server.key()).parse().expect("a header");
    request.headers_mut().insert("authorization", key);
    let host = server.url().trim_start_matches("http://");
    let stream = TcpStream::connect(host).await.expect("a connection");
    client_async(request, stream).await.map(|(socket, _)| socket)
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

#[test]
fn a_bot_records_results_presses_keys_and_hangs_up_with_the_token_of_its_call() {
    let mut world = World::without_carrier();
    world.start_carrier(0, 1.0);
    let server = Server::start_with(&world, &["--agents-allow-private"]);
    let address = free_port();
    let bot = Bot::start(address, Part::Listens);
    let batch = batch(&server, &world, address, 2);
    let [one, other] = [(); 2].map(|()| next_call(&server, &bot));
    let result = json!({ "name": "people", "value": 3 });
    one.1.post(&format!("{}/results", one.0), &result, 200);
    // It is seen while the call talks.
    let live = server.until(&one.0, |call| call["results"]["people"] == 3);
    assert!(live["ended_at"].is_null() && told_of(&live, "result", "people = 3"), "{live}");
    let wrong = json!({ "name": "people", "value": "many" });
    let refused = one.1.post(&format!("{}/results", one.0), &wrong, 422);
    assert!(refused["detail"].as_str().expect("words").contains("number"), "{refused}");
    let unknown = json!({ "name": "weather", "value": "fine" });
    let refused = one.1.post(&format!("{}/results", one.0), &unknown, 422);
    assert!(refused["detail"].as_str().expect("words").contains("people"), "{refused}");
    // A token is for its own call, and for nothing else.
    one.1.post(&format!("{}/results", other.0), &result, 401);
    assert_eq!(one.1.answer("GET", &one.0, &Value::Null).0, 401);
    one.1.post(&format!("{}/digits", one.0), &json!({ "digits": "12" }), 200);
    one.1.post(&format!("{}/hang-up", one.0), &json!({}), 200);
    let over = server.until(&one.0, |call| call["ended_at"].is_string());
    assert_eq!(over["end_reason"], "agent_disconnected", "{over}");
    assert!(told_of(&over, "result", "people = 3"), "{over}");
    assert!(told_of(&over, "tool", r#"press_digits {"digits":"12"}"#), "{over}");
    // The token ends with the call.
    one.1.post(&format!("{}/results", one.0), &result, 401);
    server.post(&format!("{}/results", one.0), &result, 409);
    // A key does the same.
    server.post(&format!("{}/hang-up", other.0), &json!({ "at_once": true }), 200);
    server.until(&batch, |batch| batch["status"] == "completed");
    server.stop();
    let pressed = world
        .records()
        .into_iter()
        .filter(|record| record.events.iter().any(|event| event == "digits=12"));
    assert_eq!(pressed.count(), 1);
}

#[test]
fn a_bot_transfers_its_call() {
    let mut world = World::without_carrier();
    world.start_carrier(0, 1.0);
    let server = Server::start_with(&world, &["--agents-allow-private"]);
    let address = free_port();
    let bot = Bot::start(address, Part::Listens);
    let batch = batch(&server, &world, address, 1);
    let (call, token) = next_call(&server, &bot);
    let transfer = format!("{call}/transfer");
    let refused = token.post(&transfer, &json!({ "to": "+14155550209" }), 422);
    assert!(refused["detail"].as_str().expect("words").contains(COLLEAGUE), "{refused}");
    token.post(&transfer, &json!({ "to": COLLEAGUE }), 200);
    let over = server.until(&call, |call| call["ended_at"].is_string());
    let how = (&over["transferred_to"], &over["transfer_outcome"]);
    assert_eq!(how, (&json!(COLLEAGUE), &json!("completed")), "{over}");
    server.until(&batch, |batch| batch["status"] == "completed");
    server.stop();
    let referred = format!("refer={COLLEAGUE}");
    let record = world.records().remove(0);
    assert!(record.events.contains(&referred), "{record:?}");
}

#[test]
fn nine_is_heard_while_a_call_is_transferred() {
    let mut world = World::whose_people_answer("", "");
    let server = Server::start_with(&world, &["--agents-allow-private"]);
    let address = free_port();
    let bot = Bot::start(address, Part::Asks);
    let batch = batch(&server, &world, address, 1);
    let (call, _) = transfer_to_nobody(&server, &bot);
    let over = server.until(&call, |call| call["ended_at"].is_string());
    assert_eq!(over["transfer_outcome"], "accepted", "{over}");
    let listed = server.until("/v1/suppressions", |_| true)["items"].clone();
    assert_eq!(listed[0]["phone_number"], number(108), "{listed}");
    server.until(&batch, |batch| batch["status"] == "completed");
    server.stop();
    let record = world.records().remove(0);
    let referred = format!("refer={NOBODY}");
    // What a person pressed is told when the sound has ended.
    let is_key = |event: &&String| event.starts_with("pressed=");
    let (keys, others): (Vec<&String>, Vec<&String>) = record.events.iter().partition(is_key);
    assert_eq!(keys, ["pressed=9"]);
    assert_eq!(others, ["ack", &*referred, "bye-in"]);
}

#[test]
fn a_call_that_is_transferred_hangs_up_when_it_is_asked_to_and_does_nothing_else() {
    let mut world = World::without_carrier();
    world.start_carrier(0, 1.0);
    let server = Server::start_with(&world, &["--agents-allow-private"]);
    let address = free_port();
    let bot = Bot::start(address, Part::Listens);
    let batch = batch(&server, &world, address, 1);
    let (call, token) = transfer_to_nobody(&server, &bot);
    // What comes before the transfer begins is done as ever.
    let result = json!({ "name": "people", "value": 3 });
    let refused = loop {
        let (status, _, answer) = token.answer("POST", &format!("{call}/results"), &result);
        if status != 200 {
            break (status, answer["detail"].clone());
        }
    };
    assert_eq!(refused, (409, json!("the call is being transferred")));
    token.post(&format!("{call}/hang-up"), &json!({}), 200);
    let over = server.until(&call, |call| call["ended_at"].is_string());
    // The carrier may or may not have answered the REFER before the call hangs up.
    let outcome = over["transfer_outcome"].as_str().expect("an outcome");
    assert!(["accepted", "abandoned"].contains(&outcome), "{over}");
    server.until(&batch, |batch| batch["status"] == "completed");
    server.stop();
    let record = world.records().remove(0);
    let referred = format!("refer={NOBODY}");
    assert_eq!(record.events, ["ack", &*referred, "bye-in"]);
}

/// Waits for the bot's next call. Returns the call's path and the server as the bot sees it.
fn next_call(server: &Server, bot: &Bot) -> (String, Server) {
    let told = bot.next()["customParameters"].clone();
    let call = format!("/v1/calls/{}", told["call_id"].as_str().expect("an id"));
    (call, server.with_token(told["call_token"].as_str().expect("a token")))
}

/// Lets the bot transfer its next call to a number that rings for ever. Returns the call's path and
/// the server as the bot sees it.
fn transfer_to_nobody(server: &Server, bot: &Bot) -> (String, Server) {
    let (call, token) = next_call(server, bot);
    token.post(&format!("{call}/transfer"), &json!({ "to": NOBODY }), 200);
    (call, token)
}

/// Whether the timeline of a call has this event with this detail.
fn told_of(call: &Value, event: &str, detail: &str) -> bool {
    let mut moments = call["timeline"].as_array().expect("a timeline").iter();
    moments.any(|moment| moment["event"] == event && moment["detail"] == detail)
}

#[test]
fn a_bot_ends_its_call_as_it_would_at_twilio() {
    let mut world = World::without_carrier();
    world.start_carrier(0, 1.0);
    let server = Server::start_with(&world, &["--agents-allow-private"]);
    let address = free_port();
    let bot = Bot::start(address, Part::Listens);
    let batch = batch(&server, &world, address, 1);
    let start = bot.next();
    let (account, call) = (&start["accountSid"], &start["callSid"]);
    let (account, call) = (account.as_str().expect("a sid"), call.as_str().expect("a sid"));
    let path = format!("/2010-04-01/Accounts/{account}/Calls/{call}.json");
    let refused = server.post_form(&path, (account, "wrong"), "Status=completed");
    assert_eq!((refused.0, &refused.1["code"]), (401, &json!(20003)));
    assert_eq!(server.post_form(&path, (account, "hidden"), "Status=busy").0, 400);
    let ended = server.post_form(&path, (account, "hidden"), "Status=completed");
    assert_eq!((ended.0, &ended.1["status"]), (200, &json!("completed")));
    server.until(&batch, |batch| batch["status"] == "completed");
}
