//! Destination rules as the carrier sees them. A group that is disabled, a number that is
//! suppressed, or a KYC record that is refused during a batch gets no more calls. A shared trunk
//! serves every workspace.

use campanile_sandbox::CallRecord;
use serde_json::{Value, json};

use super::support::{Server, World};

/// How much later than the response to a change the callee may read an INVITE that left before it,
/// in seconds.
const ON_THE_WAY_S: f64 = 0.1;

/// A recipient in the United States, in Great Britain, in India.
fn american(n: u32) -> String {
    format!("+1212555{:04}", 100 * (n / 60) + n % 60)
}
fn british(n: u32) -> String {
    format!("+442079460{:03}", 100 * (n / 60) + n % 60)
}
fn indian(n: u32) -> String {
    format!("+91987654{:04}", 3_200 + 100 * (n / 60) + n % 60)
}

/// A file of these numbers.
fn file(numbers: impl IntoIterator<Item = String>) -> String {
    let rows = numbers.into_iter().map(|number| format!("{number},Somebody\n"));
    "phone_number,name\n".to_owned() + &rows.collect::<String>()
}

/// A managed trunk to the carrier.
fn managed_trunk(operator: &Server, world: &World, max_calls: u32) -> Value {
    let trunk = json!({ "name": "carrier", "kind": "managed", "host": "127.0.0.1",
        "port": world.carrier_port(), "max_calls": max_calls, "max_cps": 50 });
    operator.post("/v1/trunks", &trunk, 201)["id"].clone()
}

/// The ID of a published agent with a short text.
fn brief_agent(server: &Server) -> String {
    let agent = json!({ "name": "brief", "first_message": "Hi {{name}}.", "ring_timeout_s": 2,
        "engine": { "type": "script", "lines": [], "goodbye": "Bye." } });
    let agent = server.post("/v1/agents", &agent, 201);
    let agent = agent["id"].as_str().expect("an id").to_owned();
    server.post(&format!("/v1/agents/{agent}/versions/1/publish"), &Value::Null, 200);
    agent
}

/// Creates a batch of these rows and returns its path.
fn batch(server: &Server, (from, agent): (&str, &str), start: bool, rows: &str) -> String {
    let start = if start { "true" } else { "false" };
    let fields = [("name", "people"), ("from_number", from), ("agent_id", agent), ("start", start)];
    let made = server.upload("/v1/batch-calls", &fields, rows);
    format!("/v1/batch-calls/{}", made["id"].as_str().expect("an id"))
}

fn completed(server: &Server, path: &str) -> Value {
    server.until(path, |batch| batch["status"] == "completed")
}

/// The reasons of skipped rows, by phone number.
fn skipped(server: &Server, path: &str) -> Vec<(String, String)> {
    let page = server.until(&format!("{path}/recipients?status=skipped&limit=500"), |_| true);
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    let items = page["items"].as_array().expect("items").iter();
    items.map(|item| (text(&item["phone_number"]), text(&item["reason"]))).collect()
}

fn seconds() -> f64 {
    std::time::UNIX_EPOCH.elapsed().expect("a clock after 1970").as_secs_f64()
}

fn none_after(records: &[CallRecord], begins_with: &str, at: f64) {
    let late =
        records.iter().find(|r| r.to.starts_with(begins_with) && r.t_invite > at + ON_THE_WAY_S);
    assert!(late.is_none(), "dialed after it was forbidden: {late:?}");
}

#[test]
fn what_is_switched_off_or_suppressed_is_not_called_any_more() {
    let mut world = World::new("", "");
    let server = Server::start(&world);
    let operator = server.asked_by(&world, "default", "operator");
    let trunk = managed_trunk(&operator, &world, 3);
    let number = json!({ "phone_number": "+14155550100", "trunk_id": trunk });
    operator.post("/v1/phone-numbers", &number, 201);
    let switch = json!({ "enable": ["us-geographic-and-mobile", "gb-geographic"] });
    server.patch("/v1/network-groups", &switch);
    let agent = brief_agent(&server);
    let numbers = (0..40).flat_map(|n| [american(n), british(n)]);
    let path = batch(&server, ("+14155550100", &agent), true, &file(numbers));

    // Recipients are dialed time zone by time zone, America first.
    world.wait_for_calls(6);
    server.patch("/v1/network-groups", &json!({ "disable": ["us-geographic-and-mobile"] }));
    let switched_at = seconds();
    let last = british(39);
    server.post("/v1/suppressions", &json!({ "phone_number": last }), 201);
    let end = completed(&server, &path);
    let skipped = skipped(&server, &path);
    drop(server);

    let records = world.records();
    none_after(&records, "+1", switched_at);
    assert!(records.iter().any(|r| r.to.starts_with("+1")), "it was allowed before");
    assert!(!records.iter().any(|r| r.to == last), "called although it was suppressed");
    assert_eq!(end["progress"]["skipped"], skipped.len());
    for (number, reason) in &skipped {
        let expected = if *number == last { "suppressed" } else { "unsupported_country" };
        assert_eq!(reason, expected, "{number}");
        assert!(!records.iter().any(|r| r.to == *number), "{number} was called and skipped");
    }
    assert_eq!(records.len() + skipped.len(), 80, "everybody was called or skipped");
}

#[test]
fn kyc_is_asked_for_at_the_file_and_again_at_each_call() {
    let mut world = World::new("", "");
    let server = Server::start(&world);
    let operator = server.asked_by(&world, "default", "operator");
    let trunk = managed_trunk(&operator, &world, 2);
    let number = json!({ "phone_number": "+14155550100", "trunk_id": trunk });
    operator.post("/v1/phone-numbers", &number, 201);
    let switch = json!({ "enable": ["us-geographic-and-mobile", "in-mobile"] });
    server.patch("/v1/network-groups", &switch);
    let agent = brief_agent(&server);
    let refused = batch(&server, ("+14155550100", &agent), true, &file([american(1), indian(1)]));
    let end = completed(&server, &refused);
    assert_eq!(
        (&end["progress"]["completed"], &end["progress"]["skipped"]),
        (&json!(1), &json!(1))
    );
    let reasons = skipped(&server, &refused);
    assert_eq!(reasons, [(indian(1), "kyc_required".to_owned())]);

    let papers = json!({ "documents": [
        { "name": "Certificate", "kind": "registration", "reference": "file 17" },
    ] });
    server.put("/v1/kyc/IN", &papers);
    let waiting = operator.until("/v1/operator/kyc?state=pending", |_| true);
    let workspace = waiting["items"][0]["workspace_id"].as_str().expect("an id");
    let decide = format!("/v1/operator/workspaces/{workspace}/kyc/IN");
    operator.put(&decide, &json!({ "state": "approved" }));
    let path = batch(&server, ("+14155550100", &agent), true, &file((2..40).map(indian)));
    world.wait_for_calls(3);
    operator.put(&decide, &json!({ "state": "rejected", "note": "forged" }));
    let revoked_at = seconds();
    let end = completed(&server, &path);
    let skipped = skipped(&server, &path);
    drop(server);
    let records = world.records();
    none_after(&records, "+91", revoked_at);
    assert!(skipped.iter().all(|(_, reason)| reason == "kyc_required"), "{skipped:?}");
    assert!(!skipped.is_empty(), "the batch was over before KYC was taken back: {end}");
    assert_eq!(records.len() - 1 + skipped.len(), 38, "everybody was called or skipped");
}

#[test]
fn a_raised_daily_limit_releases_who_waits_for_tomorrow() {
    let mut world = World::new("", "");
    let server = Server::start(&world);
    let operator = server.asked_by(&world, "default", "operator");
    let trunk = managed_trunk(&operator, &world, 2);
    let number = json!({ "phone_number": "+14155550100", "trunk_id": trunk });
    operator.post("/v1/phone-numbers", &number, 201);
    server.patch("/v1/network-groups", &json!({ "enable": ["gb-geographic"] }));
    operator.patch("/v1/operator/settings", &json!({ "daily_attempts": 2 }));
    let agent = brief_agent(&server);
    let path = batch(&server, ("+14155550100", &agent), true, &file((0..5).map(british)));
    let limited = |batch: &Value| batch["blocker"]["code"] == "daily_limit";
    server.until(&path, |batch| batch["progress"]["completed"] == 2 && limited(batch));
    operator.patch("/v1/operator/settings", &json!({ "daily_attempts": null }));
    assert_eq!(completed(&server, &path)["progress"]["completed"], 5);
    drop(server);
    assert_eq!(world.records().len(), 5);
}

#[test]
fn who_presses_nine_is_never_called_again() {
    let mut world = World::whose_people_press(Some('9'), "", "");
    let server = Server::start(&world);
    let trunk = json!({ "name": "own", "host": "127.0.0.1", "port": world.carrier_port() });
    let trunk = server.post("/v1/trunks", &trunk, 201);
    let number = json!({ "phone_number": "+14155550100", "trunk_id": trunk["id"] });
    server.post("/v1/phone-numbers", &number, 201);
    let agent = brief_agent(&server);
    let from = ("+14155550100", agent.as_str());
    let second = batch(&server, from, false, &file([american(7)]));
    let first = batch(&server, from, true, &file([american(7)]));
    let end = completed(&server, &first);
    assert_eq!(end["progress"]["completed"], 1, "{end}");
    let answered = server.until(&format!("{first}/recipients"), |_| true);
    assert_eq!(answered["items"][0]["last_end_reason"], "agent_disconnected");
    assert_eq!(answered["items"][0]["digits"], "9");
    let pressed = server.until(&format!("{first}/recipients?digits=9"), |_| true);
    assert_eq!(pressed["items"][0]["phone_number"], american(7));
    let suppressed = server.until("/v1/suppressions", |page| page["total"] == 1);
    assert_eq!(suppressed["items"][0]["phone_number"], american(7));
    assert_eq!(suppressed["items"][0]["source"], "agent");
    server.post(&format!("{second}/start"), &Value::Null, 200);
    completed(&server, &second);
    assert_eq!(skipped(&server, &second), [(american(7), "suppressed".to_owned())]);
    let third = batch(&server, from, true, &file([american(7), american(61)]));
    completed(&server, &third);
    assert_eq!(skipped(&server, &third), [(american(7), "suppressed".to_owned())]);
    drop(server);
    let called: Vec<String> = world.records().into_iter().map(|record| record.to).collect();
    assert_eq!(called, [american(7), american(61)]);
}

#[test]
fn two_workspaces_never_exceed_the_trunk_that_they_share() {
    const AT_ONCE: usize = 5;
    let mut world = World::new("", "");
    let server = Server::start(&world);
    let operator = server.asked_by(&world, "default", "operator");
    let trunk = managed_trunk(&operator, &world, AT_ONCE as u32);
    let other = server.asked_by(&world, "acme", "admin");
    let mut paths = Vec::new();
    for (server, from) in [(&server, "+14155550100"), (&other, "+14155550101")] {
        let workspace = server.until("/v1/workspace", |_| true)["id"].clone();
        let workspace = workspace.as_str().expect("an id");
        let number = json!({ "phone_number": from, "trunk_id": trunk });
        let give = format!("/v1/operator/workspaces/{workspace}/phone-numbers");
        operator.post(&give, &number, 201);
        let switch = json!({ "enable": ["us-geographic-and-mobile"] });
        server.patch("/v1/network-groups", &switch);
        let agent = brief_agent(server);
        // The same recipients: batches of two workspaces do not affect each other.
        let rows = file((0..40).map(american));
        paths.push((server, batch(server, (from, &agent), true, &rows)));
    }
    for (server, path) in paths {
        assert_eq!(completed(server, &path)["progress"]["completed"], 40);
    }
    drop(server);
    let records = world.records();
    assert_eq!(records.len(), 80);
    for record in &records {
        let t = record.t_invite;
        let alive = records.iter().filter(|r| r.t_invite <= t && r.t_end.is_none_or(|e| t < e));
        assert!(alive.count() <= AT_ONCE, "too many calls at once when {record:?} came");
    }
    let half = &records[..40];
    let of_default = half.iter().filter(|r| r.from == "+14155550100").count();
    assert!((10..=30).contains(&of_default), "one workspace starved the other: {of_default} of 40");
}
