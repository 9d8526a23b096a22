//! Two workspaces with five batches share one trunk. Seen from the callee: no batch starves,
//! weights count, no limit is exceeded, and no capacity is idle while recipients wait.

use std::collections::BTreeMap;

use campanile_sandbox::CallRecord;
use serde_json::{Value, json};

use super::support::{BRIEF_AGENT, Server, World, number};

/// Every phone rings unanswered for this long, which is long compared with the setup of the next
/// call.
const RINGS_S: u64 = 14;

/// The capacity of the trunk. Both workspaces together stay below its concurrent calls, but share
/// its calls per second.
const MAX_CALLS: u32 = 20;
const MAX_CPS: usize = 20;

struct Batch {
    /// The index of the workspace.
    workspace: usize,
    weight: u32,
    own_limit: Option<u32>,
    people: u32,
    retries: u32,
}

const LIMITS: [u32; 2] = [12, 8];

/// The first workspace divides 12 calls as 2, 4 and 6. In the second, one batch has a limit of 2 of
/// 8 calls regardless of its weight, and the other gets the rest.
const BATCHES: [Batch; 5] = [
    Batch { workspace: 0, weight: 1, own_limit: None, people: 12, retries: 0 },
    Batch { workspace: 0, weight: 2, own_limit: None, people: 22, retries: 0 },
    Batch { workspace: 0, weight: 3, own_limit: None, people: 17, retries: 1 },
    Batch { workspace: 1, weight: 3, own_limit: Some(2), people: 11, retries: 0 },
    Batch { workspace: 1, weight: 1, own_limit: None, people: 32, retries: 0 },
];

/// The concurrent calls that each batch should have while all batches of its workspace have waiting
/// recipients.
const DUES: [f64; 5] = [2.0, 4.0, 6.0, 2.0, 6.0];

/// The recipients of a batch. Their last two digits are 70 to 79, which ring forever.
fn people(batch: usize) -> String {
    let person = |n: u32| number(batch as u32 * 1_000 + n / 10 * 100 + 70 + n % 10);
    let rows = (0..BATCHES[batch].people).map(|n| format!("{},Jo\n", person(n)));
    format!("phone_number,name\n{}", rows.collect::<String>())
}

fn batch_of(record: &CallRecord) -> usize {
    record.to[record.to.len() - 4..].parse::<usize>().expect("digits") / 1_000
}

fn from_number(workspace: usize) -> String {
    format!("+1415555010{workspace}")
}

/// A managed trunk that serves a number of each workspace.
fn managed_trunk(operator: &Server, world: &World) {
    let trunk = json!({ "name": "carrier", "kind": "managed", "host": "127.0.0.1",
        "port": world.carrier_port(), "max_calls": MAX_CALLS, "max_cps": MAX_CPS });
    let trunk = operator.post("/v1/trunks", &trunk, 201)["id"].clone();
    let listed = operator.until("/v1/operator/workspaces", |_| true);
    for (nth, name) in ["default", "second"].into_iter().enumerate() {
        let items = listed["items"].as_array().expect("workspaces");
        let home = items.iter().find(|home| home["name"] == name).expect("it is there");
        let path = format!(
            "/v1/operator/workspaces/{}/phone-numbers",
            home["id"].as_str().expect("an id")
        );
        let number = json!({ "phone_number": from_number(nth), "trunk_id": trunk });
        operator.post(&path, &number, 201);
    }
}

/// Sets up a workspace, starts its batches and returns their paths.
fn start(server: &Server, workspace: usize) -> Vec<String> {
    let from = from_number(workspace);
    server.patch("/v1/workspace", &json!({ "max_concurrent_calls": LIMITS[workspace] }));
    let switch = json!({ "enable": ["us-geographic-and-mobile"] });
    server.patch("/v1/network-groups", &switch);
    let agent = json!({ "name": "patient", "first_message": "Hi.", "ring_timeout_s": RINGS_S,
        "engine": { "type": "script", "lines": [], "goodbye": "Bye." } });
    let agent = server.post("/v1/agents", &agent, 201);
    let agent = agent["id"].as_str().expect("an id");
    server.post(&format!("/v1/agents/{agent}/versions/1/publish"), &Value::Null, 200);
    let ours = (0..BATCHES.len()).filter(|batch| BATCHES[*batch].workspace == workspace);
    let drafts: Vec<String> = ours
        .map(|nth| {
            let batch = &BATCHES[nth];
            let retry = json!({ "max_retries": batch.retries, "wait_minutes": 0 }).to_string();
            let (name, weight) = (format!("batch {nth}"), batch.weight.to_string());
            let limit = batch.own_limit.map(|limit| limit.to_string());
            let mut fields = vec![("name", name.as_str()), ("from_number", &from)];
            fields.extend([("agent_id", agent), ("weight", &weight), ("retry", &retry)]);
            fields.push(("start", "false"));
            fields.extend(limit.as_deref().map(|limit| ("max_concurrent_calls", limit)));
            let made = server.upload("/v1/batch-calls", &fields, &people(nth));
            format!("/v1/batch-calls/{}", made["id"].as_str().expect("an id"))
        })
        .collect();
    for path in &drafts {
        server.post(&format!("{path}/start"), &Value::Null, 200);
    }
    drafts
}

#[test]
fn five_batches_of_two_workspaces_share_as_they_should() {
    let mut world = World::new("phone_number\n", BRIEF_AGENT);
    let first = Server::start(&world);
    let second = first.asked_by(&world, "second", "admin");
    managed_trunk(&first.asked_by(&world, "default", "operator"), &world);
    let servers = [&first, &second];
    let paths = [0, 1].map(|workspace| start(servers[workspace], workspace));
    for (server, paths) in servers.iter().zip(&paths) {
        for path in paths {
            server.until(path, |batch| batch["status"] == "completed");
        }
    }
    drop((second, first));
    let records = world.records();
    let attempts = BATCHES.iter().map(|batch| batch.people * (1 + batch.retries)).sum::<u32>();
    assert_eq!(records.len() as u32, attempts, "every attempt is one call");
    limits_hold_at_every_instant(&records);
    nobody_starves(&records);
    for workspace in 0..LIMITS.len() {
        lines_are_used_and_shared(&records, workspace);
    }
}

/// The number of `records` that were in progress at `at`.
fn alive<'a>(records: impl Iterator<Item = &'a CallRecord>, at: f64) -> u32 {
    records.filter(|r| r.t_invite <= at && r.t_end.is_none_or(|end| at < end)).count() as u32
}

fn limits_hold_at_every_instant(records: &[CallRecord]) {
    for (nth, record) in records.iter().enumerate() {
        let (at, batch) = (record.t_invite, &BATCHES[batch_of(record)]);
        let home = batch.workspace;
        let same = |r: &&CallRecord| BATCHES[batch_of(r)].workspace == home;
        let lines = alive(records.iter().filter(same), at);
        assert!(lines <= LIMITS[home], "{lines} calls of workspace {home} at {record:?}");
        let lines = alive(records.iter().filter(|r| batch_of(r) == batch_of(record)), at);
        assert!(lines <= batch.own_limit.unwrap_or(u32::MAX), "{lines} calls at {record:?}");
        let lines = alive(records.iter(), at);
        assert!(lines <= MAX_CALLS, "{lines} calls on the trunk at {record:?}");
        let second = records[nth..].iter().take_while(|r| r.t_invite < at + 1.0).count();
        assert!(second <= MAX_CPS, "{second} calls within the second after {record:?}");
    }
}

/// A batch with waiting recipients gets a call again within two turns of all calls.
fn nobody_starves(records: &[CallRecord]) {
    let longest = 2.5 * RINGS_S as f64;
    for batch in 0..BATCHES.len() {
        let own: Vec<f64> =
            records.iter().filter(|r| batch_of(r) == batch).map(|r| r.t_invite).collect();
        let gap = own.windows(2).map(|pair| pair[1] - pair[0]).fold(0.0, f64::max);
        assert!(gap < longest, "batch {batch} got no line for {gap} s");
    }
}

/// Checks the time from the first instant at which all calls were in use to the last one at which
/// every batch of the workspace had a recipient who was never called.
fn lines_are_used_and_shared(records: &[CallRecord], workspace: usize) {
    let own: Vec<&CallRecord> =
        records.iter().filter(|r| BATCHES[batch_of(r)].workspace == workspace).collect();
    let limit = LIMITS[workspace];
    let full = |r: &&&CallRecord| alive(own.iter().copied(), r.t_invite) == limit;
    let from = own.iter().find(full).expect("all lines were taken once").t_invite;
    let mut firsts: BTreeMap<usize, BTreeMap<&str, f64>> = BTreeMap::new();
    for record in &own {
        firsts.entry(batch_of(record)).or_default().entry(&record.to).or_insert(record.t_invite);
    }
    let last = |calls: &BTreeMap<&str, f64>| calls.values().copied().fold(0.0, f64::max);
    let until = firsts.values().map(last).fold(f64::INFINITY, f64::min);
    let seconds = until - from;
    assert!(seconds > 2.0 * RINGS_S as f64, "only {seconds} s under load");
    let within =
        |r: &CallRecord| (r.t_end.unwrap_or(until).min(until) - r.t_invite.max(from)).max(0.0);
    let used = own.iter().map(|r| within(r)).sum::<f64>() / (seconds * f64::from(limit));
    println!("workspace {workspace}: {used:.4} of {limit} lines used over {seconds:.1} s");
    assert!(used >= 0.98, "{used} of the lines were used while people waited");
    for batch in (0..BATCHES.len()).filter(|batch| BATCHES[*batch].workspace == workspace) {
        let lines = own.iter().filter(|r| batch_of(r) == batch).map(|r| within(r)).sum::<f64>();
        let (lines, due) = (lines / seconds, DUES[batch]);
        println!("batch {batch}: {lines:.2} lines of {due}");
        assert!(
            (lines - due).abs() <= 1.0 + due / 10.0,
            "batch {batch} had {lines} of {due} lines"
        );
    }
}
