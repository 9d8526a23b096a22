//! Dialing beside endpoints that hang: four workspaces with all the endpoints that they may have,
//! of which none ever answers, and a fifth that calls its people over real SIP.

use std::{
    collections::BTreeSet,
    io::Read as _,
    net::{TcpListener, TcpStream},
    sync::{Arc, Condvar, Mutex},
};

use serde_json::{Value, json};

use super::{
    receiver::Receiver,
    support::{PATIENCE, Server, World, last_two, number},
};

const HANGING: [&str; 4] = ["a", "b", "c", "d"];

/// Endpoints of each of them, which is the most that a workspace may have.
const ENDPOINTS: usize = 50;

/// Half of a workspace's places, which is what endpoints get that never answer.
const AT_ONCE: usize = HANGING.len() * 16;

const PEOPLE: u32 = 80;

#[derive(Default)]
struct Held {
    /// Connections that the other side has not given up.
    open: Mutex<usize>,
    changed: Condvar,
}

/// Takes every connection, reads what comes and never answers.
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

    /// Waits until so many hang at once.
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

/// Gives a workspace endpoints that hang, and something to tell each of them.
fn fill(server: &Server, url: &str) {
    for _ in 0..ENDPOINTS {
        let made = server.post("/v1/webhooks", &json!({ "url": url }), 201);
        let id = made["id"].as_str().expect("an id");
        server.post(&format!("/v1/webhooks/{id}/test"), &Value::Null, 202);
    }
}

/// A quarter of them answers; the others are busy, nobody's or out of order.
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
    // Those given up meanwhile made room for others that hang as they did.
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
