//! `campanile demo`: starts, dials, prints next steps, and stops cleanly.

use std::io::{BufRead as _, BufReader, Read as _};

use serde_json::Value;

use super::support::{Folder, Running};

#[test]
fn the_demo_dials_and_its_commands_work() {
    let folder = Folder::new();
    let mut demo = Running::start(folder.command(&["demo", "--listen", "127.0.0.1:0"]));
    let word = |line: String| line.trim().rsplit(['=', ' ']).next().unwrap_or_default().to_owned();
    let url = word(demo.wait_for("CAMPANILE_URL="));
    let key = word(demo.wait_for("CAMPANILE_API_KEY="));
    let page = demo.wait_for("/#key=").trim().to_owned();
    assert_eq!(page, format!("{url}/#key={key}"), "the address stands last");
    tells_a_webhook_on_this_machine(&url, &key);
    assert!(signs_in(&url, &key), "the dashboard takes the key of its address");
    let said = folder.run(&["batch", "list", "--url", &url, "--api-key", &key]);
    assert_eq!(said.code, 0, "{said:?}");
    assert!(said.out.contains("\tActive\tAppointment reminders"), "{said:?}");
    converses(&url, &key);
    demo.wait_for_error("completed");
    demo.signal("INT");
    demo.wait_for_error("No new calls");
    demo.signal("INT");
    assert!(demo.wait().success());
}

/// Checks that the demo accepts a plain http webhook on this machine and delivers to it.
fn tells_a_webhook_on_this_machine(url: &str, key: &str) {
    let endpoint = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let webhook = serde_json::json!({"url": format!("http://{}", endpoint.local_addr().unwrap())});
    let made =
        ureq::post(format!("{url}/v1/webhooks")).header("authorization", format!("Bearer {key}"));
    made.send_json(webhook).expect("the webhook is taken");
    let (mut connection, _) = endpoint.accept().expect("a connection");
    let mut said = [0; 4];
    connection.read_exact(&mut said).expect("a request");
    assert_eq!(&said, b"POST");
}

/// Waits for a conversation of the demo's other batch and checks what was said.
fn converses(url: &str, key: &str) {
    let ask = |path: &str| {
        let asked = ureq::get(format!("{url}{path}"));
        asked.header("authorization", format!("Bearer {key}")).call().expect("an answer")
    };
    let get = |path: &str| -> Value {
        ask(path).body_mut().read_json().unwrap_or_else(|error| panic!("{path}: {error}"))
    };
    let batches = get("/v1/batch-calls");
    let batches = batches["items"].as_array().expect("batches");
    let batch = batches.iter().find(|batch| batch["name"] == "Appointment conversations");
    let batch = batch.expect("the batch of conversations")["id"].as_str().expect("an id");
    let events = ask(&format!("/v1/batch-calls/{batch}/events")).into_body().into_reader();
    let told = BufReader::new(events).lines().map(|line| line.expect("a line"));
    let told = told.filter_map(|line| serde_json::from_str(line.strip_prefix("data:")?).ok());
    let mut calls =
        told.filter(|event: &Value| !event["data"]["results"]["suits"].is_null()).filter_map(
            |event| Some(get(&format!("/v1/calls/{}", event["data"]["call_id"].as_str()?))),
        );
    // Some people talk into the first words, and hear no more of them.
    assert!(calls.any(|call| is_whole(&call)), "no conversation was whole");
}

/// Whether the agent asked, understood the answer and went on.
fn is_whole(call: &Value) -> bool {
    let said = call["transcript"].as_array().expect("a transcript");
    let has = |speaker: &str, words: &str| {
        let is_it = |turn: &Value| turn["text"].as_str().is_some_and(|text| text.contains(words));
        said.iter().any(|turn| turn["speaker"] == speaker && is_it(turn))
    };
    let answers = ["that is right", "works for me", "Yes please", "thank you"];
    has("agent", "Does that suit you?")
        && answers.iter().any(|answer| has("user", answer))
        && has("agent", "Wonderful")
}

/// Whether the dashboard can sign in with this key, as it does with the key in its URL.
fn signs_in(url: &str, key: &str) -> bool {
    let signed_in = ureq::post(format!("{url}/v1/session"))
        .header("origin", url)
        .send_json(serde_json::json!({"api_key": key}))
        .expect("an answer");
    let cookie = signed_in.headers().get("set-cookie").expect("a cookie");
    let cookie = cookie.to_str().expect("text").split(';').next().unwrap_or_default();
    let asked = ureq::get(format!("{url}/v1/session")).header("cookie", cookie);
    asked.call().expect("an answer").status() == 200
}
