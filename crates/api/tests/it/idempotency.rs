//! A POST that is sent twice with one Idempotency-Key takes effect once.

use axum::body::Body;
use campanile_store::KeyScope;
use serde_json::{Map, Value, json};

use super::support::{Reply, World, form, process};

async fn post(world: &World, key: &str, body: &Value) -> Reply {
    let request = world.request("POST", "/v1/trunks").header("idempotency-key", key);
    let request = request.header("content-type", "application/json");
    world.send(request.body(Body::from(body.to_string())).unwrap()).await
}

#[test]
fn the_same_request_gets_the_same_answer_also_after_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let trunk = json!({"name": "carrier", "host": "127.0.0.1"});
    let key = process(dir.path(), async |world| world.key().to_owned());
    let start = || async {
        let world = World::open(dir.path()).await.with_key(&key);
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
async fn a_weaker_key_neither_sees_an_answer_nor_spoils_it() {
    let world = World::new().await;
    let operator = world.with_key(&world.make_key("default", KeyScope::Operator).await);
    let weak = world.with_key(&world.make_key("default", KeyScope::Read).await);
    let make = async |world: &World, key: &str| {
        let request = world.request("POST", "/v1/operator/workspaces");
        let request = request.header("idempotency-key", key);
        let request = request.header("content-type", "application/json");
        world.send(request.body(Body::from(json!({"name": key}).to_string())).unwrap()).await
    };
    make(&operator, "k1").await.expect(201);
    make(&weak, "k1").await.problem(403);
    make(&weak, "k2").await.problem(403);
    let made = make(&operator, "k2").await;
    assert!(!made.replayed);
    assert_eq!(make(&operator, "k2").await.expect(201), made.expect(201));
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
    let agent = world.set_up().await;
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

#[test]
fn what_was_made_before_a_crash_is_answered_and_not_made_again() {
    let dir = tempfile::tempdir().unwrap();
    let operator =
        process(dir.path(), async |world| world.make_key("default", KeyScope::Operator).await);
    let everything = async |world: &World| everything(&world.with_key(&operator)).await;
    let mut first = process(dir.path(), everything);
    // Simulates a process that died after it created each object and before it stored the response.
    let database = rusqlite::Connection::open(dir.path().join("campanile.sqlite")).unwrap();
    let sql = "UPDATE idempotency SET status = NULL, body = NULL WHERE made IS NOT NULL";
    assert_eq!(database.execute(sql, []).unwrap(), first.len());
    drop(database);
    let second = process(dir.path(), everything);
    // A secret is shown only once.
    first["key"].as_object_mut().unwrap().shift_remove("key").expect("a secret");
    first["webhook"].as_object_mut().unwrap().shift_remove("secret").expect("a secret");
    assert_eq!(second, first);
    assert_eq!(process(dir.path(), everything), first, "the new answers are kept");
    let listed = process(dir.path(), async |world| world.get("/v1/batch-calls").await.expect(200));
    assert_eq!(listed["total"], 2);
}

/// Creates one object of each kind, each with its own Idempotency-Key. Returns the responses by
/// that key.
async fn everything(world: &World) -> Map<String, Value> {
    let islands =
        json!({"id": "custom-x", "name": "Islands", "country": "GB", "prefixes": ["+441481"]});
    let managed = json!({"name": "shared", "kind": "managed", "host": "127.0.0.1"});
    let theirs = json!({"phone_number": "+14155550109", "trunk_id": "trunk_2"});
    let things = [
        ("trunk", "/v1/trunks", json!({"name": "carrier", "host": "127.0.0.1"})),
        ("agent", "/v1/agents", json!({"name": "A", "first_message": "Hello."})),
        (
            "number",
            "/v1/phone-numbers",
            json!({"phone_number": "+14155550100", "trunk_id": "trunk_1"}),
        ),
        ("key", "/v1/api-keys", json!({"scope": "read"})),
        ("workspace", "/v1/operator/workspaces", json!({"name": "acme"})),
        ("group", "/v1/operator/network-groups", islands),
        ("managed", "/v1/trunks", managed),
        ("theirs", "/v1/operator/workspaces/{}/phone-numbers", theirs),
        ("version", "/v1/agents/agent_1/versions", json!({"first_message": "Hi."})),
        ("webhook", "/v1/webhooks", json!({"url": "https://example.com/"})),
    ];
    let mut made = Map::<String, Value>::new();
    for (key, path, body) in things {
        let acme = made.get("workspace").and_then(|acme| acme["id"].as_str()).unwrap_or_default();
        let path = &path.replace("{}", acme);
        let request = world.request("POST", path).header("idempotency-key", key);
        let request = request.header("content-type", "application/json");
        let answer = world.send(request.body(Body::from(body.to_string())).unwrap()).await;
        made.insert(key.to_owned(), answer.expect(201));
    }
    world.post("/v1/agents/agent_1/versions/1/publish", &json!({})).await.expect(200);
    let request = world.request("POST", "/v1/batch-calls").header("idempotency-key", "batch");
    let fields = [
        ("name", "June"),
        ("from_number", "+14155550100"),
        ("agent_id", "agent_1"),
        ("start", "false"),
        ("file", "phone_number\n+14155550101\n"),
    ];
    let batch = world.send(form(request, "boundary", &fields)).await;
    made.insert("batch".to_owned(), batch.expect(201));
    let request = world.request("POST", "/v1/batch-calls/from-list").header("idempotency-key", "l");
    let request = request.header("content-type", "application/json");
    let body = json!({
        "name": "July", "from_number": "+14155550100", "agent_id": "agent_1", "start": false,
        "recipients": [{"phone_number": "+14155550101"}],
    });
    let list = world.send(request.body(Body::from(body.to_string())).unwrap()).await;
    made.insert("list".to_owned(), list.expect(201));
    // The version has been published meanwhile. A repeated request shows the object as it is now.
    made["agent"] = made["agent"]["id"].take();
    made
}
