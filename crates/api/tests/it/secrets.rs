//! Secrets of an agent's servers.

use serde_json::{Value, json};

use crate::support::{World, pointers};

/// The documented longest secret.
const LONGEST: usize = 1_000;

/// Every engine with secrets, and where they are.
fn engines() -> Vec<(Value, &'static [&'static str])> {
    let (server, socket) = ("https://models.example.com/v1", "wss://models.example.com/v1");
    vec![
        (json!({"type": "script", "tts": {"url": server}}), &["/engine/tts/api_key"]),
        (json!({"type": "media_stream", "url": socket}), &["/engine/auth_token"]),
        (json!({"type": "realtime", "url": socket, "model": "m"}), &["/engine/api_key"]),
        (
            json!({"type": "pipeline", "stt": {"url": server}, "llm": {"url": server},
                "tts": {"url": server}}),
            &["/engine/stt/api_key", "/engine/llm/api_key", "/engine/tts/api_key"],
        ),
    ]
}

/// A version of which one secret has this many characters.
fn version(engine: &Value, secret: &str, length: usize) -> Value {
    let mut version = json!({"name": "A", "first_message": "Hi.", "engine": engine});
    let (at, field) = secret.rsplit_once('/').unwrap();
    version.pointer_mut(at).unwrap()[field] = json!("k".repeat(length));
    version
}

/// The version without the agent's name.
fn nameless(mut version: Value) -> Value {
    version.as_object_mut().unwrap().remove("name");
    version
}

#[tokio::test]
async fn a_secret_longer_than_documented_is_refused_before_it_is_sealed() {
    let world = World::new().await;
    world.post("/v1/agents", &json!({"name": "A", "first_message": "Hi."})).await.expect(201);
    for (engine, secrets) in engines() {
        for secret in secrets {
            let (fits, long) =
                (version(&engine, secret, LONGEST), version(&engine, secret, LONGEST + 1));
            let (new, draft) = ("/v1/agents", "/v1/agents/agent_1/versions/1");
            let versions = "/v1/agents/agent_1/versions";
            let problem = world.post(new, &long).await.problem(422);
            assert_eq!(pointers(&problem), [*secret], "{problem}");
            let long = nameless(long);
            for place in [("POST", versions), ("PUT", draft)] {
                let problem = world.put(place, &long).await.problem(422);
                assert_eq!(pointers(&problem), [*secret], "{place:?}: {problem}");
            }
            let kept = world.put(("PUT", draft), &nameless(fits)).await.expect(200);
            assert_eq!(kept.pointer(secret), Some(&Value::Null), "{kept}");
            assert!(kept["secrets"].as_array().unwrap().contains(&json!(secret)), "{kept}");
        }
    }
}
