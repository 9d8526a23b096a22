//! Counts of a batch besides statuses, searches among its recipients, and redials.

use std::time::Duration;

use campanile_rules::{
    attempt::{EndReason, Ending, Evidence, Outcome},
    batch::Control,
    dispatcher::{Claim, Settlement},
    ids::BatchId,
    recipient::RecipientStatus,
    retry::Next,
};
use campanile_store::{Actor, CallLog};
use serde_json::{Value, json};

use super::{
    batches::{create, draft},
    support::{World, lane_of, pointers},
};

const FILE: &str = "phone_number,customer_name,order\n\
    +14155550101,Jörg Müller,A-17\n+14155550102,Ann,B-18\n98123,Nobody,C-19\n\
    +14155550103,Wei,D-20\n+14155550104,Lee,E-21\n+14155550105,Last,F-22\n";

/// A running batch. The engine dials nobody any more.
async fn running(world: &World) -> (BatchId, String) {
    world.app.engine.stop_dialing().await;
    let agent = world.set_up().await;
    let made = create(world, &agent, &[("file", FILE)]).await.expect(201);
    let id = made["id"].as_str().unwrap();
    let batch: BatchId = id.parse().unwrap();
    world
        .app
        .store
        .control_batch(batch, Control::Start, (Actor::Cli, world.app.store.now()))
        .await
        .unwrap();
    (batch, format!("/v1/batch-calls/{id}"))
}

/// Records a call to the next recipient that ended for this reason.
async fn call(world: &World, batch: BatchId, why: EndReason, answered: bool) {
    let (store, now) = (&world.app.store, world.app.store.now());
    let lane = lane_of(store, batch).await;
    let busy_number_wait = Duration::from_secs(5);
    let claim = Claim { batch, lane, limit: 1, due_by: now, busy_number_wait };
    let attempt = store.claim_recipients(claim, now).await.unwrap().recipients.remove(0).attempt;
    assert!(store.mark_dialed(attempt.id, "{}".to_owned(), now).await.unwrap());
    let (outcome, status) = match why {
        EndReason::UserDisconnected => (Outcome::Completed, RecipientStatus::Completed),
        EndReason::EngineInterrupted => (Outcome::Interrupted, RecipientStatus::Failed),
        EndReason::UserDidNotPickUp => (Outcome::NoAnswer, RecipientStatus::NoAnswer),
        _ => (Outcome::Failed, RecipientStatus::Failed),
    };
    let evidence = Evidence { answered_at: answered.then_some(now), ..Evidence::default() };
    let ending = Ending {
        outcome,
        end_reason: why,
        permanent: true,
        retry_after: None,
        ended_at: now,
        evidence,
    };
    let settlement = Settlement {
        attempt: attempt.id,
        recipient: attempt.recipient,
        batch,
        ending,
        charged: true,
        excused: false,
        next: Next::Final(status),
    };
    assert!(store.settle_attempt(settlement, CallLog::default()).await.unwrap());
}

async fn names(world: &World, path: &str) -> Vec<String> {
    let found = world.get(path).await.expect(200);
    let items = found["items"].as_array().unwrap().iter();
    items.map(|row| row["variables"]["customer_name"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn rejected_rows_and_those_who_picked_up_are_counted() {
    let world = World::new().await;
    let (batch, path) = running(&world).await;
    call(&world, batch, EndReason::UserDisconnected, true).await;
    call(&world, batch, EndReason::AgentFailed, true).await;
    call(&world, batch, EndReason::EngineInterrupted, true).await;
    call(&world, batch, EndReason::EngineInterrupted, false).await;
    let shown = world.get(&path).await.expect(200);
    let progress = &shown["progress"];
    assert_eq!((&progress["total"], &progress["rejected"]), (&json!(6), &json!(1)), "{shown}");
    assert_eq!((&progress["answered"], &progress["completed"]), (&json!(3), &json!(1)));
    assert_eq!(shown["cut_calls"], 2);
    let rows = world.get(&format!("{path}/recipients")).await.expect(200);
    let counted = rows["items"].as_array().unwrap().iter();
    let sum: u64 = counted.map(|row| row["attempts_recorded"].as_u64().unwrap()).sum();
    assert_eq!(progress["attempts"], sum);
}

#[tokio::test]
async fn people_are_found_by_name_and_by_any_other_column() {
    let world = World::new().await;
    let (_, path) = running(&world).await;
    let search = |q: &'static str| format!("{path}/recipients?q={q}");
    for (q, found) in [
        ("m%C3%BCller", vec!["Jörg Müller"]),
        ("ANN", vec!["Ann"]),
        ("e-2", vec!["Lee"]),
        ("555-0103", vec!["Wei"]),
        ("%2B1%20(415)", vec!["Jörg Müller", "Ann", "Wei", "Lee", "Last"]),
        ("981", vec!["Nobody"]),
        ("-", vec!["Jörg Müller", "Ann", "Nobody", "Wei", "Lee", "Last"]),
        ("nothing", vec![]),
    ] {
        assert_eq!(names(&world, &search(q)).await, found, "{q}");
    }
    let wei = format!("{path}/recipients?q=wei&status=skipped");
    assert!(names(&world, &wei).await.is_empty());
}

#[tokio::test]
async fn a_redial_leaves_out_numbers_that_do_not_exist_and_chooses_by_end_reason() {
    let world = World::new().await;
    let (batch, path) = running(&world).await;
    let redial = format!("{path}/redial");
    for why in [
        EndReason::InvalidNumber,
        EndReason::EngineInterrupted,
        EndReason::UserDidNotPickUp,
        EndReason::NetworkFailure,
    ] {
        call(&world, batch, why, false).await;
    }
    let cut = json!({"end_reasons": ["engine_interrupted"], "start": false});
    let made = world.post(&redial, &cut).await.expect(201);
    let rows =
        |made: &Value| format!("/v1/batch-calls/{}/recipients", made["id"].as_str().unwrap());
    assert_eq!(names(&world, &rows(&made)).await, ["Ann"]);
    let all = json!({"start": false});
    assert_eq!(world.post(&redial, &all).await.problem(409)["code"], "wrong_state");

    world.post(&format!("{path}/stop"), &json!({})).await.expect(200);
    let made = world.post(&redial, &all).await.expect(201);
    assert_eq!(names(&world, &rows(&made)).await, ["Ann", "Wei", "Lee", "Last"]);
    let exactly =
        json!({"end_reasons": ["invalid_number"], "statuses": ["failed"], "start": false});
    let made = world.post(&redial, &exactly).await.expect(201);
    assert_eq!(names(&world, &rows(&made)).await, ["Jörg Müller"]);
    let nobody = json!({"end_reasons": ["user_busy"], "statuses": ["failed"]});
    assert_eq!(pointers(&world.post(&redial, &nobody).await.problem(422)), ["/end_reasons"]);

    let endings = world.get(&format!("{path}/endings")).await.expect(200);
    let ended = |status: &str, why: Value, people: u64| json!({"status": status, "end_reason": why, "people": people});
    let items = [
        ended("cancelled", Value::Null, 1),
        ended("failed", json!("engine_interrupted"), 1),
        ended("failed", json!("invalid_number"), 1),
        ended("failed", json!("network_failure"), 1),
        ended("no_answer", json!("user_did_not_pick_up"), 1),
        ended("skipped", Value::Null, 1),
    ];
    assert_eq!(endings["items"], json!(items));
}

#[tokio::test]
async fn a_call_is_found_by_its_id() {
    let world = World::new().await;
    let (batch, path) = running(&world).await;
    call(&world, batch, EndReason::UserDisconnected, true).await;
    call(&world, batch, EndReason::UserDidNotPickUp, false).await;
    let calls = world.get("/v1/calls").await.expect(200);
    let id = calls["items"][1]["call_id"].as_str().unwrap();
    let found = world.get(&format!("/v1/calls?call_id={id}")).await.expect(200);
    assert_eq!(found["items"], json!([calls["items"][1]]));
    let other = world.get(&format!("/v1/calls?call_id={id}&outcome=busy")).await.expect(200);
    assert_eq!(other["items"], json!([]));
    let none = world.get("/v1/calls?call_id=0000-nothing").await.expect(200);
    assert_eq!((&none["items"], &none["next_cursor"]), (&json!([]), &Value::Null));
    let batch = format!("/v1/calls?call_id={id}&batch_id={}", &path["/v1/batch-calls/".len()..]);
    assert_eq!(world.get(&batch).await.expect(200)["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn test_calls_stand_apart() {
    let world = World::new().await;
    let agent = world.set_up().await;
    let one = "phone_number,customer_name\n+14155550101,Jo\n";
    let test = json!({
        "name": "Try", "from_number": "+14155550100", "agent_id": agent, "test": true,
        "recipients": [{"phone_number": "+14155550101", "customer_name": "Jo"}],
    });
    let tried = world.post("/v1/batch-calls", &test).await.expect(201);
    let meant = create(&world, &agent, &[("file", one)]).await.expect(201);
    assert_eq!((&tried["test"], &meant["test"]), (&json!(true), &json!(false)));
    for (query, batch) in [("true", &tried), ("false", &meant)] {
        let listed = world.get(&format!("/v1/batch-calls?test={query}")).await.expect(200);
        assert_eq!(listed["total"], 1);
        assert_eq!(listed["items"][0]["id"], batch["id"]);
    }
    assert_eq!(world.get("/v1/batch-calls").await.expect(200)["total"], 2);
}

#[tokio::test]
async fn a_cleared_start_answers_with_the_state_it_goes_to() {
    let world = World::new().await;
    let agent = world.set_up().await;
    let made = create(&world, &agent, &[("starts_at", "2999-01-01T00:00:00Z"), ("file", FILE)]);
    let made = made.await.expect(201);
    let path = format!("/v1/batch-calls/{}", made["id"].as_str().unwrap());
    let started = world.post(&format!("{path}/start"), &json!({})).await.expect(200);
    assert_eq!(started["status"], "scheduled");
    let later = json!({"starts_at": "2999-02-01T00:00:00Z"});
    let moved = world.put(("PATCH", &path), &later).await.expect(200);
    assert_eq!((&moved["status"], &moved["started_at"]), (&json!("scheduled"), &Value::Null));
    let now = world.put(("PATCH", &path), &json!({"starts_at": null})).await.expect(200);
    assert_eq!((&now["status"], &now["starts_at"]), (&json!("running"), &Value::Null), "{now}");
    assert!(now["started_at"].is_string());
    // A draft still waits for an explicit start.
    let path = format!("/v1/batch-calls/{}", draft_of(&world, &agent).await);
    let left = world.put(("PATCH", &path), &json!({"starts_at": null})).await.expect(200);
    assert_eq!(left["status"], "draft");
}

async fn draft_of(world: &World, agent: &str) -> String {
    let made = create(world, agent, &[("file", FILE)]).await.expect(201);
    made["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn the_zone_of_a_schedule_is_kept() {
    let world = World::new().await;
    let path = format!("/v1/batch-calls/{}", draft(&world).await);
    assert_eq!(world.get(&path).await.expect(200)["time_zone"], Value::Null);
    let patch = async |zone: Value| world.put(("PATCH", &path), &json!({"time_zone": zone})).await;
    assert_eq!(patch(json!("Europe/Berlin")).await.expect(200)["time_zone"], "Europe/Berlin");
    let problem = patch(json!("Europe/Berlinn")).await.problem(422);
    assert_eq!(pointers(&problem), ["/time_zone"]);
    let detail = problem["errors"][0]["detail"].as_str().unwrap();
    assert!(detail.ends_with("did you mean Europe/Berlin?"), "{detail}");
    assert_eq!(patch(Value::Null).await.expect(200)["time_zone"], Value::Null);
}

#[tokio::test]
async fn a_stopped_batch_does_not_say_that_nobody_is_left() {
    let world = World::new().await;
    let (_, path) = running(&world).await;
    world.post(&format!("{path}/stop"), &json!({})).await.expect(200);
    let shown = world.get(&path).await.expect(200);
    assert_eq!(shown["blocker"]["detail"], "It was stopped; nobody is dialed any more.");
}
