//! A completed batch can be deleted. After the response nothing of it can be found.

use campanile_store::KeyScope;
use futures::StreamExt as _;
use serde_json::{Value, json};

use super::{
    matrix::things::Things,
    support::{Reply, World},
};

/// A batch that was stopped after one call: the paths of the batch and of the call.
async fn stopped(world: &World) -> (String, String, Things) {
    let things = Things::make(world).await;
    let call = format!("/v1/calls/{}", things.call);
    let batch = world.get(&call).await.expect(200)["batch_id"].as_str().unwrap().to_owned();
    let batch = format!("/v1/batch-calls/{batch}");
    world.post(&format!("{batch}/stop"), &json!({})).await.expect(200);
    (batch, call, things)
}

async fn delete(world: &World, path: &str) -> Reply {
    world.put(("DELETE", path), &Value::Null).await
}

#[tokio::test]
async fn after_the_answer_nothing_shows_the_batch_any_more() {
    let world = World::new().await;
    let (batch, call, things) = stopped(&world).await;
    let events = world.request("GET", "/v1/events").body(axum::body::Body::empty()).unwrap();
    let mut stream = world.answer(events).await.into_body().into_data_stream();
    stream.next().await.expect("a greeting").expect("no break");
    assert_eq!(delete(&world, &batch).await.status, 204);
    let recipient = format!("/v1/recipients/{}", things.recipient);
    for path in [
        batch.clone(),
        format!("{batch}/recipients"),
        format!("{batch}/rejections"),
        format!("{batch}/rejections.csv"),
        format!("{batch}/report.csv"),
        format!("{batch}/events"),
        format!("{batch}/series"),
        format!("{batch}/forecast"),
        recipient,
        call.clone(),
        format!("{call}/recording.wav"),
    ] {
        assert_eq!(world.get(&path).await.problem(404)["code"], "not_found", "{path}");
    }
    for verb in ["start", "pause", "resume", "stop", "redial"] {
        world.post(&format!("{batch}/{verb}"), &json!({})).await.problem(404);
    }
    delete(&world, &batch).await.problem(404);
    let listed = world.get("/v1/batch-calls?status=cancelled").await.expect(200);
    assert_eq!((&listed["total"], &listed["items"]), (&json!(0), &json!([])));
    assert_eq!(world.get("/v1/calls").await.expect(200)["items"], json!([]));
    let written = world.get("/v1/audit-log?action=batch.deleted").await.expect(200);
    let entry = &written["items"][0];
    assert_eq!(entry["actor"], world.key().split(':').next().unwrap());
    assert_eq!(entry["before"]["progress"]["completed"], 1, "{entry}");
    // The event stream of the workspace continues.
    world.post("/v1/suppressions", &json!({"phone_number": "+14155550188"})).await.expect(201);
    let mut told = String::new();
    while !told.contains("suppression.added") {
        told += std::str::from_utf8(&stream.next().await.unwrap().unwrap()).unwrap();
    }
}

#[tokio::test]
async fn what_is_not_over_is_not_deleted_and_words_say_why() {
    let world = World::new().await;
    let (batch, _, things) = stopped(&world).await;
    let running = super::matrix::things::batch(&world, &things.agent, "true").await;
    let running = format!("/v1/batch-calls/{running}");
    let problem = delete(&world, &running).await.problem(409);
    assert!(problem["detail"].as_str().unwrap().contains("stop it first"), "{problem}");
    world.get(&running).await.expect(200);
    let other = world.with_key(&world.make_key("other", KeyScope::Operator).await);
    delete(&other, &batch).await.problem(404);
    let weak = world.with_key(&world.make_key("default", KeyScope::Operate).await);
    let problem = delete(&weak, &batch).await.problem(403);
    assert!(problem["detail"].as_str().unwrap().contains("scope admin"), "{problem}");
    assert_eq!(delete(&weak, &format!("/v1/batch-calls/{}", things.batch)).await.status, 204);
    world.get(&batch).await.expect(200);
}

#[tokio::test]
async fn a_workspace_says_for_how_many_days_batches_are_kept() {
    let world = World::new().await;
    let shown = async || world.get("/v1/workspace").await.expect(200)["keep_batches_days"].clone();
    let edit = async |days: Value| {
        let body = json!({"keep_batches_days": days});
        world.put(("PATCH", "/v1/workspace"), &body).await
    };
    assert_eq!(shown().await, Value::Null);
    edit(json!(90)).await.expect(200);
    world.put(("PATCH", "/v1/workspace"), &json!({"max_concurrent_calls": 3})).await.expect(200);
    assert_eq!(shown().await, 90, "what is not named stays");
    for wrong in [json!(0), json!(-1), json!(1.5), json!("90")] {
        edit(wrong).await.problem(422);
    }
    assert_eq!(edit(Value::Null).await.expect(200)["keep_batches_days"], Value::Null);
    let operator = world.with_key(&world.make_key("other", KeyScope::Operator).await);
    let any = format!("/v1/operator/workspaces/{}", world.workspace().await);
    let body = json!({"keep_batches_days": 7});
    operator.put(("PATCH", &any), &body).await.expect(200);
    assert_eq!(shown().await, 7);
}
