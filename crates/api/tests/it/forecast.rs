//! Forecasts before and during a batch, and invalid times.

use serde_json::{Value, json};

use super::support::{World, pointers};

fn people(count: usize) -> String {
    let rows = (0..count).map(|n| format!("+1415555{:04},Jo\n", 100 + n));
    format!("phone_number,customer_name\n{}", rows.collect::<String>())
}

fn likely(forecast: &Value) -> &str {
    forecast["likely_at"].as_str().expect("an instant")
}

#[tokio::test]
async fn a_file_is_told_how_long_it_would_take() {
    let world = World::new().await;
    let agent = world.set_up().await;
    let file = people(60);
    let ask = async |more: &[(&str, &str)]| {
        let mut fields = vec![("file", file.as_str()), ("agent_id", &agent)];
        fields.extend(more);
        world.form("/v1/batch-calls/validate", &fields).await.expect(200)
    };
    assert_eq!(ask(&[]).await["forecast"], Value::Null, "nobody knows through which trunk");
    let from = ("from_number", "+14155550100");
    let two = &ask(&[from]).await["forecast"];
    assert_eq!((&two["limit"], &two["calls_at_once"]), (&json!("trunk_calls"), &json!(2)));
    assert_eq!((&two["from_history"], &two["cut_short"]), (&json!(false), &json!(false)));
    let detail = two["detail"].as_str().unwrap();
    assert!(
        detail.starts_with("about ") && detail.ends_with("the trunk's calls at once"),
        "{detail}"
    );
    let one = &ask(&[from, ("max_concurrent_calls", "1")]).await["forecast"];
    assert_eq!(one["limit"], "batch_concurrency");
    assert!(likely(one) > likely(two), "half the lines take longer");
    let shut = r#"{"start":"09:00","end":"17:00","time_zone":"recipient"}"#;
    let hours = &ask(&[from, ("calling_hours", shut)]).await["forecast"];
    assert!(likely(hours) >= likely(two));
}

#[tokio::test]
async fn a_batch_is_told_until_it_is_over() {
    let world = World::new().await;
    let agent = world.set_up().await;
    let file = people(60);
    let fields = [
        ("name", "June"),
        ("from_number", "+14155550100"),
        ("agent_id", &agent),
        ("start", "false"),
        ("file", &file),
    ];
    let made = world.form("/v1/batch-calls", &fields).await.expect(201);
    let path = format!("/v1/batch-calls/{}", made["id"].as_str().unwrap());
    let told = world.get(&format!("{path}/forecast")).await.expect(200);
    assert_eq!(told["forecast"]["limit"], "trunk_calls");
    let detail = told["detail"].as_str().unwrap();
    assert!(detail.starts_with("if it is started now: about "), "{detail}");
    assert_eq!(world.get(&format!("{path}/forecast")).await.expect(200), told, "it is remembered");
    world.post(&format!("{path}/stop"), &json!({})).await.expect(200);
    let over = world.get(&format!("{path}/forecast")).await.expect(200);
    assert_eq!(over, json!({"forecast": null, "detail": "It is over."}));
    let stranger = world.with_key(&world.make_key("other", campanile_store::KeyScope::Admin).await);
    stranger.get(&format!("{path}/forecast")).await.problem(404);
}

#[tokio::test]
async fn instants_and_zones_that_make_no_sense_are_refused_with_help() {
    let world = World::new().await;
    let agent = world.set_up().await;
    let hours = r#"{"start":"09:00","end":"17:00","time_zone":"America/New York"}"#;
    let wrong = [
        ("starts_at", "2001-01-01T00:00:00Z", "/starts_at", "lies in the past"),
        ("starts_at", "2999-01-01T09:00:00", "/starts_at", "Z"),
        ("starts_at", "tomorrow", "/starts_at", "RFC 3339"),
        ("ends_at", "2001-01-01T00:00:00Z", "/ends_at", "not after"),
        ("calling_hours", hours, "/calling_hours", "did you mean America/New_York?"),
    ];
    let file = people(1);
    for path in ["/v1/batch-calls", "/v1/batch-calls/validate"] {
        for (field, value, pointer, help) in wrong {
            let fields = [
                ("name", "June"),
                ("from_number", "+14155550100"),
                ("agent_id", &agent),
                (field, value),
                ("file", &file),
            ];
            let problem = world.form(path, &fields).await.problem(422);
            assert_eq!(pointers(&problem), [pointer], "{field} {value}");
            let detail = problem["errors"][0]["detail"].as_str().unwrap();
            assert!(detail.contains(help), "{detail}");
        }
    }
}
