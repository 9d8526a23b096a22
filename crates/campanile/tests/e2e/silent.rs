//! Agents whose speech is not ready: no answered call is silent, no attempt is charged, and the
//! batch says why it stopped.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
    fs,
    os::unix::fs::PermissionsExt,
    path::Path,
    process::Command,
};

use serde_json::{Value, json};

use super::support::{Server, World, number};

/// Replaces espeak-ng by a program that speaks like it until the file `mute` exists, and then
/// hangs. While the file `fewer` exists it does not list the variant f3, but still speaks it.
fn put_a_program_that_can_hang(world: &World) {
    let which = Command::new("sh").args(["-c", "command -v espeak-ng"]).output().expect("a shell");
    let real = String::from_utf8(which.stdout).expect("a path");
    let program = world.path("bin/espeak-ng");
    fs::create_dir_all(program.parent().expect("a folder")).expect("the folder");
    let script = format!(
        "#!/bin/sh\n\
         case \"$*\" in *--voices*)\n\
         {real} \"$@\" | if [ -e {fewer} ]; then grep -v f3; else cat; fi\n\
         exit;; esac\n\
         text=$(cat)\n\
         if [ -e {mute} ] && [ \"$text\" != a ]; then exec sleep 600; fi\n\
         printf %s \"$text\" | {real} \"$@\"\n",
        real = real.trim(),
        mute = world.path("mute").display(),
        fewer = world.path("fewer").display(),
    );
    fs::write(&program, script).expect("the program");
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).expect("its mode");
}

fn set_up(server: &Server, port: u16) -> String {
    set_up_with_voice(server, port, "")
}

fn set_up_with_voice(server: &Server, port: u16, voice: &str) -> String {
    let trunk = json!({ "name": "carrier", "host": "127.0.0.1", "port": port,
        "max_calls": 10, "max_cps": 50 });
    let trunk = server.post("/v1/trunks", &trunk, 201);
    let from = json!({ "phone_number": "+14155550100", "trunk_id": trunk["id"] });
    server.post("/v1/phone-numbers", &from, 201);
    let agent = json!({ "name": "Greeter", "first_message": "Good morning, {{name}}.",
        "voicemail_detection": false, "voice": voice,
        "engine": { "type": "script", "lines": [], "goodbye": "" } });
    let agent = server.post("/v1/agents", &agent, 201);
    let agent = agent["id"].as_str().expect("an id").to_owned();
    server.post(&format!("/v1/agents/{agent}/versions/1/publish"), &Value::Null, 200);
    agent
}

/// Starts a batch that calls its recipients one after another.
fn start(server: &Server, agent: &str, people: &[(u32, &str)]) -> String {
    let fields = [
        ("name", "people"),
        ("from_number", "+14155550100"),
        ("agent_id", agent),
        ("max_concurrent_calls", "1"),
    ];
    let rows: String =
        people.iter().map(|(ending, name)| format!("{},{name}\n", number(*ending))).collect();
    let batch = server.upload("/v1/batch-calls", &fields, &format!("phone_number,name\n{rows}"));
    format!("/v1/batch-calls/{}", batch["id"].as_str().expect("an id"))
}

/// Waits until the batch has stopped for lack of speech and two probes have failed.
fn is_stopped(server: &Server, batch: &str, words: &str) {
    let probes = RefCell::new(BTreeSet::new());
    server.until(batch, |batch| {
        let blocker = &batch["blocker"];
        let told = blocker["detail"].as_str().is_some_and(|detail| detail.contains(words));
        if blocker["code"] == "agent_cannot_speak" && told && blocker["since"].is_string() {
            probes.borrow_mut().extend(blocker["clears_at"].as_str().map(str::to_owned));
        }
        probes.borrow().len() >= 3
    });
}

fn call_to(server: &Server, to: &str, until: impl Fn(&Value) -> bool) -> Value {
    let page = server.until("/v1/calls?limit=100", |page| {
        let items = page["items"].as_array().expect("items");
        items.iter().any(|call| call["to_number"] == to && until(call))
    });
    let items = page["items"].as_array().expect("items");
    items.iter().find(|call| call["to_number"] == to && until(call)).expect("it").clone()
}

fn remove(mute: &Path) {
    fs::remove_file(mute).expect("it was there");
}

#[test]
fn a_call_that_rings_without_words_is_cancelled_and_stops_its_batch() {
    let mut world = World::paced("", "", 0.1);
    put_a_program_that_can_hang(&world);
    let server = Server::start_with_programs(&world, "bin");
    let agent = set_up(&server, world.carrier_port());
    // The second phone rings forever at the first attempt and answers the next one.
    let (first, second, third) = (number(5), number(87), number(6));
    let batch = start(&server, &agent, &[(5, "Ann"), (87, "Ben"), (6, "Cleo")]);
    call_to(&server, &first, |_| true);
    let mute = world.path("mute");
    fs::write(&mute, "").expect("the file");
    let cancelled = call_to(&server, &second, |call| call["ended_at"].is_string());
    assert_eq!(cancelled["outcome"], "failed", "{cancelled}");
    assert_eq!(cancelled["end_reason"], "agent_failed", "{cancelled}");
    assert_eq!(cancelled["answered_at"], Value::Null, "{cancelled}");
    assert_eq!(cancelled["charged"], false, "{cancelled}");
    let cause = cancelled["cause"].as_str().expect("a cause");
    assert!(cause.contains("not ready within 5 s"), "{cause}");
    is_stopped(&server, &batch, "not ready within 5 s");
    let people = server.until(&format!("{batch}/recipients"), |_| true);
    let person = |to: &str| {
        let items = people["items"].as_array().expect("items");
        items.iter().find(|one| one["phone_number"] == to).expect("a person").clone()
    };
    assert_eq!(
        (&person(&second)["attempts_made"], &person(&second)["status"]),
        (&json!(0), &json!("pending"))
    );
    remove(&mute);
    server.until(&batch, |batch| batch["status"] == "completed");
    let heard = call_to(&server, &second, |call| call["outcome"] == "completed");
    let id = heard["call_id"].as_str().expect("an id");
    let heard = server.until(&format!("/v1/calls/{id}"), |_| true);
    assert!(heard["transcript"].to_string().contains("Good morning"), "{heard}");
    drop(server);
    let mut records: BTreeMap<String, Vec<_>> = BTreeMap::new();
    for record in world.records() {
        records.entry(record.to.clone()).or_default().push(record);
    }
    let finals = |to: &str| -> Vec<Option<u16>> {
        records[to].iter().map(|record| record.final_status).collect()
    };
    assert_eq!(finals(&second), [Some(487), Some(200)], "while it stood nobody was rung");
    assert!(records[&second][0].events.iter().any(|event| event == "cancel"));
    assert_eq!((finals(&first), finals(&third)), (vec![Some(200)], vec![Some(200)]));
}

#[test]
fn a_batch_that_runs_stops_when_the_voice_is_no_longer_there() {
    let world = World::paced("", "", 0.1);
    put_a_program_that_can_hang(&world);
    let server = Server::start_with_programs(&world, "bin");
    let agent = set_up_with_voice(&server, world.carrier_port(), "en-us+f3");
    let names = ["Ann", "Ben", "Cleo", "Dan", "Eve", "Fay"];
    let people: Vec<_> = names.into_iter().zip(5..).map(|(name, n)| (n, name)).collect();
    let batch = start(&server, &agent, &people);
    call_to(&server, &number(5), |_| true);
    drop(server);
    // espeak-ng would speak with a similar voice, and nobody would notice.
    let fewer = world.path("fewer");
    fs::write(&fewer, "").expect("the file");
    let server = Server::start_with_programs(&world, "bin");
    is_stopped(&server, &batch, "no voice \"en-us+f3\"");
    let left = server.until(&batch, |_| true)["progress"]["pending"].as_u64();
    assert!(left.is_some_and(|left| left > 0), "people are left: {left:?}");
    drop(server);
    remove(&fewer);
    let server = Server::start_with_programs(&world, "bin");
    server.until(&batch, |batch| batch["status"] == "completed");
}

#[test]
fn nobody_is_rung_by_a_batch_whose_words_hang_from_the_beginning() {
    let mut world = World::paced("", "", 0.1);
    put_a_program_that_can_hang(&world);
    let server = Server::start_with_programs(&world, "bin");
    let agent = set_up(&server, world.carrier_port());
    let mute = world.path("mute");
    fs::write(&mute, "").expect("the file");
    let batch = start(&server, &agent, &[(5, "Ann"), (6, "Ben")]);
    is_stopped(&server, &batch, "not ready within 5 s");
    let calls = server.until("/v1/calls", |_| true);
    assert_eq!(calls["items"], json!([]), "nobody is rung");
    remove(&mute);
    server.until(&batch, |batch| batch["status"] == "completed");
    drop(server);
    let finals: Vec<_> = world.records().iter().map(|record| record.final_status).collect();
    assert_eq!(finals, [Some(200), Some(200)]);
}
