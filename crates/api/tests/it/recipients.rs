//! Recipients in a JSON body: the same rules as for a file.

use axum::body::Body;
use serde_json::{Value, json};

use super::support::{Reply, World, pointers};

async fn create(world: &World, agent: &str, recipients: Value) -> Reply {
    let body = json!({
        "name": "June", "from_number": "+14155550100", "agent_id": agent, "start": false,
        "calling_hours": null, "retry": {"max_retries": 1, "wait_minutes": null},
        "recipients": recipients,
    });
    world.post("/v1/batch-calls", &body).await
}

#[tokio::test]
async fn recipients_become_a_batch_as_the_rows_of_a_file_do() {
    let world = World::new().await;
    let agent = world.set_up().await;
    let recipients = json!([
        {"customer_name": "Jo", "phone_number": "+14155550101"},
        {"phone_number": "98123", "customer_name": "=Ann, 2"},
        {"phone_number": "+14155550102", "visits": 7, "vip": true},
        {"customer_name": "Nobody"},
    ]);
    let made = create(&world, &agent, recipients).await.expect(201);
    assert_eq!(made["columns"], json!(["customer_name", "phone_number", "visits", "vip"]));
    assert_eq!((&made["file_name"], &made["retry"]["max_retries"]), (&json!(""), &json!(1)));
    let path = format!("/v1/batch-calls/{}", made["id"].as_str().unwrap());
    let rejected = world.get(&format!("{path}/rejections.csv")).await.text;
    assert!(
        rejected.contains("\r\n3,98123,malformed_number,\"'=Ann, 2\",,,too_short,"),
        "{rejected}"
    );
    assert!(rejected.contains("\r\n5,,missing_number,Nobody,,,,"), "{rejected}");
    assert_eq!(
        world.get(&format!("{path}/report.csv?escape=none")).await.text,
        "customer_name,phone_number,visits,vip,final_status,attempts_made,call_id,digits,call_url\r\n\
         Jo,+14155550101,,,pending,0,,,\r\n\"=Ann, 2\",98123,,,skipped,0,,,\r\n\
         ,+14155550102,7,true,pending,0,,,\r\nNobody,,,,skipped,0,,,\r\n"
    );
}

#[tokio::test]
async fn numbers_are_passed_as_they_are_written() {
    let world = World::new().await;
    let body = r#"{"recipients": [{"phone_number": "+14155550101", "a": 1.50, "b": 1e3,
                    "c": 12345678901234567890123, "d": "\u00e9\ud83d\ude00"}]}"#;
    let send = |path: &'static str, body: String| {
        let request = world.request("POST", path).header("content-type", "application/json");
        world.send(request.body(Body::from(body)).unwrap())
    };
    let report = send("/v1/batch-calls/validate", body.to_owned()).await.expect(200);
    assert_eq!((&report["accepted"], &report["refused"]), (&json!(1), &Value::Null));
    let agent = world.set_up().await;
    let more = format!(
        r#"{{"name": "x", "from_number": "+14155550100", "agent_id": "{agent}", "start": false,
            "recipients": [{{"customer_name": "", "#
    );
    let body = body.replace(r#"{"recipients": [{"#, &more);
    let made = send("/v1/batch-calls", body).await.expect(201);
    let path = format!("/v1/batch-calls/{}/report.csv", made["id"].as_str().unwrap());
    let report = world.get(&path).await.text;
    assert!(report.contains(",+14155550101,1.50,1e3,12345678901234567890123,é😀,"), "{report}");
}

#[tokio::test]
async fn what_is_no_cell_is_told_with_its_place() {
    let world = World::new().await;
    let agent = world.set_up().await;
    let recipients = json!([
        {"phone_number": null, "a": {}, "b/c": [1]},
        "+14155550101",
        {"phone_number": "+14155550101"},
    ]);
    let problem = create(&world, &agent, recipients).await.problem(422);
    assert_eq!(
        pointers(&problem),
        ["/recipients/0/phone_number", "/recipients/0/a", "/recipients/0/b~1c", "/recipients/1"]
    );
    for recipients in [json!([]), json!({}), json!(null), json!(vec![json!({}); 10_001])] {
        let problem = create(&world, &agent, recipients).await.problem(422);
        assert_eq!(pointers(&problem), ["/recipients"]);
    }
    let send = |body: &'static str| {
        let request = world.request("POST", "/v1/batch-calls");
        let request = request.header("content-type", "application/json; charset=utf-8");
        world.send(request.body(Body::from(body)).unwrap())
    };
    let twice = r#"{"recipients": [{"a": "1", "a": "2", "b": "\ud800"}], "name": 1, "name": "x"}"#;
    let problem = send(twice).await.problem(422);
    let told = pointers(&problem);
    for pointer in ["/recipients/0/a", "/recipients/0/b", "/name", "/from_number", "/agent_id"] {
        assert!(told.contains(&pointer), "{pointer}: {problem}");
    }
    send("{\"recipients\": [{]}").await.problem(400);
    assert_eq!(send("[1]").await.problem(422)["detail"], "The body must be an object, not a list.");
    assert_eq!(world.get("/v1/batch-calls").await.expect(200)["total"], 0);
}

#[tokio::test]
async fn ten_thousand_recipients_fit_and_more_bytes_are_refused() {
    let world = World::new().await;
    let agent = world.set_up().await;
    let one = json!({"phone_number": "+14155550101", "customer_name": "x".repeat(300)});
    let all = vec![one; 10_000];
    // The test server accepts files of at most 1,000 rows.
    let problem = create(&world, &agent, json!(all)).await.problem(422);
    assert_eq!(problem["preflight"]["refused"]["code"], "too_large");
    create(&world, &agent, json!(all[..1_000])).await.expect(201);
    let heavy = json!([{"phone_number": "+14155550101", "customer_name": "x".repeat(17 << 20)}]);
    create(&world, &agent, heavy).await.problem(413);
    let long = json!({"name": "x".repeat(70_000), "recipients": []});
    world.post("/v1/batch-calls", &long).await.problem(413);
}

#[tokio::test]
async fn the_same_list_with_the_same_key_is_one_batch() {
    let world = World::new().await;
    let agent = world.set_up().await;
    let send = |name: &'static str| {
        let request = world.request("POST", "/v1/batch-calls").header("idempotency-key", "k1");
        let body = json!({
            "name": name, "from_number": "+14155550100", "agent_id": agent, "start": false,
            "recipients": [{"phone_number": "+14155550101", "customer_name": "x".repeat(2 << 20)},
                           {"phone_number": "+14155550102"}],
        });
        let request = request.header("content-type", "application/json");
        world.send(request.body(Body::from(body.to_string())).unwrap())
    };
    let (first, second) = (send("June").await, send("June").await);
    assert_eq!([first.replayed, second.replayed], [false, true]);
    assert_eq!(first.expect(201), second.expect(201));
    send("July").await.problem(409);
    assert_eq!(world.get("/v1/batch-calls").await.expect(200)["total"], 1);
}
