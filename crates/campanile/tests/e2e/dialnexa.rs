//! The Python package `dialnexa` drives a server. The carrier's call records show what happened.

use std::{path::Path, process::Command};

use serde_json::{Value, json};

use super::support::{Server, World, last_two, number};

const ENDINGS: [u32; 6] = [0, 1, 60, 80, 81, 95];

#[test]
fn the_dialnexa_package_makes_a_batch_and_reads_its_calls() {
    let mut world = World::new("", "");
    let rows = ENDINGS.map(|n| format!("{},Person {n}\n", number(n)));
    let people = world.path("leads.csv");
    std::fs::write(&people, format!("phone_number,name\n{}", rows.concat())).unwrap();
    let server = Server::start(&world);
    let from = two_numbers(&server, &world);

    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let python = root.join("../../target/venv/bin/python");
    let out = world.path("seen.json");
    let ran = Command::new(&python)
        .arg(root.join("tests/e2e/dialnexa_client.py"))
        .args([server.url(), server.key()])
        .args([&people, &out])
        .output()
        .unwrap_or_else(|error| panic!("{}: {error}; run `make test` once", python.display()));
    let said = String::from_utf8_lossy(&ran.stderr);
    assert!(ran.status.success(), "{said}\n{}", world.log());
    let seen: Value = serde_json::from_slice(&std::fs::read(out).unwrap()).unwrap();
    drop(server);

    check_agents(&seen);
    assert_eq!(seen["batch"]["total_leads"], ENDINGS.len());
    let calls = seen["calls"].as_array().expect("calls");
    let records = world.records();
    assert_eq!(records.len(), ENDINGS.len());
    for record in &records {
        let call = calls.iter().find(|call| call["call_id"] == record.call_id.as_str());
        let call = call.unwrap_or_else(|| panic!("{record:?} is not among {calls:?}"));
        let status = match last_two(&record.to) {
            0..=69 => "completed",
            80..=89 => "busy",
            _ => "failed",
        };
        assert_eq!(
            (&call["status"], &call["to_phone_number"]),
            (&status.into(), &json!(record.to))
        );
        assert_eq!(
            (&call["from_phone_number"], &call["batch_call_id"]),
            (&json!(from), &seen["batch"]["id"])
        );
        assert_eq!(record.from, from);
        let person = format!("Person {}", last_two(&record.to));
        assert_eq!(call["metadata"], json!({ "name": person }));
    }
    let pages = seen["pages"].as_array().expect("pages");
    let paged = pages.iter().flat_map(|page| page["data"].as_array().expect("a page"));
    let listed = seen["listed"]["data"].as_array().expect("a list");
    assert!(paged.eq(listed), "the pages hold the list: {pages:?}");
    assert_eq!(pages[0]["meta"], json!({"page": 1, "limit": 4, "total": 6, "totalPages": 2}));
    assert_eq!(seen["one"]["data"], json!([listed[0]]));
    println!("dialnexa 0.1.1: {} calls made, listed and read", calls.len());
}

/// Adds two caller IDs; the second is the default.
fn two_numbers(server: &Server, world: &World) -> String {
    let trunk = json!({ "name": "sandbox", "host": "127.0.0.1", "port": world.carrier_port(),
        "max_calls": 100, "max_cps": 40 });
    let trunk = server.post("/v1/trunks", &trunk, 201);
    let mut number = Value::Null;
    for phone_number in ["+14155550100", "+14155550101"] {
        let new = json!({ "phone_number": phone_number, "trunk_id": trunk["id"] });
        number = server.post("/v1/phone-numbers", &new, 201);
    }
    let chosen = server.patch("/v1/workspace", &json!({ "default_phone_number_id": number["id"] }));
    assert_eq!(chosen["default_phone_number_id"], number["id"]);
    "+14155550101".to_owned()
}

fn check_agents(seen: &Value) {
    let (made, updated) = (&seen["made"], &seen["updated"]);
    assert_eq!((&made["version_number"], &made["status"]), (&1.into(), &"published".into()));
    assert_eq!((&updated["version_number"], &updated["title"]), (&2.into(), &"Renamed".into()));
    let prompts = json!({"prompt_text": "Be kind.", "welcome_message": "Hello {{name}}."});
    assert_eq!(updated["prompts"], prompts, "what was not named stays");
    assert_eq!((&seen["agent"], &seen["agents"]), (updated, &json!([updated])));
    assert_eq!(seen["language"]["id"], "en-US");
    assert_eq!((&seen["voices"], &seen["voice"]["language"]), (&10.into(), &"en-US".into()));
    assert_eq!(seen["llm"]["id"], "script");
    assert_eq!(seen["single"]["status"], 501);
    assert!(seen["single"]["data"]["detail"].as_str().unwrap().contains("a batch of one"));
    assert_eq!(seen["bad_agent"]["status"], 422);
    let wrong = &seen["bad_agent"]["data"]["errors"][0]["pointer"];
    assert!(["/agent_id", "/agent_version_number"].contains(&wrong.as_str().unwrap()), "{wrong}");
    assert_eq!(seen["bad_key"]["status"], 401);
}
