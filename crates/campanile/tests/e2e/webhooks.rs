//! A server is killed repeatedly while an endpoint receives the events of a batch. The endpoint
//! misses no event, and can detect repeats by their `webhook-id`.

use std::collections::{BTreeMap, BTreeSet};

use campanile_testkit::{Post, Receiver};
use serde_json::{Value, json};
use standardwebhooks::Webhook;

use super::support::{Server, World, number};

const PEOPLE: u32 = 150;
/// The server is killed after this many messages have arrived.
const KILLED_AT: [usize; 6] = [3, 20, 55, 90, 140, 200];

#[test]
fn an_endpoint_misses_nothing_however_often_the_server_is_killed() {
    let mut world = World::new("", "");
    std::fs::write(world.path("serve.toml"), "webhooks_allow_private = true\n").unwrap();
    // The endpoint refuses some messages once, so that they are sent twice.
    let receiver = Receiver::start(|seen| if seen % 20 == 7 { 503 } else { 204 });
    let mut server = Server::start(&world);
    let made = server.post("/v1/webhooks", &json!({"url": receiver.url()}), 201);
    let secret = made["secret"].as_str().expect("it is shown once").to_owned();
    let batch = server.new_batch(&people(), &world);
    for count in KILLED_AT {
        receiver.wait_for(count);
        drop(server);
        server = Server::start(&world);
    }
    let path = format!("/v1/batch-calls/{batch}");
    let end = server.until(&path, |batch| batch["status"] == "completed");
    let attempts = end["progress"]["attempts"].as_u64().expect("a count") as usize;
    receiver.wait_until(|told| {
        let completed = told.iter().any(|message| message.body["type"] == "batch.completed");
        let (people, calls) = (finished(told).len(), ended(told).len());
        completed && people == PEOPLE as usize && calls == attempts
    });
    let report = server.report(&path);
    drop(server);

    let signer = Webhook::new(&secret).expect("a secret");
    let mut ids: BTreeMap<(String, String), BTreeSet<String>> = BTreeMap::new();
    for message in receiver.posts() {
        let signed = signer.sign(&message.id, message.timestamp_s, message.raw.as_bytes());
        assert_eq!(signed.unwrap(), message.signature, "{message:?}");
        assert_eq!(message.body["batch_id"], batch.as_str(), "as the API names it: {message:?}");
        let kind = message.body["type"].as_str().expect("a type").to_owned();
        ids.entry((kind, subject(&message.body))).or_default().insert(message.id.clone());
    }
    for (what, ids) in &ids {
        assert_eq!(ids.len(), 1, "{what:?} was told under two ids");
    }
    let told = receiver.posts();
    for (phone_number, status) in finished(&told) {
        assert_eq!(report[&phone_number].status, status, "{phone_number}");
    }
    let calls = ended(&told);
    let dialed: BTreeSet<String> = world.records().into_iter().map(|r| r.call_id).collect();
    for call in &dialed {
        assert!(calls.contains_key(call.as_str()), "nothing was told of {call}; {end}");
    }
    // A kill between the commit and the INVITE leaves a call that the carrier never saw.
    for (call, outcome) in calls.iter().filter(|(call, _)| !dialed.contains(**call)) {
        assert_eq!(*outcome, "interrupted", "{call} was never dialed");
    }
}

fn finished(told: &[Post]) -> BTreeMap<String, String> {
    let of = |body: &Value, name: &str| body["data"][name].as_str().unwrap_or_default().to_owned();
    told.iter()
        .filter(|message| message.body["type"] == "recipient.finished")
        .map(|message| (of(&message.body, "phone_number"), of(&message.body, "status")))
        .collect()
}

/// The outcomes of calls by call ID.
fn ended(told: &[Post]) -> BTreeMap<&str, &str> {
    told.iter()
        .filter(|message| message.body["type"] == "call.ended")
        .map(|message| &message.body["data"])
        .map(|call| (call["call_id"].as_str().unwrap(), call["outcome"].as_str().unwrap()))
        .collect()
}

/// The subject of an event. No two events of one kind have the same subject.
fn subject(body: &Value) -> String {
    let data = &body["data"];
    let subject = match body["type"].as_str() {
        Some("call.ended") => &data["call_id"],
        Some("recipient.finished") => &data["recipient_id"],
        _ => &body["batch_id"],
    };
    subject.as_str().unwrap_or_default().to_owned()
}

/// Recipients who answer, are busy or cannot be reached, without long conversations.
fn people() -> String {
    let mut rows = String::from("phone_number,name\n");
    for n in 0..PEOPLE {
        let last_two = [99, 82, 96, 94][(n % 4) as usize];
        rows.push_str(&format!("{},Person {n}\n", number(n / 4 * 100 + last_two)));
    }
    rows
}
