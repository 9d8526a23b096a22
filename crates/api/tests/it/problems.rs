//! Every error is a problem (RFC 9457).

use axum::body::Body;
use serde_json::json;

use super::support::{World, pointers};

#[tokio::test]
async fn a_path_that_does_not_exist_is_a_problem() {
    let world = World::new().await;
    world.get("/v2/nothing").await.problem(404);
    world.get("/v1/nothing").await.problem(404);
    let problem = world.get("/v1/batch-calls/12").await.problem(404);
    assert!(problem["detail"].as_str().unwrap().contains("batch_"), "{problem}");
    world.get("/v1/batch-calls/batch_99").await.problem(404);
    world.get("/v1/calls/no-such-call").await.problem(404);
}

#[tokio::test]
async fn a_method_that_a_path_does_not_know_is_a_problem() {
    let world = World::new().await;
    let problem = world.put(("DELETE", "/v1/trunks"), &json!({})).await.problem(405);
    assert_eq!(problem["code"], "method_not_allowed");
    world.put(("POST", "/healthz"), &json!({})).await.problem(405);
}

#[tokio::test]
async fn a_body_that_cannot_be_read_is_a_problem() {
    let world = World::new().await;
    let send = |kind: &'static str, body: Vec<u8>| {
        let request = world.request("POST", "/v1/trunks").header("content-type", kind);
        world.send(request.body(Body::from(body)).unwrap())
    };
    send("application/json", b"{\"name\": ".to_vec()).await.problem(400);
    send("text/plain", b"name".to_vec()).await.problem(415);
    send("application/json", vec![b' '; 2 << 20]).await.problem(413);
    let problem = send("application/json", b"[]".to_vec()).await.problem(422);
    assert_eq!(problem["detail"], "The body must be an object, not a list.");
}

#[tokio::test]
async fn a_form_that_cannot_be_read_is_a_problem() {
    let world = World::new().await;
    let request = world.request("POST", "/v1/batch-calls").header("content-type", "text/csv");
    world.send(request.body(Body::from("phone_number")).unwrap()).await.problem(415);
    let problem = world.post("/v1/batch-calls", &json!({})).await.problem(422);
    assert_eq!(pointers(&problem)[0], "/recipients");
    let request = world.request("POST", "/v1/batch-calls");
    let request = request.header("content-type", "multipart/form-data; boundary=b");
    let cut = "--b\r\ncontent-disposition: form-data; name=\"name\"\r\n\r\nhalf";
    world.send(request.body(Body::from(cut)).unwrap()).await.problem(400);
    let large = "x".repeat(5_000_000);
    world.form("/v1/batch-calls", &[("file", &large)]).await.problem(413);
    world.form("/v1/batch-calls", &[("name", &large)]).await.problem(413);
}

#[tokio::test]
async fn all_mistakes_of_a_body_are_told_at_once() {
    let world = World::new().await;
    let trunk = json!({"nmae": "x", "host": "sip:carrier", "port": 70_000, "codecs": ["G729"]});
    let problem = world.post("/v1/trunks", &trunk).await.problem(422);
    assert_eq!(pointers(&problem), ["/nmae", "/host", "/port", "/codecs/0", "/name"]);
    let words = problem["errors"][0]["detail"].as_str().unwrap();
    assert!(words.contains("did you mean \"name\"?"), "{words}");
}

#[tokio::test]
async fn whoever_watches_the_process_needs_no_key() {
    let world = World::new().await.with_key("");
    world.get("/healthz").await.expect(200);
    world.get("/readyz").await.expect(200);
}
