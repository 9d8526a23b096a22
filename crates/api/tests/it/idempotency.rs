//! A POST that is sent twice with one key acts once.

use axum::body::Body;
use serde_json::{Value, json};

use super::support::{Reply, World, form};

async fn post(world: &World, key: &str, body: &Value) -> Reply {
    let request = world.request("POST", "/v1/trunks").header("idempotency-key", key);
    let request = request.header("content-type", "application/json");
    world.send(request.body(Body::from(body.to_string())).unwrap()).await
}

#[test]
fn the_same_request_gets_the_same_answer_also_after_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let trunk = json!({"name": "carrier", "host": "127.0.0.1"});
    let start = || async {
        let world = World::open(dir.path()).await;
        let replies = (post(&world, "k1", &trunk).await, post(&world, "k1", &trunk).await);
        (replies, world.get("/v1/trunks").await.expect(200))
    };
    let run = || tokio::runtime::Runtime::new().unwrap().block_on(start());
    let (((first, second), _), ((third, _), listed)) = (run(), run());
    assert_eq!([first.replayed, second.replayed, third.replayed], [false, true, true]);
    assert_eq!(first.status, 201);
    assert_eq!([&second.text, &third.text], [&first.text, &first.text]);
    assert_eq!(listed["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn another_request_with_the_key_is_refused() {
    let world = World::new().await;
    post(&world, "k1", &json!({"name": "carrier", "host": "127.0.0.1"})).await.expect(201);
    let problem = post(&world, "k1", &json!({"name": "b", "host": "127.0.0.1"})).await.problem(409);
    assert_eq!(problem["code"], "idempotency_key_reused");
    post(&world, "", &json!({})).await.problem(400);
}

#[tokio::test]
async fn a_refusal_is_repeated_too() {
    let world = World::new().await;
    let first = post(&world, "k1", &json!({"name": "carrier"})).await;
    let second = post(&world, "k1", &json!({"name": "carrier"})).await;
    assert!(second.replayed);
    assert_eq!(first.problem(422), second.problem(422));
}

#[tokio::test]
async fn a_secret_is_not_kept_for_repeating() {
    let world = World::new().await;
    let make = || {
        let request = world.request("POST", "/v1/api-keys").header("idempotency-key", "k1");
        let request = request.header("content-type", "application/json");
        world.send(request.body(Body::from("{\"scope\":\"read\"}")).unwrap())
    };
    let (first, second) = (make().await.expect(201), make().await.expect(201));
    assert_eq!(first["id"], second["id"]);
    assert!(first["key"].is_string() && second.get("key").is_none(), "{second}");
}

#[tokio::test]
async fn the_same_form_with_another_boundary_is_the_same_request() {
    let world = World::new().await;
    let agent = world.line_up().await;
    let file = "phone_number,customer_name\n+14155550101,Jo\n";
    let send = |boundary: &'static str, name: &'static str| {
        let request = world.request("POST", "/v1/batch-calls").header("idempotency-key", "k1");
        let fields = [
            ("name", name),
            ("from_number", "+14155550100"),
            ("agent_id", &agent),
            ("start", "false"),
            ("file", file),
        ];
        world.send(form(request, boundary, &fields))
    };
    let (first, second) = (send("one", "June").await, send("two", "June").await);
    assert!(second.replayed, "{second:?}");
    assert_eq!(first.expect(201), second.expect(201));
    assert_eq!(world.get("/v1/batch-calls").await.expect(200)["total"], 1);
    send("three", "July").await.problem(409);
}
