//! The time series of a batch, and searches for recipients by how their last call ended.

use serde_json::{Value, json};

use super::{matrix::things::Things, support::World};

#[tokio::test]
async fn the_calls_of_a_batch_are_counted_where_they_ended() {
    let world = World::new().await;
    let things = Things::make(&world).await;
    let call = world.get(&format!("/v1/calls/{}", things.call)).await.expect(200);
    let path = format!("/v1/batch-calls/{}/series", call["batch_id"].as_str().expect("a batch"));
    let series = world.get(&format!("{path}?points=50")).await.expect(200);
    let points = series["points"].as_array().expect("points");
    assert!((1..=50).contains(&points.len()), "{series}");
    let sum = |name: &str| points.iter().map(|point| point[name].as_u64().unwrap()).sum::<u64>();
    assert_eq!(["completed", "busy", "failed"].map(sum), [1, 0, 0]);
    assert_eq!(points[0]["calls_at_once"], 1);
    assert_eq!(series["max_concurrent_calls"], 10, "what the trunk may");
    let draft = world.get(&format!("/v1/batch-calls/{}/series", things.batch)).await.expect(200);
    assert_eq!(draft["points"], json!([]));
    world.get(&format!("{path}?points=1")).await.problem(422);
}

#[tokio::test]
async fn recipients_are_found_by_how_their_last_call_ended() {
    let world = World::new().await;
    let things = Things::make(&world).await;
    let call = world.get(&format!("/v1/calls/{}", things.call)).await.expect(200);
    let batch = call["batch_id"].as_str().expect("a batch");
    let list = async |query: &str| {
        let path = format!("/v1/batch-calls/{batch}/recipients?{query}");
        world.get(&path).await.expect(200)
    };
    let found = list("outcome=completed").await;
    assert_eq!(found["items"][0]["last_outcome"], "completed");
    assert_eq!(found["total"], Value::Null, "nobody counts for a search");
    assert_eq!(list("outcome=busy").await["items"], json!([]));
    assert_eq!(list("status=completed").await["total"], 1);
    assert_eq!(list("status=pending").await["total"], 0);
}

#[tokio::test]
async fn a_page_of_recipients_begins_anywhere_but_not_in_a_search() {
    let world = World::new().await;
    let agent = world.set_up().await;
    let recipients: Vec<Value> = (0..9)
        .map(|n| json!({"phone_number": format!("+1415555010{n}"), "customer_name": "Jo"}))
        .collect();
    let body = json!({
        "name": "June", "from_number": "+14155550100", "agent_id": agent, "start": false,
        "recipients": recipients,
    });
    let made = world.post("/v1/batch-calls", &body).await.expect(201);
    let path = format!("/v1/batch-calls/{}/recipients", made["id"].as_str().unwrap());
    let page = world.get(&format!("{path}?offset=7&limit=5")).await.expect(200);
    let rows: Vec<&Value> = page["items"].as_array().unwrap().iter().map(|r| &r["row"]).collect();
    assert_eq!((rows, &page["total"]), (vec![&json!(9), &json!(10)], &json!(9)));
    let page = world.get(&format!("{path}?offset=2&limit=2&status=pending")).await.expect(200);
    assert_eq!((&page["items"][0]["row"], &page["next_cursor"]), (&json!(4), &json!("5")));
    for beside in ["cursor=3", "q=1", "outcome=busy"] {
        let refused = world.get(&format!("{path}?offset=1&{beside}")).await.problem(422);
        assert_eq!(super::support::pointers(&refused), ["/offset"], "{beside}");
    }
}

#[tokio::test]
async fn a_file_is_shown_before_it_is_taken() {
    let world = World::new().await;
    let file = "phone_number,name\n+12125550101, Ann \n12,Bo\n+14155550102,Cy\n";
    let report = world.form("/v1/batch-calls/validate", &[("file", file)]).await.expect(200);
    let ann = json!({"row": 2, "phone_number": "+12125550101", "variables": {"name": " Ann "}});
    assert_eq!(report["samples"][0], ann);
    assert_eq!(report["samples"].as_array().unwrap().len(), 2);
    let zones = json!([
        {"zone": "America/Los_Angeles", "count": 1}, {"zone": "America/New_York", "count": 1},
    ]);
    assert_eq!(report["time_zones"], zones);
}
