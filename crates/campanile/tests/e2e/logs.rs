//! The log of a server at its most verbose level: complete lines that name the call, without phone
//! numbers or secrets.

use std::collections::BTreeSet;

use campanile_testkit::Receiver;
use serde_json::{Value, json};

use super::support::{Server, World, number};

const ENDINGS: [u32; 6] = [1, 65, 80, 90, 97, 99];
const PASSWORD: &str = "open-sesame-9431";

/// Runs a batch and returns the log, preceded by the texts that the log must not contain.
fn log_of(options: &[&str]) -> (Vec<String>, String) {
    let world = World::new("", "");
    std::fs::write(
        world.path("serve.toml"),
        "webhooks_allow_private = true\nrecord_calls = true\n",
    )
    .unwrap();
    let receiver = Receiver::start(|seen| if seen % 5 == 2 { 503 } else { 204 });
    let server = Server::start_with(&world, options);
    let hook = server.post("/v1/webhooks", &json!({"url": receiver.url()}), 201);
    let spare =
        json!({"name": "spare", "host": "127.0.0.1", "username": "we", "password": PASSWORD});
    server.post("/v1/trunks", &spare, 201);
    let rows = ENDINGS.iter().map(|n| format!("{},Person {n}\n", number(*n)));
    let rows = format!("phone_number,name\n{}", rows.collect::<String>());
    let batch = format!("/v1/batch-calls/{}", server.new_batch(&rows, &world));
    server.until(&batch, |batch| batch["status"] == "completed");
    receiver.wait_until(|told| told.iter().any(|m| m.body["type"] == "batch.completed"));
    let stranger = server.url().replace("http://", "");
    let _ = ureq::get(format!("http://{stranger}/v1/trunks"))
        .header("authorization", "Bearer key_0:guess-7715")
        .call();
    let mut secret: Vec<String> = ENDINGS.iter().map(|n| number(*n)[2..].to_owned()).collect();
    secret.extend(["4155550100".to_owned(), PASSWORD.to_owned(), "guess-7715".to_owned()]);
    secret.push(server.key().split_once(':').expect("key_id:secret").1.to_owned());
    let hook = hook["secret"].as_str().expect("it is shown once");
    secret.push(hook.trim_start_matches("whsec_").to_owned());
    drop(server);
    (secret, std::fs::read_to_string(world.path("run.log")).expect("the log"))
}

fn holds_no_secret(log: &str, secret: &[String]) {
    for line in log.lines() {
        for word in secret {
            assert!(!line.contains(word.as_str()), "{word} is in the log: {line}");
        }
    }
}

#[test]
fn a_log_for_people_names_the_call_and_no_number() {
    let (secret, log) = log_of(&["--log", "debug"]);
    holds_no_secret(&log, &secret);
    let over: Vec<&str> = log.lines().filter(|line| line.contains("over outcome=")).collect();
    assert!(over.len() >= ENDINGS.len(), "{log}");
    assert!(
        over.iter()
            .all(|line| line.contains("attempt{call_id=\"") && line.contains("trunk=trunk_"))
    );
}

#[test]
fn a_log_for_programs_is_json_in_every_line_and_no_number() {
    let (secret, log) = log_of(&["--log", "debug", "--log-format", "json"]);
    holds_no_secret(&log, &secret);
    let mut calls = BTreeSet::new();
    for line in log.lines() {
        let line: Value = serde_json::from_str(line).unwrap_or_else(|_| panic!("no JSON: {line}"));
        for part in ["timestamp", "level", "target", "message"] {
            assert!(line[part].is_string(), "no {part}: {line}");
        }
        if line["message"] == "over" {
            let batch = line["span"]["batch"].as_str().expect("a batch");
            assert!(line["outcome"].is_string() && batch.starts_with("batch_"), "{line}");
            calls.insert(line["span"]["call_id"].as_str().expect("a call").to_owned());
        }
    }
    assert!(calls.len() >= ENDINGS.len(), "{calls:?}");
}
