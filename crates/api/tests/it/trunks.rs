//! Tests of trunks, over real SIP.

use campanile_sandbox::{Sandbox, SandboxConfig};
use campanile_store::KeyScope;
use serde_json::{Value, json};

use super::support::World;

fn carrier() -> Sandbox {
    Sandbox::start(SandboxConfig::default()).expect("a carrier")
}

async fn add(world: &World, trunk: &Value) -> String {
    let made = world.post("/v1/trunks", trunk).await.expect(201);
    assert_eq!(made["health"]["state"], "unused");
    format!("/v1/trunks/{}", made["id"].as_str().expect("an id"))
}

#[tokio::test]
async fn a_trunk_that_answers_is_reached_and_its_health_knows() {
    let (world, carrier) = (World::new().await, carrier());
    let port = carrier.local_addr().port();
    for transport in ["udp", "tcp"] {
        let trunk = json!({
            "name": transport, "host": "127.0.0.1", "port": port, "transport": transport,
        });
        let path = add(&world, &trunk).await;
        let test = world.post(&format!("{path}/test"), &json!({})).await.expect(200);
        assert_eq!((&test["reachable"], &test["sip_code"]), (&json!(true), &json!(200)), "{test}");
        assert!(test["round_trip_ms"].as_f64().is_some_and(|ms| ms > 0.0), "{test}");
        let health = world.get(&path).await.expect(200)["health"].clone();
        assert_eq!((&health["state"], &health["calls_now"]), (&json!("ok"), &json!(0)));
        assert!(health["last_answer_at"].is_string(), "{health}");
    }
}

#[tokio::test]
async fn a_trunk_that_is_not_there_is_told_with_what_to_do() {
    let world = World::new().await;
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let nobody = json!({"name": "a", "host": "127.0.0.1", "port": port, "transport": "tcp"});
    let path = add(&world, &nobody).await;
    let test = world.post(&format!("{path}/test"), &json!({})).await.expect(200);
    assert_eq!((&test["reachable"], &test["sip_code"]), (&json!(false), &Value::Null));
    assert!(test["detail"].as_str().unwrap().contains("Check its host"), "{test}");
    assert_eq!(world.get(&path).await.expect(200)["health"]["state"], "unused");
}

#[tokio::test]
async fn a_trunk_to_which_no_way_leads_is_told_in_words() {
    let world = World::new().await;
    // A documentation address, which SIP from the loopback address cannot reach.
    let path = add(&world, &json!({"name": "a", "host": "203.0.113.9"})).await;
    let test = world.post(&format!("{path}/test"), &json!({})).await.expect(200);
    let detail = test["detail"].as_str().unwrap();
    let begins =
        "It is not reached by a SIP OPTIONS: 203.0.113.9:5060 cannot be asked: no way leads";
    assert!(detail.starts_with(begins), "{detail}");
    assert!(
        detail.ends_with("))") && detail.contains("(os error"),
        "the raw reason last: {detail}"
    );
}

#[tokio::test]
async fn a_managed_trunk_is_tested_by_the_operator_and_healthy_for_all() {
    let (world, carrier) = (World::new().await, carrier());
    let operator = world.with_key(&world.make_key("default", KeyScope::Operator).await);
    let trunk = json!({
        "name": "managed", "kind": "managed", "host": "127.0.0.1",
        "port": carrier.local_addr().port(),
    });
    let path = add(&operator, &trunk).await;
    let id = path.rsplit('/').next().unwrap();
    let number = json!({"phone_number": "+14155550100", "trunk_id": id});
    operator.post("/v1/phone-numbers", &number).await.expect(201);
    let test = format!("{path}/test");
    world.post(&test, &json!({})).await.problem(403);
    assert_eq!(operator.post(&test, &json!({})).await.expect(200)["reachable"], true);
    let seen = world.get(&path).await.expect(200);
    assert_eq!((&seen["host"], &seen["health"]["state"]), (&Value::Null, &json!("ok")));
}
