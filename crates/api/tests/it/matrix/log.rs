//! Every route that changes something adds exactly one entry to the audit log.

use campanile_store::{AuditFilter, KeyScope};
use serde_json::{Value, json};

use crate::support::{Reply, World};

use super::{
    Operation, operations,
    things::{self, Things},
};

/// Routes other than GET that change nothing of interest for the audit log, or nothing once a key
/// exists. What is asked of a call in progress is in the call's own record.
const CHANGE_NOTHING: &[&str] = &[
    "hang_up_call",
    "press_call_digits",
    "record_call_result",
    "transfer_call",
    "validate_batch",
    "validate_list",
    "validate_rejections",
    "test_webhook",
    "redeliver_webhook",
    "sign_in",
    "sign_in_first",
    "sign_out",
    "test_trunk",
    "test_agent_version",
];

/// The order of operations: create first, then change, then delete.
fn rank(operation: &Operation) -> u8 {
    match operation.path.rsplit('/').next().unwrap_or_default() {
        "publish" | "start" => 3,
        "pause" => 4,
        "resume" => 5,
        "stop" => 6,
        "redial" => 7,
        _ if operation.method == "DELETE" => 8,
        _ if operation.method == "POST" && !operation.path.contains('{') => 1,
        _ => 2,
    }
}

/// A body that changes something, for operations whose example body does not.
fn body(operation: &Operation) -> Value {
    match operation.id.as_str() {
        "replace_trunk" => json!({"name": "another", "host": "sip.example.com"}),
        "edit_webhook" => json!({"description": "another"}),
        "edit_batch" => json!({"name": "another"}),
        "edit_any_workspace" => json!({"max_concurrent_calls": 30}),
        "switch_workspace_network_groups" => json!({"enable": ["gb-premium"]}),
        // A number that no batch calls again.
        "create_suppression" => json!({"phone_number": "+14155550188"}),
        "give_phone_number" => json!({"phone_number": "+14155550155", "trunk_id": "trunk_1"}),
        _ => operation.example.clone(),
    }
}

/// A new object for a deletion, because an object in use cannot be deleted.
async fn unused(world: &World, things: &Things, operation: &Operation) -> Option<String> {
    match operation.id.as_str() {
        "delete_trunk" => {
            let trunk = json!({"name": "unused", "host": "sip.example.com"});
            Some(things::made(world, "/v1/trunks", &trunk).await)
        }
        "delete_phone_number" => {
            let number = json!({"phone_number": "+14155550166", "trunk_id": things.trunk});
            Some(things::made(world, "/v1/phone-numbers", &number).await)
        }
        "delete_agent" => Some(things::made(world, "/v1/agents", &json!({"name": "unused"})).await),
        "delete_batch" => Some(things::batch(world, &things.agent, "false").await),
        _ => None,
    }
}

async fn act(world: &World, path: &str, things: &Things, operation: &Operation) -> Reply {
    if operation.id == "create_batch_from_list" {
        let body = json!({
            "name": "x", "from_number": super::things::CALLER_ID, "agent_id": things.agent,
            "agent_version": 1, "start": false, "recipients": [{"phone_number": "+14155550104"}],
        });
        return world.post(path, &body).await;
    }
    if !operation.form {
        return world.put((&operation.method, path), &body(operation)).await;
    }
    let fields = [
        ("name", "x"),
        ("agent_id", things.agent.as_str()),
        ("agent_version", "1"),
        ("from_number", super::things::CALLER_ID),
        ("start", "false"),
        ("file", "phone_number\n+14155550104\n"),
    ];
    if operation.id == "upload_sound" {
        let wav = crate::sounds::ascii_wav();
        return world.form(path, &[("name", "another.wav"), ("file", &wav)]).await;
    }
    let wanted = if path.ends_with("batch-calls") { &fields[..] } else { &fields[5..] };
    world.form(path, wanted).await
}

#[tokio::test]
async fn every_route_that_changes_something_writes_it_down_once() {
    let world = World::new().await;
    let things = Things::make(&world).await;
    world.forgets();
    let key = world.make_key("default", KeyScope::Operator).await;
    let (id, _) = key.split_once(':').expect("two halves");
    let operator = world.with_key(&key);
    let mut changing = operations(&world).await;
    changing.retain(|o| o.method != "GET" && !CHANGE_NOTHING.contains(&o.id.as_str()));
    changing.sort_by_key(|operation| (rank(operation), operation.path.clone()));
    let mut wrong = Vec::new();
    for operation in &changing {
        let path = match unused(&world, &things, operation).await {
            Some(unused) => operation.path.replace("{id}", &unused),
            None => things.paths(operation).0,
        };
        let before = entries(&world, id).await;
        let reply = act(&operator, &path, &things, operation).await;
        let written = entries(&world, id).await.len() - before.len();
        let fits = if operation.id.starts_with("upload_") { written >= 1 } else { written == 1 };
        if !reply.status.is_success() || !fits {
            wrong.push(format!("{} wrote {written} entries: {reply:?}", operation.id));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(changing.len() >= 15, "only {} changing routes", changing.len());
    let log = format!("{:?}", entries(&world, id).await);
    assert!(!log.contains("hidden-word"), "a password was written down");
}

/// The audit log's entries of a key.
async fn entries(world: &World, key: &str) -> Vec<campanile_store::AuditRecord> {
    let filter =
        AuditFilter { actor: Some(key.to_owned()), limit: 1_000, ..AuditFilter::default() };
    world.app.store.audit_log(filter).await.expect("the log")
}

#[tokio::test]
async fn an_admin_reads_the_log_of_the_workspace_and_the_operator_all_of_it() {
    let world = World::new().await;
    let other = world.with_key(&world.make_key("other", KeyScope::Admin).await);
    for n in 1..=3 {
        let limit = json!({"max_concurrent_calls": n});
        world.put(("PATCH", "/v1/workspace"), &limit).await.expect(200);
    }
    other.put(("PATCH", "/v1/workspace"), &json!({"max_concurrent_calls": 9})).await.expect(200);
    let changes = "/v1/audit-log?action=workspace.updated&limit=2";
    let page = world.get(changes).await.expect(200);
    let limits = |page: &Value| -> Vec<Value> {
        let items = page["items"].as_array().expect("items").iter();
        items.map(|entry| entry["after"]["max_concurrent_calls"].clone()).collect()
    };
    assert_eq!(limits(&page), [3, 2]);
    assert_eq!(page["items"][0]["before"]["max_concurrent_calls"], 2);
    let cursor = page["next_cursor"].as_str().expect("a second page");
    let rest = world.get(&format!("{changes}&cursor={cursor}")).await.expect(200);
    assert_eq!((limits(&rest), &rest["next_cursor"]), (vec![json!(1)], &Value::Null));
    assert_eq!(limits(&other.get(changes).await.expect(200)), [9]);
    let operator = world.with_key(&world.make_key("default", KeyScope::Operator).await);
    let all = operator.get("/v1/operator/audit-log?action=workspace.updated").await.expect(200);
    assert_eq!(limits(&all), [9, 3, 2, 1]);
    let at = all["items"][0]["at"].as_str().expect("an instant");
    let early = operator.get(&format!("/v1/operator/audit-log?until={at}&since={at}")).await;
    assert_eq!(early.expect(200)["items"], json!([]));
}
