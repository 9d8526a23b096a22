//! Managed trunks: only an operator creates them and gives out their numbers, and workspaces see
//! little of them.

use campanile_store::KeyScope;
use serde_json::json;

use super::support::World;

#[tokio::test]
async fn a_managed_trunk_is_the_operators_and_shows_others_no_way_in() {
    let world = World::new().await;
    let operator = world.with_key(&world.make_key("default", KeyScope::Operator).await);
    let other = world.with_key(&world.make_key("other", KeyScope::Admin).await);
    let trunk = json!({
        "name": "carrier", "kind": "managed", "host": "sip.example.com",
        "username": "u", "password": "hidden-word",
    });
    world.post("/v1/trunks", &trunk).await.problem(403);
    let made = operator.post("/v1/trunks", &trunk).await.expect(201);
    assert_eq!((&made["host"], &made["username"]), (&json!("sip.example.com"), &json!("u")));
    let path = format!("/v1/trunks/{}", made["id"].as_str().unwrap());

    world.get(&path).await.problem(404);
    assert_eq!(world.get("/v1/trunks").await.expect(200)["items"], json!([]));
    let number = json!({"phone_number": "+14155550100", "trunk_id": made["id"]});
    world.post("/v1/phone-numbers", &number).await.problem(422);
    operator.post("/v1/phone-numbers", &number).await.expect(201);

    let seen = world.get(&path).await.expect(200);
    assert_eq!(world.get("/v1/trunks").await.expect(200)["items"], json!([seen]));
    for secret in ["host", "port", "username", "has_password"] {
        assert_eq!(seen[secret], json!(null), "{secret}");
    }
    assert_eq!((&seen["kind"], &seen["name"]), (&json!("managed"), &json!("carrier")));
    other.get(&path).await.problem(404);

    let another = json!({"phone_number": "+14155550101", "trunk_id": made["id"]});
    world.post("/v1/phone-numbers", &another).await.problem(403);
    world.put(("PUT", &path), &trunk).await.problem(403);
    world.put(("DELETE", &path), &json!({})).await.problem(403);
    let desk = json!({"name": "desk", "host": "sip.example.com"});
    let desk = world.post("/v1/trunks", &desk).await.expect(201);
    let desk = json!({"phone_number": "+14155550102", "trunk_id": desk["id"]});
    let desk = world.post("/v1/phone-numbers", &desk).await.expect(201);
    let desk = format!("/v1/phone-numbers/{}", desk["id"].as_str().unwrap());
    let moved = json!({"trunk_id": made["id"]});
    world.put(("PATCH", &desk), &moved).await.problem(403);
    operator.put(("PATCH", &desk), &moved).await.expect(200);
    let own = json!({"name": "own", "host": "sip.example.com"});
    let own = world.post("/v1/trunks", &own).await.expect(201);
    let own = format!("/v1/trunks/{}", own["id"].as_str().unwrap());
    world.put(("PUT", &own), &trunk).await.problem(403);
    operator.put(("PUT", &own), &trunk).await.problem(409);
    let edit = json!({"name": "carrier", "kind": "managed", "host": "b.example", "username": "u"});
    let edited = operator.put(("PUT", &path), &edit).await.expect(200);
    assert_eq!((&edited["host"], &edited["has_password"]), (&json!("b.example"), &json!(true)));
}
