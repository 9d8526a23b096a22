//! Trunks, numbers, agents and the workspace: created objects can be shown and listed.

use campanile_media::wav;
use serde_json::json;

use super::support::{World, process};

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
async fn what_cannot_be_spoken_is_refused_by_its_field() {
    let dir = tempfile::tempdir().unwrap();
    let world = World::open(dir.path()).await;
    std::fs::write(dir.path().join("empty.wav"), b"").unwrap();
    wav::write(&dir.path().join("silent.wav"), &[]).unwrap();
    wav::write(&dir.path().join("hello.wav"), &[900; 8_000]).unwrap();
    let made = world.post("/v1/agents", &json!({"name": "A", "first_message": "Hello."})).await;
    let agent = made.expect(201)["id"].as_str().unwrap().to_owned();
    let versions = format!("/v1/agents/{agent}/versions");
    let lines =
        |line: &str| json!({"first_message": "Hi.", "engine": {"type": "script", "lines": [line]}});
    for (version, pointer) in [
        (json!({"first_message": "gone.wav"}), "/first_message"),
        (json!({"first_message": "empty.wav"}), "/first_message"),
        (json!({"first_message": "silent.wav"}), "/first_message"),
        (json!({"first_message": "../hello.wav"}), "/first_message"),
        (lines("gone.wav"), "/engine/lines/0"),
        (json!({"first_message": "Hi.", "voice": "nobody"}), "/voice"),
        (json!({"first_message": "Hi.", "language": "xx-YY"}), "/language"),
        (
            json!({"voicemail": "leave_message", "voicemail_message": "gone.wav"}),
            "/voicemail_message",
        ),
    ] {
        let problem = world.post(&versions, &version).await.problem(422);
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{problem}");
        let path = format!("{versions}/1");
        let problem = world.put(("PUT", &path), &version).await.problem(422);
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{problem}");
        let mut agent = version.clone();
        agent["name"] = json!("B");
        world.post("/v1/agents", &agent).await.problem(422);
    }
    world.post(&versions, &json!({"prompt": "Be kind."})).await.expect(201);
    let problem = world.post(&format!("{versions}/2/publish"), &json!({})).await.problem(409);
    assert_eq!(problem["errors"][0]["pointer"], "/first_message", "an agent must say something");
    world.post(&versions, &json!({"first_message": "hello.wav"})).await.expect(201);
    world.post(&format!("{versions}/3/publish"), &json!({})).await.expect(200);
}

/// The form fields of a draft.
fn june(agent: &str) -> [(&str, &str); 5] {
    [
        ("name", "June"),
        ("from_number", "+14155550100"),
        ("agent_id", agent),
        ("start", "false"),
        ("file", "phone_number\n+14155550101\n"),
    ]
}

#[test]
fn a_batch_whose_agent_cannot_be_spoken_any_more_is_not_started() {
    let dir = tempfile::tempdir().unwrap();
    let sound = dir.path().join("hello.wav");
    wav::write(&sound, &[900; 8_000]).unwrap();
    let (agent, draft) = process(dir.path(), async |world| {
        let agent = world.set_up().await;
        let versions = format!("/v1/agents/{agent}/versions");
        world.post(&versions, &json!({"first_message": "hello.wav"})).await.expect(201);
        world.post(&format!("{versions}/2/publish"), &json!({})).await.expect(200);
        (agent.clone(), world.form("/v1/batch-calls", &june(&agent)).await.expect(201))
    });
    std::fs::remove_file(&sound).unwrap();
    // The speech cache keeps sounds that were read, so only a new process notices the missing file.
    process(dir.path(), async |world| {
        for path in ["/v1/batch-calls", "/v1/batch-calls/validate"] {
            let problem = world.form(path, &june(&agent)).await.problem(422);
            assert_eq!(problem["errors"][0]["pointer"], "/agent_id");
            let detail = problem["errors"][0]["detail"].as_str().unwrap();
            let words = ["first_message: there is no sound \"hello.wav\"", "version 2"];
            assert!(words.iter().all(|words| detail.contains(words)), "{detail}");
        }
        let start = format!("/v1/batch-calls/{}/start", draft["id"].as_str().unwrap());
        let problem = world.post(&start, &json!({})).await.problem(409);
        assert!(problem["detail"].as_str().unwrap().contains("first_message"), "{problem}");
    });
}

#[tokio::test]
async fn the_workspace_limit_can_be_changed() {
    let world = World::new().await;
    let limit = json!({"max_concurrent_calls": 7});
    world.put(("PATCH", "/v1/workspace"), &limit).await.expect(200);
    assert_eq!(world.get("/v1/workspace").await.expect(200)["max_concurrent_calls"], 7);
}
