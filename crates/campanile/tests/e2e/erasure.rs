//! A person is erased during a call to them.

use std::{fs, path::Path};

use serde_json::json;

use super::support::{Server, World, number};

/// The files below `dir` that contain `text`.
fn holding(dir: &Path, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(holding(&path, text));
        } else if fs::read(&path).expect("a file").windows(text.len()).any(|w| w == text.as_bytes())
        {
            found.push(path.display().to_string());
        }
    }
    found
}

#[test]
fn a_person_who_is_on_the_phone_is_forgotten_after_the_call_and_never_rung_again() {
    let mut world = World::paced("", "", 1.0);
    fs::write(world.path("serve.toml"), "record_calls = true\n").unwrap();
    let server = Server::start(&world);
    // The file has the number three times, and a number has one call at a time.
    let (person, other) = (number(0), number(1));
    let rows =
        format!("phone_number,name\n{person},Zelda\n{person},Zelda\n{other},Jo\n{person},Z\n");
    let batch = server.new_batch(&rows, &world);
    let of_person = format!("/v1/calls?number={}", person.replace('+', "%2B"));
    server.until(&of_person, |calls| !calls["items"][0]["answered_at"].is_null());
    let waiting = server.post("/v1/erasures", &json!({"phone_number": person}), 202);
    assert_eq!((&waiting["state"], &waiting["in_call"]), (&json!("waiting"), &json!(true)));
    let path = format!("/v1/erasures/{}", waiting["id"].as_str().unwrap());
    let done = server.until(&path, |erasure| erasure["state"] == "done");
    assert_eq!(
        (&done["rows"], &done["calls"], &done["recordings"]),
        (&json!(3), &json!(1), &json!(1))
    );
    let path = format!("/v1/batch-calls/{batch}");
    let ended = server.until(&path, |batch| batch["status"] == "completed");
    let progress = &ended["progress"];
    assert_eq!((&progress["total"], &progress["completed"]), (&json!(4), &json!(2)), "{progress}");
    assert_eq!(progress["skipped"], 2);
    // A new upload of the number does not lead to a call either.
    let again = server.post("/v1/suppressions", &json!({"phone_number": person}), 200);
    assert_eq!(again["phone_number"], person);
    server.stop();
    for text in [&person[1..], &person[2..], "Zelda"] {
        assert_eq!(holding(&world.path("data"), text), Vec::<String>::new(), "{text}");
    }
    assert_eq!(holding(&world.path("data"), &other[1..]).len(), 1, "the others are there");
    let records = world.records();
    let rung = records.iter().filter(|record| person.ends_with(record.to.trim_start_matches('+')));
    assert_eq!(rung.count(), 1, "{records:?}");
    assert_eq!(records.len(), 2);
}
