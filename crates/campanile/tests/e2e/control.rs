//! A batch on a server, paused, resumed and stopped over HTTP while the carrier watches.

use serde_json::json;

use super::support::{Server, World, number};

/// How much later than the response to a pause the callee may read an INVITE that left before it,
/// in seconds.
const ON_THE_WAY_S: f64 = 0.1;

#[test]
fn after_a_pause_and_after_a_stop_nobody_is_dialed() {
    let mut world = World::new("", "");
    let server = Server::start(&world);
    let batch = server.new_batch(&busy_people(200), &world);
    let path = format!("/v1/batch-calls/{batch}");

    world.wait_for_calls(20);
    let paused = server.post(&format!("{path}/pause"), &json!({}), 200);
    let paused_at = seconds();
    assert_eq!(paused["status"], "paused");
    let shown = server.until(&path, |batch| batch["progress"]["in_progress"] == 0);
    assert_eq!(shown["blocker"]["code"], "paused");
    let waiting = server.until(&format!("{path}/recipients?status=pending&limit=1"), |_| true);
    let id = waiting["items"][0]["id"].as_str().expect("somebody waits");
    let recipient = server.until(&format!("/v1/recipients/{id}"), |_| true);
    assert_eq!(recipient["blocker"]["code"], "paused", "a recipient says why, too");
    let before = shown["progress"]["pending"].as_u64().expect("a number");
    assert!(before > 0, "the batch was over before it was paused: {shown}");
    let again = server.post(&format!("{path}/pause"), &json!({}), 200);
    assert_eq!(again["status"], "paused", "a pause can be sent twice");

    let resumed_at = seconds();
    server.post(&format!("{path}/resume"), &json!({}), 200);
    server.until(&path, |batch| batch["progress"]["pending"].as_u64() < Some(before));
    let stopped = server.post(&format!("{path}/stop"), &json!({}), 200);
    let stopped_at = seconds();
    assert_eq!(stopped["status"], "cancelled");
    let refused = server.post(&format!("{path}/resume"), &json!({}), 409);
    assert_eq!(refused["status"], 409);

    let end = server.until(&path, |batch| batch["progress"]["in_progress"] == 0);
    let progress = &end["progress"];
    assert_eq!(progress["pending"], 0);
    assert_eq!(progress["cancelled"], stopped["cancelled"]);
    let counted: u64 = ["completed", "no_answer", "voicemail", "failed", "skipped", "cancelled"]
        .iter()
        .map(|status| progress[status].as_u64().expect("a number"))
        .sum();
    assert_eq!(progress["total"], counted);

    drop(server);
    let records = world.records();
    for record in &records {
        let t = record.t_invite;
        let while_paused = t > paused_at + ON_THE_WAY_S && t < resumed_at;
        assert!(!while_paused, "dialed while paused: {record:?}");
        assert!(t <= stopped_at + ON_THE_WAY_S, "dialed after the stop: {record:?}");
    }
    let dialed = progress["total"].as_u64().unwrap() - progress["cancelled"].as_u64().unwrap();
    assert_eq!(records.len() as u64, dialed, "the carrier and the counts agree");
}

#[test]
fn two_batches_share_the_workspace_and_never_exceed_it() {
    const AT_ONCE: u64 = 6;
    let mut world = World::new("", "");
    let server = Server::start(&world);
    server.patch("/v1/workspace", &json!({ "max_concurrent_calls": AT_ONCE }));
    let first = server.new_batch(&busy_people(60), &world);
    let second = server.new_batch(&busy_people(60).replace("+1212", "+1415"), &world);
    for batch in [&first, &second] {
        let path = format!("/v1/batch-calls/{batch}");
        let end = server.until(&path, |batch| batch["status"] == "completed");
        assert_eq!(end["progress"]["completed"], 60, "{end}");
    }
    drop(server);
    let records = world.records();
    for record in &records {
        let t = record.t_invite;
        let alive = records.iter().filter(|r| r.t_invite <= t && r.t_end.is_none_or(|e| t < e));
        assert!(alive.count() as u64 <= AT_ONCE, "too many calls at once when {record:?} came");
    }
    let half = &records[..records.len() / 2];
    let of_first = half.iter().filter(|r| r.to.starts_with("+1212")).count();
    assert!((15..=45).contains(&of_first), "one batch starved the other: {of_first} of 60");
}

/// Recipients who answer, so that there is always a call in progress.
fn busy_people(count: u32) -> String {
    let mut rows = String::from("phone_number,name\n");
    for n in 0..count {
        rows.push_str(&format!("{},Person {n}\n", number(100 * (n / 60) + n % 60)));
    }
    rows
}

fn seconds() -> f64 {
    std::time::UNIX_EPOCH.elapsed().expect("a clock after 1970").as_secs_f64()
}
