//! A server is backed up in the middle of a batch, goes on calling, dies, and is restored. The
//! carrier's records show which phones rang.

use std::{
    collections::BTreeSet,
    io::{BufRead as _, BufReader},
    process::Command,
};

use serde_json::json;

use super::support::{Server, World, number};

const PEOPLE: u32 = 60;

#[test]
fn after_a_restoration_no_call_id_repeats_and_whoever_may_be_called_twice_is_named() {
    let mut world = World::new("", "");
    let server = Server::start(&world);
    let rows: String = (0..PEOPLE).map(|n| format!("{},Person\n", number(n * 100 + 80))).collect();
    let batch = server.new_batch(&format!("phone_number,name\n{rows}"), &world);
    let path = format!("/v1/batch-calls/{batch}");

    world.wait_for_calls(10);
    let words = db(&world, &["backup", "copy"], true);
    assert!(words.contains("has the whole database"), "{words}");
    let backed_up_at = seconds();
    let refused = db(&world, &["restore", "copy"], false);
    assert!(refused.contains("another campanile is running"), "{refused}");
    world.wait_for_calls(40);
    drop(server);

    let words = db(&world, &["restore", "copy"], true);
    assert!(words.contains("may be called twice") && words.contains(&batch), "{words}");
    assert!(db(&world, &["check"], true).contains("is whole"));
    let server = Server::start(&world);
    let shown = server.until(&path, |batch| batch["progress"]["in_progress"] == 0);
    assert_eq!((&shown["status"], &shown["reason"]), (&json!("paused"), &json!("restored")));
    assert_eq!(shown["blocker"]["code"], "paused");
    let detail = shown["blocker"]["detail"].as_str().expect("words");
    let pending = shown["progress"]["pending"].as_u64().expect("a count");
    assert!(detail.contains(&format!("any of the {pending} people")), "{detail}");
    let listed = server.until(&format!("{path}/recipients?status=pending&limit=100"), |_| true);
    let named: BTreeSet<String> = listed["items"]
        .as_array()
        .expect("people")
        .iter()
        .map(|person| person["phone_number"].as_str().expect("a number").to_owned())
        .collect();
    assert_eq!(named.len() as u64, pending);

    let stream = BufReader::new(server.stream("/v1/events", 1));
    let told = stream.lines().map_while(Result::ok).find(|line| line.starts_with("data: "));
    let told = told.expect("a first event");
    assert!(told.contains("\"missed\":true"), "who read on before is told: {told}");

    server.post(&format!("{path}/resume"), &json!({}), 200);
    let end = server.until(&path, |batch| batch["status"] == "completed");
    assert_eq!(end["reason"], json!(null));
    drop(server);

    let records = world.records();
    let call_ids: BTreeSet<_> = records.iter().map(|record| &record.call_id).collect();
    assert_eq!(call_ids.len(), records.len(), "a Call-ID was used twice");
    let mut seen = BTreeSet::new();
    let twice: BTreeSet<_> = records
        .iter()
        .map(|record| format!("+{}", record.to.trim_start_matches('+')))
        .filter(|number| !seen.insert(number.clone()))
        .collect();
    assert!(!twice.is_empty(), "nobody was called behind the backup: the test shows nothing");
    assert!(twice.is_subset(&named), "called twice and not named: {twice:?}, named {named:?}");
    assert_eq!(seen.len(), PEOPLE as usize, "everybody was called");
    assert!(records.iter().any(|record| record.t_invite > backed_up_at));
}

#[test]
fn a_database_that_was_copied_back_is_not_served() {
    let world = World::new("", "");
    drop(Server::start(&world));
    let data = world.path("data");
    db(&world, &["backup", "copy"], true);
    let server = Server::start(&world);
    server.new_batch("phone_number,name\n+12125550080,Person\n", &world);
    server.stop();
    std::fs::copy(world.path("copy"), data.join("campanile.sqlite")).expect("it is copied back");
    let served = Command::new(env!("CARGO_BIN_EXE_campanile"))
        .args(["serve", "--listen", "127.0.0.1:0", "--data"])
        .arg(&data)
        .output()
        .expect("campanile starts");
    let words = String::from_utf8_lossy(&served.stderr);
    assert!(!served.status.success() && words.contains("campanile db restore"), "{words}");
    let checked = db(&world, &["check"], false);
    assert!(checked.contains("older than"), "{checked}");
}

/// Runs `campanile db` in the world's folder, checks whether it succeeds, and returns its output.
fn db(world: &World, verb: &[&str], succeeds: bool) -> String {
    let done = Command::new(env!("CARGO_BIN_EXE_campanile"))
        .current_dir(world.path(""))
        .arg("db")
        .args(verb)
        .args(["--data", "data"])
        .output()
        .expect("campanile starts");
    let words = String::from_utf8_lossy(&done.stderr).into_owned();
    assert_eq!(done.status.success(), succeeds, "{verb:?}: {words}");
    words
}

fn seconds() -> f64 {
    std::time::UNIX_EPOCH.elapsed().expect("a clock after 1970").as_secs_f64()
}
