//! Keys open what they are for, in their own workspace.

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
async fn what_is_in_another_workspace_does_not_exist() {
    let world = World::new().await;
    let agent = world.line_up().await;
    let stranger = world.with_key(&world.make_key("other", KeyScope::Admin).await);
    stranger.get(&format!("/v1/agents/{agent}")).await.problem(404);
    stranger.get("/v1/trunks/trunk_1").await.problem(404);
    let number = json!({"phone_number": "+14155550100", "trunk_id": "trunk_1"});
    let problem = stranger.post("/v1/phone-numbers", &number).await.problem(422);
    assert_eq!(problem["errors"][0]["pointer"], "/trunk_id");
}
