//! Every noun of the command line, against a real server.

use std::{
    fs,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpListener,
    thread,
};

use serde_json::{Value, json};

use super::{
    support::{people, trunk},
    world::World,
};

#[test]
fn a_trunk_a_number_and_an_agent_are_made_from_files_and_call_somebody() {
    let world = World::new();
    let made = world.run(&["trunk", "create", "trunk.toml"]);
    assert_eq!((made.code, made.err.as_str()), (0, ""), "{made:?}");
    let trunk = made.out.trim();
    let made =
        world.run(&["number", "create", "+14155550100", "--trunk", trunk, "--label", "Desk"]);
    assert_eq!((made.code, made.err.as_str()), (0, ""), "{made:?}");
    let made = world.run(&["agent", "create", "agent.toml", "--publish"]);
    assert_eq!(made.code, 0, "{made:?}");
    let agent = made.out.trim();
    assert!(world.run(&["trunk", "test", trunk]).out.starts_with("It is there."));
    world.folder.write("people.csv", people(&[1, 95]));
    let create = ["create", "people.csv", "--from", "+14155550100", "--agent", agent, "--draft"];
    let batch = world.batch(&create).out.trim().to_owned();
    assert_eq!(world.batch(&["start", &batch]).code, 0);
    let watched = world.batch(&["watch", &batch]);
    assert_eq!(watched.out.trim(), "Completed: 1 completed, 1 failed");
}

#[test]
fn lists_and_shows_are_tables_for_people_and_the_answers_of_the_api_for_programs() {
    let world = World::new();
    let agent = world.set_up();
    world.folder.write("people.csv", people(&[70]));
    let create = ["create", "people.csv", "--from", "+14155550100", "--agent", &agent, "--draft"];
    let batch = world.json(&[&["batch"], &create[..]].concat());
    world.post("/v1/suppressions", &json!({"phone_number": "+14155550142", "reason": "asked"}));
    let id = batch["id"].as_str().unwrap();
    for (args, path) in [
        (&["agent", "list"][..], "/v1/agents"),
        (&["agent", "show", &agent], &format!("/v1/agents/{agent}")),
        (&["agent", "show", &agent, "--version", "1"], &format!("/v1/agents/{agent}/versions/1")),
        (&["agent", "versions", &agent], &format!("/v1/agents/{agent}/versions")),
        (&["number", "list"], "/v1/phone-numbers"),
        (&["number", "show", "number_1"], "/v1/phone-numbers/number_1"),
        (&["trunk", "list"], "/v1/trunks"),
        (&["trunk", "show", "trunk_1"], "/v1/trunks/trunk_1"),
        (&["suppression", "list"], "/v1/suppressions"),
        (&["webhook", "list"], "/v1/webhooks"),
        (&["batch", "show", id], &format!("/v1/batch-calls/{id}")),
        (&["batch", "recipients", id], &format!("/v1/batch-calls/{id}/recipients")),
        (&["batch", "rejections", id], &format!("/v1/batch-calls/{id}/rejections")),
    ] {
        assert_eq!(world.json(args), world.get(path), "{args:?}");
        let told = world.run(args);
        assert_eq!((told.code, told.err.as_str()), (0, ""), "{args:?}: {told:?}");
        assert!(serde_json::from_str::<Value>(&told.out).is_err(), "{args:?}: {told:?}");
    }
    let listed = world.json(&["batch", "list"]);
    assert_eq!(listed, world.get("/v1/batch-calls?limit=1&page=1"), "one page that has all of it");
    let told = world.run(&["number", "list"]).out;
    let cells: Vec<&str> = told.trim_end().split('\t').collect();
    assert_eq!(cells[1..3], ["+14155550100", ""], "{told}");
}

#[test]
fn a_list_of_many_pages_is_one_list() {
    let world = World::new();
    let numbers: String = (0..620).map(|n| format!("+1415556{n:04}\n")).collect();
    world.folder.write("stop.csv", format!("phone_number\n{numbers}"));
    let took = world.run(&["suppression", "upload", "stop.csv"]);
    assert_eq!(took.out.trim(), "620 rows: 620 numbers added, 0 known before, 0 rejected");
    let all = world.json(&["suppression", "list"]);
    assert_eq!((all["items"].as_array().unwrap().len(), &all["next_cursor"]), (620, &Value::Null));
    let some = world.json(&["suppression", "list", "--limit", "7"]);
    assert_eq!(some, world.get("/v1/suppressions?limit=7"));
    let some = world.json(&["suppression", "list", "--limit", "501", "--query", "1415556"]);
    assert_eq!(some["items"].as_array().unwrap().len(), 501);
    assert!(some["next_cursor"].is_string(), "more are there");
    assert_eq!(world.run(&["suppression", "list"]).out.lines().count(), 620);
}

#[test]
fn numbers_are_suppressed_and_called_again() {
    let world = World::new();
    let add = ["suppression", "add", "+14155550101", "+14155550102", "--reason", "asked by letter"];
    let added = world.run(&add);
    assert_eq!(added.out.lines().count(), 2, "{added:?}");
    assert_eq!(world.get("/v1/suppressions")["items"][1]["reason"], "asked by letter");
    assert_eq!(world.run(&["suppression", "remove", "+14155550101"]).code, 0);
    assert_eq!(world.run(&["suppression", "remove", "+14155550101"]).code, 1, "it is gone");
    assert_eq!(world.run(&["suppression", "remove", "14155550102"]).code, 0);
    assert_eq!(world.get("/v1/suppressions")["total"], 0);
    let wrong = world.run(&["suppression", "add", "555"]);
    assert!(wrong.code == 2 && wrong.err.contains("E.164: \"555\""), "{wrong:?}");
    world.folder.write("stop.csv", "phone_number\n+14155550101\nnobody\n");
    let took = world.json(&["suppression", "upload", "stop.csv"]);
    assert_eq!((&took["added"], &took["rejected"]), (&json!(1), &json!(1)));
}

#[test]
fn a_trunk_is_made_of_a_file_and_options_and_its_password_is_no_option() {
    let world = World::new();
    let port = world.carrier.local_addr().port().to_string();
    let login = ["--username", "user"];
    let options = ["trunk", "create", "--name", "a", "--host", "127.0.0.1", "--port", &port];
    let secret = [&options[..], &login, &["--password-stdin", "--json"]].concat();
    let made = world.run_with("hidden-word\n", &secret);
    assert_eq!(made.code, 0, "{made:?}");
    let made: Value = serde_json::from_str(&made.out).unwrap();
    assert_eq!((&made["has_password"], &made["name"]), (&json!(true), &json!("a")));
    let id = made["id"].as_str().unwrap();
    // Fields that are not named keep their value, including the password; `none` clears a field.
    let edited = world.json(&["trunk", "edit", id, "--max-calls", "7", "--codecs", "PCMA"]);
    assert_eq!((&edited["max_calls"], &edited["codecs"]), (&json!(7), &json!(["PCMA"])));
    assert_eq!((&edited["has_password"], &edited["username"]), (&json!(true), &json!("user")));
    let edited = world.json(&["trunk", "edit", id, "--username", "none"]);
    assert_eq!((&edited["has_password"], &edited["max_calls"]), (&json!(false), &json!(7)));
    // The password comes from the environment, directly or by a reference in the file. Options
    // override the file.
    let mut by_variable = world.client(&[&["trunk", "edit", id], &login[..]].concat());
    by_variable.env("CAMPANILE_TRUNK_PASSWORD", "hidden-word");
    assert!(by_variable.output().unwrap().status.success());
    assert_eq!(world.get(&format!("/v1/trunks/{id}"))["has_password"], true);
    let login = "username = \"user\"\npassword = \"env:CARRIER_SECRET\"\n";
    world.folder.write("login.toml", trunk(world.carrier.local_addr()) + login);
    let missing = world.run(&["trunk", "create", "login.toml"]);
    assert_eq!(missing.code, 2);
    let told = "login.toml:7: password: the environment has no CARRIER_SECRET";
    assert!(missing.err.contains(told), "{missing:?}");
    let mut filled = world.client(&["trunk", "create", "login.toml", "--max-calls", "3"]);
    let made = filled.env("CARRIER_SECRET", "hidden-word").output().unwrap();
    let id = String::from_utf8(made.stdout).unwrap();
    let made = world.get(&format!("/v1/trunks/{}", id.trim()));
    assert_eq!((&made["has_password"], &made["max_calls"]), (&json!(true), &json!(3)));
    assert_eq!(world.run(&["trunk", "delete", id.trim()]).code, 0);
    assert_eq!(world.run(&["trunk", "show", id.trim()]).code, 1);
    let told = world.run(&["trunk", "create", "--name", "b", "--password", "hidden-word"]);
    assert_eq!(told.code, 2, "a secret on the command line is refused: {told:?}");
    assert!(told.err.contains("unexpected argument '--password'"), "{told:?}");
}

#[test]
fn mistakes_of_a_file_come_with_their_lines_whoever_finds_them() {
    let world = World::new();
    world.folder.write("bad.toml", "name = \"a\"\n\nfirst_mesage = \"Hi\"\nvoice = \"nobody\"\n");
    let told = world.run(&["agent", "create", "bad.toml"]);
    assert_eq!(told.code, 2, "{told:?}");
    assert!(told.err.contains("bad.toml:3: first_mesage: is not a known key"), "{told:?}");
    world.folder.write("bad.toml", "name = \"a\"\nfirst_message = \"Hi\nvoice = 3\n");
    let told = world.run(&["agent", "create", "bad.toml"]);
    assert!(told.code == 2 && told.err.contains("bad.toml:2: "), "{told:?}");
    assert_eq!(world.get("/v1/agents")["items"], json!([]));
    world.folder.write("bad.toml", "name = \"a\"\nhost = \"127.0.0.1\"\nusername = \"u\"\n");
    let told = world.run(&["trunk", "create", "bad.toml"]);
    assert!(told.code == 2 && told.err.contains("bad.toml:1: password: is missing"), "{told:?}");
    let told = world.run(&["trunk", "create", "--name", "a"]);
    assert!(told.code == 2 && told.err.contains("--host: is missing"), "{told:?}");
}

#[test]
fn an_agent_is_drafted_published_and_rewritten() {
    let world = World::new();
    let made = world.json(&["agent", "create", "agent.toml"]);
    let id = made["id"].as_str().unwrap();
    assert_eq!(made["version"]["status"], "draft");
    let words = |text: &str| format!("name = \"brief\"\nfirst_message = \"{text}\"\n");
    // Editing overwrites a draft. After publication it creates a new draft.
    world.folder.write("agent.toml", words("Good morning."));
    let edited = world.json(&["agent", "edit", id, "agent.toml"]);
    assert_eq!(
        (&edited["version"]["number"], &edited["version"]["first_message"]),
        (&json!(1), &json!("Good morning."))
    );
    let published = world.json(&["agent", "publish", id]);
    assert_eq!((&published["number"], &published["status"]), (&json!(1), &json!("published")));
    world.folder.write("agent.toml", words("Good evening.").replace("brief", "Evening"));
    let edited = world.json(&["agent", "edit", id, "agent.toml", "--publish"]);
    assert_eq!(
        (&edited["version"]["number"], &edited["published_version"]),
        (&json!(2), &json!(2))
    );
    assert_eq!(edited["name"], "Evening");
    let versions = world.run(&["agent", "versions", id]);
    assert_eq!(versions.out.lines().count(), 2);
    assert_eq!(world.json(&["agent", "edit", id, "--name", "Night"])["name"], "Night");
    assert_eq!(world.run(&["agent", "edit", id]).code, 2);
    assert_eq!(world.run(&["agent", "delete", id]).code, 0);
    assert_eq!(world.run(&["agent", "show", id]).code, 1);
}

#[test]
fn a_number_gets_another_label_and_no_trunk() {
    let world = World::new();
    world.set_up();
    let edit = ["number", "edit", "number_1", "--trunk", "none", "--label", "Front desk"];
    let edited = world.json(&edit);
    assert_eq!((&edited["trunk_id"], &edited["label"]), (&Value::Null, &json!("Front desk")));
    assert_eq!(world.run(&["number", "edit", "number_1"]).code, 2);
    let unknown = world.run(&["number", "create", "+14155550107", "--trunk", "trunk_9"]);
    assert!(
        unknown.code == 2 && unknown.err.contains("--trunk: there is no trunk_"),
        "{unknown:?}"
    );
    assert_eq!(world.run(&["number", "delete", "number_1"]).code, 0);
    assert_eq!(world.get("/v1/phone-numbers")["items"], json!([]));
}

#[test]
fn a_batch_is_edited_redialed_and_deleted() {
    let world = World::new();
    let agent = world.set_up();
    world.folder.write("people.csv", people(&[95, 96, 80]) + "12,Nobody\n");
    let create = ["create", "people.csv", "--from", "+14155550100", "--agent", &agent, "--draft"];
    let id = world.batch(&create).out.trim().to_owned();
    let edit = |more: &[&str]| world.json(&[&["batch", "edit", &id], more].concat());
    let edited = edit(&[
        "--name",
        "July",
        "--concurrency",
        "2",
        "--max-retries",
        "1",
        "--wait-minutes",
        "0",
        "--retry-on",
        "busy",
        "--calling-hours",
        "00:00-24:00",
        "--days",
        "mon-sun",
    ]);
    assert_eq!((&edited["name"], &edited["max_concurrent_calls"]), (&json!("July"), &json!(2)));
    assert_eq!(
        (&edited["retry"]["retry_on_busy"], &edited["retry"]["retry_on_failed"]),
        (&json!(true), &json!(false))
    );
    assert_eq!(edited["calling_hours"]["time_zone"], "recipient");
    let edited = edit(&["--time-zone", "Europe/London", "--concurrency", "none"]);
    assert_eq!(edited["calling_hours"]["time_zone"], "Europe/London");
    assert_eq!(edited["calling_hours"]["start"], "00:00", "what is not named stays");
    assert_eq!(edited["max_concurrent_calls"], Value::Null);
    assert_eq!(edit(&["--calling-hours", "none"])["calling_hours"], Value::Null);
    assert_eq!(world.batch(&["edit", &id]).code, 2);
    assert_eq!(world.batch(&["edit", &id, "--days", "mon"]).code, 2, "days of no hours");
    assert_eq!(world.batch(&["start", &id]).code, 0);
    world.batch(&["watch", &id]);

    let rejected = world.batch(&["rejections", &id]).out;
    assert!(rejected.contains("\t1\t5\t"), "one row, the fifth: {rejected}");
    let file = world.batch(&["rejections", &id, "--output", "-"]);
    assert!(file.out.contains("phone_number"), "{file:?}");
    assert_eq!(world.batch(&["rejections", &id, "--output", "rejected.xlsx"]).code, 0);
    let workbook = world.folder.path("rejected.xlsx");
    assert!(std::fs::read(&workbook).unwrap().starts_with(b"PK"), "a workbook");
    let failed = world.batch(&["recipients", &id, "--status", "Failed"]).out;
    assert_eq!(failed.lines().count(), 3, "{failed}");
    assert!(failed.contains("\tFailed\t"), "{failed}");
    let none = world.batch(&["recipients", &id, "--status", "no answer"]);
    assert_eq!((none.code, none.out.as_str()), (0, ""));

    let again = world.batch(&["redial", &id, "--status", "failed", "--draft", "--name", "Again"]);
    assert_eq!(again.code, 0, "{again:?}");
    let made = world.json(&["batch", "show", again.out.trim()]);
    // Two of the three numbers do not exist, and are called again only on request.
    assert_eq!((&made["name"], &made["progress"]["total"]), (&json!("Again"), &json!(1)));
    let wrong = ["redial", &id, "--end-reasons", "invalid_number", "--draft"];
    let wrong = world.batch(&wrong).out.trim().to_owned();
    assert_eq!(world.json(&["batch", "show", &wrong])["progress"]["total"], 2);
    assert_eq!(world.batch(&["delete", &wrong]).code, 0);
    let nobody = world.batch(&["redial", &id, "--status", "voicemail"]);
    assert!(nobody.code == 2 && nobody.err.contains("--status: finds nobody"), "{nobody:?}");
    assert_eq!(world.batch(&["delete", again.out.trim()]).code, 0);
    assert_eq!(world.batch(&["delete", &id]).code, 0);
    assert_eq!(world.get("/v1/batch-calls")["total"], 0);
}

#[test]
fn states_are_words_of_the_page_and_of_the_api() {
    let world = World::new();
    let agent = world.set_up();
    world.folder.write("people.csv", people(&[70, 71]));
    let create = ["create", "people.csv", "--from", "+14155550100", "--agent", &agent];
    let id = world.batch(&create).out.trim().to_owned();
    let with = |status: &str| world.batch(&["list", "--status", status]);
    for status in ["active", "Active", "running"] {
        assert!(with(status).out.starts_with(&format!("{id}\tActive\t")), "{status}");
    }
    assert_eq!(with("paused").out, "");
    let paused = world.batch(&["pause", &id]);
    assert!(paused.out.starts_with(&format!("{id} is Paused")), "{paused:?}");
    assert!(world.batch(&["resume", &id]).out.starts_with(&format!("{id} is Active")));
    let stopped = world.batch(&["stop", &id]);
    assert!(stopped.out.starts_with(&format!("{id} is Stopped")), "{stopped:?}");
    for status in ["stopped", "cancelled"] {
        assert!(with(status).out.contains("\tStopped\t"), "{status}");
    }
    let wrong = with("finished");
    assert!(wrong.code == 2 && wrong.err.contains("stopped"), "{wrong:?}");
    let shown = world.batch(&["show", &id]);
    assert!(shown.out.contains("State:\tStopped\n"), "{shown:?}");
}

/// An endpoint that answers one request with a status.
fn endpoint(status: &'static str) -> (String, thread::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    let answered = thread::spawn(move || {
        let (mut socket, _) = listener.accept().unwrap();
        let mut reader = BufReader::new(socket.try_clone().unwrap());
        let (mut head, mut length) = (String::new(), 0);
        while !head.ends_with("\r\n\r\n") {
            let before = head.len();
            assert_ne!(reader.read_line(&mut head).unwrap(), 0, "{head}");
            let line = head[before..].to_lowercase();
            if let Some(n) = line.strip_prefix("content-length:") {
                length = n.trim().parse().unwrap();
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).unwrap();
        write!(socket, "HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
            .unwrap();
        head
    });
    (url, answered)
}

#[test]
fn an_endpoint_is_added_tested_and_deleted() {
    let world = World::with("sip_listen = \"127.0.0.1:0\"\nwebhooks_allow_private = true\n");
    let (url, asked) = endpoint("204 No Content");
    let create = ["webhook", "create", &url, "--events", "batch.completed,call.ended"];
    let made = world.json(&create);
    let id = made["id"].as_str().unwrap();
    assert!(made["secret"].as_str().unwrap().starts_with("whsec_"));
    assert_eq!(made["events"], json!(["batch.completed", "call.ended"]));
    let tested = world.run(&["webhook", "test", id]);
    assert!(tested.code == 0 && tested.out.starts_with("taken: it answered 204"), "{tested:?}");
    assert!(asked.join().unwrap().to_lowercase().contains("webhook-id: "));
    let (url, asked) = endpoint("500 Oh");
    let edited = world.json(&["webhook", "edit", id, "--address", &url, "--description", "Mine"]);
    assert_eq!((&edited["url"], &edited["description"]), (&json!(url), &json!("Mine")));
    let tested = world.run(&["webhook", "test", id]);
    assert!(tested.code == 1 && tested.out.contains("not taken: it answered 500"), "{tested:?}");
    asked.join().unwrap();
    assert_eq!(world.run(&["webhook", "deliveries", id]).out.lines().count(), 2);
    assert!(world.run(&["webhook", "rotate-secret", id]).out.starts_with("whsec_"));
    let wrong = world.run(&["webhook", "create", &url, "--events", "batch.exploded"]);
    assert_eq!(wrong.code, 2, "{wrong:?}");
    assert_eq!(world.run(&["webhook", "delete", id]).code, 0);
    assert_eq!(world.get("/v1/webhooks")["items"], json!([]));
}

#[test]
fn a_report_is_written_where_it_is_asked_for() {
    let world = World::new();
    let agent = world.set_up();
    world.folder.write("people.csv", people(&[95]));
    let create = ["create", "people.csv", "--from", "+14155550100", "--agent", &agent];
    let id = world.batch(&create).out.trim().to_owned();
    world.batch(&["watch", &id]);
    assert_eq!(world.batch(&["report", &id, "-o", "report.csv"]).code, 0);
    assert_eq!(world.folder.read("report.csv"), world.batch(&["report", &id]).out);
    let nowhere = world.batch(&["report", &id, "-o", "nowhere/report.csv"]);
    assert!(nowhere.code == 1 && nowhere.err.contains("cannot write nowhere/report.csv"));
    assert!(!fs::exists(world.folder.path("nowhere")).unwrap());
}

#[test]
fn a_person_is_erased() {
    let world = World::new();
    let erased = world.run(&["erase", "+14155550142"]);
    assert!(erased.code == 0 && erased.out.starts_with("erasure_"), "{erased:?}");
    let erased = world.run(&["erase", "+14155550142", "--json"]);
    let erased: Value = serde_json::from_str(&erased.out).unwrap();
    assert!(erased["id"].as_str().unwrap().starts_with("erasure_"));
    let wrong = world.run(&["erase", "555"]);
    assert!(wrong.code == 2 && wrong.err.contains("E.164: "), "{wrong:?}");
}
