//! Trunks, numbers, agents and the workspace: what is made can be shown and listed.

use serde_json::json;

use super::support::World;

#[tokio::test]
async fn a_trunk_keeps_its_password_to_itself() {
    let world = World::new().await;
    let trunk = json!({
        "name": "carrier", "host": "sip.example.com", "username": "u", "password": "hidden-word",
    });
    let made = world.post("/v1/trunks", &trunk).await;
    assert!(!made.text.contains("hidden-word"), "{made:?}");
    let made = made.expect(201);
    assert_eq!((&made["has_password"], &made["port"]), (&json!(true), &json!(5060)));
    world.post("/v1/trunks", &trunk).await.problem(409);
    let path = format!("/v1/trunks/{}", made["id"].as_str().unwrap());
    let edit = json!({"name": "carrier", "host": "sip2.example.com", "username": "u"});
    let edited = world.put(("PUT", &path), &edit).await.expect(200);
    assert_eq!(edited["has_password"], true, "a password that is left out stays");
    assert_eq!(world.get("/v1/trunks").await.expect(200)["items"], json!([edited]));
}

#[tokio::test]
async fn a_published_version_never_changes() {
    let world = World::new().await;
    let agent = json!({"name": "A", "first_message": "One."});
    let made = world.post("/v1/agents", &agent).await.expect(201);
    assert_eq!(made["version"]["number"], 1);
    assert_eq!(made["version"]["status"], "draft");
    let path = format!("/v1/agents/{}/versions/1", made["id"].as_str().unwrap());
    let edit = json!({"first_message": "Two."});
    let edited = world.put(("PUT", &path), &edit).await.expect(200);
    assert_eq!(edited["first_message"], "Two.");
    let published = world.post(&format!("{path}/publish"), &json!({})).await.expect(200);
    assert_eq!(published["status"], "published");
    world.put(("PUT", &path), &edit).await.problem(409);
    let next = path.trim_end_matches("/1");
    assert_eq!(world.post(next, &edit).await.expect(201)["number"], 2);
    let shown = world.get(path.trim_end_matches("/versions/1")).await.expect(200);
    assert_eq!((&shown["latest_version"], &shown["published_version"]), (&json!(2), &json!(1)));
}

#[tokio::test]
async fn a_message_after_the_beep_must_say_something() {
    let world = World::new().await;
    let agent = json!({"name": "A", "voicemail": "leave_message"});
    let problem = world.post("/v1/agents", &agent).await.problem(422);
    assert_eq!(problem["errors"][0]["pointer"], "/voicemail_message");
}

#[tokio::test]
async fn the_workspace_limit_can_be_changed() {
    let world = World::new().await;
    let limit = json!({"max_concurrent_calls": 7});
    world.put(("PATCH", "/v1/workspace"), &limit).await.expect(200);
    assert_eq!(world.get("/v1/workspace").await.expect(200)["max_concurrent_calls"], 7);
}
