//! What agents record in calls: kept with the recipient, counted, found, erased.

use campanile_rules::{
    agent::{AgentVersion, ResultValue, Results},
    attempt::Outcome,
    batch::{BatchSettings, Control},
    ids::BatchId,
    recipient::RecipientStatus,
    retry::Next,
};
use campanile_store::{
    Actor, CallLog, EventFilter, RecipientFilter, Recorded, ResultCounts, StoreError, check,
};
use serde_json::json;

use crate::erasures::erased;
use crate::world::{NOW, World, number, row, settlement};

fn results(json: &serde_json::Value) -> Results {
    serde_json::from_value(json.clone()).unwrap()
}

/// A batch whose agent records `answer` (a choice), `coming`, `guests` and `note`.
async fn batch(world: &World, people: u64) -> BatchId {
    let version: AgentVersion = serde_json::from_value(json!({"results": [
        {"name": "answer", "type": "choice", "choices": ["yes", "no", "later"]},
        {"name": "coming", "type": "boolean"},
        {"name": "guests", "type": "number"},
        {"name": "note"},
    ]}))
    .unwrap();
    let (agent, _) = world.store.create_agent(world.workspace, "Ann", version, NOW).await.unwrap();
    world.store.publish_agent_version(world.workspace, (agent.id, 1), NOW).await.unwrap();
    let mut batch = world.new_batch(BatchSettings::default());
    batch.agent = (agent.id, 1);
    let rows = (2..people + 2).map(row).collect();
    campanile_testkit::start_batch(&*world.store, (batch, rows), NOW).await
}

/// Calls the next recipient, or the one who waits, and records something.
async fn call(
    world: &World,
    (batch, is_retry): (BatchId, bool),
    recorded: &serde_json::Value,
    next: Next,
) {
    let claimed = world.claim_lane(batch, 1, is_retry).await.remove(0);
    let mut ended = settlement(&claimed, Outcome::Completed, next);
    ended.ending.evidence.results = results(recorded);
    assert!(world.store.settle_attempt(ended, CallLog::default()).await.unwrap());
}

async fn counts(world: &World, batch: BatchId) -> Vec<ResultCounts> {
    let record = world.store.batch(world.workspace, batch).await.unwrap();
    world.store.results(&record).await.unwrap()
}

async fn counted(world: &World, batch: BatchId) -> serde_json::Value {
    json!(counts(world, batch).await)
}

const DONE: Next = Next::Final(RecipientStatus::Completed);
const AGAIN: Next = Next::Retry { at: NOW, otherwise: RecipientStatus::NoAnswer };

#[tokio::test]
async fn a_recipient_has_the_results_of_its_newest_call_with_any() {
    let world = World::new().await;
    let batch = batch(&world, 2).await;
    call(&world, (batch, false), &json!({"answer": "no", "guests": 9, "note": "x"}), AGAIN).await;
    call(&world, (batch, true), &json!({"answer": "yes", "coming": true}), AGAIN).await;
    call(&world, (batch, true), &json!({}), DONE).await;
    let report = world.store.report_rows(batch, 0, 10, true).await.unwrap();
    assert_eq!(report[0].results, results(&json!({"answer": "yes", "coming": true})));
    let guests = report[0].attempts[0].evidence.results.get("guests");
    assert_eq!(guests, Some(&ResultValue::Number(9.into())));
    assert!(report[0].attempts[2].evidence.results.is_empty() && report[1].results.is_empty());
    let filter = EventFilter { workspace: world.workspace, batch: Some(batch) };
    let events = world.store.events_after(filter, 0, 100).await.unwrap();
    let told = |kind: &str| -> Vec<serde_json::Value> {
        let of_kind = events.iter().filter(|event| event.kind.as_str() == kind);
        let data = of_kind.map(|event| serde_json::from_str(&event.data).unwrap());
        data.map(|data: serde_json::Value| data["results"].clone()).collect()
    };
    let second = json!({"answer": "yes", "coming": true});
    let ended = [json!({"answer": "no", "guests": 9, "note": "x"}), second.clone(), json!(null)];
    assert_eq!(told("call.ended"), ended);
    assert_eq!(told("recipient.finished"), [second]);
    let all = counted(&world, batch).await;
    assert_eq!(all[0]["counts"][1], json!({"value": "no", "count": 0}), "no longer");
    assert_eq!(
        (&all[2]["count"], &all[2]["max"], &all[3]["count"]),
        (&json!(0), &json!(null), &json!(0))
    );
}

#[tokio::test]
async fn results_are_counted_by_value_and_numbers_by_their_range() {
    let world = World::new().await;
    let batch = batch(&world, 5).await;
    for recorded in [
        json!({"answer": "yes", "coming": true, "guests": 2, "note": "two of us"}),
        json!({"answer": "later", "coming": false, "guests": -0.5}),
        json!({"answer": "yes", "guests": 10, "note": "="}),
        json!({"coming": true, "guests": 2}),
    ] {
        call(&world, (batch, false), &recorded, DONE).await;
    }
    let none = json!(null);
    let expected = json!([
        {"name": "answer", "type": "choice", "count": 3, "counts": [
            {"value": "yes", "count": 2}, {"value": "no", "count": 0},
            {"value": "later", "count": 1}], "min": none, "max": none, "mean": none},
        {"name": "coming", "type": "boolean", "count": 3, "counts": [
            {"value": true, "count": 2}, {"value": false, "count": 1}],
            "min": none, "max": none, "mean": none},
        {"name": "guests", "type": "number", "count": 4, "counts": [],
            "min": -0.5, "max": 10.0, "mean": 3.375},
        {"name": "note", "type": "text", "count": 2, "counts": [],
            "min": none, "max": none, "mean": none},
    ]);
    assert_eq!(counted(&world, batch).await, expected);
    assert_eq!(check(world.dir.path()).unwrap(), Vec::<String>::new());
    let stored =
        world.raw().query_row("SELECT group_concat(DISTINCT name) FROM result_values", [], |row| {
            row.get::<_, String>(0)
        });
    assert_eq!(stored.unwrap(), "answer,coming,guests", "no text is kept twice");
    let sql = "UPDATE result_totals SET recipients = 3 WHERE name = 'guests'";
    world.raw().execute(sql, []).unwrap();
    assert_eq!(check(world.dir.path()).unwrap().len(), 1);
}

#[tokio::test]
async fn recipients_are_found_by_a_result() {
    let world = World::new().await;
    let batch = batch(&world, 4).await;
    for recorded in [
        json!({"answer": "yes", "guests": 2}),
        json!({"answer": "no", "coming": false}),
        json!({"note": "yes"}),
    ] {
        call(&world, (batch, false), &recorded, DONE).await;
    }
    for (name, value, rows) in [
        ("answer", Some("yes"), vec![2]),
        ("answer", Some("Yes"), vec![]),
        ("answer", None, vec![2, 3]),
        ("coming", Some("false"), vec![3]),
        ("guests", Some("2.0"), vec![2]),
        ("guests", Some("two"), vec![]),
        ("note", Some("yes"), vec![4]),
        ("other", None, vec![]),
    ] {
        let recorded = Recorded { name: name.to_owned(), value: value.map(str::to_owned) };
        let filter = RecipientFilter { result: Some(recorded), limit: 9, ..Default::default() };
        let found = world.store.recipients(batch, filter).await.unwrap().items;
        let found: Vec<_> = found.iter().map(|recipient| recipient.position).collect();
        assert_eq!(found, rows, "{name} {value:?}");
    }
}

#[tokio::test]
async fn results_go_with_the_person_who_is_erased_and_with_the_batch() {
    let world = World::new().await;
    let batch = batch(&world, 2).await;
    for guests in [9377, 3] {
        let recorded = json!({"answer": "yes", "guests": guests, "note": "by the sea"});
        call(&world, (batch, false), &recorded, DONE).await;
    }
    erased(&world, number(2)).await;
    let report = world.store.report_rows(batch, 0, 10, true).await.unwrap();
    assert!(report[0].results.is_empty() && !report[1].results.is_empty());
    let counts = counts(&world, batch).await;
    assert_eq!((counts[0].count, counts[0].counts[0].count), (1, 1));
    assert_eq!((counts[2].count, counts[2].max, counts[2].mean), (1, Some(3.0), Some(3.0)));
    assert_eq!(check(world.dir.path()).unwrap(), Vec::<String>::new());
    world.store.control_batch(batch, Control::Stop, (Actor::Cli, NOW)).await.unwrap();
    world.store.remove_batch(world.workspace, batch, NOW).await.unwrap();
    world.store.finish_deletion(batch).await.unwrap();
    let gone = world.store.batch(world.workspace, batch).await;
    assert!(matches!(gone, Err(StoreError::NotFound(_))));
    let sql = "SELECT (SELECT count(*) FROM result_totals) + (SELECT count(*) FROM result_values)";
    assert_eq!(world.raw().query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap(), 0);
}
