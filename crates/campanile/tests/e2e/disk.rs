//! The disk fails while a batch is dialing. The API reports it, no recipient is lost or dialed
//! twice, and the batch resumes by itself. The carrier's call records are the truth.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::{self, File},
    io::{BufRead as _, BufReader, Seek as _, SeekFrom, Write as _},
    path::Path,
    process::Command,
};

use serde_json::{Value, json};

use super::support::{Server, World, number, on_a_small_disk};

const PEOPLE: u32 = 200;

#[test]
fn a_batch_goes_through_a_full_disk() {
    let world = World::new("", "");
    fs::write(world.path("serve.toml"), "record_calls = true\n").expect("the configuration");
    let Some(server) = Server::start_on_a_small_disk(&world) else { return };
    // The path as the server sees it.
    let disk = format!("/proc/{}/root{}", server.id(), world.path("data").display());
    let ballast = Path::new(&disk).join("ballast");
    let full = || fill(&ballast);
    let emptied = || fs::remove_file(&ballast).expect("there is room again");
    let server = goes_through((world, server), "the disk is full", (full, emptied));
    let calls = server.until("/v1/calls?limit=200", |_| true);
    let lost = calls["items"].as_array().expect("calls").iter().find(|call| {
        let recording = &call["recording"];
        recording["lost_ms"].as_u64().is_some_and(|lost| lost > 0)
            && recording["lost_reason"] == "the disk is full"
    });
    assert!(lost.is_some(), "no recording says what it lost and why: {calls}");
}

#[test]
fn a_batch_goes_through_a_disk_that_fails() {
    let world = World::new("", "");
    let server = Server::start(&world);
    let (process, log) = (server.id().to_string(), world.path("data/campanile.sqlite-wal"));
    let grow_to = |bytes: &str| {
        let limit = format!("--fsize={bytes}:unlimited");
        let set = Command::new("prlimit").args(["--pid", &process, &limit]).status();
        assert!(set.expect("prlimit starts").success());
    };
    // Writes beyond the current length of the database's log fail with SQLITE_IOERR.
    let breaks = || grow_to(&fs::metadata(&log).expect("the log").len().to_string());
    goes_through((world, server), "the disk fails", (breaks, || grow_to("unlimited")));
}

/// Breaks the disk while a batch is dialing and repairs it when all calls are over. Checks the
/// API's reports meanwhile and the final statuses.
fn goes_through(
    (mut world, server): (World, Server),
    cause: &str,
    (breaks, mends): (impl FnOnce(), impl FnOnce()),
) -> Server {
    let rows: String = (0..PEOPLE)
        .map(|n| (n / 10 * 100, if n % 10 < 8 { n % 10 * 7 } else { 72 + n % 10 }))
        .map(|(hundreds, ending)| format!("{},Person\n", number(hundreds + ending)))
        .collect();
    let batch = server.new_batch(&format!("phone_number,name\n{rows}"), &world);
    let path = format!("/v1/batch-calls/{batch}");
    world.wait_for_calls(30);
    breaks();
    let shown = server.until(&path, |batch| batch["blocker"]["code"] == "store_failing");
    assert!(shown["blocker"]["since"].is_string(), "{shown}");
    let told = |value: &Value| value.as_str().is_some_and(|words| words.contains(cause));
    assert!(told(&shown["blocker"]["detail"]), "{shown}");
    let changes = [
        ("POST", format!("{path}/pause"), Value::Null),
        ("POST", format!("{path}/stop"), Value::Null),
        ("PATCH", path.clone(), json!({ "name": "renamed" })),
        ("PATCH", "/v1/workspace".to_owned(), json!({ "max_concurrent_calls": 7 })),
        ("POST", "/v1/suppressions".to_owned(), json!({ "phone_number": "+14155550177" })),
        ("GET", "/readyz".to_owned(), Value::Null),
    ];
    for (method, path, body) in changes {
        let (status, later, problem) = server.answer(method, &path, &body);
        assert_eq!((status, &problem["code"]), (503, &json!("store_failing")), "{path}: {problem}");
        assert!(later.is_some() && told(&problem["detail"]), "{path}: {later:?} {problem}");
    }
    let file = "phone_number,name\n+12125550000,Person\n";
    let (status, later, problem) =
        server.try_upload("/v1/batch-calls", &batch_fields(&shown), file);
    assert_eq!((status, &problem["code"]), (503, &json!("store_failing")), "{problem}");
    assert!(later.is_some(), "{problem}");
    // All dialed calls end meanwhile. Their outcomes are kept in memory.
    world.wait_for_calls(dialed(&server));
    assert_eq!(server.until(&path, |_| true)["blocker"]["code"], "store_failing");
    mends();
    let ended = server.until(&path, |batch| batch["status"] == "completed");
    assert_eq!(ended["name"], "people", "what was refused did not happen");
    let answered = check_events(&server, &batch);

    let report = server.report(&path);
    let log = fs::read_to_string(world.path("run.log")).expect("the log");
    for (words, times) in [("cannot be written: nobody", 1), ("can be written again after", 1)] {
        assert_eq!(log.matches(words).count(), times, "{words}: {log}");
    }
    assert!(!log.contains("trying again"), "{log}");
    let records = world.records();
    let picked_up = records.iter().filter(|record| record.final_status == Some(200)).count();
    assert_eq!(answered, picked_up, "every answer is told");
    let call_ids: BTreeSet<_> = records.iter().map(|record| &record.call_id).collect();
    assert_eq!(call_ids.len(), records.len(), "a Call-ID was used twice");
    let by_number: BTreeMap<_, _> = records
        .iter()
        .map(|record| (format!("+{}", record.to.trim_start_matches('+')), record))
        .collect();
    assert_eq!((by_number.len(), records.len()), (PEOPLE as usize, PEOPLE as usize));
    for (number, row) in &report {
        let record = by_number[number];
        let justified = if record.final_status == Some(200) { "completed" } else { "failed" };
        assert_eq!((row.status.as_str(), row.attempts), (justified, 1), "{record:?}");
    }
    assert_eq!(report.len(), PEOPLE as usize);
    server
}

/// Checks that each recipient's end is sent once, after the end of the call and before the end of
/// the batch. Returns how many answers were sent.
fn check_events(server: &Server, batch: &str) -> usize {
    let stream = BufReader::new(server.stream(&format!("/v1/batch-calls/{batch}/events"), 0));
    let (mut answered, mut ended, mut finished) = (0, 0, BTreeSet::new());
    for line in stream.lines() {
        let line = line.expect("the stream goes on");
        let Some(data) = line.strip_prefix("data: ") else { continue };
        let event: Value = serde_json::from_str(data).expect("JSON");
        match event["kind"].as_str().unwrap_or_default() {
            "call.answered" => answered += 1,
            "call.ended" => ended += 1,
            "recipient.finished" => {
                assert!(finished.insert(event["data"]["recipient_id"].to_string()), "{event}");
                assert!(ended >= finished.len(), "{event}");
            }
            "batch.completed" => break,
            _ => {}
        }
    }
    assert_eq!((ended, finished.len()), (PEOPLE as usize, PEOPLE as usize));
    answered
}

/// The number of INVITEs that the server sent, from its metrics.
fn dialed(server: &Server) -> usize {
    let (_, _, metrics) = server.fetch("/metrics", None);
    let text = String::from_utf8(metrics).expect("text");
    let counts = text.lines().filter(|line| line.starts_with("campanile_dialed_total{"));
    counts.filter_map(|line| line.rsplit(' ').next()?.parse::<usize>().ok()).sum()
}

/// The form fields of another batch like this one.
fn batch_fields(batch: &Value) -> [(&str, &str); 3] {
    let text = |field: &str| batch[field].as_str().expect("text");
    [("name", "more"), ("from_number", text("from_number")), ("agent_id", text("agent_id"))]
}

fn fill(ballast: &Path) {
    let mut file = File::create(ballast).expect("a file");
    for size in [1 << 16, 4_096, 1] {
        while file.write_all(&vec![0; size]).is_ok() {}
    }
}

#[test]
fn a_full_disk_at_the_start_is_told() {
    let world = World::new("", "");
    let fills = "cat /dev/zero > \"$0/ballast\" 2>/dev/null";
    let Some(mut launcher) = on_a_small_disk(&world, fills) else { return };
    let serve = launcher.args(["serve", "--listen", "127.0.0.1:0", "--data"]);
    let served = serve.arg(world.path("data")).output().expect("campanile starts");
    let words = String::from_utf8_lossy(&served.stderr);
    assert_eq!(served.status.code(), Some(1), "{words}");
    assert!(words.contains("the disk is full") && !words.contains("panicked"), "{words}");
}

#[test]
fn a_database_that_a_crash_left_damaged_is_not_served() {
    let world = World::new("", "");
    let mark = world.path("data/running");
    Server::start(&world).stop();
    assert!(!mark.exists(), "a clean end takes the mark away");
    let database = world.path("data/campanile.sqlite");
    let damaged = |skips: &[&str]| {
        let mut file = File::options().write(true).open(&database).expect("the database");
        file.seek(SeekFrom::Start(4_096 * 9)).expect("it is longer");
        file.write_all(&[0xa5; 4_096 * 4]).expect("written");
        let mut serve = Command::new(env!("CARGO_BIN_EXE_campanile"));
        let serve = serve.args(["serve", "--listen", "127.0.0.1:0", "--data"]);
        serve.arg(world.path("data")).args(skips).output().expect("campanile starts")
    };
    drop(Server::start(&world));
    assert!(mark.exists(), "whoever is killed leaves it");
    let served = damaged(&[]);
    let words = String::from_utf8_lossy(&served.stderr);
    assert_eq!(served.status.code(), Some(1), "{words}");
    assert!(words.contains("is damaged") && words.contains("campanile db check"), "{words}");
    assert!(words.contains("campanile db restore"), "{words}");
}
