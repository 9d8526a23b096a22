//! Outages at the start of a batch. While no calls can be placed, no attempt is charged; afterwards
//! every recipient is dialed, with the attempts that the carrier's records show.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    io::Read,
    net::{TcpListener, TcpStream, UdpSocket},
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
};

use campanile_media::wav;
use campanile_sandbox::CallRecord;
use rustix::process::{Pid, Resource, Rlimit, prlimit};
use serde_json::{Value, json};

use super::{
    known_answer::expected,
    support::{Server, World, number},
};

/// Last digits of the recipients. Most calls are over at once, and every kind of ending occurs.
const KINDS: [u32; 10] = [99, 80, 83, 85, 89, 93, 95, 97, 98, 5];
const PEOPLE: u32 = 300;
/// Time scale of the carrier: a tenth of natural waits.
const PACE: f64 = 0.1;

/// A server, a trunk and a batch of 300 that has not started.
struct Drill {
    world: World,
    server: Server,
    trunk: Value,
    batch: String,
}

impl Drill {
    /// A drill over UDP to a port of this machine, with an agent with a short text.
    fn new(port: u16) -> Drill {
        let agent = json!({ "first_message": "Hi.", "goodbye": "Bye." });
        Drill::with(World::without_carrier(), json!({ "port": port }), &agent)
    }

    /// Like [`Drill::new`], with other trunk settings and another agent.
    fn with(world: World, settings: Value, agent: &Value) -> Drill {
        let server = Server::start(&world);
        let mut trunk = json!({ "name": "carrier", "host": "127.0.0.1",
            "max_calls": 100, "max_cps": 400 });
        for (name, value) in settings.as_object().expect("fields") {
            trunk[name] = value.clone();
        }
        let made = server.post("/v1/trunks", &trunk, 201);
        let from = json!({ "phone_number": "+14155550100", "trunk_id": made["id"] });
        server.post("/v1/phone-numbers", &from, 201);
        let agent = json!({ "name": "brief", "first_message": agent["first_message"],
            "engine": { "type": "script", "lines": [], "goodbye": agent["goodbye"] } });
        let agent = server.post("/v1/agents", &agent, 201);
        let agent = agent["id"].as_str().expect("an id");
        server.post(&format!("/v1/agents/{agent}/versions/1/publish"), &Value::Null, 200);
        let retry = json!({ "max_retries": 1, "wait_minutes": 0.01 }).to_string();
        let fields = [("name", "people"), ("from_number", "+14155550100"), ("agent_id", agent)];
        let fields = [&fields[..], &[("start", "false"), ("retry", &retry)]].concat();
        let rows: String = people().map(|number| format!("{number}\n")).collect();
        let rows = format!("phone_number\n{rows}");
        let batch = server.upload("/v1/batch-calls", &fields, &rows);
        let batch = format!("/v1/batch-calls/{}", batch["id"].as_str().expect("an id"));
        trunk["id"] = made["id"].clone();
        Drill { world, server, trunk, batch }
    }

    /// Starts the batch during the outage, and checks as [`Drill::is_stopped_by`] does.
    fn runs_into(&self, code: &str, words: &str) {
        self.server.post(&format!("{}/start", self.batch), &Value::Null, 200);
        self.is_stopped_by(code, words);
    }

    /// Waits until two probes have failed. No recipient is final by then.
    fn is_stopped_by(&self, code: &str, words: &str) {
        let probes = std::cell::RefCell::new(BTreeSet::new());
        let batch = self.server.until(&self.batch, |batch| {
            let blocker = &batch["blocker"];
            let told = blocker["detail"].as_str().is_some_and(|detail| detail.contains(words));
            if blocker["code"] == code && told && blocker["since"].is_string() {
                probes.borrow_mut().extend(blocker["clears_at"].as_str().map(str::to_owned));
            }
            probes.borrow().len() >= 3
        });
        assert_eq!(batch["status"], "running");
        let progress = &batch["progress"];
        let waiting = ["pending", "in_progress"].map(|status| progress[status].as_u64().unwrap());
        assert_eq!(waiting.iter().sum::<u64>(), u64::from(PEOPLE), "somebody is final: {progress}");
    }

    /// Checks the status of the trunk in the API.
    fn trunk_fails(&self, words: &str) {
        let path = format!("/v1/trunks/{}", self.trunk["id"].as_str().expect("an id"));
        self.server.until(&path, |trunk| {
            let detail = trunk["health"]["detail"].as_str().unwrap_or_default();
            trunk["health"]["state"] == "failing" && detail.contains(words)
        });
    }

    /// After the outage the batch completes, and the carrier's records justify all that is stored.
    fn ends_well(mut self) {
        self.server.until(&self.batch, |batch| batch["status"] == "completed");
        let (recipients, attempts) = (self.recipients(), self.attempts());
        let metrics = String::from_utf8(self.server.fetch("/metrics", None).2).expect("text");
        let log = fs::read_to_string(self.world.path("run.log")).expect("the log");
        drop(self.server);
        let records = self.world.records();
        let wrong = differences(&recipients, &attempts, &records);
        assert!(wrong.is_empty(), "{}\n{}", wrong.join("\n"), self.world.log());
        let id = self.trunk["id"].as_str().expect("an id");
        let gauge = format!("campanile_trunk_unreachable{{trunk=\"{id}\"}} 0");
        assert!(metrics.contains(&gauge), "{gauge} is not told");
        let lines = |words: [&str; 2]| {
            log.lines().filter(|line| words.iter().any(|words| line.contains(words))).count()
        };
        let begun = lines(["no call gets through a trunk;", "an agent cannot speak;"]);
        let over = lines(["calls get through a trunk again", "an agent can speak again"]);
        assert!(
            begun == over && (1..=2).contains(&begun),
            "{begun} began, {over} are over:\n{log}"
        );
    }

    fn recipients(&self) -> Vec<Value> {
        let page = self.server.until(&format!("{}/recipients?limit=500", self.batch), |_| true);
        page["items"].as_array().expect("items").clone()
    }

    fn attempts(&self) -> Vec<Value> {
        let (mut all, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = self.server.until(&format!("/v1/calls?limit=500{cursor}"), |_| true);
            all.extend(page["items"].as_array().expect("items").iter().cloned());
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return all,
            }
        }
    }
}

fn people() -> impl Iterator<Item = String> {
    let count = KINDS.len() as u32;
    (0..PEOPLE).map(move |n| number(100 * (n / count) + KINDS[(n % count) as usize]))
}

/// The differences between the stored data and the carrier's records.
fn differences(recipients: &[Value], attempts: &[Value], records: &[CallRecord]) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut calls: BTreeMap<&str, Vec<&CallRecord>> = BTreeMap::new();
    let mut ids = BTreeSet::new();
    for record in records {
        calls.entry(&record.to).or_default().push(record);
        if !ids.insert(&*record.call_id) {
            wrong.push(format!("{} is on the wire twice", record.call_id));
        }
    }
    for recipient in recipients {
        let number = recipient["phone_number"].as_str().expect("a number");
        let (status, made, invites) = expected(number);
        let seen = calls.get(number).map_or(0, Vec::len);
        let is = (recipient["status"].as_str(), recipient["attempts_made"].as_u64(), seen);
        if is != (Some(status), Some(u64::from(made)), invites) {
            wrong.push(format!("{number}: {is:?}, expected {status}, {made}, {invites}"));
        }
    }
    for attempt in attempts {
        let rang = ids.remove(attempt["call_id"].as_str().expect("a Call-ID"));
        let excused = attempt["charged"] == false && attempt["end_reason"] == "trunk_unreachable";
        if attempt["charged"] != rang || (!rang && !excused) {
            wrong.push(format!("rang: {rang}, {attempt}"));
        }
    }
    wrong.extend(ids.iter().map(|id| format!("{id} is on no record")));
    if recipients.len() != PEOPLE as usize {
        wrong.push(format!("{} recipients", recipients.len()));
    }
    wrong
}

/// A trunk that accepts connections and closes them at the first message, until a connection
/// arrives after the stop was requested.
struct HangsUp {
    port: u16,
    wanted: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

impl HangsUp {
    fn at(port: u16) -> HangsUp {
        let listener = TcpListener::bind(("127.0.0.1", port)).expect("it was free");
        let wanted = Arc::new(AtomicBool::new(true));
        let goes_on = wanted.clone();
        let thread = std::thread::spawn(move || {
            for mut stream in listener.incoming().map_while(Result::ok) {
                if !goes_on.load(Ordering::Relaxed) {
                    return;
                }
                let _ = stream.read(&mut [0; 1]);
            }
        });
        HangsUp { port, wanted, thread }
    }

    fn ends(self) {
        self.wanted.store(false, Ordering::Relaxed);
        drop(TcpStream::connect(("127.0.0.1", self.port)));
        self.thread.join().expect("it ends");
    }
}

/// A free port for UDP and TCP, below the ephemeral ports.
fn quiet_port() -> u16 {
    let is_free = |port: &u16| {
        UdpSocket::bind(("127.0.0.1", *port)).is_ok()
            && TcpListener::bind(("127.0.0.1", *port)).is_ok()
    };
    (0..200).map(|_| fastrand::u16(10_000..14_900)).find(is_free).expect("a free port")
}

#[test]
fn a_tcp_port_that_is_closed_is_charged_to_nobody() {
    let port = quiet_port();
    let agent = json!({ "first_message": "Hi.", "goodbye": "Bye." });
    let trunk = json!({ "port": port, "transport": "tcp" });
    let mut drill = Drill::with(World::without_carrier(), trunk, &agent);
    drill.runs_into("trunk_unreachable", "nobody listens there");
    drill.trunk_fails("nobody listens there");
    drill.world.start_carrier(port, PACE);
    drill.ends_well();
}

#[test]
fn a_trunk_that_hangs_up_on_every_connection_is_charged_to_nobody() {
    let port = quiet_port();
    let hangs_up = HangsUp::at(port);
    let agent = json!({ "first_message": "Hi.", "goodbye": "Bye." });
    let trunk = json!({ "port": port, "transport": "tcp" });
    let mut drill = Drill::with(World::without_carrier(), trunk, &agent);
    drill.runs_into("trunk_unreachable", "closed the connection without an answer");
    hangs_up.ends();
    drill.world.start_carrier(port, PACE);
    drill.ends_well();
}

#[test]
fn a_name_without_address_is_charged_to_nobody_and_its_correction_is_tried_at_once() {
    let port = quiet_port();
    let agent = json!({ "first_message": "Hi.", "goodbye": "Bye." });
    // Names in .invalid never resolve (RFC 6761).
    let trunk = json!({ "port": port, "host": "carrier.invalid" });
    let mut drill = Drill::with(World::without_carrier(), trunk, &agent);
    drill.runs_into("trunk_unreachable", "carrier.invalid has no address");
    drill.world.start_carrier(port, PACE);
    let mut trunk = drill.trunk.clone();
    let id = trunk.as_object_mut().and_then(|trunk| trunk.remove("id")).expect("an id");
    trunk["host"] = json!("127.0.0.1");
    drill.server.put(&format!("/v1/trunks/{}", id.as_str().expect("text")), &trunk);
    drill.ends_well();
}

#[test]
fn a_trunk_that_swallows_everything_is_charged_to_nobody() {
    let port = quiet_port();
    let hole = UdpSocket::bind(("127.0.0.1", port)).expect("it was free");
    let mut drill = Drill::new(port);
    drill.runs_into("trunk_unreachable", "nothing answered within 4 s");
    drop(hole);
    drill.world.start_carrier(port, PACE);
    drill.ends_well();
}

#[test]
fn a_udp_port_that_is_closed_is_charged_to_nobody() {
    let port = quiet_port();
    let mut drill = Drill::new(port);
    drill.runs_into("trunk_unreachable", "nobody listens on");
    drill.world.start_carrier(port, PACE);
    drill.ends_well();
}

#[test]
fn a_process_without_file_descriptors_charges_nobody_and_says_so() {
    let port = quiet_port();
    let mut drill = Drill::new(port);
    drill.world.start_carrier(port, PACE);
    let before = leave_no_descriptor(drill.server.id());
    drill.runs_into("trunk_unreachable", "Too many open files");
    let pid = Pid::from_raw(drill.server.id() as i32);
    prlimit(pid, Resource::Nofile, before).expect("its owner may");
    drill.ends_well();
}

/// Sets a process's limit of open files so that it can open no more. Returns the previous limit.
fn leave_no_descriptor(pid: u32) -> Rlimit {
    let first_free = || {
        let dir = fs::read_dir(format!("/proc/{pid}/fd")).expect("it lives");
        let names = dir.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
        let open: BTreeSet<u64> = names.collect();
        (0..).find(|fd| !open.contains(fd)).expect("not all numbers are taken")
    };
    let mut before = None;
    loop {
        let free = first_free();
        let limit = Rlimit { current: Some(free), maximum: Some(20_000) };
        let was = prlimit(Pid::from_raw(pid as i32), Resource::Nofile, limit);
        before.get_or_insert(was.expect("its owner may"));
        if first_free() == free {
            return before.expect("it was set");
        }
    }
}

#[test]
fn ports_for_sound_that_others_hold_are_charged_to_nobody() {
    let port = quiet_port();
    let (first, held) = hold_ports(60);
    let world = World::without_carrier();
    let config = format!("rtp_ports = \"{first}-{}\"\n", first + 59);
    fs::write(world.path("serve.toml"), config).expect("the file");
    let agent = json!({ "first_message": "Hi.", "goodbye": "Bye." });
    let mut drill = Drill::with(world, json!({ "port": port, "max_calls": 20 }), &agent);
    drill.world.start_carrier(port, PACE);
    drill.runs_into("trunk_unreachable", &format!("no free RTP port in {first}-{}", first + 59));
    drop(held);
    drill.ends_well();
}

/// Binds consecutive ports and returns the first.
fn hold_ports(count: u16) -> (u16, Vec<UdpSocket>) {
    let block = |first: u16| {
        let sockets = (first..first + count).map(|port| UdpSocket::bind(("0.0.0.0", port)));
        Some((first, sockets.collect::<Result<Vec<_>, _>>().ok()?))
    };
    (0..200).find_map(|_| block(2 * fastrand::u16(10_000..16_000))).expect("a block of free ports")
}

#[test]
fn an_agent_whose_file_cannot_be_read_charges_nobody() {
    let port = quiet_port();
    let world = World::without_carrier();
    let hello: PathBuf = world.path("data/sounds/hello.wav");
    let record = || {
        fs::create_dir_all(hello.parent().expect("a folder")).expect("a folder");
        wav::write(&hello, &[3_000; 2_400]).expect("the sound");
    };
    record();
    let agent = json!({ "first_message": "hello.wav", "goodbye": "hello.wav" });
    let trunk = json!({ "port": port, "transport": "tcp" });
    let mut drill = Drill::with(world, trunk, &agent);
    // A batch whose agent cannot speak is not started. This batch is already running and waits for
    // its trunk. The server that published the agent has the sound in memory; the next server must
    // read the file.
    drill.runs_into("trunk_unreachable", "nobody listens there");
    drill.server.stop();
    fs::remove_file(&hello).expect("it was there");
    fs::create_dir(&hello).expect("a folder in its place");
    drill.world.start_carrier(port, PACE);
    drill.server = Server::start(&drill.world);
    drill.is_stopped_by("agent_cannot_speak", "hello.wav");
    fs::remove_dir(&hello).expect("it is empty");
    record();
    drill.ends_well();
}
