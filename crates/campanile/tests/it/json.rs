//! `--json`: a command prints exactly one JSON value.

use serde_json::{Value, json};

use super::{
    support::{Folder, RUN, Said, carrier, people},
    world::World,
};

/// The JSON value in the output. Fails if the output has anything else.
fn value(said: &Said) -> Value {
    serde_json::from_str(&said.out).unwrap_or_else(|error| panic!("{error}: {said:?}"))
}

#[test]
fn what_is_deleted_is_told_to_programs() {
    let world = World::with("sip_listen = \"127.0.0.1:0\"\nwebhooks_allow_private = true\n");
    let trunk = world.run(&["trunk", "create", "trunk.toml"]).out.trim().to_owned();
    let number = ["number", "create", "+14155550100", "--trunk", &trunk];
    let number = world.run(&number).out.trim().to_owned();
    let agent = world.run(&["agent", "create", "agent.toml", "--publish"]).out.trim().to_owned();
    let hook = world.json(&["webhook", "create", "http://127.0.0.1:9/"])["id"].clone();
    world.folder.write("people.csv", people(&[1]));
    let create = ["create", "people.csv", "--from", "+14155550100", "--agent", &agent, "--draft"];
    let batch = world.batch(&create).out.trim().to_owned();
    for (noun, id) in [
        ("webhook", hook.as_str().unwrap()),
        ("batch", &*batch),
        ("agent", &*agent),
        ("number", &*number),
        ("trunk", &*trunk),
    ] {
        let gone = world.json(&[noun, "delete", id]);
        assert_eq!(gone, json!({"id": id, "deleted": true}), "{noun}");
        assert_eq!(world.run(&[noun, "show", id]).code, 1, "{noun} {id} is still there");
    }
    let numbers = ["+14155550101", "+14155550102"];
    world.json(&[&["suppression", "add"], &numbers[..]].concat());
    let gone = world.json(&[&["suppression", "remove"], &numbers[..]].concat());
    let each = numbers.map(|number| json!({"phone_number": number, "deleted": true}));
    assert_eq!(gone, json!({"items": each}));
    assert_eq!(world.get("/v1/suppressions")["total"], 0);
}

#[test]
fn the_database_is_backed_up_restored_and_checked_for_programs() {
    let folder = Folder::new();
    assert_eq!(folder.run(&["key", "create", "--data", "data", "--init"]).code, 0);
    let db = |verb: &[&str]| folder.run(&[&["db"], verb, &["--data", "data", "--json"]].concat());
    let made = value(&db(&["backup", "copy"]));
    let bytes = folder.path("copy").metadata().unwrap().len();
    assert_eq!((&made["file"], &made["bytes"]), (&json!("copy"), &json!(bytes)));
    assert_eq!((&made["key_file"], &made["has_secrets"]), (&Value::Null, &json!(false)));
    let restored = value(&db(&["restore", "copy"]));
    assert_eq!((&restored["exact"], &restored["batches"]), (&json!(true), &json!([])));
    assert!(folder.path("").join(restored["kept_file"].as_str().unwrap()).exists(), "{restored}");
    let whole = db(&["check"]);
    assert_eq!((whole.code, value(&whole)), (0, json!({"ok": true, "problems": []})));
    assert_eq!(value(&db(&["migrate"])), json!({"ok": true}));
    let database = folder.path("data/campanile.sqlite");
    let mut bytes = std::fs::read(&database).unwrap();
    bytes[4096 * 9..4096 * 13].fill(0xa5);
    std::fs::write(&database, bytes).unwrap();
    let damaged = db(&["check"]);
    assert_eq!((damaged.code, damaged.err.as_str()), (1, ""), "{damaged:?}");
    let told = value(&damaged);
    assert_eq!(told["ok"], false);
    assert!(!told["problems"].as_array().unwrap().is_empty(), "{told}");
}

#[test]
fn a_run_tells_programs_how_it_ended() {
    let folder = Folder::new();
    let _carrier = carrier(&folder, 0.1);
    folder.write("people.csv", people(&[80, 95]));
    let said = folder.run(&[&RUN[..], &["--json"]].concat());
    assert_eq!(said.code, 0, "{said:?}");
    let told = value(&said);
    assert!(told["id"].as_str().unwrap().starts_with("batch_"), "{told}");
    assert_eq!(
        (&told["name"], &told["status"], &told["report"]),
        (&json!("people.csv"), &json!("completed"), &json!("report.csv"))
    );
    let progress = &told["progress"];
    assert_eq!((&progress["total"], &progress["failed"]), (&json!(2), &json!(2)), "{told}");
}
