//! `serve`, `key` and `batch`: a batch from upload to report, over HTTP and real SIP.

use serde_json::{Value, json};

use super::{support::people, world::World};

#[test]
fn a_batch_goes_from_upload_to_report() {
    let world = World::new();
    let agent = world.set_up();
    world.folder.write("people.csv", people(&[1, 65, 80, 95, 99]) + "123,Nobody\n");
    let create = ["create", "people.csv", "--from", "+14155550100", "--agent", &agent];
    let created = world.batch(&create);
    assert_eq!(created.code, 0, "{created:?}");
    let id = created.out.trim();
    let watched = world.batch(&["watch", id]);
    assert_eq!(watched.out.trim(), "Completed: 2 completed, 1 voicemail, 2 failed, 1 skipped");
    let shown: Value = world.json(&["batch", "show", id]);
    assert_eq!(
        (&shown["status"], &shown["blocker"]["code"]),
        (&json!("completed"), &json!("all_done"))
    );
    let report = world.batch(&["report", id, "--output", "report.csv"]);
    assert_eq!(report.code, 0, "{report:?}");
    assert_eq!(world.folder.read("report.csv"), world.batch(&["report", id]).out);
    assert_eq!(world.folder.read("report.csv").lines().count(), 7);
    for report in
        [&["report", id, "-o", "r.xlsx"][..], &["report", id, "-o", "r", "--format", "xlsx"]]
    {
        let report = world.batch(report);
        assert_eq!(report.code, 0, "{report:?}");
    }
    for name in ["r.xlsx", "r"] {
        let workbook = std::fs::read(world.folder.path(name)).unwrap();
        assert!(workbook.starts_with(b"PK\x03\x04"), "{name} is no workbook");
    }
    let checked = world.folder.run(&["check", "r.xlsx", "--json"]);
    let checked: Value = serde_json::from_str(&checked.out).unwrap();
    assert_eq!((&checked["total"], &checked["accepted"]), (&json!(6), &json!(5)));
    assert_eq!(world.batch(&["report", id, "--format", "ods"]).code, 2);
    assert!(world.batch(&["list"]).out.starts_with(&format!("{id}\tCompleted\tpeople.csv\t")));
    let refused = world.batch(&["resume", id]);
    assert_eq!(refused.code, 1);
    assert!(refused.err.contains("a completed batch cannot resume"), "{refused:?}");
    let detailed = world.batch(&["report", id, "--attempts"]).out;
    assert!(
        detailed.contains("voicemail_detected") && detailed.contains("invalid_number"),
        "{detailed}"
    );
}

#[test]
fn ids_and_call_ids_say_nothing_and_numbers_are_still_read() {
    let world = World::new();
    let agent = world.set_up();
    let opaque = |text: &str, prefix: &str| {
        let word = text.strip_prefix(prefix).unwrap_or_else(|| panic!("{text} is no {prefix}…"));
        assert_eq!(word.len(), 13, "{text}");
        assert!(word.starts_with(|c: char| c.is_ascii_lowercase()), "{text}");
    };
    opaque(&agent, "agent_");
    world.folder.write("people.csv", people(&[95, 96]));
    let create = ["create", "people.csv", "--from", "+14155550100", "--agent", &agent];
    let id = world.batch(&create).out.trim().to_owned();
    opaque(&id, "batch_");
    world.batch(&["watch", &id]);
    // An old numeric ID is accepted, and the response has the new ID.
    let shown: Value = world.json(&["batch", "show", "batch_1"]);
    assert_eq!((shown["id"].as_str(), shown["agent_id"].as_str()), (Some(&*id), Some(&*agent)));
    let none = world.batch(&["show", "batch_k7d20xv9m41qa"]);
    assert!(none.code == 1 && none.out.is_empty(), "nobody's batch is not found: {none:?}");
    let detailed = world.batch(&["report", &id, "--attempts"]).out;
    let records = world.carrier.records().unwrap();
    assert_eq!(records.len(), 2);
    for record in records {
        assert!(detailed.contains(&record.call_id), "{} is not in {detailed}", record.call_id);
        let (instance, word) = record.call_id.split_once('-').expect("two parts");
        assert_eq!(instance.len(), 16);
        opaque(word, "");
    }
}

#[test]
fn a_workspace_that_is_made_while_the_server_runs_can_dial() {
    let mut world = World::new();
    let key = ["key", "create", "--data", "data", "--workspace", "later"];
    world.key = world.folder.run(&key).out.trim().to_owned();
    let agent = world.set_up();
    world.folder.write("people.csv", people(&[80, 95]));
    let create = ["create", "people.csv", "--from", "+14155550100", "--agent", &agent];
    assert_eq!(world.batch(&create).code, 0);
    assert_eq!(world.batch(&["watch", "batch_1"]).out.trim(), "Completed: 2 failed");
}

#[test]
fn a_paused_batch_survives_a_restart_and_can_be_stopped() {
    let mut world = World::new();
    let agent = world.set_up();
    world.folder.write("people.csv", people(&[1, 2, 3]));
    let create = ["create", "people.csv", "--from", "+14155550100", "--agent", &agent, "--draft"];
    assert_eq!(world.batch(&create).code, 0);
    let show = |world: &World| -> Value { world.json(&["batch", "show", "batch_1"]) };
    world.post("/v1/batch-calls/batch_1/start", &json!({}));
    assert_eq!(world.batch(&["pause", "batch_1"]).code, 0);
    assert_eq!(show(&world)["status"], "paused");
    let mut server = world.server.take().unwrap();
    server.signal("TERM");
    assert!(server.wait().success(), "a server that is asked to end did what it should");
    world.start();
    assert_eq!(
        (&show(&world)["status"], &show(&world)["blocker"]["code"]),
        (&json!("paused"), &json!("paused"))
    );
    assert_eq!(world.batch(&["stop", "batch_1"]).code, 0);
    assert_eq!(show(&world)["status"], "cancelled");
}

#[test]
fn a_mistake_is_told_as_it_is_and_a_missing_server_too() {
    let world = World::new();
    world.folder.write("people.csv", people(&[1]));
    let create = ["create", "people.csv", "--from", "+1415", "--agent", "agent_7"];
    let said = world.batch(&create);
    assert_eq!(said.code, 2);
    assert!(said.err.contains("--from: \"+1415\" is not a full number"), "{said:?}");
    assert!(said.err.contains("--agent: there is no agent_"), "{said:?}");
    let second = world.folder.run(&["serve", "--data", "data", "--listen", "127.0.0.1:0"]);
    assert_eq!(second.code, 1);
    assert!(second.err.contains("another campanile is running"), "{second:?}");
}
