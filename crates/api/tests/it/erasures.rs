//! Erasures of phone numbers.

use std::time::Duration;

use campanile_rules::{batch::BatchState, dispatcher::Claim, ids::BatchId};
use campanile_store::{Actor, CallLog, KeyScope};
use serde_json::{Value, json};

use super::{
    batches::draft,
    support::{World, completed, lane_of, pointers},
};

async fn erase(world: &World, number: &str) -> super::support::Reply {
    world.post("/v1/erasures", &json!({"phone_number": number})).await
}

/// Whether any API response of the workspace contains the number.
async fn is_told(world: &World, batch: &str, digits: &str) -> bool {
    let batch = format!("/v1/batch-calls/{batch}");
    for path in [
        format!("{batch}/recipients"),
        format!("{batch}/report.csv"),
        format!("{batch}/rejections.csv"),
        "/v1/audit-log".to_owned(),
        "/v1/calls".to_owned(),
        "/v1/erasures".to_owned(),
        "/v1/suppressions".to_owned(),
    ] {
        let reply = world.get(&path).await;
        assert_eq!(reply.status, 200, "{path}");
        if reply.text.contains(digits) {
            return true;
        }
    }
    false
}

#[tokio::test]
async fn a_person_is_gone_when_the_answer_comes() {
    let world = World::new().await;
    world.forgets();
    let batch = draft(&world).await;
    world.post("/v1/suppressions", &json!({"phone_number": "+14155550101"})).await.expect(201);
    assert!(is_told(&world, &batch, "4155550101").await);
    let before = world.get(&format!("/v1/batch-calls/{batch}")).await.expect(200);
    let done = erase(&world, "+1 (415) 555-0101").await.expect(201);
    assert_eq!((&done["state"], &done["rows"]), (&json!("done"), &json!(1)), "{done}");
    assert!(!is_told(&world, &batch, "4155550101").await);
    let after = world.get(&format!("/v1/batch-calls/{batch}")).await.expect(200);
    assert_eq!(after["progress"]["total"], before["progress"]["total"]);
    assert_eq!(after["progress"]["skipped"], 3, "whoever was to be called is skipped");
    let listed = world.get("/v1/erasures").await.expect(200);
    assert_eq!(listed["items"], json!([done]));
    let shown = world.get(&format!("/v1/erasures/{}", done["id"].as_str().unwrap())).await;
    assert_eq!(shown.expect(200), done);
    let known = world.post("/v1/suppressions", &json!({"phone_number": "+14155550101"})).await;
    known.expect(200);
    assert_eq!(world.get("/v1/suppressions").await.expect(200)["total"], 0);
    let written = world.get("/v1/audit-log").await.expect(200);
    let actions: Vec<_> = written["items"].as_array().unwrap().iter().collect();
    assert_eq!(actions[0]["action"], "erasure.finished");
    assert_eq!(actions[1]["actor"], world.key().split(':').next().unwrap());
}

#[tokio::test]
async fn what_is_no_number_is_refused_in_words_and_who_may_not_ask_is_told() {
    let world = World::new().await;
    for wrong in ["4155550101", "+1415", "nobody", ""] {
        let problem = erase(&world, wrong).await.problem(422);
        assert_eq!(pointers(&problem), ["/phone_number"], "{wrong}");
    }
    world.post("/v1/erasures", &json!({})).await.problem(422);
    for scope in [KeyScope::Read, KeyScope::Operate] {
        let weak = world.with_key(&world.make_key("default", scope).await);
        erase(&weak, "+14155550101").await.problem(403);
        weak.get("/v1/erasures").await.problem(403);
    }
    assert_eq!(world.get("/v1/erasures").await.expect(200)["items"], json!([]));
}

#[tokio::test]
async fn a_request_that_is_repeated_acts_once() {
    let world = World::new().await;
    world.forgets();
    let send = async || {
        let request = world.request("POST", "/v1/erasures").header("idempotency-key", "once");
        let body = json!({"phone_number": "+14155550101"}).to_string();
        let request = request.header("content-type", "application/json");
        world.send(request.body(body.into()).unwrap()).await
    };
    let first = send().await.expect(201);
    assert_eq!(send().await.expect(201), first);
    let page = world.get("/v1/erasures?limit=1").await.expect(200);
    assert_eq!((&page["items"], &page["next_cursor"]), (&json!([first]), &Value::Null));
    erase(&world, "+14155550102").await.expect(201);
    let page = world.get("/v1/erasures?limit=1").await.expect(200);
    let cursor = page["next_cursor"].as_str().expect("a second page");
    let rest = world.get(&format!("/v1/erasures?limit=1&cursor={cursor}")).await.expect(200);
    assert_eq!(rest["items"], json!([first]));
}

#[tokio::test]
async fn an_erasure_during_a_call_is_done_when_the_call_is_over() {
    let world = World::new().await;
    world.forgets();
    world.app.engine.stop_dialing().await;
    let batch: BatchId = draft(&world).await.parse().unwrap();
    let (store, now) = (&world.app.store, world.app.store.now());
    store
        .control_batch(batch, campanile_rules::batch::Control::Start, (Actor::Cli, now))
        .await
        .unwrap();
    assert_eq!(store.batch_by_id(batch).await.unwrap().state, BatchState::Running);
    let lane = lane_of(store, batch).await;
    let busy_number_wait = Duration::from_secs(5);
    let claim = Claim { batch, lane, limit: 1, due_by: now, busy_number_wait };
    let claimed = store.claim_recipients(claim, now).await.unwrap().recipients.remove(0);
    let attempt = claimed.attempt;
    assert!(store.mark_dialed(attempt.id, "{}".to_owned(), now).await.unwrap());
    let number = attempt.number.to_string();
    let waiting = erase(&world, &number).await.expect(202);
    assert_eq!((&waiting["state"], &waiting["in_call"]), (&json!("waiting"), &json!(true)));
    let again = erase(&world, &number).await.expect(202);
    assert_eq!(again["id"], waiting["id"], "asked once");
    assert!(store.settle_attempt(completed(&attempt, now), CallLog::default()).await.unwrap());
    let id = waiting["id"].as_str().unwrap();
    store.settled_erasure(world.workspace().await, id.parse().unwrap()).await.unwrap();
    let done = world.get(&format!("/v1/erasures/{id}")).await.expect(200);
    assert_eq!((&done["state"], &done["calls"]), (&json!("done"), &json!(1)));
    assert!(!is_told(&world, &batch.to_string(), &number[1..]).await);
    world.get(&format!("/v1/calls/{}", attempt.call_id)).await.problem(404);
}
