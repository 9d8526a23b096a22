//! Webhook endpoints that hang do not affect dialing. Four workspaces have the maximum of
//! endpoints, and none of them ever answers; a fifth workspace calls its recipients over real SIP.

use std::{
    collections::BTreeSet,
    io::Read as _,
    net::{TcpListener, TcpStream},
    sync::{Arc, Condvar, Mutex},
};

use campanile_testkit::Receiver;
use serde_json::{Value, json};

use super::support::{PATIENCE, Server, World, last_two, number};

const HANGING: [&str; 4] = ["a", "b", "c", "d"];

/// Endpoints per workspace, which is the maximum.
const ENDPOINTS: usize = 50;

/// Hanging endpoints get half of a workspace's concurrent deliveries.
const AT_ONCE: usize = HANGING.len() * 16;

const PEOPLE: u32 = 80;

#[derive(Default)]
struct Held {
    /// Open connections.
    open: Mutex<usize>,
    changed: Condvar,
}

/// An endpoint that accepts every connection, reads everything and never answers.
struct Hole {
    url: String,
    held: Arc<Held>,
}

impl Hole {
    fn open() -> Hole {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let url = format!("http://{}/", listener.local_addr().expect("an address"));
        let held = Arc::new(Held::default());
        let shared = Arc::clone(&held);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let held = Arc::clone(&shared);
                std::thread::spawn(move || hold(stream, &held));
            }
        });
        Hole { url, held }
    }

    /// Waits until `count` connections hang at once.
    fn wait_for(&self, count: usize) {
        let open = self.held.open.lock().unwrap();
        let waited = self.held.changed.wait_timeout_while(open, PATIENCE, |open| *open < count);
        let (open, patience) = waited.expect("nobody panicked");
        assert!(!patience.timed_out(), "{open} hang, not {count}");
    }
}

fn hold(mut stream: TcpStream, held: &Held) {
    let count = |more: fn(usize) -> usize| {
        let mut open = held.open.lock().unwrap();
        *open = more(*open);
        held.changed.notify_all();
    };
    count(|open| open + 1);
    let mut bytes = [0; 4096];
    while matches!(stream.read(&mut bytes), Ok(1..)) {}
    count(|open| open - 1);
}

/// Adds hanging endpoints to a workspace, and an event for each.
fn fill(server: &Server, url: &str) {
    for _ in 0..ENDPOINTS {
        let made = server.post("/v1/webhooks", &json!({ "url": url }), 201);
        let id = made["id"].as_str().expect("an id");
        server.post(&format!("/v1/webhooks/{id}/test"), &Value::Null, 202);
    }
}

/// A quarter of the recipients answer. The others are busy, do not exist or fail.
fn people() -> String {
    let person = |n: u32| number(n / 4 * 100 + [99, 82, 96, 94][(n % 4) as usize]);
    let rows = (0..PEOPLE).map(|n| format!("{},Person {n}\n", person(n)));
    format!("phone_number,name\n{}", rows.collect::<String>())
}

#[test]
fn everybody_is_called_while_two_hundred_endpoints_of_others_hang() {
    let mut world = World::new("", "");
    let config = "webhooks_allow_private = true\nrequests_per_s = 0\n";
    std::fs::write(world.path("serve.toml"), config).unwrap();
    let (hole, receiver) = (Hole::open(), Receiver::start(|_| 204));
    let server = Server::start(&world);
    for workspace in HANGING {
        fill(&server.asked_by(&world, workspace, "admin"), &hole.url);
    }
    hole.wait_for(AT_ONCE);

    server.post("/v1/webhooks", &json!({ "url": receiver.url() }), 201);
    let batch = server.new_batch(&people(), &world);
    let path = format!("/v1/batch-calls/{batch}");
    let end = server.until(&path, |batch| batch["status"] == "completed");
    receiver.wait_until(|told| told.iter().any(|told| told.body["type"] == "batch.completed"));
    // Deliveries that timed out made room for others, which hang as well.
    hole.wait_for(AT_ONCE);

    let report = server.report(&path);
    assert_eq!(report.len(), PEOPLE as usize);
    drop(server);
    let records = world.records();
    let called: BTreeSet<&str> = records.iter().map(|record| record.to.as_str()).collect();
    assert_eq!(called.len(), PEOPLE as usize, "everybody was called");
    for (number, row) in &report {
        let calls = records.iter().filter(|record| record.to == *number).count();
        assert_eq!(row.attempts as usize, calls, "{number}");
        let wanted = if last_two(number) == 99 { "completed" } else { "failed" };
        assert_eq!(row.status, wanted, "{number}");
    }
    assert_eq!(end["progress"]["attempts"].as_u64(), Some(records.len() as u64));
}
