//! Keys allow their scope, in their own workspace.

use campanile_store::KeyScope;
use serde_json::json;

use super::support::World;

#[tokio::test]
async fn without_a_valid_key_nothing_is_told() {
    let world = World::new().await;
    let known = world.make_key("default", KeyScope::Read).await;
    let (id, _) = known.split_once(':').unwrap();
    let wrong = format!("{id}:{}", "0".repeat(64));
    for key in ["", "nonsense", "key_1:secret", &wrong, id] {
        let problem = world.with_key(key).get("/v1/trunks").await.problem(401);
        assert_eq!(problem["code"], "unauthorized");
    }
    world.with_key(&known).get("/v1/trunks").await.expect(200);
}

#[tokio::test]
async fn a_scope_includes_the_weaker_ones_and_no_stronger() {
    let world = World::new().await;
    let reader = world.with_key(&world.make_key("default", KeyScope::Read).await);
    let operator = world.with_key(&world.make_key("default", KeyScope::Operate).await);
    for someone in [&reader, &operator] {
        someone.get("/v1/batch-calls").await.expect(200);
        let problem = someone.post("/v1/trunks", &json!({})).await.problem(403);
        assert!(problem["detail"].as_str().unwrap().contains("admin"), "{problem}");
    }
    reader.post("/v1/batch-calls/batch_1/pause", &json!({})).await.problem(403);
    operator.post("/v1/batch-calls/batch_1/pause", &json!({})).await.problem(404);
}

#[tokio::test]
async fn a_key_is_shown_once_and_opens_nothing_once_revoked() {
    let world = World::new().await;
    let made = world.post("/v1/api-keys", &json!({"scope": "read"})).await.expect(201);
    let user = world.with_key(made["key"].as_str().unwrap());
    user.get("/v1/workspace").await.expect(200);
    let listed = world.get("/v1/api-keys").await;
    assert!(!listed.text.contains(made["key"].as_str().unwrap().split_once(':').unwrap().1));
    let path = format!("/v1/api-keys/{}", made["id"].as_str().unwrap());
    let revoked = world.put(("DELETE", &path), &json!({})).await.expect(200);
    assert!(revoked["revoked_at"].is_string(), "{revoked}");
    user.get("/v1/workspace").await.problem(401);
}

#[tokio::test]
async fn a_key_has_a_name_in_its_list_and_in_the_audit_log() {
    let world = World::new().await;
    let body = json!({"scope": "admin", "name": "Night shift"});
    let made = world.post("/v1/api-keys", &body).await.expect(201);
    assert_eq!(made["name"], "Night shift");
    let nameless = world.post("/v1/api-keys", &json!({"scope": "read"})).await.expect(201);
    assert_eq!(nameless["name"], "");
    let problem = world.post("/v1/api-keys", &json!({"scope": "read", "name": " "})).await;
    assert_eq!(problem.problem(422)["errors"][0]["pointer"], "/name");
    let user = world.with_key(made["key"].as_str().unwrap());
    user.post("/v1/suppressions", &json!({"phone_number": "+14155550142"})).await.expect(201);
    let listed = user.get("/v1/api-keys").await.expect(200);
    let names: Vec<_> =
        listed["items"].as_array().unwrap().iter().map(|key| &key["name"]).collect();
    assert!(names.contains(&&json!("Night shift")), "{listed}");
    let log = user.get("/v1/audit-log?action=suppression.added").await.expect(200);
    let entry = &log["items"][0];
    assert_eq!((&entry["actor"], &entry["actor_name"]), (&made["id"], &json!("Night shift")));
    let log = user.get("/v1/audit-log?action=api_key.created").await.expect(200);
    assert_eq!(log["items"][1]["after"]["name"], "Night shift", "{log}");
}

#[tokio::test]
async fn a_key_of_the_operator_is_nameless_where_it_is_a_guest() {
    let world = World::new().await;
    let operator = world.with_key(&world.make_key("default", KeyScope::Operator).await);
    let body = json!({"scope": "operator", "name": "Head office"});
    let made = operator.post("/v1/api-keys", &body).await.expect(201);
    let operator = world.with_key(made["key"].as_str().unwrap());
    let other =
        operator.post("/v1/operator/workspaces", &json!({"name": "other"})).await.expect(201);
    let path = format!("/v1/operator/workspaces/{}", other["id"].as_str().unwrap());
    let change = json!({"max_concurrent_calls": 7});
    operator.put(("PATCH", &path), &change).await.expect(200);
    let guest = world.with_key(&world.make_key("other", KeyScope::Admin).await);
    let log = guest.get("/v1/audit-log?action=workspace.updated").await.expect(200);
    assert_eq!(log["items"][0]["actor"], made["id"], "{log}");
    assert!(log["items"][0]["actor_name"].is_null(), "{log}");
    let whole = operator.get("/v1/operator/audit-log?action=workspace.updated").await.expect(200);
    assert_eq!(whole["items"][0]["actor_name"], "Head office");
}

#[tokio::test]
async fn what_is_in_another_workspace_does_not_exist() {
    let world = World::new().await;
    let agent = world.set_up().await;
    let stranger = world.with_key(&world.make_key("other", KeyScope::Admin).await);
    stranger.get(&format!("/v1/agents/{agent}")).await.problem(404);
    stranger.get("/v1/trunks/trunk_1").await.problem(404);
    let number = json!({"phone_number": "+14155550100", "trunk_id": "trunk_1"});
    let problem = stranger.post("/v1/phone-numbers", &number).await.problem(422);
    assert_eq!(problem["errors"][0]["pointer"], "/trunk_id");
}
